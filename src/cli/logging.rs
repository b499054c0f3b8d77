//! Where log lines go: stderr, filtered by `RUST_LOG` or `--verbose`.

use tracing_subscriber::EnvFilter;

/// Starts logging to stderr. `RUST_LOG` decides if it is set, else `verbosity`: 0 warnings of all
/// and errors, 1 information, 2 and above debugging of this program.
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
        super::output::people(&format!("no log: {error}"));
    }
}
