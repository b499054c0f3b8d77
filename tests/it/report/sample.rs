//! The report in `assets/samples/report`, which shows newcomers what a report is.

use std::process::Command;

use crate::cli::inspect::CliOutput;
use crate::support::root;

pub(super) fn run(arguments: &[&str]) -> CliOutput {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_pentimento"));
    command.current_dir(root()).env("HOME", home.path()).args(arguments);
    command.env("PENTIMENTO_MODELS", root().join("models"));
    CliOutput::from_output(&command.output().unwrap())
}

/// After a change of the page, the record or the detector: make it again, as the README beside it
/// says.
#[test]
fn the_sample_is_what_this_program_makes_and_finds() {
    let output = run(&["report", "verify", "assets/samples/report"]);
    assert_eq!(output.code, 0, "{output:?}");
    let arguments = ["--engine", "rten", "--media", "assets/samples", "assets/samples/report"];
    let output = run(&[&["replay"], arguments.as_slice()].concat());
    assert_eq!(output.code, 0, "{output:?}");
    assert!(output.out.contains("overlap of the maps"), "{}", output.out);
}
