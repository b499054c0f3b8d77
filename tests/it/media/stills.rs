//! Stills: formats, orientation, limits, refusals, hostile files. All media are made here.

use std::fmt::Write as _;
use std::io::Cursor;
use std::path::Path;

use image::codecs::gif::GifEncoder;
use image::codecs::png::PngEncoder;
use image::{DynamicImage, ImageEncoder as _, ImageFormat};
use pentimento::base::{Cancel, Limits, RgbImage, TaskCtx};
use pentimento::media::{self, Still, StillFormat};
use rand::{Rng as _, SeedableRng as _};

use crate::support::skip;

const FORMATS: [(StillFormat, ImageFormat); 6] = [
    (StillFormat::Jpeg, ImageFormat::Jpeg),
    (StillFormat::Png, ImageFormat::Png),
    (StillFormat::Gif, ImageFormat::Gif),
    (StillFormat::WebP, ImageFormat::WebP),
    (StillFormat::Tiff, ImageFormat::Tiff),
    (StillFormat::Bmp, ImageFormat::Bmp),
];

/// Left half reddish, right half bluish, so that lossy formats keep it.
fn two_halves(width: u32, height: u32) -> RgbImage {
    let color = |x: u32| if x < width / 2 { [200, 40, 30] } else { [30, 60, 210] };
    let pixels = (0..height).flat_map(|_| (0..width).flat_map(color)).collect();
    RgbImage::new(width, height, pixels).unwrap()
}

fn encode(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn to_dynamic(image: &RgbImage) -> DynamicImage {
    let pixels = image.pixels.clone();
    image::RgbImage::from_raw(image.width_px, image.height_px, pixels).unwrap().into()
}

fn decode(bytes: &[u8]) -> Result<Still, media::Error> {
    media::decode_still(bytes, &Limits::default())
}

fn open(path: &Path) -> Result<Still, media::Error> {
    media::open_still(path, &Limits::default(), &TaskCtx::silent())
}

fn refusal<T>(result: Result<T, media::Error>) -> String {
    result.map_or_else(|e| e.to_string(), |_| panic!("this must be refused"))
}

fn warnings(still: &Still) -> String {
    still.warnings.iter().map(|w| w.0.as_str()).collect::<Vec<_>>().join("; ")
}

fn close(a: [u8; 3], b: [u8; 3]) -> bool {
    a.iter().zip(b).all(|(a, b)| a.abs_diff(b) <= 12)
}

#[test]
fn every_format_gives_its_pixels_without_warnings() {
    let original = two_halves(64, 48);
    for (name, format) in FORMATS {
        let bytes = encode(&to_dynamic(&original), format);
        let still = decode(&bytes).unwrap();
        let image = &still.frame.image;
        assert_eq!((still.format, image.width_px, image.height_px), (name, 64, 48));
        assert_eq!(warnings(&still), "", "{name}");
        for x in [3, 60] {
            let (got, want) = (image.get(x, 20), original.get(x, 20));
            assert!(close(got, want), "{name}: {got:?} is not {want:?}");
        }
    }
}

#[test]
fn the_hash_is_that_of_the_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.png");
    media::write_png(&path, &two_halves(1500, 900)).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let mut expected = String::new();
    for byte in <sha2::Sha256 as sha2::Digest>::digest(&bytes) {
        write!(expected, "{byte:02x}").unwrap();
    }
    assert_eq!(open(&path).unwrap().sha256, expected);
    assert_eq!(decode(&bytes).unwrap().sha256, expected);
}

#[test]
fn grey_sixteen_bits_and_transparent_pictures_become_rgb() {
    let grey16 = image::ImageBuffer::from_pixel(4, 3, image::Luma([0x8080u16]));
    let still = decode(&encode(&DynamicImage::ImageLuma16(grey16), ImageFormat::Png)).unwrap();
    assert_eq!((still.frame.image.get(1, 1), warnings(&still)), ([128; 3], String::new()));

    let mut glass = image::RgbaImage::from_pixel(4, 3, image::Rgba([200, 0, 0, 255]));
    let opaque = decode(&encode(&glass.clone().into(), ImageFormat::Png)).unwrap();
    assert_eq!(warnings(&opaque), "", "an opaque alpha channel is no news");
    glass.put_pixel(0, 0, image::Rgba([200, 0, 0, 0]));
    glass.put_pixel(1, 0, image::Rgba([200, 0, 0, 128]));
    let still = decode(&encode(&glass.into(), ImageFormat::Png)).unwrap();
    let image = &still.frame.image;
    assert_eq!((image.get(0, 0), image.get(2, 0)), ([255; 3], [200, 0, 0]));
    assert!(close(image.get(1, 0), [227, 127, 127]), "{:?}", image.get(1, 0));
    assert!(warnings(&still).contains("transparent"), "{}", warnings(&still));
}

