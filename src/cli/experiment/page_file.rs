//! Rewrites the file of a page.

use std::path::Path;

use anyhow::Context as _;

/// Replaces a page by what `rewrite` makes of it; a page that is not there yet is empty.
pub(super) fn update_page(page: &Path, rewrite: impl FnOnce(&str) -> String) -> anyhow::Result<()> {
    let earlier = std::fs::read_to_string(page).unwrap_or_default();
    if let Some(folder) = page.parent() {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    }
    std::fs::write(page, rewrite(&earlier))
        .with_context(|| format!("cannot write {}", page.display()))
}
