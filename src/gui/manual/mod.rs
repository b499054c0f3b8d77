//! The manual inside the window.
//!
//! * **In**: the Markdown files of `assets/manual`, the key table. **Out**: a window with contents,
//!   search and links; the page of keys as Markdown.
//! * **Not here**: the text of the manual (`assets/manual`).
//!
//! `book` holds the pages, `parse` reads Markdown, `link` resolves destinations, `search` finds
//! words, `rich` and `page` draw text, `window` is what a person sees.

mod book;
mod link;
mod page;
mod parse;
mod rich;
mod search;
mod window;

pub use book::keys_page;
pub(super) use window::Manual;
