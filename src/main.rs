//! The program: arguments, then logging, then dispatch.

use std::process::ExitCode;

use pentimento::{cli, infer, media};

fn main() -> ExitCode {
    // Before anything else, while this is the only thread.
    infer::disarm_telemetry();
    let (command, verbosity) = match cli::parse(std::env::args_os()) {
        Ok(parsed) => parsed,
        Err(code) => return code,
    };
    cli::start_logging(verbosity);
    if command.opens_evidence() {
        media::decode_stills_apart();
    }
    match command {
        cli::Command::Window(request) => window(request),
        cli::Command::Terminal(command) => cli::run(command),
    }
}

#[cfg(feature = "gui")]
fn window(request: cli::WindowRequest) -> ExitCode {
    let cli::WindowRequest { files, models, engine } = request;
    cli::finish(pentimento::gui::run(pentimento::gui::Options { files, models, engine }))
}

#[cfg(not(feature = "gui"))]
fn window(_request: cli::WindowRequest) -> ExitCode {
    cli::finish(Err(anyhow::anyhow!(
        "this build has no window (it was made without the feature gui); use pentimento inspect"
    )))
}
