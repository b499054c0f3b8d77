//! Six questions about a credential, answered apart: one word would hide what nobody checked.

use super::values::{CheckResults, Credential, CredentialState, Manifest, Misfit};
use crate::base::text::{capitalized, counted, list, visible};
use crate::metadata::hints::source_type_label;

/// Kinds of source that an answer names.
const MAX_SOURCES: usize = 3;

/// A question about a credential and what is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialAnswer {
    /// The question; the same for every file.
    pub question: &'static str,
    /// One or two sentences. Nothing in them was fetched from anywhere.
    pub answer: String,
}

/// The six answers, always in this order: whether one is there, its signature, what it is bound to, who
/// signed, when, what it states.
pub fn answers(credential: &Credential) -> [CredentialAnswer; 6] {
    let answer = |question, answer| CredentialAnswer { question, answer };
    [
        answer("Is a credential there?", presence(credential)),
        answer("Are its signature and statements intact?", integrity(credential)),
        answer("Is it bound to what is shown?", binding(credential)),
        answer("Who signed it, and who vouches for the signer?", signer(credential)),
        answer("When, and who says so?", time(credential)),
        answer("What does it state?", statements(credential)),
    ]
}

/// Why there is nothing to ask; `None` where a credential was read.
fn nothing_to_ask(credential: &Credential) -> Option<String> {
    let text = match &credential.state {
        CredentialState::Absent => "There is no credential to ask.",
        CredentialState::Elsewhere { .. } => "Not known: the credential is not in the file.",
        CredentialState::NotKnown { .. } => "Not known: the file was not read to its end.",
        CredentialState::Unreadable { .. } if credential.manifests.is_empty() => {
            "Not known: the credential cannot be read."
        }
        _ => return None,
    };
    Some(text.to_owned())
}

fn presence(credential: &Credential) -> String {
    let place = credential.place.map_or_else(String::new, |(at, length)| {
        format!(", embedded at byte {at} ({})", counted(length, "byte"))
    });
    match &credential.state {
        CredentialState::Absent => "No. This says nothing about what is shown.".to_owned(),
        CredentialState::Elsewhere { url } => {
            format!("Not in the file. It names {}; nothing was fetched.", visible(url))
        }
        CredentialState::NotKnown { why } => {
            format!("Not known: {}. One may lie behind.", visible(why))
        }
        CredentialState::Unreadable { why } => {
            format!("Yes{place}, but it cannot be read: {}.", visible(why))
        }
        _ => format!("Yes{place}."),
    }
}

fn integrity(credential: &Credential) -> String {
    if let Some(why) = nothing_to_ask(credential) {
        return why;
    }
    let CheckResults { is_signature_valid, do_statements_fit, .. } = credential.results;
    let text = match is_signature_valid {
        Some(false) => "No: the signature does not fit. Nothing in the credential is believed.",
        Some(true) if do_statements_fit == Some(false) => {
            "No: the signature fits, but a statement was changed or taken out after signing."
        }
        Some(true) => "Yes: the signature fits, and every statement is the one that was signed.",
        None if cfg!(feature = "credentials") => "Not checked: see the checks below.",
        None => "Not checked: this build cannot check signatures.",
    };
    text.to_owned()
}

fn binding(credential: &Credential) -> String {
    if let Some(why) = nothing_to_ask(credential) {
        return why;
    }
    let CheckResults { does_hash_fit, covers_what_is_shown, is_signature_valid, .. } =
        credential.results;
    let text = match (does_hash_fit, covers_what_is_shown) {
        (Some(false), _) if is_part(credential) => {
            "Not known: its hash is made for a stream of several parts, and not all of them are here."
        }
        (Some(true), _) if is_signature_valid == Some(false) => {
            "Not by a signature: its hash fits the bytes, but whoever signed need not have stated it."
        }
        (Some(false), _) => "No: bytes that it covers were changed after signing.",
        (_, Some(false)) => {
            "No: it leaves out more than itself and headers. What is shown was not signed."
        }
        (Some(true), Some(true)) => {
            "Yes: its hash fits the bytes, and it leaves out only itself and headers."
        }
        (Some(true), None) => {
            "Its hash fits the bytes. What it leaves out was not checked in this kind of file."
        }
        (None, Some(true)) => {
            "Not checked: its hash was not computed. It leaves out only itself and headers."
        }
        (None, None) => "Not checked.",
    };
    text.to_owned()
}

const fn is_part(credential: &Credential) -> bool {
    matches!(credential.state, CredentialState::Altered { what: Misfit::StreamPart })
}

fn signer(credential: &Credential) -> String {
    if let Some(why) = nothing_to_ask(credential) {
        return why;
    }
    let Some(signer) = &credential.signer else {
        return "Not known: nobody checked the signature.".to_owned();
    };
    let named: Vec<&str> =
        [&signer.organization, &signer.name].into_iter().flatten().map(String::as_str).collect();
    let who = if named.is_empty() { "somebody without a name".to_owned() } else { list(&named) };
    let who = visible(&who);
    let word = capitalized(&credential.state.label());
    let more = match &credential.state {
        CredentialState::IntactUnknownSigner { .. } => " This is usual, and no alarm.",
        CredentialState::Altered { .. }
        | CredentialState::NotBound
        | CredentialState::Unreadable { .. } => " The name proves nothing here.",
        _ => "",
    };
    format!("The certificate names {who}. {}.{more}", visible(&word))
}