/// An 8 x 8 JPEG of four channels (CMYK, Adobe), all of them at half; `frame` is the marker.
fn cmyk_jpeg(frame: u8) -> Vec<u8> {
    let mut file = b"\xFF\xD8\xFF\xEE\0\x0EAdobe\0d\0\0\0\0\0".to_vec();
    file.extend(b"\xFF\xDB\0\x43\0");
    file.extend([1; 64]);
    file.extend([0xFF, frame, 0, 20, 8, 0, 8, 0, 8, 4]);
    for channel in 1..=4 {
        file.extend([channel, 0x11, 0]);
    }
    for class in [0x00, 0x10] {
        // One code of one bit, for the value 0.
        file.extend([0xFF, 0xC4, 0, 20, class, 1]);
        file.extend([0; 16]);
    }
    file.extend(b"\xFF\xDA\0\x0E\x04\x01\0\x02\0\x03\0\x04\0\0\x3F\0");
    file.extend([0x00, 0xFF, 0xD9]);
    file
}

#[test]
fn jpegs_for_print_are_decoded_and_rare_ones_named() {
    let still = decode(&cmyk_jpeg(0xC0)).unwrap();
    let pixel = still.frame.image.get(4, 4);
    assert!(pixel[0] == pixel[1] && (50..=140).contains(&pixel[0]), "half of all inks: {pixel:?}");
    assert_eq!(
        refusal(decode(&cmyk_jpeg(0xC9))),
        "this is a JPEG picture with arithmetic coding, which is not supported; convert it to PNG first"
    );
}

/// A JPEG with an EXIF segment that says nothing but the orientation.
fn with_orientation(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut file =
        b"\xFF\xD8\xFF\xE1\0\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    file.extend([orientation, 0, 0, 0, 0, 0, 0]);
    file.extend(&jpeg[2..]);
    file
}

#[test]
fn all_orientations_are_kept_apart_from_the_stored_pixels() {
    let original = two_halves(64, 32);
    let jpeg = media::encode_jpeg(&original, 95).unwrap();
    let (red, blue) = (original.get(0, 0), original.get(63, 0));
    // Where a person sees the reddish half.
    let expected = ["left", "right", "right", "left", "top", "top", "bottom", "bottom"];
    for (exif, side) in (1..=8).zip(expected) {
        let still = decode(&with_orientation(&jpeg, exif)).unwrap();
        let (image, upright) = (&still.frame.image, &still.frame.upright);
        assert_eq!(still.frame.orientation.exif(), exif);
        assert_eq!((image.width_px, image.height_px), (64, 32), "the grid is as stored");
        assert!(close(image.get(2, 2), red), "orientation {exif}: stored pixels were turned");
        let size = if exif >= 5 { (32, 64) } else { (64, 32) };
        assert_eq!((upright.width_px, upright.height_px), size, "orientation {exif}");
        let (right, bottom) = (i64::from(size.0) - 3, i64::from(size.1) - 3);
        let corners = [upright.get(2, 2), upright.get(right, 2), upright.get(2, bottom)];
        let [is_first, is_right, is_below] = corners.map(|c| close(c, red));
        assert!(corners.iter().all(|c| close(*c, red) || close(*c, blue)), "{corners:?}");
        let seen = match (is_first, is_right, is_below) {
            (true, false, true) => "left",
            (false, true, false) => "right",
            (true, true, false) => "top",
            (false, false, true) => "bottom",
            _ => "nowhere",
        };
        assert_eq!(seen, side, "orientation {exif}");
    }
    for nonsense in [0, 9, 255] {
        let still = decode(&with_orientation(&jpeg, nonsense)).unwrap();
        assert_eq!(still.frame.orientation.exif(), 1, "tag {nonsense}");
    }
}

