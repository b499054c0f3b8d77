//! Exit codes, and how the error of a command is reported.

use std::process::ExitCode;

use super::output;

/// Wrong use, or the command could not start.
pub(super) const EXIT_FAILED: u8 = 1;
/// Some files could not be examined, or a check found faults.
pub(super) const EXIT_PARTIAL: u8 = 2;

/// The exit code of a whole command; an error is printed on stderr.
pub fn finish(result: anyhow::Result<()>) -> ExitCode {
    finish_checked(result.map(|()| true))
}

/// As [`finish`]; `false` ends with [`EXIT_PARTIAL`].
pub(super) fn finish_checked(result: anyhow::Result<bool>) -> ExitCode {
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(EXIT_PARTIAL),
        Err(error) => {
            output::eprint_line(&format!("error: {error:#}"));
            ExitCode::from(EXIT_FAILED)
        }
    }
}
