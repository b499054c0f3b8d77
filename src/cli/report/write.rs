//! Writes a report: record, pages, paper, cards, signature.

use std::path::Path;

use super::contents::card_name;
use super::key::{asked, password, read_text};
use crate::base::text::visible;
use crate::report::build::{MAX_CARDS, most_suspicious_first, paper_of};
use crate::report::seal::{sign, time_stamp_request};
use crate::report::{
    RECORD_FILE, REQUEST_FILE, ReportFolder, ReportRecord, SIGNATURE_FILE, Typesetter, page_names,
    pdf_name, render_card, render_page, render_pdf,
};

/// Writes record and pages and gives the folder its name.
pub(super) fn write(
    mut folder: ReportFolder,
    record: &ReportRecord,
    signer: Option<&Signer>,
) -> anyhow::Result<()> {
    let json = record.to_json()?;
    let record_sha256 = folder.add(RECORD_FILE, json.as_bytes())?;
    let mut typesetter = Typesetter::for_text(&json);
    for (i, name) in page_names(record.items.len()).into_iter().enumerate() {
        let page = render_page(record, i, &|file| folder.read(file).ok())?;
        folder.add(&name, page.as_bytes())?;
        if let Some(pdf) = render_pdf(record, i, &page, paper_of(record), &mut typesetter)? {
            folder.add(&pdf_name(&name), &pdf)?;
        }
    }
    for item in most_suspicious_first(&record.items).into_iter().take(MAX_CARDS) {
        let pictures = |file: &str| folder.read(file).ok();
        let card = render_card(record, item, &record_sha256, &pictures, &mut typesetter)?;
        folder.add(&card_name(item.number, "png"), &card.png)?;
        if let Some(pdf) = card.pdf {
            folder.add(&card_name(item.number, "pdf"), &pdf)?;
        }
    }
    let sums = folder.sums();
    let mut about_sums = vec![(REQUEST_FILE, time_stamp_request(sums.as_bytes()))];
    if let Some(signer) = signer {
        about_sums.push((SIGNATURE_FILE, signer.sign(record, &sums)?.into_bytes()));
    }
    folder.finish_with(&about_sums)?;
    Ok(())
}

/// A secret key and its password.
pub(in crate::cli) struct Signer {
    key: String,
    password: Option<String>,
}

impl Signer {
    /// Reads the key and tries it.
    pub(in crate::cli) fn open(path: &Path) -> anyhow::Result<Self> {
        let mut signer = Self { key: read_text(path)?, password: password() };
        let try_it = |signer: &Self| sign(&signer.key, signer.password.clone(), b"", "");
        match (try_it(&signer), &signer.password) {
            (Ok(_), _) => return Ok(signer),
            (Err(error), Some(_)) => return Err(error.into()),
            (Err(error), None) => match asked("Password of the key: ")? {
                None => return Err(error.into()),
                password => signer.password = password,
            },
        }
        try_it(&signer)?;
        Ok(signer)
    }

    /// The signed comment names the case and the head of its log.
    fn sign(&self, record: &ReportRecord, sums: &str) -> anyhow::Result<String> {
        let case = record.case.as_ref();
        let case = case.map(|case| format!(", case {}, head {}", case.id, case.head));
        let comment = format!(
            "report made at {} by {}{}",
            record.made_at,
            record.request.author,
            case.unwrap_or_default()
        );
        self.sign_bytes(sums.as_bytes(), &comment)
    }

    /// The text of a signature file.
    pub(in crate::cli) fn sign_bytes(&self, bytes: &[u8], comment: &str) -> anyhow::Result<String> {
        Ok(sign(&self.key, self.password.clone(), bytes, &visible(comment))?)
    }
}
