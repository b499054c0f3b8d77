//! Tests of `find.rs`: each format with its header lowered and the pixels left as they are.

#![expect(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "tests may panic")]

use std::io::{Cursor, Write as _};

use image::{DynamicImage, ImageFormat};

use super::*;
use crate::base::{Limits, skip_test};
use crate::media::decode_still;

const WIDTH: u32 = 40;
const HEIGHT: u32 = 60;
const LOWERED: u32 = 24;

fn noise(width: u32, height: u32) -> Vec<u8> {
    (0..u64::from(width * height * 3)).map(|i| ((i * i * 2_654_435_761) >> 15) as u8).collect()
}

fn picture(format: ImageFormat) -> Vec<u8> {
    let pixels = image::RgbImage::from_raw(WIDTH, HEIGHT, noise(WIDTH, HEIGHT)).unwrap();
    let mut file = Cursor::new(Vec::new());
    DynamicImage::from(pixels).write_to(&mut file, format).unwrap();
    file.into_inner()
}

/// What was not examined of a file that is decoded.
fn not_examined(bytes: &[u8]) -> String {
    let still = decode_still(bytes, &Limits::default()).unwrap();
    still.not_examined.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn chunk(name: &[u8], data: &[u8]) -> Vec<u8> {
    let mut chunk = (data.len() as u32).to_be_bytes().to_vec();
    chunk.extend(name);
    chunk.extend(data);
    chunk.extend(crc32fast::hash(&chunk[4..]).to_be_bytes());
    chunk
}

/// Header chunk of a picture of 8-bit RGB.
fn header(width: u32, height: u32) -> Vec<u8> {
    let sides = [width.to_be_bytes(), height.to_be_bytes()].concat();
    chunk(b"IHDR", &[&sides[..], &[8, 2, 0, 0, 0]].concat())
}

fn zlib(data: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(data).unwrap();
    writer.finish().unwrap()
}

/// Rows of noise without filters, packed.
fn packed(width: u32, height: u32) -> Vec<u8> {
    let pixels = noise(width, height);
    let rows = pixels.chunks(width as usize * 3).flat_map(|row| [&[0], row].concat());
    zlib(&rows.collect::<Vec<u8>>())
}

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1A\n";

#[test]
fn rows_of_a_png_picture_below_its_height_are_told() {
    let file = |height: u32, more: &[u8]| {
        let pixels = chunk(b"IDAT", &packed(WIDTH, HEIGHT));
        [SIGNATURE, &header(WIDTH, height), &pixels, more, &chunk(b"IEND", &[])].concat()
    };
    assert_eq!(not_examined(&file(HEIGHT, &[])), "");
    assert!(
        not_examined(&file(LOWERED, &[])).contains("more rows of pixels"),
        "{}",
        not_examined(&file(24, &[]))
    );
    let behind = file(HEIGHT, &chunk(b"IDAT", &noise(9, 9)));
    assert!(
        not_examined(&behind).contains("243 bytes of the chunks of pixels"),
        "{}",
        not_examined(&behind)
    );
    assert_eq!(
        not_examined(&file(HEIGHT, &chunk(b"IDAT", &[]))),
        "",
        "an empty chunk hides nothing"
    );
}

#[test]
fn what_a_smaller_picture_was_written_over_is_told() {
    let (small, large) = (picture(ImageFormat::Png), picture(ImageFormat::Png));
    let over = [&small[..], &large[large.len() / 2..]].concat();
    assert!(not_examined(&over).contains("the rest of another picture"), "{}", not_examined(&over));
    let (small, large) = (picture(ImageFormat::Jpeg), picture(ImageFormat::Jpeg));
    let over = [&small[..], &large[large.len() / 2..]].concat();
    assert!(not_examined(&over).contains("the rest of another picture"), "{}", not_examined(&over));
}

#[test]
fn frames_of_a_png_animation_with_more_rows_are_counted() {
    let control = |height: u32| {
        let sides = [[0; 4], WIDTH.to_be_bytes(), height.to_be_bytes()].concat();
        chunk(b"fcTL", &[&sides[..], &[0; 14]].concat())
    };
    let file = |announced: u32| {
        let frame = [&[0, 0, 0, 2][..], &packed(WIDTH, HEIGHT)].concat();
        [
            SIGNATURE,
            &header(WIDTH, HEIGHT),
            &chunk(b"acTL", &[0, 0, 0, 2, 0, 0, 0, 0]),
            &control(HEIGHT),
            &chunk(b"IDAT", &packed(WIDTH, HEIGHT)),
            &control(announced),
            &chunk(b"fdAT", &frame),
            &chunk(b"IEND", &[]),
        ]
        .concat()
    };
    assert_eq!(of_animation(StillFormat::Png, &file(HEIGHT)), Vec::new());
    let found = of_animation(StillFormat::Png, &file(LOWERED));
    assert!(found[0].to_string().contains("1 of the frames"), "{found:?}");
}

#[test]
fn gif_frames_beyond_the_screen_and_beyond_their_rows_are_told() {
    let whole = picture(ImageFormat::Gif);
    assert_eq!(not_examined(&whole), "");
    let mut screen = whole.clone();
    screen[8..10].copy_from_slice(&(LOWERED as u16).to_le_bytes());
    assert!(not_examined(&screen).contains("outside the screen"), "{}", not_examined(&screen));
    let descriptor = [0x2C, 0, 0, 0, 0, WIDTH as u8, 0, HEIGHT as u8, 0];
    let at = whole.windows(9).position(|w| w == descriptor).unwrap();
    let mut frame = whole;
    frame[at + 7] = LOWERED as u8;
    assert_eq!(gif_surplus(&frame), GifSurplus { n_outside: 0, n_longer: 1 });
    let parts = of_picture(StillFormat::Gif, &frame, false);
    assert!(parts[0].to_string().contains("more rows of pixels"), "{parts:?}");
    assert_eq!(of_animation(StillFormat::Gif, &frame), parts, "and in animations");
}

/// A TIFF file with strips of 20 rows, each packed by `pack`.
fn tiff(compression: u16, height: u32, pack: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let pixels = noise(WIDTH, HEIGHT);
    let strips: Vec<Vec<u8>> = pixels.chunks(20 * WIDTH as usize * 3).map(pack).collect();
    let mut bytes = b"II*\0\0\0\0\0".to_vec();
    let (mut offsets, mut counts) = (Vec::new(), Vec::new());
    for strip in &strips {
        offsets.extend((bytes.len() as u32).to_le_bytes());
        counts.extend((strip.len() as u32).to_le_bytes());
        bytes.extend(strip);
    }
    let lists = [bytes.len() as u32, (bytes.len() + offsets.len()) as u32];
    bytes.extend(offsets);
    bytes.extend(counts);
    let bits = bytes.len() as u32;
    bytes.extend([8, 0, 8, 0, 8, 0]);
    let directory = bytes.len() as u32;
    bytes[4..8].copy_from_slice(&directory.to_le_bytes());
    let n = strips.len() as u32;
    let entries = [
        (256u16, 4u16, 1, WIDTH),
        (257, 4, 1, height),
        (258, 3, 3, bits),
        (259, 3, 1, u32::from(compression)),
        (262, 3, 1, 2),
        (273, 4, n, lists[0]),
        (277, 3, 1, 3),
        (278, 4, 1, 20),
        (279, 4, n, lists[1]),
    ];
    bytes.extend((entries.len() as u16).to_le_bytes());
    for (tag, kind, count, value) in entries {
        bytes.extend([tag.to_le_bytes(), kind.to_le_bytes()].concat());
        bytes.extend([count.to_le_bytes(), value.to_le_bytes()].concat());
    }
    bytes.extend([0; 4]);
    bytes
}

/// Codes of nine bits, the table cleared before it grows.
fn lzw(data: &[u8]) -> Vec<u8> {
    let clear = 256u32;
    let parts = data
        .chunks(200)
        .flat_map(|part| std::iter::once(clear).chain(part.iter().map(|byte| u32::from(*byte))));
    let (mut out, mut held, mut n) = (Vec::new(), 0u32, 0);
    for code in parts.chain([257]) {
        (held, n) = (held << 9 | code, n + 9);
        while n >= 8 {
            n -= 8;
            out.push((held >> n) as u8);
            held &= (1 << n) - 1;
        }
    }
    out.push((held << (8 - n)) as u8);
    out
}

/// Runs of literal bytes.
fn pack_bits(data: &[u8]) -> Vec<u8> {
    data.chunks(100).flat_map(|part| [&[part.len() as u8 - 1], part].concat()).collect()
}

#[test]
fn strips_and_rows_of_a_tiff_picture_below_its_height_are_told() {
    type Packer = fn(&[u8]) -> Vec<u8>;
    let packers: [(u16, Packer); 4] =
        [(1, <[u8]>::to_vec), (5, lzw), (8, zlib), (32773, pack_bits)];
    for (compression, pack) in packers {
        let whole = tiff(compression, HEIGHT, pack);
        assert_eq!(not_examined(&whole), "", "compression {compression}");
        // The decoder of today refuses it; others show the first strip.
        let strips = of_picture(StillFormat::Tiff, &tiff(compression, 20, pack), false);
        assert!(strips[0].to_string().contains("lists 2 more than"), "{compression}: {strips:?}");
        let rows = not_examined(&tiff(compression, 45, pack));
        assert!(rows.contains("more rows of pixels"), "compression {compression}: {rows}");
    }
    assert_eq!(not_examined(&picture(ImageFormat::Tiff)), "", "of another writer");
}

#[test]
fn rows_of_a_bmp_picture_behind_and_before_its_pixels_are_told() {
    let whole = picture(ImageFormat::Bmp);
    assert_eq!(not_examined(&whole), "");
    let mut lowered = whole.clone();
    lowered[22..26].copy_from_slice(&LOWERED.to_le_bytes());
    assert!(
        not_examined(&lowered).contains("the rest of another picture"),
        "{}",
        not_examined(&lowered)
    );
    // The rows begin later: those before are there and are not shown.
    let begin = u32::from_le_bytes([whole[10], whole[11], whole[12], whole[13]]);
    let later = begin + (HEIGHT - LOWERED) * WIDTH * 3;
    lowered[10..14].copy_from_slice(&later.to_le_bytes());
    assert!(
        not_examined(&lowered).contains("before")
            || not_examined(&lowered).contains("between the header")
    );
}

/// A picture of 8 x 8 pixels in run lengths.
fn runs(rows: &[&[u8]]) -> Vec<u8> {
    let data = rows.concat();
    let mut bytes = b"BM".to_vec();
    let begin = 14 + 40 + 1024;
    for number in [begin + data.len() as u32, 0, begin, 40, 8, 8, 1 | 8 << 16, 1, 0, 0, 0, 0, 0] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.extend((0..256u32).flat_map(|i| (i * 0x01_0101).to_le_bytes()));
    bytes.extend(data);
    bytes
}

#[test]
fn pixels_that_run_lengths_leave_out_are_told() {
    let row: &[u8] = &[8, 7, 0, 0];
    let end: &[u8] = &[0, 1];
    let whole = [[row; 8].as_slice(), &[end]].concat();
    assert_eq!(not_examined(&runs(&whole)), "");
    let early = [[row; 4].as_slice(), &[end]].concat();
    let (skip, part): (&[u8], &[u8]) = (&[0, 2, 0, 4], &[3, 7, 0, 0]);
    let jump = [[row; 2].as_slice(), &[skip], &[row; 2], &[end]].concat();
    let narrow = [[part; 8].as_slice(), &[end]].concat();
    for rows in [early, jump, narrow] {
        assert!(not_examined(&runs(&rows)).contains("without a value"), "{rows:?}");
    }
    let more = [[row; 40].as_slice(), &[end]].concat();
    assert!(
        not_examined(&runs(&more)).contains("rest of another picture"),
        "{}",
        not_examined(&runs(&more))
    );
}

#[test]
fn strips_without_data_and_bits_in_reverse_are_told() {
    let mut short = tiff(1, HEIGHT, <[u8]>::to_vec);
    // The lengths of three strips lie behind their places.
    let lengths = (20 * WIDTH * 3).to_le_bytes();
    let at = short.windows(4).position(|w| w == lengths).unwrap();
    short[at..at + 4].copy_from_slice(&100u32.to_le_bytes());
    assert!(not_examined(&short).contains("no data, or too few"), "{}", not_examined(&short));
    let mut reversed = tiff(1, HEIGHT, <[u8]>::to_vec);
    // The photometric interpretation becomes an order of bits; that of the pixels is the default.
    let at = reversed.windows(4).rposition(|w| w == [6, 1, 3, 0]).unwrap();
    reversed[at..at + 2].copy_from_slice(&266u16.to_le_bytes());
    let parts = of_picture(StillFormat::Tiff, &reversed, false);
    assert!(parts[0].to_string().contains("reverse order"), "{parts:?}");
}

#[test]
fn a_webp_picture_that_does_not_need_its_data_is_told() {
    let whole = picture(ImageFormat::WebP);
    assert_eq!(not_examined(&whole), "");
    assert!(
        !of_picture(StillFormat::WebP, &whole, true).is_empty(),
        "the decoder needs less than the file holds"
    );
    // A canvas that is smaller than the picture.
    let mut large =
        [b"RIFF\0\0\0\0WEBPVP8X\x0A\0\0\0\0\0\0\0\x07\0\0\x07\0\0", &whole[12..]].concat();
    let size = large.len() as u32 - 8;
    large[4..8].copy_from_slice(&size.to_le_bytes());
    match decode_still(&large, &Limits::default()) {
        Ok(still) => assert!(!still.not_examined.is_empty(), "{still:?}"),
        Err(error) => println!("refused: {error}"),
    }
    assert_eq!(webp::outside(&large), Some(((WIDTH, HEIGHT), (8, 8))));
}

#[test]
fn rows_of_a_lossy_webp_picture_below_its_height_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.webp");
    let made = std::process::Command::new("ffmpeg")
        .args("-v error -f lavfi -i testsrc2=s=160x160 -frames:v 1 -c:v libwebp".split(' '))
        .arg(&file)
        .status();
    if !made.is_ok_and(|status| status.success()) {
        return skip_test("ffmpeg has no libwebp");
    }
    let whole = std::fs::read(&file).unwrap();
    assert_eq!(not_examined(&whole), "");
    let at = whole.windows(3).position(|w| w == [0x9D, 0x01, 0x2A]).unwrap();
    let mut lowered = whole;
    lowered[at + 5..at + 7].copy_from_slice(&64u16.to_le_bytes());
    assert!(not_examined(&lowered).contains("more rows of pixels"), "{}", not_examined(&lowered));
}
