//! Log lines on stderr, filtered by `RUST_LOG` or `--verbose`.

use tracing_subscriber::EnvFilter;

/// Starts logging to stderr. `RUST_LOG` decides if it is set, else `verbosity`: 0 errors, 1 also
/// warnings and information of this program, 2 its debug messages, 3 everything.
pub fn start_logging(verbosity: u8) {
    let default = match verbosity {
        0 => "error",
        1 => "warn,pentimento=info",
        2 => "info,pentimento=debug",
        _ => "debug,pentimento=trace",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    let started = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .without_time()
        .try_init();
    if let Err(error) = started {
        super::output::eprint_line(&format!("logging could not be started: {error}"));
    }
}
