//! Sentences for people that belong to no document.

use std::time::Instant;

use crate::base::text::visible_page;

/// Notices kept; the oldest go.
const MAX_NOTICES: usize = 100;

/// A sentence for people that belongs to no document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Its name in [`Command::Dismiss`](super::Command::Dismiss).
    pub id: u64,
    /// The sentence.
    pub text: String,
    /// When it was added, or added again.
    pub at: Instant,
}

/// Notices that were not dismissed yet, newest last.
#[derive(Debug, Default)]
pub(in crate::session) struct Notices {
    list: Vec<Notice>,
    last_id: u64,
}

impl Notices {
    pub(in crate::session) fn list(&self) -> &[Notice] {
        &self.list
    }

    /// Adds a sentence as the newest one, where it stands once; the oldest one goes when there are too
    /// many.
    pub(in crate::session) fn add(&mut self, text: impl Into<String>) {
        // Names of files and messages of programs are among the words.
        let text = visible_page(&text.into()).into_owned();
        self.list.retain(|notice| notice.text != text);
        self.last_id += 1;
        self.list.push(Notice { id: self.last_id, text, at: Instant::now() });
        let surplus = self.list.len().saturating_sub(MAX_NOTICES);
        self.list.drain(..surplus);
    }

    /// A person has read it.
    pub(in crate::session) fn dismiss(&mut self, id: u64) {
        self.list.retain(|notice| notice.id != id);
    }

    /// A person has read all of them.
    pub(in crate::session) fn dismiss_all(&mut self) {
        self.list.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_turn_a_notice_round() {
        let mut notices = Notices::default();
        notices.add("Saved: \u{202e}gnp.exe");
        assert_eq!(notices.list()[0].text, "Saved: \\u202egnp.exe");
    }

    #[test]
    fn a_sentence_stands_once_as_the_newest_and_the_oldest_gives_way() {
        let mut notices = Notices::default();
        for i in (0..=MAX_NOTICES).chain([7]) {
            notices.add(format!("{i}"));
        }
        let texts = |notices: &Notices| -> Vec<String> {
            notices.list().iter().map(|notice| notice.text.clone()).collect()
        };
        let all = texts(&notices);
        assert_eq!((all.len(), all[0].as_str(), all[99].as_str()), (MAX_NOTICES, "1", "7"));
        notices.dismiss(notices.list()[0].id);
        assert_eq!(texts(&notices).len(), MAX_NOTICES - 1);
        notices.dismiss_all();
        assert!(texts(&notices).is_empty());
    }
}
