//! What people mark about an item for the report, as a case keeps it.

use crate::case::{Case, Error, ItemId, now};
use crate::report::{BookmarkRecord, bookmark_key};

/// Bookmarks of one item.
const MAX_BOOKMARKS: usize = 200;
/// Characters of a comment, and of what is marked.
const MAX_CHARACTERS: usize = 2000;

/// What a person thinks of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BookmarkMark {
    /// Looked at, nothing to object to.
    Ok,
    /// Somebody has to look again.
    #[default]
    ToCheck,
    /// It speaks against the file.
    Warning,
}

impl BookmarkMark {
    pub const ALL: [Self; 3] = [Self::Ok, Self::ToCheck, Self::Warning];

    /// Its word in a record.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::ToCheck => "to-check",
            Self::Warning => "warning",
        }
    }

    /// Its name for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::ToCheck => "To check",
            Self::Warning => "Warning",
        }
    }
}

/// A bookmark to be set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewBookmark {
    /// What the person thinks.
    pub mark: BookmarkMark,
    /// What is marked, for instance `face 1` or `face 2 at 00:12`.
    pub on: String,
    /// Why.
    pub comment: String,
}

/// The bookmarks of an item, oldest first.
///
/// # Errors
///
/// When the case or its note cannot be read.
pub fn bookmarks(case: &Case, item: ItemId) -> Result<Vec<BookmarkRecord>, Error> {
    let Some(text) = case.note(&bookmark_key(item.0))? else { return Ok(Vec::new()) };
    serde_json::from_str(&text)
        .map_err(|_not_ours| Error::Unfit { what: "the bookmarks cannot be read".to_owned() })
}

/// Sets a bookmark in the name of the case's author. It stays: who thinks otherwise sets another
/// one.
///
/// # Errors
///
/// When it is too long, the item has too many, or the case cannot be written.
pub fn add_bookmark(
    case: &mut Case,
    item: ItemId,
    new: &NewBookmark,
) -> Result<BookmarkRecord, Error> {
    let unfit = |what: String| Error::Unfit { what };
    let is_long = |text: &str| text.chars().count() > MAX_CHARACTERS;
    for (text, what) in [(&new.on, "what it marks"), (&new.comment, "why")] {
        if text.trim().is_empty() {
            return Err(unfit(format!("a bookmark that does not say {what}: write it")));
        }
    }
    if is_long(&new.comment) || is_long(&new.on) {
        return Err(unfit(format!("a bookmark has at most {MAX_CHARACTERS} characters")));
    }
    case.row(item)?;
    let mut all = bookmarks(case, item)?;
    if all.len() >= MAX_BOOKMARKS {
        return Err(unfit(format!(
            "item {} has {MAX_BOOKMARKS} bookmarks; there is no room for more",
            item.0
        )));
    }
    let bookmark = BookmarkRecord {
        author: case.author().to_owned(),
        at: now(),
        mark: new.mark.word().to_owned(),
        on: new.on.clone(),
        comment: new.comment.clone(),
    };
    all.push(bookmark.clone());
    let text = serde_json::to_string(&all).map_err(|e| unfit(e.to_string()))?;
    case.set_note(&bookmark_key(item.0), &text)?;
    Ok(bookmark)
}
