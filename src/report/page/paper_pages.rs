//! The pages on paper.

use crate::report::Error;
use crate::report::paper::{Paper, PaperFacts, Typesetter};
use crate::report::record::ReportRecord;

/// The file on paper of a page: `report.pdf` of `report.html`.
pub fn pdf_name(page: &str) -> String {
    format!("{}.pdf", page.trim_end_matches(".html"))
}

/// A page as PDF. `html` is that page, counted from 0. `None` when the program was built without the feature
/// `report-pdf`.
///
/// # Errors
///
/// [`Error::Page`].
pub fn render_pdf(
    record: &ReportRecord,
    page: usize,
    html: &str,
    paper: Paper,
    typesetter: &mut Typesetter,
) -> Result<Option<Vec<u8>>, Error> {
    let program = format!("{} {}", record.program.name, record.program.version);
    let facts = PaperFacts {
        title: &record.request.title,
        author: &record.request.author,
        program: &program,
        made_at: &record.made_at,
    };
    typesetter.pdf(html, paper, page == 0, &facts)
}
