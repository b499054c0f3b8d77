//! The fonts of paper: those of the program, and for letters that these lack those of the computer.

use std::sync::Arc;

use fontique::{Blob, Collection, CollectionOptions, FontInfo, FontInfoOverride, SourceCache};
use parley::{FontContext, FontWeight, LayoutContext};

/// The family name under which the fonts of the program are known here.
pub(super) const FAMILY: &str = "Pentimento";

const REGULAR: &[u8] = include_bytes!("../../../assets/fonts/DejaVuSansCondensed.ttf");
const BOLD: &[u8] = include_bytes!("../../../assets/fonts/DejaVuSansCondensed-Bold.ttf");

/// What text is set with.
pub(super) struct Fonts {
    pub(super) context: FontContext,
    pub(super) layouts: LayoutContext<()>,
    /// A letter had no font at all and stands as its number.
    pub(super) has_missing: bool,
}

impl Fonts {
    /// `with_system`: the fonts of the computer stand in for letters that those of the program lack.
    pub(super) fn new(with_system: bool) -> Self {
        let options = CollectionOptions { shared: false, system_fonts: with_system };
        let mut collection = Collection::new(options);
        for (bytes, weight) in [(REGULAR, FontWeight::NORMAL), (BOLD, FontWeight::BOLD)] {
            register(&mut collection, bytes, weight);
        }
        let context = FontContext { collection, source_cache: SourceCache::default() };
        Self { context, layouts: LayoutContext::new(), has_missing: false }
    }
}

fn register(
    collection: &mut Collection,
    bytes: &'static [u8],
    weight: FontWeight,
) -> Vec<FontInfo> {
    let as_known = FontInfoOverride {
        family_name: Some(FAMILY),
        width: Some(parley::FontWidth::NORMAL),
        weight: Some(weight),
        ..FontInfoOverride::default()
    };
    let added = collection.register_fonts(Blob::new(Arc::new(bytes)), Some(as_known));
    added.into_iter().flat_map(|(_, fonts)| fonts).collect()
}

/// Whether the fonts of the program have every letter, so that a page looks the same on every computer.
pub fn is_covered(text: &str) -> bool {
    let mut collection = Collection::new(CollectionOptions { shared: false, system_fonts: false });
    let fonts = register(&mut collection, REGULAR, FontWeight::NORMAL);
    let map = fonts.first().and_then(|font| font.charmap_index().charmap(REGULAR));
    let Some(map) = map else { return false };
    text.chars()
        .all(|c| c.is_ascii() || is_isolate(c) || map.map(c).is_some_and(|glyph| glyph != 0))
}

/// The marks around a text from outside, which keep its writing direction to itself.
pub(super) const fn is_isolate(c: char) -> bool {
    matches!(c, '\u{2066}' | '\u{2068}' | '\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_brings_the_letters_of_many_languages() {
        for text in
            ["Ærøskøbing – 12 × 7 px ≤ 3", "Ελλάδα", "Москва", "تقرير", "דוח", "\u{2068}a\u{2069}"]
        {
            assert!(is_covered(text), "{text}");
        }
        assert!(!is_covered("報告書"), "those of the computer have to stand in");
    }
}
