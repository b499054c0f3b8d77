//! The search over what the files of a case say: what is chosen and typed, before it is asked for.

use crate::curate::{CREDENTIAL_WORDS, Criterion};

/// What is searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum SearchKind {
    #[default]
    Text,
    Field,
    Serial,
    Ai,
    Credential,
}

impl SearchKind {
    pub(super) const ALL: [Self; 5] =
        [Self::Text, Self::Field, Self::Serial, Self::Ai, Self::Credential];

    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Text => "Any field",
            Self::Field => "One field",
            Self::Serial => "Serial number",
            Self::Ai => "Mark of AI",
            Self::Credential => "Credential",
        }
    }

    pub(super) const fn help(self) -> &'static str {
        match self {
            Self::Text => "One field has all of these words, in its name or its value",
            Self::Field => "A field of this name has this value, or a part of it",
            Self::Serial => "A serial number of a camera, body or lens is this one, whole",
            Self::Ai => "The file says that AI made or changed the picture",
            Self::Credential => "The C2PA credential gets this word",
        }
    }

    /// What to type; `None` where nothing is typed.
    pub(super) const fn hint(self) -> Option<&'static str> {
        match self {
            Self::Text => Some("metadata"),
            Self::Field => Some("Make=Canon"),
            Self::Serial => Some("number"),
            Self::Ai | Self::Credential => None,
        }
    }
}

/// The words for a credential, for people; in the order of [`CREDENTIAL_WORDS`].
const CREDENTIALS: [&str; CREDENTIAL_WORDS.len()] = [
    "no credential",
    "credential elsewhere",
    "cannot be read",
    "altered after signing",
    "not bound to what is shown",
    "signature not checked",
    "intact, signer not on the list",
    "intact, certificate expired",
    "intact, signer on the list",
];

/// What is chosen and typed.
#[derive(Debug, Default)]
pub(super) struct SearchState {
    pub(super) kind: SearchKind,
    pub(super) text: String,
    /// Index among [`CREDENTIAL_WORDS`].
    pub(super) credential: usize,
    /// The field is to have the focus.
    pub(super) takes_focus: bool,
}

impl SearchState {
    /// The words for all credentials, for people.
    pub(super) const fn credentials() -> &'static [&'static str] {
        &CREDENTIALS
    }

    /// What is to be searched for; `None` while something is to be typed.
    pub(super) fn criterion(&self) -> Option<Criterion> {
        let text = self.text.trim();
        if self.kind.hint().is_some() && text.is_empty() {
            return None;
        }
        Some(match self.kind {
            SearchKind::Text => Criterion::Text(text.to_owned()),
            SearchKind::Serial => Criterion::Serial(text.to_owned()),
            SearchKind::Field => {
                let (name, value) = match text.split_once('=') {
                    Some((name, value)) => (name.trim(), Some(value.trim().to_owned())),
                    None => (text, None),
                };
                if name.is_empty() {
                    return None;
                }
                Criterion::Field { name: name.to_owned(), value }
            }
            SearchKind::Ai => Criterion::Ai,
            SearchKind::Credential => {
                Criterion::Credential((*CREDENTIAL_WORDS.get(self.credential)?).to_owned())
            }
        })
    }
}

/// What was searched for, for people.
pub(super) fn criterion_text(criterion: &Criterion) -> String {
    match criterion {
        Criterion::Text(text) => format!("\"{text}\""),
        Criterion::Field { name, value: Some(value) } => format!("{name} = {value}"),
        Criterion::Field { name, value: None } => format!("the field {name}"),
        Criterion::Serial(serial) => format!("serial number {serial}"),
        Criterion::Ai => "mark of AI".to_owned(),
        Criterion::Credential(word) => {
            let at = CREDENTIAL_WORDS.iter().position(|known| known == word);
            at.map_or_else(|| word.clone(), |at| CREDENTIALS[at].to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_becomes_what_is_searched_for() {
        let asked = |kind, text: &str| {
            let state = SearchState { kind, text: text.to_owned(), ..SearchState::default() };
            state.criterion()
        };
        let field = |name: &str, value: Option<&str>| Criterion::Field {
            name: name.to_owned(),
            value: value.map(str::to_owned),
        };
        assert_eq!(asked(SearchKind::Field, " Make = Canon "), Some(field("Make", Some("Canon"))));
        assert_eq!(asked(SearchKind::Field, "IFD0:Make"), Some(field("IFD0:Make", None)));
        assert_eq!(asked(SearchKind::Field, "=Canon"), None);
        assert_eq!(asked(SearchKind::Text, "  "), None);
        assert_eq!(asked(SearchKind::Serial, " 01 "), Some(Criterion::Serial("01".to_owned())));
        assert_eq!(asked(SearchKind::Ai, ""), Some(Criterion::Ai));
        let state =
            SearchState { kind: SearchKind::Credential, credential: 3, ..SearchState::default() };
        assert_eq!(state.criterion(), Some(Criterion::Credential("altered".to_owned())));
        assert_eq!(criterion_text(&state.criterion().unwrap()), "altered after signing");
    }
}
