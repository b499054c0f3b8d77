//! The files that belong to a report.

use std::collections::BTreeMap;

use crate::report::build::{MAX_CARDS, most_suspicious_first, wrote_pdf};
use crate::report::{RECORD_FILE, ReportRecord, page_names, pdf_name};

/// The files that a report consists of, as its record says, with the hashes that it names.
pub(super) fn contents(record: &ReportRecord) -> BTreeMap<String, Option<&str>> {
    let mut names = vec![RECORD_FILE.to_owned()];
    let pages = page_names(record.items.len());
    let cards = most_suspicious_first(&record.items).into_iter().take(MAX_CARDS);
    let cards: Vec<usize> = cards.map(|item| item.number).collect();
    names.extend(cards.iter().map(|number| card_name(*number, "png")));
    if wrote_pdf(record) {
        names.extend(pages.iter().map(|page| pdf_name(page)));
        names.extend(cards.iter().map(|number| card_name(*number, "pdf")));
    }
    names.extend(pages);
    let pictures = record.items.iter().flat_map(|item| &item.pictures);
    let pictures = pictures.map(|picture| (picture.file.clone(), Some(picture.sha256.as_str())));
    names.into_iter().map(|name| (name, None)).chain(pictures).collect()
}

/// The file of the card of an item.
pub(super) fn card_name(item: usize, ending: &str) -> String {
    format!("cards/{item}.{ending}")
}
