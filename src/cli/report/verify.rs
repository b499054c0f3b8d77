//! `report verify`: checks that a report is whole, unchanged and signed.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;

use super::contents::{card_name, contents};
use super::key::{read_small, read_text};
use crate::base::release::VERSION;
use crate::base::text::{counted, visible, visible_path};
use crate::cli::output;
use crate::files::{read_capped, sha256_of_file};
use crate::report::build::paper_of;
use crate::report::seal::{check_signature, read_answer, time_stamp_request};
use crate::report::{
    ANSWER_FILE, RECORD_FILE, REQUEST_FILE, ReportRecord, SIGNATURE_FILE, SUMS_FILE, Typesetter,
    is_covered, page_names, pdf_name, render_card, render_page, render_pdf,
};

/// Largest [`SUMS_FILE`] that is read: 10,000 items have some 30,000 pictures.
const MAX_SUMS: u64 = 16 << 20;

/// Shown at the end of `--help`.
pub(super) const HELP: &str = "\
Checked are: the hash of every file, that no file or folder is missing or too many, that the pages say what
the record says, the signature with --key, the request for a time stamp, and the answer where there is one.

Exit codes: 0 nothing is wrong with it, 1 it cannot be read, 2 something is wrong with it, or without --key
a file could not be compared with the record.";

/// Arguments of `report verify`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// The folder of the report
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The public key of the person who signed it
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
}

/// `false` when something is wrong; each fault is a line.
pub(super) fn run(args: &VerifyArgs) -> anyhow::Result<bool> {
    let folder = &args.folder;
    let sums = own_file(folder, SUMS_FILE)
        .and_then(|path| read_capped(&path, MAX_SUMS))
        .with_context(|| format!("cannot read {}", visible_path(&folder.join(SUMS_FILE))))?
        .context("the list of hashes is too large")?;
    let mut check = Check::new(folder);
    let listed = String::from_utf8_lossy(&sums);
    let listed = check.hashes(&listed);
    check.no_other_files(&listed);
    check.record(&listed);
    check.signature(args.key.as_deref(), &sums);
    check.time_stamp(&sums);
    let faults = check.faults.iter().map(|fault| format!("FAULT  {fault}"));
    let lines: Vec<String> = faults.chain(check.facts.iter().cloned()).collect();
    output::print_lines(&lines)?;
    let is_signed = args.key.is_some();
    let is_right = check.faults.is_empty() && (is_signed || check.n_uncompared == 0);
    output::print_line(match (check.faults.is_empty(), is_signed) {
        (true, true) => "the report is as it was signed",
        (true, false) if check.n_uncompared > 0 => {
            "files could not be compared with the record: they may say something else. A signature, checked \
             with --key, shows that nobody changed them"
        }
        (true, false) => {
            "its files fit each other. Whoever changes a report can make its hashes again: that nobody did \
             is shown by a signature, checked with --key, and by nothing else"
        }
        (false, _) => "the report has faults",
    })?;
    Ok(is_right)
}

/// The path of a file of the report. A link is none: it leads to what lies elsewhere.
fn own_file(folder: &Path, name: &str) -> io::Result<PathBuf> {
    let mut path = folder.to_owned();
    for part in name.split('/') {
        if matches!(part, "" | "." | "..") || part.contains(['\\', ':']) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it lies elsewhere"));
        }
        path.push(part);
        if path.symlink_metadata()?.is_symlink() {
            let what = "it is a link, and a report consists of its own files";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
        }
    }
    Ok(path)
}

struct Check<'a> {
    folder: &'a Path,
    faults: Vec<String>,
    facts: Vec<String>,
    /// Files that could not be compared with the record.
    n_uncompared: u64,
    /// When the report was made, as its record says.
    made_at: String,
}

impl<'a> Check<'a> {
    const fn new(folder: &'a Path) -> Self {
        Self {
            folder,
            faults: Vec::new(),
            facts: Vec::new(),
            n_uncompared: 0,
            made_at: String::new(),
        }
    }