fn time(credential: &Credential) -> String {
    if let Some(why) = nothing_to_ask(credential) {
        return why;
    }
    let signer = credential.signer.as_ref();
    match signer.and_then(|signer| Some((signer.time.as_ref()?, signer.has_time_stamp))) {
        Some((time, true)) => format!("{}, by a time stamp that fits.", visible(time)),
        Some((time, false)) => {
            format!("{}, as the signer says. No time stamp vouches for it.", visible(time))
        }
        None => "Nobody says.".to_owned(),
    }
}

fn statements(credential: &Credential) -> String {
    let Some(manifest) = credential.manifests.last() else {
        return nothing_to_ask(credential).unwrap_or_else(|| "Nothing.".to_owned());
    };
    let n = |items: usize, noun| counted(items as u64, noun);
    let parts = [
        n(manifest.actions.len(), "action"),
        n(manifest.ingredients.len(), "ingredient"),
        n(manifest.assertions.len(), "assertion"),
    ];
    let mut text = format!("It states {}", list(&parts));
    if !manifest.generator.is_empty() {
        text = format!("{text}, and that {} made it", visible(&manifest.generator));
    }
    let sources = sources(manifest);
    if !sources.is_empty() {
        text = format!("{text}. Kind of source: {}", list(&sources));
    }
    if manifest.has_identity {
        text = format!("{text}. It names a person or a body, which is not checkable offline");
    }
    format!("{text}.")
}

/// The kinds of source that the actions name, in IPTC's words.
fn sources(manifest: &Manifest) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for source in manifest.actions.iter().filter_map(|action| action.source_type.as_deref()) {
        let label =
            source_type_label(source).map_or_else(|| visible(source).into_owned(), Into::into);
        if !found.contains(&label) && found.len() < MAX_SOURCES {
            found.push(label);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::credential::values::Signer;

    fn credential(state: CredentialState) -> Credential {
        let results = CheckResults::default();
        let (manifests, checks, pictures) = (vec![Manifest::default()], Vec::new(), Vec::new());
        Credential {
            state,
            place: Some((20, 9)),
            manifests,
            signer: None,
            lists: Vec::new(),
            checks,
            results,
            pictures,
        }
    }

    fn all(credential: &Credential) -> String {
        answers(credential).map(|a| a.answer).join("\n")
    }

    #[test]
    fn no_credential_says_nothing_about_the_picture() {
        let mut none = credential(CredentialState::Absent);
        (none.manifests, none.place) = (Vec::new(), None);
        let text = all(&none);
        assert!(text.starts_with("No. This says nothing about what is shown."), "{text}");
        assert_eq!(text.matches("There is no credential to ask.").count(), 5, "{text}");
    }

    #[test]
    fn each_question_is_answered_from_its_own_check() {
        let lists = "any list: none was loaded".to_owned();
        let mut found = credential(CredentialState::IntactUnknownSigner { lists });
        found.results = CheckResults {
            is_signature_valid: Some(true),
            do_statements_fit: Some(true),
            does_hash_fit: Some(true),
            covers_what_is_shown: Some(false),
        };
        let time = Some("2024-01-01".to_owned());
        let name = Some("A\u{202e}B".to_owned());
        found.signer = Some(Signer { organization: name, name: None, time, has_time_stamp: false });
        let [there, intact, bound, who, when, states] = answers(&found).map(|a| a.answer);
        assert_eq!(there, "Yes, embedded at byte 20 (9 bytes).");
        assert!(intact.starts_with("Yes: the signature fits"), "{intact}");
        assert!(bound.starts_with("No: it leaves out more than itself"), "{bound}");
        assert!(who.contains("A\\u202eB") && who.contains("no alarm"), "{who}");
        assert!(when.contains("2024-01-01, as the signer says"), "{when}");
        assert_eq!(states, "It states 0 actions, 0 ingredients and 0 assertions.");
        found.results.does_hash_fit = Some(false);
        assert!(answers(&found)[2].answer.contains("changed after signing"), "the hash goes first");
        found.results = CheckResults::default();
        assert!(answers(&found)[2].answer == "Not checked.", "{:?}", answers(&found)[2]);
    }

    #[test]
    fn what_does_not_fit_is_said_and_nothing_else() {
        let misfit = |what, is_signature_valid, do_statements_fit, does_hash_fit| {
            let mut found = credential(CredentialState::Altered { what });
            let covers_what_is_shown = Some(true);
            found.results = CheckResults {
                is_signature_valid: Some(is_signature_valid),
                do_statements_fit: Some(do_statements_fit),
                does_hash_fit: Some(does_hash_fit),
                covers_what_is_shown,
            };
            let [_, intact, bound, ..] = answers(&found).map(|a| a.answer);
            (intact, bound)
        };
        let (intact, bound) = misfit(Misfit::Signature, false, true, true);
        assert!(intact.starts_with("No: the signature does not fit."), "{intact}");
        assert!(bound.starts_with("Not by a signature: its hash fits the bytes"), "{bound}");
        let (intact, bound) = misfit(Misfit::Statements, true, false, true);
        assert!(intact.contains("but a statement was changed"), "{intact}");
        assert!(bound.starts_with("Yes: its hash fits the bytes"), "{bound}");
        let (intact, bound) = misfit(Misfit::StreamPart, true, true, false);
        assert!(intact.starts_with("Yes: the signature fits"), "{intact}");
        assert!(bound.starts_with("Not known: its hash is made for a stream"), "{bound}");
    }
}
