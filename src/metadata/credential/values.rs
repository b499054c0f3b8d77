//! What is said about a credential, as plain values.

use std::borrow::Cow;
use std::sync::Arc;

/// The one word for a credential. The order is that of priority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CredentialState {
    /// None is in the file. This says nothing about the picture.
    Absent,
    /// The file names a place where it may lie. Nothing is fetched.
    Elsewhere {
        /// The address as written in the file.
        url: String,
    },
    /// Reading stopped before the end of the file, and a credential may lie behind.
    NotKnown {
        /// Where it stopped, as a clause.
        why: String,
    },
    /// One is there and cannot be read.
    Unreadable {
        /// The reason, as a clause.
        why: String,
    },
    /// What is there is not what was signed.
    Altered {
        /// What does not fit.
        what: Misfit,
    },
    /// What the credential leaves out holds more than headers: what is shown is not what was signed.
    NotBound,
    /// One is there, and its own checks found no fault; its signature was not checked.
    Unchecked,
    /// Signature and hashes fit; the signer is on no list that was loaded. This is the usual case.
    IntactUnknownSigner {
        /// The lists that were loaded, in words.
        lists: String,
    },
    /// Signature and hashes fit; the certificate has run out, and no time stamp says that it had not
    /// when it signed.
    IntactExpired,
    /// Signature and hashes fit, and the signer is on a list.
    IntactListed {
        /// The lists that were loaded, in words.
        lists: String,
    },
}

impl CredentialState {
    /// A stable word for JSON.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Absent => "none",
            Self::Elsewhere { .. } => "elsewhere",
            Self::NotKnown { .. } | Self::Unreadable { .. } => "unreadable",
            Self::Altered { .. } => "altered",
            Self::NotBound => "not-bound",
            Self::Unchecked => "unchecked",
            Self::IntactUnknownSigner { .. } => "intact-unknown-signer",
            Self::IntactExpired => "intact-expired",
            Self::IntactListed { .. } => "intact-listed",
        }
    }

    /// The word for people.
    pub fn label(&self) -> String {
        match self {
            Self::Absent => "no credential".to_owned(),
            Self::Elsewhere { url } => format!("credential elsewhere ({url})"),
            Self::NotKnown { why } => format!("not known whether there is a credential ({why})"),
            Self::Unreadable { why } => format!("the credential cannot be read ({why})"),
            Self::Altered { what } => what.label().to_owned(),
            Self::NotBound => "not bound to what is shown".to_owned(),
            Self::Unchecked => "there is a credential; its signature was not checked".to_owned(),
            Self::IntactUnknownSigner { lists } => format!("intact, signer not on {lists}"),
            Self::IntactExpired => "intact, certificate expired and no time stamp".to_owned(),
            Self::IntactListed { lists } => format!("intact, signer on {lists}"),
        }
    }
}

/// Parts of a signed file that do not fit. The order is that of weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Misfit {
    /// The hash of a credential that is made for a stream in parts: this file may be one of them.
    StreamPart,
    /// The hash over the bytes of the file.
    Bytes,
    /// The hash of a statement, or a statement is missing.
    Statements,
    /// The signature over the claim: whoever wrote it need not be the signer.
    Signature,
}

impl Misfit {
    /// The word of the credential.
    const fn label(self) -> &'static str {
        match self {
            Self::StreamPart => "altered after signing, or one part of a longer stream",
            Self::Bytes => "altered after signing: bytes of the file were changed",
            Self::Statements => "altered after signing: a statement was changed or taken out",
            Self::Signature => "altered after signing, or never signed: the signature does not fit",
        }
    }
}

/// Who signed, as the certificate says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Signer {
    /// The body that the certificate names.
    pub organization: Option<String>,
    /// The common name of the certificate.
    pub name: Option<String>,
    /// When, as a time stamp says; without one as nobody else says.
    pub time: Option<String>,
    /// A time stamp was there and fits. Who made it is told by the checks.
    pub has_time_stamp: bool,
}

/// For what a list of roots is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListUse {
    /// Signers of credentials.
    Signers,
    /// Signers of time stamps.
    Stamps,
    /// Both of them.
    Both,
}

impl ListUse {
    /// A stable word for JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Signers => "signers",
            Self::Stamps => "time-stamps",
            Self::Both => "both",
        }
    }
}

/// A list of roots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustList {
    /// Its name, with a date or the beginning of its hash.
    pub name: String,
    /// The day of the list, where it is known.
    pub date: Option<String>,
    /// SHA-256 of its bytes, lower-case hex.
    pub sha256: String,
    /// For what it is used.
    pub used_for: ListUse,
    /// Its certificates in PEM.
    pub pem: Cow<'static, str>,
}