#[test]
fn animations_and_pages_give_the_first_with_a_warning() {
    let (first, second) = (two_halves(32, 16), RgbImage::filled(32, 16, [0, 255, 0]));
    let mut gif = Vec::new();
    let frames = [&first, &second].map(|f| image::Frame::new(to_dynamic(f).into_rgba8()));
    GifEncoder::new(&mut gif).encode_frames(frames).unwrap();
    let webp = animated_webp([&first, &second]);
    for (name, bytes) in [("GIF", gif), ("WebP", webp)] {
        let still = decode(&bytes).unwrap();
        assert!(close(still.frame.image.get(2, 2), first.get(2, 2)), "{name}: not the first");
        let expected = format!("the {name} file is animated: only the first is examined");
        assert_eq!(warnings(&still), expected);
    }
}

fn chunk(name: [u8; 4], data: &[u8]) -> Vec<u8> {
    let mut out = name.to_vec();
    out.extend((data.len() as u32).to_le_bytes());
    out.extend(data);
    out.extend(vec![0; data.len() % 2]);
    out
}

fn animated_webp(frames: [&RgbImage; 2]) -> Vec<u8> {
    let size = [frames[0].width_px - 1, frames[0].height_px - 1]
        .map(|side| side.to_le_bytes()[..3].to_vec())
        .concat();
    let mut body = b"WEBP".to_vec();
    body.extend(chunk(*b"VP8X", &[vec![2, 0, 0, 0], size.clone()].concat()));
    body.extend(chunk(*b"ANIM", &[255, 255, 255, 255, 0, 0]));
    for frame in frames {
        let still = encode(&to_dynamic(frame), ImageFormat::WebP);
        let header = [vec![0; 6], size.clone(), vec![100, 0, 0, 0]].concat();
        body.extend(chunk(*b"ANMF", &[header, still[12..].to_vec()].concat()));
    }
    chunk(*b"RIFF", &body)
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |c, _| (c >> 1) ^ (0xEDB8_8320 * (c & 1)))
    })
}

/// A well-formed PNG header that promises this many black-and-white pixels.
fn png_header(width: u32, height: u32) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1A\n".to_vec();
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[1, 0, 0, 0, 0]].concat();
    for (name, data) in [(b"IHDR", header), (b"IDAT", vec![]), (b"IEND", vec![])] {
        file.extend((data.len() as u32).to_be_bytes());
        let named = [&name[..], &data].concat();
        file.extend(&named);
        file.extend(crc32(&named).to_be_bytes());
    }
    file
}

#[test]
fn bombs_are_refused_by_their_headers() {
    let side = refusal(decode(&png_header(40_000, 40_000)));
    assert_eq!(
        side,
        "the picture has 40000 x 40000 pixels, more than the limit of 30000 a side and 200 megapixels in all"
    );
    let area = refusal(decode(&png_header(20_000, 20_000)));
    assert!(area.contains("20000 x 20000"), "{area}");
    let huge = refusal(decode(&png_header(0x7FFF_FFFF, 0x7FFF_FFFF)));
    assert!(huge.contains("pixels") || huge.contains("memory"), "{huge}");

    let tight = Limits { alloc_bytes: 1 << 20, ..Limits::default() };
    for (name, format) in FORMATS {
        let bytes = encode(&to_dynamic(&two_halves(900, 700)), format);
        let text = refusal(media::decode_still(&bytes, &tight));
        assert!(text.contains("more than the 1 MiB of memory"), "{name}: {text}");
    }
    let mut scans = cmyk_jpeg(0xC2);
    let scan = scans[scans.len() - 17 - 2..scans.len() - 2].to_vec();
    assert_eq!(scan[..2], [0xFF, 0xDA]);
    scans.extend(scan.repeat(100));
    let unended = scans.len() - 2 - 1700;
    scans.drain(unended..unended + 2);
    assert!(refusal(decode(&scans)).contains("101 scans"), "{}", refusal(decode(&scans)));

    let small = Limits { file_bytes: 10, ..Limits::default() };
    let text = refusal(media::decode_still(&png_header(1, 1), &small));
    assert!(text.contains("more than the limit of 10"), "{text}");
}

