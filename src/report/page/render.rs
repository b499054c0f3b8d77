//! Renders the template with a record.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minijinja::context;
use minijinja::value::Value;
use serde::Serialize;

use super::environment::{as_read, environment};
use crate::report::Error;
use crate::report::build::{most_telling, since};
use crate::report::record::{
    CaseRecord, DetectorFacts, ProgramFacts, ReplayRecord, ReportItem, ReportRecord, RequestRecord,
    SummaryRecord, WeightRecord,
};

/// Name of the first page.
pub const PAGE_FILE: &str = "report.html";
/// Items of one page; further ones stand on pages of their own.
const ITEMS_PER_PAGE: usize = 500;
/// Bytes of pictures in one page; further ones are named by their files.
const PICTURE_BYTES: usize = 24 << 20;
/// Page 1 shows pictures and hashes of so many files; of more, of the one that tells most.
const FEW_ITEMS: usize = 3;
/// Characters of what was asked that page 1 shows; the whole stands on a later page.
const MOST: [(&str, usize); 3] = [("title", 120), ("question", 320), ("name", 120)];
/// Entries of the log on the page; the record has all.
const SHOWN_ENTRIES: usize = 200;

const TEMPLATE: &str = include_str!("../../../assets/report/report.html");

/// Gives the bytes of a picture of the report by its file; `None` when it is not at hand.
pub type PictureSource<'a> = dyn Fn(&str) -> Option<Vec<u8>> + 'a;

/// The record without its items.
#[derive(Serialize)]
pub(super) struct RecordHeader<'a> {
    version: u32,
    made_at: &'a str,
    request: &'a RequestRecord,
    summary: &'a SummaryRecord,
    limits: &'a [String],
    program: &'a ProgramFacts,
    detectors: &'a [DetectorFacts],
    weight: &'a WeightRecord,
    case: &'a Option<CaseRecord>,
    not_shown: &'a [String],
    replay: &'a ReplayRecord,
}

impl<'a> RecordHeader<'a> {
    pub(super) fn from_record(record: &'a ReportRecord) -> Self {
        let ReportRecord { version, made_at, request, summary, limits, program, .. } = record;
        let ReportRecord { detectors, weight, case, not_shown, replay, .. } = record;
        Self {
            version: *version,
            made_at,
            request,
            summary,
            limits,
            program,
            detectors,
            weight,
            case,
            not_shown,
            replay,
        }
    }
}

/// The files of the pages of a record of `n_items`, the first page first.
pub fn page_names(n_items: usize) -> Vec<String> {
    let n_pages = n_items.div_ceil(ITEMS_PER_PAGE).max(1);
    let name = |i: usize| {
        if i == 0 { PAGE_FILE.to_owned() } else { format!("items-{}.html", i + 1) }
    };
    (0..n_pages).map(name).collect()
}

/// All pages with their names.
///
/// # Errors
///
/// [`Error::Page`].
pub fn render_pages(
    record: &ReportRecord,
    pictures: &PictureSource<'_>,
) -> Result<Vec<(String, String)>, Error> {
    let names = page_names(record.items.len()).into_iter().enumerate();
    names.map(|(i, name)| Ok((name, render_page(record, i, pictures)?))).collect()
}

/// One page, counted from 0. The same record and pictures give the same bytes.
///
/// # Errors
///
/// [`Error::Page`].
pub fn render_page(
    record: &ReportRecord,
    page: usize,
    pictures: &PictureSource<'_>,
) -> Result<String, Error> {
    let first = page * ITEMS_PER_PAGE;
    let items: Vec<&ReportItem> = record.items.iter().skip(first).take(ITEMS_PER_PAGE).collect();
    // Of many files, page 1 shows one.
    let is_many = record.items.len() > FEW_ITEMS;
    let telling = most_telling(&record.items).filter(|_| page == 0 && is_many);
    let shown: Vec<&ReportItem> = telling.into_iter().chain(items.iter().copied()).collect();
    let embedded = Arc::new(embed(&shown, pictures));
    let mut env = environment();
    // Base64 needs no escape.
    env.add_function("picture", move |file: &str| {
        embedded.get(file).cloned().map(Value::from_safe_string)
    });
    let states = record.items.iter().filter_map(|item| Some((item.number, since(item)?)));
    let states: BTreeMap<usize, &str> = states.collect();
    env.add_function("since", move |number: usize| states.get(&number).copied());
    let failed = |e: minijinja::Error| Error::Page(format!("{e:#}"));
    let template = env.template_from_named_str(PAGE_FILE, TEMPLATE).map_err(failed)?;
    let page = template.render(context! {
        record => as_read(&RecordHeader::from_record(record))?,
        items => as_read(&items)?,
        first,
        page,
        pages => page_names(record.items.len()),
        few => FEW_ITEMS,
        telling => telling.map(as_read).transpose()?,
        most => BTreeMap::from(MOST),
        n_shown_entries => SHOWN_ENTRIES,
    });
    page.map_err(failed)
}

/// The pictures as data URIs, by their files, as far as there is room.
pub(super) fn embed(
    items: &[&ReportItem],
    pictures: &PictureSource<'_>,
) -> BTreeMap<String, String> {
    let mut room = PICTURE_BYTES;
    let mut embedded = BTreeMap::new();
    for picture in items.iter().flat_map(|item| &item.pictures) {
        if embedded.contains_key(&picture.file) {
            continue;
        }
        let Some(bytes) = pictures(&picture.file) else { continue };
        let Some(left) = room.checked_sub(bytes.len()) else { continue };
        room = left;
        let uri = format!("data:image/jpeg;base64,{}", STANDARD.encode(&bytes));
        embedded.insert(picture.file.clone(), uri);
    }
    embedded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_items_stand_on_pages_of_their_own() {
        assert_eq!(page_names(0), ["report.html"]);
        assert_eq!(page_names(500), ["report.html"]);
        assert_eq!(page_names(1001), ["report.html", "items-2.html", "items-3.html"]);
    }
}
