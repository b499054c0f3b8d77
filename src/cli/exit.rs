//! Exit codes, how the error of a command is reported, and signals that ask a command to stop.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::output;

/// Wrong use, or the command could not start.
pub(super) const EXIT_FAILED: u8 = 1;
/// Some files could not be examined, or a check found faults.
pub(super) const EXIT_PARTIAL: u8 = 2;

/// Told to stop before the end, and to be started again: what schedulers take for "temporary failure".
pub(super) const EXIT_STOPPED: u8 = 75;

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
            output::eprint_line(&format!("error: {}", with_causes(&error)));
            ExitCode::from(EXIT_FAILED)
        }
    }
}

/// An error and its causes on one line; a cause that was said already is left out.
pub(super) fn with_causes(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.is_empty() {
            text = cause;
        } else if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

/// A flag that is set when the system or a person ends this program, which then does not end at once. The
/// second signal ends it, with [`EXIT_STOPPED`].
#[cfg(unix)]
pub(super) fn stop_on_signals() -> std::io::Result<Arc<AtomicBool>> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGTERM, SIGINT] {
        signal_hook::flag::register_conditional_shutdown(
            signal,
            i32::from(EXIT_STOPPED),
            Arc::clone(&stop),
        )?;
        signal_hook::flag::register(signal, Arc::clone(&stop))?;
    }
    Ok(stop)
}

/// Here a signal ends the program at once; the next run goes on behind what was stored.
#[cfg(not(unix))]
pub(super) fn stop_on_signals() -> std::io::Result<Arc<AtomicBool>> {
    Ok(Arc::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot read: {source}")]
    struct Unreadable {
        source: std::io::Error,
    }

    #[test]
    fn a_cause_is_said_once() {
        let source = std::io::Error::other("entity not found");
        let error = anyhow::Error::new(Unreadable { source }).context("the set is not open");
        assert_eq!(with_causes(&error), "the set is not open: cannot read: entity not found");
    }
}
