//! Commit and date that are recorded with what a run makes.

use crate::case;

/// Commit of the working folder; empty when it is no checkout or git is missing.
pub(in crate::cli) fn commit() -> String {
    let output = std::process::Command::new("git").args(["rev-parse", "HEAD"]).output();
    output
        .ok()
        .filter(|o| o.status.success())
        .map(|o| String::from_utf8_lossy(&o.stdout).trim().to_owned())
        .unwrap_or_default()
}

/// Today in UTC, `YYYY-MM-DD`.
pub(in crate::cli) fn today() -> String {
    case::now().chars().take(10).collect()
}
