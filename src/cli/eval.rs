//! `eval`, to be written in a minute.
use clap::Args;
/// Arguments of `eval`.
#[derive(Debug, Args)]
pub struct EvalArgs {}
pub(super) fn run(_: EvalArgs) -> anyhow::Result<()> {
    Ok(())
}
