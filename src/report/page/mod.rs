//! The record as pages of HTML: the same values, nothing else.
//!
//! * **In**: a record and its pictures. **Out**: HTML without script and without a reference to the
//!   outside; every text of the record is escaped, every picture is inside the page.
//! * **Not here**: words. Sentences stand in the record.

mod card;
mod command;
mod environment;
mod numbers;
mod paper_pages;
mod render;

pub use card::{CardFiles, render_card};
pub use paper_pages::{pdf_name, render_pdf};
pub use render::{PAGE_FILE, PictureSource, page_names, render_page, render_pages};
