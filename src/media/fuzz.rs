//! Entries for `tests/fuzz` into readers that are private otherwise.

use super::container::{bmp_end, gif_end, has_more_pictures, jpeg_facts, png_end, riff_end};
use super::container::{webp_canvas, webp_delays, webp_has_stray};
use super::sniff::{Content, content};

/// What a file is, and the containers of pictures.
pub fn containers(bytes: &[u8]) {
    let _ends = (jpeg_facts(bytes).end, gif_end(bytes), png_end(bytes), riff_end(bytes));
    let _webp = (webp_delays(bytes), webp_canvas(bytes), webp_has_stray(bytes), bmp_end(bytes));
    if let Ok(Content::Still(format)) = content(bytes) {
        has_more_pictures(format, bytes);
    }
}
