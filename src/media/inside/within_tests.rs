//! Tests of `within.rs`: another picture in every place where a file of a picture may hold one.

use std::io::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use flate2::Compression;
use flate2::write::ZlibEncoder;

use crate::base::{Limits, RgbImage};
use crate::media::inside::packed::MAX_UNPACKED;
use crate::media::{decode_still, encode_jpeg, encode_png};

/// A picture with detail; another `turn` shows something else.
fn scene(width: u32, height: u32, turn: f64) -> RgbImage {
    let pixel = |i: u32| {
        let x = f64::from(i % width) / f64::from(width);
        let y = f64::from(i / width) / f64::from(height);
        let level = 128.0 + 60.0 * (9.0 * x * turn).sin() + 60.0 * (7.0 * y + turn).cos();
        [level as u8, (255.0 - level) as u8, 90]
    };
    RgbImage::new(width, height, (0..width * height).flat_map(pixel).collect()).unwrap()
}

fn jpeg(turn: f64) -> Vec<u8> {
    encode_jpeg(&scene(96, 72, turn), 90).unwrap()
}

/// The picture that programs show.
fn shown() -> RgbImage {
    scene(160, 120, 1.0)
}

/// The same, a little brighter at one place.
fn brighter_in_part() -> RgbImage {
    let mut forged = shown();
    for y in 40..80usize {
        for level in &mut forged.pixels[(y * 160 + 60) * 3..(y * 160 + 100) * 3] {
            *level = level.saturating_add(6);
        }
    }
    forged
}

