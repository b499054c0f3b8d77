//! What a file says about itself: whole files, and each container and block by itself.

use pentimento::metadata::{
    Format, contradictions, fuzz_block, fuzz_container, fuzz_note, location, metadata_of_bytes,
    summary,
};

use crate::Target;
use crate::folders::halves;

pub(crate) const TARGETS: &[(&str, Target)] = &[
    ("metadata", |bytes| {
        if let Ok(metadata) = metadata_of_bytes(bytes) {
            drop((summary(&metadata, &[]), contradictions(&metadata, &[])));
            drop(location(&metadata.fields));
        }
    }),
    ("jpeg_segments", |bytes| fuzz_container(Format::Jpeg, bytes)),
    ("png_chunks", |bytes| fuzz_container(Format::Png, bytes)),
    ("gif_blocks", |bytes| fuzz_container(Format::Gif, bytes)),
    ("bmp_header", |bytes| fuzz_container(Format::Bmp, bytes)),
    ("tiff_directories", |bytes| fuzz_container(Format::Tiff, bytes)),
    ("riff_webp", |bytes| fuzz_container(Format::WebP, bytes)),
    ("riff_avi", |bytes| fuzz_container(Format::Avi, bytes)),
    ("boxes_heif", |bytes| fuzz_container(Format::Heif, bytes)),
    ("boxes_mp4", |bytes| fuzz_container(Format::IsoMedia, bytes)),
    ("transport", |bytes| fuzz_container(Format::TransportStream, bytes)),
    ("matroska", |bytes| fuzz_container(Format::Matroska, bytes)),
    ("exif", |bytes| fuzz_block("exif", bytes)),
    ("xmp", |bytes| fuzz_block("xmp", bytes)),
    ("iptc", |bytes| fuzz_block("iptc", bytes)),
    ("photoshop", |bytes| fuzz_block("photoshop", bytes)),
    ("icc", |bytes| fuzz_block("icc", bytes)),
    ("credential", |bytes| fuzz_block("jumbf", bytes)),
    ("generator_notes", |bytes| {
        let (name, text) = halves(bytes);
        if let (Ok(name), Ok(text)) = (std::str::from_utf8(name), std::str::from_utf8(text)) {
            fuzz_note(name, text);
        }
    }),
];
