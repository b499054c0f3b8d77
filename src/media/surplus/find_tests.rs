//! Tests of `find.rs`: each format with its header lowered and the pixels left as they are.

#![expect(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "tests may panic")]

use std::io::{Cursor, Write as _};

use image::{DynamicImage, ImageFormat};

use super::*;
use crate::base::{Limits, skip_test};
use crate::media::{Error, decode_still};

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
fn rows_of_a_png_picture_below_its_height_are_reported() {
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
fn what_a_smaller_picture_was_written_over_is_reported() {
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
fn gif_frames_beyond_the_screen_and_beyond_their_rows_are_reported() {
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
    tiff_of(compression, height, &strips, &|[places, lengths]| {
        [(273, places), (278, vec![20]), (279, lengths)].to_vec()
    })
}

/// A TIFF file with tiles of 32 x 32 pixels; `beyond` gives those that lie outside the picture.
fn tiled(compression: u16, pack: impl Fn(&[u8]) -> Vec<u8>, beyond: Beyond) -> Vec<u8> {
    let pixels = noise(WIDTH, HEIGHT);
    let pixel = |x: u32, y: u32| {
        let at = (y * WIDTH + x) as usize * 3;
        let inside = x < WIDTH && y < HEIGHT;
        if inside { pixels[at..at + 3].try_into().unwrap() } else { beyond(x, y) }
    };
    let tile = |i: u32| {
        let places = (0..32 * 32).map(|k| (i % 2 * 32 + k % 32, i / 2 * 32 + k / 32));
        pack(&places.flat_map(|(x, y)| pixel(x, y)).collect::<Vec<u8>>())
    };
    let tiles: Vec<Vec<u8>> = (0..4).map(tile).collect();
    tiff_of(compression, HEIGHT, &tiles, &|[places, lengths]| {
        [(322, vec![32]), (323, vec![32]), (324, places), (325, lengths)].to_vec()
    })
}

type Beyond = fn(u32, u32) -> [u8; 3];

/// Entries of a directory from the places and the lengths of its pieces.
type Entries<'a> = &'a dyn Fn([Vec<u32>; 2]) -> Vec<(u16, Vec<u32>)>;

/// A TIFF file of these pieces. `entries` gives those that list them, from their places and
/// lengths.
fn tiff_of(compression: u16, height: u32, pieces: &[Vec<u8>], list: Entries<'_>) -> Vec<u8> {
    let mut bytes = b"II*\0\0\0\0\0".to_vec();
    let (mut places, mut lengths) = (Vec::new(), Vec::new());
    for piece in pieces {
        places.push(bytes.len() as u32);
        lengths.push(piece.len() as u32);
        bytes.extend(piece);
    }
    let mut entries = vec![
        (256, vec![WIDTH]),
        (257, vec![height]),
        (259, vec![u32::from(compression)]),
        (262, vec![2]),
        (277, vec![3]),
    ];
    entries.extend(list([places, lengths]));
    let mut directory = Vec::new();
    for (tag, values) in entries {
        let n = values.len() as u32;
        let value = if n == 1 { values[0] } else { bytes.len() as u32 };
        if n > 1 {
            bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        }
        // These are numbers of two bytes in files of all writers.
        let kind = if [259, 262, 277].contains(&tag) { 3 } else { 4 };
        directory.push((tag, kind, n, value));
    }
    let bits = bytes.len() as u32;
    bytes.extend([8, 0, 8, 0, 8, 0]);
    directory.push((258, 3u16, 3, bits));
    directory.sort_unstable();
    let begin = bytes.len() as u32;
    bytes[4..8].copy_from_slice(&begin.to_le_bytes());
    bytes.extend((directory.len() as u16).to_le_bytes());
    for (tag, kind, count, value) in directory {
        let (tag, kind): (u16, u16) = (tag, kind);
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
fn strips_and_rows_of_a_tiff_picture_below_its_height_are_reported() {
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
fn pixels_of_tiff_tiles_beyond_the_edge_are_reported_and_fillings_are_not() {
    type Packer = fn(&[u8]) -> Vec<u8>;
    let packers: [(u16, Packer); 4] =
        [(1, <[u8]>::to_vec), (5, lzw), (8, zlib), (32773, pack_bits)];
    let fillings: [Beyond; 3] =
        [|_, _| [0; 3], |_, _| [255, 0, 9], |x, y| [x.min(39) as u8, y.min(59) as u8, 7]];
    let right: Beyond = |x, y| if x >= 40 && y < 60 { [(x * y) as u8; 3] } else { [0; 3] };
    let below: Beyond = |x, y| if y >= 60 { [(x * y) as u8; 3] } else { [0; 3] };
    for (compression, pack) in packers {
        for filling in fillings {
            assert_eq!(not_examined(&tiled(compression, pack, filling)), "", "{compression}");
        }
        for hidden in [right, below] {
            let sentence = not_examined(&tiled(compression, pack, hidden));
            assert!(sentence.contains("pixels of tiles"), "compression {compression}: {sentence}");
        }
    }
    // Tiles that are larger than any picture may be.
    let mut huge = tiled(1, <[u8]>::to_vec, |_, _| [0; 3]);
    let at = huge.windows(8).position(|w| w == [66, 1, 4, 0, 1, 0, 0, 0]).unwrap() + 8;
    huge[at..at + 4].copy_from_slice(&(1u32 << 20).to_le_bytes());
    match decode_still(&huge, &Limits::default()) {
        Ok(still) => assert!(!still.not_examined.is_empty(), "{still:?}"),
        Err(error) => println!("refused: {error}"),
    }
}

#[test]
fn rows_of_a_bmp_picture_behind_and_before_its_pixels_are_reported() {
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
fn pixels_that_run_lengths_leave_out_are_reported() {
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
fn strips_without_data_and_bits_in_reverse_are_reported() {
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
    // What is packed cannot be unpacked then.
    let pack = |strip: &[u8]| zlib(strip).into_iter().map(u8::reverse_bits).collect();
    let pixels = noise(WIDTH, HEIGHT);
    let packed = tiff_of(8, HEIGHT, &[pack(&pixels)], &|[places, lengths]| {
        [(266, vec![2]), (273, places), (278, vec![HEIGHT]), (279, lengths)].to_vec()
    });
    let error = decode_still(&packed, &Limits::default()).unwrap_err();
    assert!(matches!(error, Error::Unsupported { .. }), "{error}");
}

#[test]
fn a_webp_picture_that_does_not_need_its_data_is_reported() {
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
fn rows_of_a_lossy_webp_picture_below_its_height_are_reported() {
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

/// An animation of two frames, whose headers announce so many rows.
fn webp_animation(announced: u32) -> Vec<u8> {
    let chunk = |name: &[u8], data: &[u8]| {
        [name, &(data.len() as u32).to_le_bytes(), data, &vec![0; data.len() % 2]].concat()
    };
    let mut still = picture(ImageFormat::WebP);
    // Behind the mark of VP8L: width and height less one in 14 bits each.
    let at = still.windows(4).position(|w| w == b"VP8L").unwrap() + 9;
    let sides = u32::from_le_bytes(still[at..at + 4].try_into().unwrap());
    let sides = sides & !(0x3FFF << 14) | (announced - 1) << 14;
    still[at..at + 4].copy_from_slice(&sides.to_le_bytes());
    let (width, height) = (WIDTH as u8 - 1, announced as u8 - 1);
    let head = [0, 0, 0, 0, 0, 0, width, 0, 0, height, 0, 0, 40, 0, 0, 0];
    let frame = chunk(b"ANMF", &[&head[..], &still[12..]].concat());
    let canvas = chunk(b"VP8X", &[2, 0, 0, 0, width, 0, 0, height, 0, 0]);
    chunk(b"RIFF", &[b"WEBP", &canvas[..], &chunk(b"ANIM", &[0; 6]), &frame, &frame].concat())
}

#[test]
fn frames_of_a_webp_animation_with_more_rows_are_counted() {
    use crate::base::TaskCtx;
    use crate::media::video::{Video, VideoLimits};
    let folder = tempfile::tempdir().unwrap();
    let left_out = |announced: u32| {
        let path = folder.path().join("a.webp");
        std::fs::write(&path, webp_animation(announced)).unwrap();
        let video = Video::open(&path, &VideoLimits::default(), &TaskCtx::silent()).unwrap();
        video.not_examined().iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    };
    assert_eq!(left_out(HEIGHT), "");
    let hidden = left_out(LOWERED);
    assert!(hidden.contains("in frames") && hidden.contains("2 of the frames"), "{hidden}");
}