fn not_examined(file: &[u8]) -> String {
    let found = decode_still(file, &Limits::default()).unwrap().not_examined;
    found.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// The picture as JPEG with a segment of this code.
fn with_segment(code: u8, data: &[u8]) -> Vec<u8> {
    let shown = encode_jpeg(&shown(), 90).unwrap();
    let length = (data.len() as u16 + 2).to_be_bytes();
    [&shown[..2], &[0xFF, code], &length, data, &shown[2..]].concat()
}

/// The picture as PNG with a chunk before its pixels.
fn with_chunk(name: [u8; 4], data: &[u8]) -> Vec<u8> {
    let shown = encode_png(&shown()).unwrap();
    let mut chunk = (data.len() as u32).to_be_bytes().to_vec();
    chunk.extend(name);
    chunk.extend(data);
    let mut sum = crc32fast::Hasher::new();
    sum.update(&chunk[4..]);
    chunk.extend(sum.finalize().to_be_bytes());
    [&shown[..33], &chunk, &shown[33..]].concat()
}

#[test]
fn pictures_in_segments_of_a_jpeg_file_are_reported() {
    let other = jpeg(2.0);
    for (code, place) in [(0xE9, "in its segment APP9"), (0xFE, "in its comment")] {
        let found = not_examined(&with_segment(code, &[b"note: ", &other[..]].concat()));
        assert!(found.contains("a JPEG picture of 96 x 72 pixels"), "{found}");
        assert!(found.contains(place), "{found}");
    }
    // As the note of a maker: no thumbnail that the directory names.
    let maker = [b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0", &other[..]].concat();
    assert!(not_examined(&with_segment(0xE1, &maker)).contains("96 x 72"), "maker note");
    let text = BASE64_STANDARD.encode(&other);
    let found = not_examined(&with_segment(0xFE, text.as_bytes()));
    assert!(found.contains("in its comment as text"), "{found}");
    let png = encode_png(&scene(96, 72, 2.0)).unwrap();
    assert!(not_examined(&with_segment(0xE9, &png)).contains("a PNG picture"), "PNG");
    let clip = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom";
    assert!(not_examined(&with_segment(0xE9, clip)).contains("an MP4 video"), "video");
}

#[test]
fn previews_thumbnails_and_tiny_pictures_are_not_reported() {
    let preview = encode_jpeg(&scene(80, 60, 1.0), 80).unwrap();
    assert_eq!(not_examined(&with_segment(0xE9, &preview)), "", "shows the same");
    let tiny = encode_jpeg(&scene(40, 30, 2.0), 80).unwrap();
    assert_eq!(not_examined(&with_segment(0xE9, &tiny)), "", "no face is examined in it");
    // Directory 0 without entries; directory 1 names the thumbnail behind it.
    let mut exif = b"Exif\0\0II*\0\x08\0\0\0\0\0\x0E\0\0\0".to_vec();
    exif.extend(b"\x01\0\x01\x02\x04\0\x01\0\0\0\x20\0\0\0\0\0\0\0");
    assert_eq!(exif.len(), 6 + 0x20);
    exif.extend(jpeg(2.0));
    assert_eq!(not_examined(&with_segment(0xE1, &exif)), "", "a thumbnail is compared elsewhere");
    let jfxx = [b"JFXX\0\x10", &jpeg(2.0)[..]].concat();
    assert_eq!(not_examined(&with_segment(0xE0, &jfxx)), "");
}

#[test]
fn a_copy_as_large_as_the_picture_has_to_have_its_pixels() {
    let copy = |picture: &RgbImage| encode_jpeg(picture, 95).unwrap();
    assert_eq!(not_examined(&with_segment(0xE9, &copy(&shown()))), "", "the same pixels");
    let found = not_examined(&with_segment(0xE9, &copy(&brighter_in_part())));
    assert!(found.contains("160 x 120"), "{found}");
    let other = not_examined(&with_chunk(*b"caBX", &copy(&scene(160, 120, 2.0))));
    assert!(other.contains("160 x 120"), "another picture: {other}");
    let found = not_examined(&with_segment(0xE9, &copy(&scene(150, 112, 1.0))));
    assert!(found.contains("150 x 112"), "nearly as large: {found}");
}

#[test]
fn pictures_in_chunks_of_a_png_file_are_reported() {
    let other = jpeg(2.0);
    let found = not_examined(&with_chunk(*b"prVt", &other));
    assert!(found.contains("96 x 72") && found.contains("in its chunk prVt"), "{found}");
    let text = BASE64_STANDARD.encode(&other);
    let found = not_examined(&with_chunk(*b"tEXt", format!("Comment\0{text}").as_bytes()));
    assert!(found.contains("in its chunk tEXt as text"), "{found}");
    for data in [&other[..], text.as_bytes()] {
        let found = not_examined(&with_chunk(*b"zTXt", &packed(data)));
        assert!(found.contains("in its chunk zTXt"), "{found}");
    }
}

/// A text chunk with a keyword, compressed.
fn packed(data: &[u8]) -> Vec<u8> {
    let mut packer = ZlibEncoder::new(b"Comment\0\0".to_vec(), Compression::fast());
    packer.write_all(data).unwrap();
    packer.finish().unwrap()
}

/// The picture as PNG with these compressed texts.
fn with_texts(texts: &[Vec<u8>]) -> Vec<u8> {
    let plain = encode_png(&shown()).unwrap();
    let chunks = texts.iter().map(|text| {
        let file = with_chunk(*b"zTXt", text);
        file[33..33 + file.len() - plain.len()].to_vec()
    });
    [&plain[..33], &chunks.collect::<Vec<_>>().concat(), &plain[33..]].concat()
}

#[test]
fn what_is_packed_is_reported_wherever_it_stands() {
    let other = jpeg(2.0);
    let mut many = vec![packed(b"nothing"); 70];
    many.push(packed(&other));
    let found = not_examined(&with_texts(&many));
    assert!(found.contains("96 x 72") && found.contains("in its chunk zTXt"), "{found}");
    let blank = |share: f64| vec![b' '; (share * MAX_UNPACKED as f64) as usize];
    let late = [&blank(0.6)[..], &other].concat();
    let found = not_examined(&with_texts(&[packed(&late)]));
    assert!(found.contains("96 x 72"), "{found}");
    let tiny = BASE64_STANDARD.encode(encode_jpeg(&scene(8, 8, 1.0), 80).unwrap());
    let texts = format!("{tiny}\x01").repeat(70) + &BASE64_STANDARD.encode(&other);
    let found = not_examined(&with_chunk(*b"tEXt", format!("Comment\0{texts}").as_bytes()));
    assert!(found.contains("96 x 72"), "{found}");
    let endless = not_examined(&with_texts(&[packed(&blank(1.1))]));
    assert!(endless.contains("whether more pictures are in the file"), "{endless}");
    assert!(endless.contains("more data are packed in it than are unpacked"), "{endless}");
}

#[test]
fn pictures_in_hexadecimal_digits_are_reported_and_thumbnails_in_them_are_not() {
    let profile = |data: &[u8]| {
        let digit = |n: u8| char::from_digit(n.into(), 16).unwrap();
        let digits: String = data.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]).collect();
        let lines: Vec<&[u8]> = digits.as_bytes().chunks(72).collect();
        packed(&[format!("\nexif\n{:8}\n", data.len()).as_bytes(), &lines.join(&b'\n')].concat())
    };
    let found = not_examined(&with_texts(&[profile(&jpeg(2.0))]));
    assert!(found.contains("96 x 72") && found.contains("in its chunk zTXt"), "{found}");
    let mut exif = b"Exif\0\0II*\0\x08\0\0\0\0\0\x0E\0\0\0".to_vec();
    exif.extend(b"\x01\0\x01\x02\x04\0\x01\0\0\0\x20\0\0\0\0\0\0\0");
    exif.extend(jpeg(2.0));
    assert_eq!(not_examined(&with_texts(&[profile(&exif)])), "");
}

