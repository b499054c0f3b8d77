//! `rebuild`: makes a shipped bundle again from its published origin.

use super::args::RebuildRequest;
use super::output;
use crate::faces;

/// Rebuilds the face finder from the wheel of its authors.
pub(super) fn run(request: &RebuildRequest) -> anyhow::Result<()> {
    let bundle = faces::rebuild_yunet(&request.wheel, &request.out)?;
    let card = &bundle.card;
    output::data(&format!(
        "{}: {} bytes, sha256 {}\nwritten to {}",
        card.name,
        card.file.bytes,
        card.file.sha256,
        request.out.display()
    ))?;
    Ok(())
}