#[test]
fn files_that_cannot_be_pictures_get_one_clear_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let make = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let text = refusal(open(&make("notes.jpg", b"Dear reader,\nthis is no picture.\n")));
    assert_eq!(
        text,
        "this is a text file, which is not supported; only pictures and videos can be examined"
    );
    assert_eq!(refusal(open(&make("empty.png", b""))), "the file is empty");
    assert_eq!(refusal(open(&folder.path().join("gone.png"))), "there is no such file");
    assert_eq!(refusal(open(folder.path())), "this is a folder, not a file");
    let jpeg = make("halves.jpg", &encode(&to_dynamic(&two_halves(8, 8)), ImageFormat::Jpeg));
    let small = Limits { file_bytes: 10, ..Limits::default() };
    let head = media::still_head(&jpeg, &small);
    assert!(matches!(head, Err(media::Error::FileSize { limit: 10, .. })), "{head:?}");
    assert!(media::still_head(&jpeg, &Limits::default()).is_ok());
    let bomb = open(&make("bomb.png", &png_header(40_000, 40_000)));
    assert!(matches!(bomb, Err(media::Error::Dimensions { .. })), "{bomb:?}");
    let cut = refusal(open(&make("cut.png", &png_header(30, 30))));
    assert!(cut.starts_with("the PNG file is damaged: "), "{cut}");
}

#[cfg(unix)]
#[test]
fn pipes_and_locked_files_are_refused_without_waiting() {
    use std::os::unix::fs::PermissionsExt as _;

    assert_eq!(refusal(open(Path::new("/dev/null"))), "this is not a regular file");
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe.png");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    if made.is_ok_and(|status| status.success()) {
        assert_eq!(refusal(open(&pipe)), "this is not a regular file");
    } else {
        skip("mkfifo is not there");
    }

    let path = folder.path().join("locked.png");
    media::write_png(&path, &two_halves(8, 8)).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::read(&path).is_ok() {
        println!("the superuser reads everything: permissions not tested");
    } else {
        assert_eq!(refusal(open(&path)), "the file cannot be read: permission denied");
    }
}

#[test]
fn a_wrong_extension_is_a_warning_only() {
    let folder = tempfile::tempdir().unwrap();
    let jpeg = media::encode_jpeg(&two_halves(32, 16), 90).unwrap();
    let expect = [
        ("a.png", "the name ends in .png, but the content is a JPEG picture"),
        ("a.JPG", ""),
        ("a.jpeg", ""),
        ("a", ""),
    ];
    for (name, expected) in expect {
        let path = folder.path().join(name);
        std::fs::write(&path, &jpeg).unwrap();
        assert_eq!(warnings(&open(&path).unwrap()), expected, "{name}");
    }
}

#[test]
fn the_missing_rows_of_a_jpeg_cut_short_are_named() {
    let jpeg = media::encode_jpeg(&two_halves(640, 480), 90).unwrap();
    let still = decode(&jpeg[..jpeg.len() / 2]).unwrap();
    assert_eq!((still.frame.image.width_px, still.frame.image.height_px), (640, 480));
    let [part] = still.not_examined.as_slice() else { panic!("{:?}", still.not_examined) };
    let text = part.to_string();
    assert!(text.contains("to 479 of the stored picture"), "{text}");
    assert!(text.ends_with("the data end before the picture does"), "{text}");
    let damaged = still.frame.damaged.unwrap();
    assert!((100.0..260.0).contains(&damaged.y) && damaged.y + damaged.h == 480.0, "{damaged:?}");
    assert_eq!(decode(&jpeg).unwrap().frame.damaged, None);
    assert_eq!(warnings(&decode(&jpeg).unwrap()), "", "the whole file");
}