/// The picture as WebP with a chunk behind its pixels.
fn webp_with(name: [u8; 4], data: &[u8]) -> Vec<u8> {
    let mut webp = b"RIFF\0\0\0\0WEBP".to_vec();
    let mut lossless = Vec::new();
    let encoder = image::codecs::webp::WebPEncoder::new_lossless(&mut lossless);
    encoder.encode(&shown().pixels, 160, 120, image::ExtendedColorType::Rgb8).unwrap();
    webp.extend(&lossless[12..]);
    webp.extend(name);
    webp.extend((data.len() as u32).to_le_bytes());
    webp.extend(data);
    webp.resize(webp.len().next_multiple_of(2), 0);
    let size = (webp.len() as u32 - 8).to_le_bytes();
    webp[4..8].copy_from_slice(&size);
    webp
}

/// The picture as TIFF with an entry that holds these bytes.
fn tiff_with(tag: u16, data: &[u8]) -> Vec<u8> {
    let pixels = shown().pixels;
    let behind = 8 + pixels.len() as u32;
    let longs = [(256u16, 160u32), (257, 120), (258, 8), (259, 1), (262, 2), (273, 8), (277, 3)];
    let more = [(278, 120), (279, pixels.len() as u32)];
    let mut page = (longs.len() as u16 + more.len() as u16 + 1).to_le_bytes().to_vec();
    for (tag, value) in longs.into_iter().chain(more) {
        page.extend([&tag.to_le_bytes()[..], &[4, 0, 1, 0, 0, 0], &value.to_le_bytes()].concat());
    }
    page.extend([&tag.to_le_bytes()[..], &[7, 0]].concat());
    page.extend((data.len() as u32).to_le_bytes());
    page.extend((behind + page.len() as u32 + 8).to_le_bytes());
    page.extend([0; 4]);
    [&b"II*\0"[..], &behind.to_le_bytes(), &pixels, &page, data].concat()
}

#[test]
fn thumbnails_in_credentials_are_previews_however_large_they_are() {
    let copy = encode_jpeg(&brighter_in_part(), 95).unwrap();
    for file in [webp_with(*b"C2PA", &copy), tiff_with(0xCD41, &copy), with_chunk(*b"caBX", &copy)]
    {
        assert_eq!(not_examined(&file), "");
    }
    for file in [webp_with(*b"prVt", &copy), tiff_with(0xCD42, &copy), with_chunk(*b"prVt", &copy)]
    {
        let found = not_examined(&file);
        assert!(found.contains("160 x 120"), "the same elsewhere: {found}");
    }
}

#[test]
fn pictures_in_other_formats_are_reported() {
    let other = jpeg(2.0);
    let found = not_examined(&webp_with(*b"prVt", &other));
    assert!(found.contains("96 x 72") && found.contains("in its chunk prVt"), "{found}");

    let write = |format| {
        let mut file = std::io::Cursor::new(Vec::new());
        let shown = image::RgbImage::from_raw(160, 120, shown().pixels).unwrap();
        shown.write_to(&mut file, format).unwrap();
        file.into_inner()
    };
    let tiff = write(image::ImageFormat::Tiff);
    assert_eq!(not_examined(&tiff), "");
    let found = not_examined(&[&tiff[..], &other].concat());
    assert!(found.contains("96 x 72") && found.contains("within the file"), "{found}");

    // A smaller copy that claims the other picture as its pixels hides nothing.
    let mut claimed = [&tiff[..], &other].concat();
    let page = claimed.len().next_multiple_of(2);
    claimed.resize(page, 0);
    claimed.extend(2u16.to_le_bytes());
    for (tag, value) in [(254u16, 1u32), (273, tiff.len() as u32)] {
        claimed
            .extend([&tag.to_le_bytes()[..], &[4, 0, 1, 0, 0, 0], &value.to_le_bytes()].concat());
    }
    claimed.extend([0; 4]);
    let first = u32::from_le_bytes(tiff[4..8].try_into().unwrap()) as usize;
    let n_entries = usize::from(u16::from_le_bytes(tiff[first..first + 2].try_into().unwrap()));
    let next = first + 2 + 12 * n_entries;
    claimed[next..next + 4].copy_from_slice(&(page as u32).to_le_bytes());
    let found = not_examined(&claimed);
    assert!(found.contains("96 x 72"), "{found}");

    let mut gif = Vec::new();
    let pixels = vec![0u8; 160 * 120 * 3];
    let image = image::RgbImage::from_raw(160, 120, pixels).unwrap();
    image.write_to(&mut std::io::Cursor::new(&mut gif), image::ImageFormat::Gif).unwrap();
    let mut comment = vec![0x21, 0xFE];
    for block in other.chunks(255) {
        comment.push(block.len() as u8);
        comment.extend(block);
    }
    comment.push(0);
    let end = gif.len() - 1;
    gif.splice(end..end, comment);
    let found = not_examined(&gif);
    assert!(found.contains("96 x 72") && found.contains("in an extension"), "{found}");
}

#[test]
fn many_pictures_are_counted() {
    let mut data = Vec::new();
    for turn in 0..7 {
        data.extend(jpeg(2.0 + f64::from(turn)));
    }
    let found = not_examined(&with_segment(0xE9, &data));
    assert!(found.contains("3 more files (within the file)"), "{found}");
}
