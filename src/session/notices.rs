//! Sentences for people that belong to no document.

/// Notices shown at a time.
const MAX_NOTICES: usize = 5;

/// A sentence for people that belongs to no document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Its name in [`Command::Dismiss`](super::Command::Dismiss).
    pub id: u64,
    /// The sentence.
    pub text: String,
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

    /// Adds a sentence that is not shown yet; the oldest one goes when there are too many.
    pub(in crate::session) fn add(&mut self, text: impl Into<String>) {
        let text = text.into();
        if self.list.iter().any(|notice| notice.text == text) {
            return;
        }
        self.last_id += 1;
        self.list.push(Notice { id: self.last_id, text });
        let surplus = self.list.len().saturating_sub(MAX_NOTICES);
        self.list.drain(..surplus);
    }

    /// A person has read it.
    pub(in crate::session) fn dismiss(&mut self, id: u64) {
        self.list.retain(|notice| notice.id != id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_shown_once_and_the_oldest_gives_way() {
        let mut notices = Notices::default();
        for i in [0, 1, 1, 2, 3, 4, 5] {
            notices.add(format!("{i}"));
        }
        let texts = |notices: &Notices| -> Vec<String> {
            notices.list().iter().map(|notice| notice.text.clone()).collect()
        };
        assert_eq!(texts(&notices), ["1", "2", "3", "4", "5"]);
        notices.dismiss(notices.list()[0].id);
        assert_eq!(texts(&notices).len(), 4);
    }
}
