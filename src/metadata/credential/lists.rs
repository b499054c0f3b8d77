//! Lists of roots for the signers of credentials and of time stamps: those that are shipped, and
//! those that a person brings.

use std::borrow::Cow;

use super::values::{ListUse, TrustList, TrustLists};
use crate::files::sha256_hex;

/// Day of the shipped lists: that of the commit in `assets/trust/README.md`.
const SHIPPED_DATE: &str = "2026-08-21";
const SIGNERS_PEM: &str = include_str!("../../../assets/trust/C2PA-TRUST-LIST.pem");
const SIGNERS_SHA256: &str = "75cacc98b79ecac33713c7ecfb58d4a0ef383f3c1f886e7409f9e37e8664aea5";
const STAMPS_PEM: &str = include_str!("../../../assets/trust/C2PA-TSA-TRUST-LIST.pem");
const STAMPS_SHA256: &str = "c688d3555f4a2f1f8d663472bbd37888ff234abdd234c25934c0f9292e4eb5c9";

impl TrustLists {
    /// The lists of C2PA that come with the program.
    pub fn shipped() -> Self {
        let list = |name: &str, pem, sha256: &str, used_for| TrustList {
            name: format!("{name} of {SHIPPED_DATE}"),
            date: Some(SHIPPED_DATE.to_owned()),
            sha256: sha256.to_owned(),
            used_for,
            pem: Cow::Borrowed(pem),
        };
        Self {
            lists: vec![
                list("the C2PA trust list", SIGNERS_PEM, SIGNERS_SHA256, ListUse::Signers),
                list("the C2PA list of time stamps", STAMPS_PEM, STAMPS_SHA256, ListUse::Stamps),
            ],
        }
    }

    /// No list: every signer is unknown.
    pub const fn none() -> Self {
        Self { lists: Vec::new() }
    }

    /// Adds a list that a person brings, for signers and time stamps alike.
    #[must_use]
    pub fn with(mut self, name: &str, pem: String) -> Self {
        let sha256 = sha256_hex(pem.as_bytes());
        let short = sha256.get(..12).unwrap_or(&sha256);
        let name = format!("{name} (sha256 {short})");
        let used_for = ListUse::Both;
        self.lists.push(TrustList { name, date: None, sha256, used_for, pem: Cow::Owned(pem) });
        self
    }

    /// The certificates of the lists for a use, one list after the other; `None` without any.
    #[cfg(feature = "credentials")]
    pub(super) fn pem_for(&self, uses: &[ListUse]) -> Option<String> {
        let chosen = self.lists.iter().filter(|list| uses.contains(&list.used_for));
        let pem: Vec<&str> = chosen.map(|list| list.pem.as_ref()).collect();
        (!pem.is_empty()).then(|| pem.join("\n"))
    }

    /// Names of the lists that signers are looked for on, in words.
    #[cfg(feature = "credentials")]
    pub(super) fn names_for_signers(&self) -> String {
        let chosen = self.lists.iter().filter(|list| list.used_for != ListUse::Stamps);
        let names: Vec<&str> = chosen.map(|list| list.name.as_str()).collect();
        if names.is_empty() { "any list: none was loaded".to_owned() } else { names.join(", ") }
    }
}

impl Default for TrustLists {
    /// Those that are shipped.
    fn default() -> Self {
        Self::shipped()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_lists_have_the_hashes_and_the_date_of_their_notes() {
        let notes = include_str!("../../../assets/trust/README.md");
        assert!(notes.contains(&format!("of {SHIPPED_DATE}, unchanged")), "{notes}");
        let lists = TrustLists::shipped().lists;
        for (list, n) in lists.iter().zip([30, 22]) {
            assert_eq!(sha256_hex(list.pem.as_bytes()), list.sha256, "{}", list.name);
            let n_roots = list.pem.matches("-----BEGIN CERTIFICATE-----").count();
            assert_eq!(n_roots, n, "{}", list.name);
            assert!(notes.contains(&format!("| {n} | `{}` |", list.sha256)), "{}", list.name);
        }
    }

    #[test]
    fn a_list_that_a_person_brings_is_named_by_its_hash() {
        let lists = TrustLists::none().with("mine.pem", "roots".to_owned()).lists;
        let hash = sha256_hex(b"roots");
        assert_eq!(lists[0].sha256, hash);
        assert_eq!(lists[0].name, format!("mine.pem (sha256 {})", &hash[..12]));
        assert_eq!((lists[0].date.as_deref(), lists[0].used_for), (None, ListUse::Both));
    }
}
