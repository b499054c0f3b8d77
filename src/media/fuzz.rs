//! Entries for `tests/fuzz` into readers that are private otherwise.

use super::container::{gif_end, has_more_pictures, jpeg_facts, png_end, riff_end};
use super::container::{webp_canvas, webp_delays, webp_has_stray};
use super::sniff::{Content, content};
use super::surplus::{bmp_rows, of_animation, of_picture, shortened_webp};

/// What a file is, and the containers of pictures.
pub fn containers(bytes: &[u8]) {
    let _ends = (jpeg_facts(bytes).end, gif_end(bytes), png_end(bytes), riff_end(bytes));
    let _webp = (webp_delays(bytes), webp_canvas(bytes), webp_has_stray(bytes));
    if let Ok(Content::Still(format)) = content(bytes) {
        has_more_pictures(format, bytes);
        drop((of_picture(format, bytes, false), of_animation(format, bytes)));
        drop((bmp_rows(bytes), shortened_webp(bytes)));
    }
}
