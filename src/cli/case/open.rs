//! Opens the case of a command.

use std::path::Path;

use anyhow::Context as _;

use crate::base::text::visible_path;
use crate::case::{Access, Case};
use crate::cli::output;
use crate::session;

pub(in crate::cli) fn open_read_only(path: &Path) -> anyhow::Result<Case> {
    Case::open_read_only(path)
        .with_context(|| format!("cannot open the case {}", visible_path(path)))
}

/// Opens a case for writing; an error when another process has it open.
pub(super) fn open_writable(path: &Path, author: &str) -> anyhow::Result<Case> {
    let case = Case::open(path, author)
        .with_context(|| format!("cannot open the case {}", visible_path(path)))?;
    match case.access() {
        Access::Write => Ok(case),
        Access::ReadOnly { reason } => {
            anyhow::bail!("the case {} cannot be changed: {reason}", visible_path(path))
        }
    }
}

/// The author for the log: the name given, else the one last used in the window, else the account.
pub(in crate::cli) fn author(given: Option<String>) -> String {
    if let Some(name) = given.filter(|name| !name.trim().is_empty()) {
        return name;
    }
    let (settings, warnings) = session::stored_settings();
    for warning in warnings {
        output::eprint_line(&warning);
    }
    let name = session::usual_author(&settings);
    if name.is_empty() { "unknown".to_owned() } else { name }
}