#[test]
fn damaged_files_of_every_format_neither_panic_nor_exceed_limits() {
    let limits =
        Limits { pixels: 1_000_000, side_px: 5000, alloc_bytes: 64 << 20, ..Limits::default() };
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(7);
    let mut files: Vec<(String, Vec<u8>)> = FORMATS
        .iter()
        .map(|(name, format)| (name.to_string(), encode(&to_dynamic(&two_halves(61, 47)), *format)))
        .collect();
    let turned = with_orientation(&media::encode_jpeg(&two_halves(61, 47), 80).unwrap(), 6);
    files.push(("JPEG with EXIF".into(), turned));
    files.push(("CMYK JPEG".into(), cmyk_jpeg(0xC0)));
    let frame = two_halves(31, 17);
    files.push(("animated WebP".into(), animated_webp([&frame, &frame])));
    for (name, whole) in &files {
        let (mut decoded, mut gave_up) = (0, 0);
        for _ in 0..300 {
            let mut bytes = whole.clone();
            if rng.random_bool(0.3) {
                bytes.truncate(rng.random_range(0..bytes.len()));
            }
            for _ in 0..rng.random_range(0..6) {
                // Headers are where the traps are.
                let end = if rng.random_bool(0.5) { bytes.len().min(80) } else { bytes.len() };
                if end > 0 {
                    bytes[rng.random_range(0..end)] = rng.random();
                }
            }
            match media::decode_still(&bytes, &limits) {
                Ok(still) => {
                    let image = &still.frame.image;
                    let n = u64::from(image.width_px) * u64::from(image.height_px);
                    assert!(n <= limits.pixels && n * 3 == image.pixels.len() as u64, "{name}");
                    decoded += 1;
                }
                Err(error) => {
                    let text = error.to_string();
                    assert!(!text.contains('\n') && text.len() < 300, "{name}: {text}");
                    gave_up += usize::from(text.contains("gave up"));
                }
            }
        }
        println!("{name}: {decoded} of 300 damaged files decoded, {gave_up} panics caught");
        assert!(decoded > 0, "{name}: the damage was too heavy to test anything");
    }
}

#[test]
fn a_cancelled_opening_stops() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.png");
    media::write_png(&path, &two_halves(8, 8)).unwrap();
    let cancel = Cancel::default();
    cancel.cancel();
    let ctx = TaskCtx { cancel, on_progress: &|_| {} };
    let result = media::open_still(&path, &Limits::default(), &ctx);
    assert!(matches!(result, Err(media::Error::Cancelled(_))), "{result:?}");
}

#[test]
fn what_is_written_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let original = two_halves(33, 21);
    let path = folder.path().join("color.png");
    media::write_png(&path, &original).unwrap();
    assert_eq!(*open(&path).unwrap().frame.image, original);

    let path = folder.path().join("grey.png");
    media::write_png_gray(&path, 3, 2, &[0, 10, 20, 30, 40, 255]).unwrap();
    let grey = image::open(&path).unwrap();
    assert_eq!(grey.color(), image::ColorType::L8);
    assert_eq!(grey.as_bytes(), [0, 10, 20, 30, 40, 255]);

    let best = media::encode_jpeg(&original, 255).unwrap();
    let worst = media::encode_jpeg(&original, 0).unwrap();
    assert!(worst.len() < best.len(), "quality is clamped to 1 and 100");

    assert!(refusal(media::write_png_gray(&path, 3, 2, &[0; 5])).contains("5 bytes for 3 x 2"));
    let nowhere = folder.path().join("none/a.png");
    let text = refusal(media::write_png(&nowhere, &original));
    assert!(text.contains("cannot be written"), "{text}");
}

#[test]
fn the_missing_rows_of_a_png_that_ends_early_are_named() {
    let mut bytes = Vec::new();
    let image = two_halves(64, 64);
    let noise: Vec<u8> = (0..64 * 64 * 3u32).map(|i| (i * i % 251) as u8).collect();
    assert_eq!(noise.len(), image.pixels.len());
    PngEncoder::new(&mut bytes)
        .write_image(&noise, 64, 64, image::ExtendedColorType::Rgb8)
        .unwrap();
    let still = decode(&bytes[..bytes.len() / 2]).unwrap();
    let [part] = still.not_examined.as_slice() else { panic!("{:?}", still.not_examined) };
    assert!(part.why.ends_with("it ends early"), "{part}");
    assert!(still.frame.damaged.is_some_and(|d| d.y > 4.0 && d.y < 40.0), "{part}");
}
