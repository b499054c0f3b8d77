//! The card: what a report says of one file, for a newsroom, on one small page.

use minijinja::context;
use minijinja::value::Value;

use super::environment::{as_read, environment};
use super::render::{PictureSource, RecordHeader, embed};
use crate::report::Error;
use crate::report::build::{case_caution, limits, summarize};
use crate::report::paper::{Paper, PaperFacts, Typesetter};
use crate::report::record::{ReportItem, ReportRecord};

const TEMPLATE: &str = include_str!("../../../assets/report/card.html");
/// Sentences under each heading: as many as fit on the page.
const MOST: [usize; 5] = [7, 5, 4, 2, 1];
/// Pixels a point of the picture: 1049 × 1488 px.
const PIXELS: f32 = 2.5;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardFiles {
    pub png: Vec<u8>,
    /// A PDF file; `None` when the program was built without the feature `report-pdf`.
    pub pdf: Option<Vec<u8>>,
}

/// The card of an item. `record_sha256` is that of the file of the record.
///
/// # Errors
///
/// [`Error::Page`], [`Error::Picture`].
pub fn render_card(
    record: &ReportRecord,
    item: &ReportItem,
    record_sha256: &str,
    pictures: &PictureSource<'_>,
    typesetter: &mut Typesetter,
) -> Result<CardFiles, Error> {
    let mut html = String::new();
    for most in MOST {
        html = card_html(record, item, record_sha256, pictures, most)?;
        if typesetter.n_pages(&html, Paper::A5)? == 1 {
            break;
        }
    }
    let drawn = typesetter.picture(&html, Paper::A5, PIXELS)?;
    let program = format!("{} {}", record.program.name, record.program.version);
    let facts = PaperFacts {
        title: &item.name,
        author: &record.request.author,
        program: &program,
        made_at: &record.made_at,
    };
    let pdf = typesetter.pdf(&html, Paper::A5, true, &facts)?;
    Ok(CardFiles { png: crate::media::encode_png(&drawn)?, pdf })
}

fn card_html(
    record: &ReportRecord,
    item: &ReportItem,
    record_sha256: &str,
    pictures: &PictureSource<'_>,
    most: usize,
) -> Result<String, Error> {
    let failed = |e: minijinja::Error| Error::Page(format!("{e:#}"));
    let embedded = embed(&[item], pictures);
    let mut env = environment();
    env.add_function("picture", move |file: &str| {
        embedded.get(file).cloned().map(Value::from_safe_string)
    });
    let template = env.template_from_named_str("card.html", TEMPLATE).map_err(failed)?;
    let parts = item.findings.not_examined.iter();
    let not_examined: Vec<String> =
        parts.map(|part| format!("{} ({}): {}.", part.what, part.place, part.why)).collect();
    // What concerns other items of the report has no place on the card.
    let own = summarize(std::slice::from_ref(item), &record.detectors, &record.weight, None);
    // Without a set, that there is no ratio stands in the report.
    let weight = if record.weight.calibration.is_some() { own.weight } else { Vec::new() };
    let mut cautions: Vec<String> = record.case.iter().filter_map(case_caution).collect();
    cautions.extend(own.cautions);
    cautions.extend(item.contradictions.iter().map(|contradiction| contradiction.text.clone()));
    let limits = limits(std::slice::from_ref(item), &record.detectors);
    let page = template.render(context! {
        record => as_read(&RecordHeader::from_record(record))?,
        item => as_read(item)?,
        not_examined,
        cautions,
        error_rates => [own.error_rates, weight].concat(),
        limits,
        record_sha256,
        most,
    });
    page.map_err(failed)
}
