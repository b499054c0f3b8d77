//! Sets the pages of a report on paper: lines, tables and pictures on sheets of a given size, drawn as PDF
//! (feature `report-pdf`) or as pixels.
//!
//! * **In**: the HTML of a page, or the scores of a face over time. **Out**: a PDF/A-2a, or a picture.
//! * **Not here**: words and numbers. What the page does not say, the paper does not say.

mod block;
mod chart;
mod flow;
mod fonts;
mod lines;
mod marks;
mod markup;
mod page;
#[cfg(feature = "report-pdf")]
mod pdf;
mod pixels;
mod table;
mod typesetter;

pub use fonts::is_covered;
pub(super) use marks::drawable;
pub use page::Paper;
pub use typesetter::{PaperFacts, Typesetter};