    /// Checks every file that is listed, and returns their names with the hashes.
    fn hashes<'s>(&mut self, sums: &'s str) -> BTreeMap<&'s str, &'s str> {
        let mut listed = BTreeMap::new();
        for line in sums.lines() {
            let Some((hash, name)) = line.split_once("  ") else {
                self.faults.push(format!("{SUMS_FILE} has a line that is none: {}", visible(line)));
                continue;
            };
            // Names lead into the folder, nowhere else.
            let is_inside = name.split('/').all(|part| !matches!(part, "" | "." | ".."))
                && !name.contains(['\\', ':']);
            if !is_inside {
                self.faults.push(format!("{} is no file of a report", visible(name)));
                continue;
            }
            match own_file(self.folder, name).and_then(|path| sha256_of_file(&path)) {
                Ok(found) if found == hash => {}
                Ok(_) => self.faults.push(format!("{} was changed", visible(name))),
                Err(error) => self.faults.push(format!("{}: {error}", visible(name))),
            }
            if listed.insert(name, hash).is_some() {
                self.faults.push(format!("{SUMS_FILE} names {} twice", visible(name)));
            }
        }
        self.facts.push(format!("{} with their hashes", counted(listed.len() as u64, "file")));
        listed
    }

    fn no_other_files(&mut self, listed: &BTreeMap<&str, &str>) {
        let folders: BTreeSet<&str> =
            listed.keys().filter_map(|name| Some(name.rsplit_once('/')?.0)).collect();
        let about = [SUMS_FILE, SIGNATURE_FILE, REQUEST_FILE, ANSWER_FILE];
        for entry in walkdir::WalkDir::new(self.folder).min_depth(1).max_depth(4) {
            let Ok(entry) = entry else {
                self.faults.push("a folder cannot be read".to_owned());
                continue;
            };
            let inner = entry.path().strip_prefix(self.folder).unwrap_or_else(|_| entry.path());
            let parts: Vec<_> = inner.iter().map(|part| part.to_string_lossy()).collect();
            let name = parts.join("/");
            let is_known = listed.contains_key(name.as_str()) || about.contains(&name.as_str());
            if entry.path_is_symlink() && (!is_known || about.contains(&name.as_str())) {
                self.faults.push(format!("{} is a link", visible(&name)));
            } else if entry.file_type().is_dir() && !folders.contains(name.as_str()) {
                self.faults.push(format!("the folder {} does not belong to it", visible(&name)));
            } else if !entry.file_type().is_dir() && !is_known {
                self.faults.push(format!("{} does not belong to the report", visible(&name)));
            }
        }
    }

    /// The files have to be those of the record.
    fn record(&mut self, listed: &BTreeMap<&str, &str>) {
        // What is wrong with a link was reported with its hash.
        let Ok(path) = own_file(self.folder, RECORD_FILE) else { return };
        let record_sha256 = sha256_of_file(&path).unwrap_or_default();
        let (record, unknown) = match ReportRecord::read_with_unknown(&path) {
            Ok(read) => read,
            Err(error) => return self.faults.push(error.to_string()),
        };
        record.made_at.clone_into(&mut self.made_at);
        let contents = contents(&record);
        for (name, sha256) in &contents {
            let shown = visible(name);
            match listed.get(name.as_str()) {
                None => self.faults.push(format!("{shown} is missing: by the record it is a part")),
                Some(found) if sha256.is_some_and(|sha256| sha256 != *found) => {
                    self.faults.push(format!("{shown} has not the hash that the record names"));
                }
                Some(_) => {}
            }
        }
        for name in listed.keys().filter(|name| !contents.contains_key(**name)) {
            self.faults.push(format!("{} does not belong to the report", visible(name)));
        }
        self.faults.extend(unknown.iter().map(|key| {
            format!("{RECORD_FILE} has a key that this version does not know: {}", visible(key))
        }));
        self.pages(&record, &record_sha256);
    }

    /// The pages made again from the record have to be those that lie there. Another version of the
    /// program may make them differently: that is a fact, no fault.
    fn pages(&mut self, record: &ReportRecord, record_sha256: &str) {
        let is_own_version = record.program.version == VERSION;
        let folder = self.folder;
        let pictures = |file: &str| std::fs::read(own_file(folder, file).ok()?).ok();
        let letters = record.to_json().unwrap_or_default();
        let mut typesetter = Typesetter::for_text(&letters);
        let by_version = (!is_own_version)
            .then(|| format!("it was made by version {}", visible(&record.program.version)));
        // Letters that the program has no font for look different on every computer.
        let on_paper_by = by_version.clone().or_else(|| {
            (!is_covered(&letters))
                .then(|| "it has letters of fonts that are not those of the program".to_owned())
        });
        for (i, name) in page_names(record.items.len()).into_iter().enumerate() {
            let made = match render_page(record, i, &pictures) {
                Ok(made) => made,
                Err(error) => {
                    self.faults.push(error.to_string());
                    continue;
                }
            };
            self.form(&name, made.as_bytes(), by_version.as_deref());
            let on_paper = pdf_name(&name);
            if self.folder.join(&on_paper).symlink_metadata().is_err() {
                continue;
            }
            match render_pdf(record, i, &made, paper_of(record), &mut typesetter) {
                Ok(Some(pdf)) => self.form(&on_paper, &pdf, on_paper_by.as_deref()),
                Ok(None) => self.facts.push(format!(
                    "{on_paper} was not compared with the record: this build writes no PDF"
                )),
                Err(error) => self.faults.push(error.to_string()),
            }
        }
        for item in &record.items {
            let [png, on_paper] = ["png", "pdf"].map(|ending| card_name(item.number, ending));
            let is_there = |name| self.folder.join(name).symlink_metadata().is_ok();
            let [has_png, has_pdf] = [&png, &on_paper].map(is_there);
            if !has_png && !has_pdf {
                continue;
            }
            match render_card(record, item, record_sha256, &pictures, &mut typesetter) {
                Ok(card) => {
                    self.form(&png, &card.png, on_paper_by.as_deref());
                    // A build without PDF made none.
                    if let Some(pdf) = card.pdf.filter(|_| has_pdf) {
                        self.form(&on_paper, &pdf, on_paper_by.as_deref());
                    }
                }
                Err(error) => self.faults.push(error.to_string()),
            }
        }
    }

    /// A form of the record, made again, has to be the one that lies there. `reason`: why it may
    /// differ.
    fn form(&mut self, name: &str, made: &[u8], reason: Option<&str>) {
        match (own_file(self.folder, name).and_then(std::fs::read), reason) {
            (Ok(found), _) if found == made => {}
            (Err(error), _) => self.faults.push(format!("{name}: {error}")),
            (Ok(_), None) => self.faults.push(format!("{name} does not say what the record says")),
            (Ok(_), Some(reason)) => {
                self.n_uncompared += 1;
                self.facts.push(format!("{name} cannot be compared with the record: {reason}"));
            }
        }
    }

    fn signature(&mut self, key: Option<&Path>, sums: &[u8]) {
        let file = self.folder.join(SIGNATURE_FILE);
        let is_there = file.symlink_metadata().is_ok();
        let Some(key) = key else {
            let fact = if is_there {
                "there is a signature; --key checks it"
            } else {
                "the report is not signed"
            };
            self.facts.push(fact.to_owned());
            return;
        };
        let checked = read_text(key).and_then(|key| {
            let signature = read_text(&own_file(self.folder, SIGNATURE_FILE)?)?;
            Ok(check_signature(&key, &signature, sums)?)
        });
        match checked {
            Ok(facts) => self.facts.push(format!(
                "signed by the key {}: {}",
                facts.key_id,
                visible(&facts.comment)
            )),
            Err(_) if !is_there => self.faults.push("the report is not signed".to_owned()),
            Err(error) => self.faults.push(crate::cli::exit::with_causes(&error)),
        }
    }

    fn time_stamp(&mut self, sums: &[u8]) {
        let request = own_file(self.folder, REQUEST_FILE).map_err(anyhow::Error::from);
        match request.and_then(|file| read_small(&file)) {
            Ok(request) if request == time_stamp_request(sums) => {}
            Ok(_) => self
                .faults
                .push(format!("{REQUEST_FILE} is not the request for a time stamp of {SUMS_FILE}")),
            Err(error) => {
                self.faults
                    .push(format!("{REQUEST_FILE}: {}", crate::cli::exit::with_causes(&error)));
            }
        }
        let file = self.folder.join(ANSWER_FILE);
        if file.symlink_metadata().is_err() {
            return self.facts.push("there is no time stamp".to_owned());
        }
        let answer = own_file(self.folder, ANSWER_FILE).map_err(anyhow::Error::from);
        match answer
            .and_then(|file| read_small(&file))
            .and_then(|answer| Ok(read_answer(&answer, sums)?))
        {
            Ok(facts) if facts.is_before(&self.made_at) => self.faults.push(format!(
                "the time stamp says {}, which is before the report was made ({})",
                facts.time,
                visible(&self.made_at)
            )),
            Ok(facts) => self.facts.push(format!(
                "time stamp of {}, as it says, number {}; NOT CHECKED: its signature is checked by: openssl ts -verify -in \
                 {ANSWER_FILE} -data {SUMS_FILE} -CAfile CERTIFICATE",
                facts.time, facts.serial
            )),
            Err(error) => self.faults.push(crate::cli::exit::with_causes(&error)),
        }
    }
}