/// Lists of roots against which signers are checked. Only builds with the feature `credentials` use
/// them.
#[derive(Debug, Clone)]
pub struct TrustLists {
    /// The lists; without any, every signer is unknown.
    pub lists: Vec<TrustList>,
}

/// A list that was loaded for a check, without its certificates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustListRef {
    /// Its name, with a date or the beginning of its hash.
    pub name: String,
    /// The day of the list, where it is known.
    pub date: Option<String>,
    /// SHA-256 of its bytes, lower-case hex.
    pub sha256: String,
    /// For what it was used.
    pub used_for: ListUse,
}

impl CredentialState {
    /// Whether signature and hashes were checked and fit.
    pub const fn is_intact(&self) -> bool {
        matches!(
            self,
            Self::IntactUnknownSigner { .. } | Self::IntactExpired | Self::IntactListed { .. }
        )
    }
}

/// The credential of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// The one word.
    pub state: CredentialState,
    /// Offset and bytes of the store in the file.
    pub place: Option<(u64, u64)>,
    /// The manifests in the order of the store; the last one is about this file.
    pub manifests: Vec<Manifest>,
    /// Who signed the last manifest; `None` where nobody checked.
    pub signer: Option<Signer>,
    /// The lists against which the signer was checked; empty where nobody checked.
    pub lists: Vec<TrustListRef>,
    /// One sentence for each check that was made, with what it found.
    pub checks: Vec<String>,
    /// What the checks found, each apart.
    pub results: CheckResults,
    /// Pictures inside the store, each once.
    pub pictures: Vec<StoredPicture>,
}

/// What each check of a credential found; `None` where it was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CheckResults {
    /// The signature fits the claim.
    pub is_signature_valid: Option<bool>,
    /// Every statement is the one that the claim names.
    pub do_statements_fit: Option<bool>,
    /// The stored hash fits the bytes that it covers.
    pub does_hash_fit: Option<bool>,
    /// What the hash leaves out holds only the credential and headers.
    pub covers_what_is_shown: Option<bool>,
}

/// A picture inside a credential. Its writer chose it: it can show anything.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredPicture {
    /// Its box: label of the manifest, folder, label of the box, joined by `/`.
    pub path: String,
    /// Media type as stated.
    pub media_type: String,
    /// The picture as coded, at most 8 MiB.
    pub bytes: Arc<[u8]>,
}

impl std::fmt::Debug for StoredPicture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StoredPicture({}, {}, {} bytes)", self.path, self.media_type, self.bytes.len())
    }
}

/// One manifest: what was stated about one state of the picture.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Manifest {
    /// Its name in the store.
    pub label: String,
    /// The program that made the statement, as it calls itself.
    pub generator: String,
    /// Title of the file as stated.
    pub title: String,
    /// Media type as stated.
    pub format: String,
    /// What was done.
    pub actions: Vec<Action>,
    /// From what it was made.
    pub ingredients: Vec<Ingredient>,
    /// Labels of all assertions.
    pub assertions: Vec<String>,
    /// Labels of assertions that were taken out.
    pub redacted: Vec<String>,
    /// The algorithm of the signature, where it is named.
    pub algorithm: Option<String>,
    /// It names a person or a body by a CAWG identity, which cannot be checked offline.
    pub has_identity: bool,
    /// Index in [`Credential::pictures`] of its own picture of the file.
    pub picture: Option<usize>,
}

impl Manifest {
    /// Labels of assertions of which nothing but the label is read: neither actions nor ingredients,
    /// hashes or pictures.
    pub fn other_assertions(&self) -> impl Iterator<Item = &str> {
        const READ: [&str; 4] =
            ["c2pa.actions", "c2pa.ingredient", "c2pa.hash.", "c2pa.thumbnail."];
        let labels = self.assertions.iter().map(String::as_str);
        labels.filter(|label| !READ.iter().any(|head| label.starts_with(head)))
    }
}

/// A step that was stated.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Action {
    /// Code of the step, for instance `c2pa.created`.
    pub code: String,
    /// The IPTC code of the kind of source, where stated.
    pub source_type: Option<String>,
    /// The program that took the step.
    pub agent: Option<String>,
    /// When, as stated.
    pub when: Option<String>,
}

/// Something from which the picture was made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ingredient {
    /// Title as stated.
    pub title: String,
    /// `parentOf`, `componentOf` or `inputTo`.
    pub relationship: String,
    /// Failures that were recorded when it was added, as codes.
    pub failures: Vec<String>,
    /// Failures that c2pa-rs found now, as codes; empty where nobody checked.
    pub failures_now: Vec<String>,
    /// Its place in the store: label of the manifest, folder and label of the assertion, joined by `/`.
    pub path: String,
    /// Index in [`Credential::pictures`] of the picture of it.
    pub picture: Option<usize>,
    /// Label of the manifest of its own credential, if one was kept.
    pub manifest: Option<String>,
}
