//! Reports as a person makes and reads them.

mod case;
mod files;
mod hostile;
mod html;
mod leaves;
mod markup;
mod page;
mod paper;
mod ratio;
mod replay;
mod sample;
mod schema;
mod seal;
mod validate;

use std::path::PathBuf;

use pentimento::report::ReportRecord;
use serde_json::Value;

use crate::cli::inspect::{CliFolder, CliOutput};

/// With this gain the stand-in finds traces in the portrait, which is a little brighter than middle gray.
pub(super) const FINDS_TRACES: f32 = 120.0;

/// A report that was made.
pub(super) struct MadeReport {
    pub(super) output: CliOutput,
    pub(super) folder: PathBuf,
}

impl MadeReport {
    pub(super) fn text(&self, name: &str) -> String {
        let path = self.folder.join(name);
        std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text("report.json")).unwrap()
    }

    pub(super) fn record(&self) -> ReportRecord {
        ReportRecord::read(&self.folder.join("report.json")).unwrap()
    }

    pub(super) fn page(&self) -> String {
        self.text("report.html")
    }
}

/// `report make --out NAME`, with the engine that is everywhere.
pub(super) fn make(place: &CliFolder, name: &str, arguments: &[&str]) -> MadeReport {
    let head = ["report", "make", "--engine", "rten", "--author", "Ada", "--out", name];
    let output = place.run(&[&head, arguments].concat());
    MadeReport { output, folder: place.path(name) }
}
