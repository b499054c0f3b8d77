//! Small files that would unpack or copy without end: each stops at its limit and says so.

use std::io::Write as _;
use std::time::{Duration, Instant};

use pentimento::metadata::{Metadata, metadata_of_bytes};

/// Generous, for unoptimized code on a busy machine; without limits each would take minutes.
const TIME: Duration = Duration::from_secs(15);

fn read(what: &str, bytes: &[u8]) -> Metadata {
    let start = Instant::now();
    let read = metadata_of_bytes(bytes).unwrap();
    assert!(start.elapsed() < TIME, "{what}: {:?}", start.elapsed());
    let n_bytes: usize =
        read.fields.iter().map(|f| f.raw.len() + f.meaning.as_ref().map_or(0, String::len)).sum();
    assert!(n_bytes <= 40 << 20, "{what}: {n_bytes} bytes of text");
    assert!(read.fields.len() <= 100_000, "{what}: {} fields", read.fields.len());
    read
}

fn says(read: &Metadata, words: &str) -> bool {
    read.warnings.iter().any(|warning| warning.0.contains(words))
}

fn chunk(name: [u8; 4], data: &[u8]) -> Vec<u8> {
    [&(data.len() as u32).to_be_bytes()[..], &name, data, &[0; 4]].concat()
}

#[test]
fn packed_texts_stop() {
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(&vec![b'a'; 40 << 20]).unwrap();
    let packed = packer.finish().unwrap();
    let mut file = b"\x89PNG\r\n\x1A\n".to_vec();
    file.extend(chunk(*b"IHDR", &[0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0]));
    for _ in 0..200 {
        file.extend(chunk(*b"zTXt", &[b"k\0\0", packed.as_slice()].concat()));
    }
    let found = read("packed texts", &file);
    let text = "the file has more than 32 MiB of text: it is left out after ";
    assert!(says(&found, "too long: its first 8388608 bytes") && says(&found, text), "{found:?}");
    file.truncate(33);
    for _ in 0..200 {
        file.extend(chunk(*b"iCCP", &[b"k\0\0", packed.as_slice()].concat()));
    }
    let found = read("packed profiles", &file);
    assert!(says(&found, "more than 32 MiB of metadata: some blocks"), "{:?}", found.warnings);
}

/// A TIFF structure whose entries all point to the same bytes.
fn repeated(tag: u16, kind: u16, n_bytes: usize) -> Vec<u8> {
    let mut file = b"II*\0\x08\0\0\0".to_vec();
    let n = 60_000u16;
    file.extend(n.to_le_bytes());
    let start = 8 + 2 + usize::from(n) * 12 + 4;
    for _ in 0..n {
        file.extend(tag.to_le_bytes());
        file.extend(kind.to_le_bytes());
        file.extend((n_bytes as u32).to_le_bytes());
        file.extend((start as u32).to_le_bytes());
    }
    file.extend([0; 4]);
    file.extend(vec![b'x'; n_bytes]);
    file
}

#[test]
fn entries_that_share_their_value_are_copied_within_a_limit() {
    let found = read("texts", &repeated(0x010E, 2, 4 << 20));
    assert!(says(&found, "left out"), "{:?}", found.warnings);
    let found = read("packets", &repeated(0x02BC, 7, 4 << 20));
    assert!(says(&found, "more than 32 MiB of metadata"), "{:?}", found.warnings);
    let found = read("small packets", &repeated(0x02BC, 7, 8));
    assert!(says(&found, "more than 1000 blocks of metadata"), "{:?}", found.warnings);
    read("numbers", &repeated(0x0111, 4, 4 << 20));
}

#[test]
fn names_and_depth_of_xmp_stop() {
    let name = "n".repeat(1 << 20);
    let inner = "<dc:a/>".repeat(300_000);
    let packet = format!(
        "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>\
         <rdf:Description><{name}><rdf:Bag><rdf:li>{inner}"
    );
    read("names", packet.as_bytes());
    let attributes: Vec<String> = (0..200_000).map(|i| format!(" a{i}='1'")).collect();
    let attributes = attributes.concat();
    read("attributes", format!("<rdf:RDF><rdf:Description{attributes}/></rdf:RDF>").as_bytes());
}

#[test]
fn boxes_stop() {
    let boxed = |kind: &[u8; 4], content: &[u8]| {
        [&(content.len() as u32 + 8).to_be_bytes()[..], kind, content].concat()
    };
    let mut deep = Vec::new();
    for _ in 0..2000 {
        deep = boxed(b"moov", &deep);
    }
    let head = boxed(b"ftyp", b"isom\0\0\0\0");
    let found = read("depth", &[head.clone(), deep].concat());
    assert!(says(&found, "too deep"), "{:?}", found.warnings);
    let many = boxed(b"free", b"").repeat(200_000);
    let found = read("number", &[head, many].concat());
    assert!(says(&found, "too many boxes"), "{:?}", found.warnings);
    assert_eq!(found.credential.state.as_str(), "unreadable");
}

/// Behind the end of reading anything may lie.
#[test]
fn what_was_not_read_to_its_end_is_never_without_a_credential() {
    let mut png = b"\x89PNG\r\n\x1A\n".to_vec();
    png.extend(chunk(*b"IHDR", &[0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0]));
    let whole = [png.clone(), chunk(*b"IEND", b"")].concat();
    assert_eq!(read("whole", &whole).credential.state.as_str(), "none");
    let texts = [png.clone(), chunk(*b"tEXt", b"k\0v").repeat(100_100)].concat();
    let chunks = [png, chunk(*b"IDAT", b"").repeat(100_100)].concat();
    let jpeg = [&b"\xFF\xD8"[..], &b"\xFF\xFE\0\x03a".repeat(50_100)].concat();
    let gif = [&b"GIF89a\x01\0\x01\0\0\0\0"[..], &b"\x21\xFE\x01a\0".repeat(100_100)].concat();
    let chained = directories(300);
    let big = b"II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0".to_vec();
    let xmp = format!("<x:xmpmeta>{}", "<a>".repeat(100)).into_bytes();
    for (what, bytes, why) in [
        ("texts", texts, "the file has more than 100000 fields"),
        ("chunks", chunks, "too many chunks"),
        ("JPEG", jpeg, "too many segments"),
        ("GIF", gif, "the file has more than 100000 fields"),
        ("TIFF", chained, "the file has more than 200 directories: the rest is not read"),
        ("BigTIFF", big, "the file is a BigTIFF: its directories are not read"),
        ("XMP", xmp, "nested too deeply"),
    ] {
        let found = read(what, &bytes);
        let state = &found.credential.state;
        assert_eq!(state.as_str(), "unreadable", "{what}: {:?}", found.warnings);
        let label = state.label();
        let is_said = label.starts_with("not known whether there is a credential (");
        assert!(is_said && label.contains(why), "{what}: {label}");
        let first = &pentimento::metadata::answers(&found.credential)[0].answer;
        assert!(first.starts_with("Not known") && first.contains(why), "{first}");
    }
    // The credential of a JPEG file stands in no directory of its EXIF block.
    let exif = [&b"Exif\0\0"[..], &directories(300)].concat();
    let head = [&b"\xFF\xD8\xFF\xE1"[..], &(exif.len() as u16 + 2).to_be_bytes()].concat();
    let found = read("EXIF", &[&head[..], &exif, b"\xFF\xD9"].concat());
    assert!(says(&found, "the EXIF block has more than 200 directories"), "{:?}", found.warnings);
    assert_eq!(found.credential.state.as_str(), "none");
}

/// A TIFF structure of so many directories in a chain, each with one entry.
fn directories(n: u32) -> Vec<u8> {
    let mut file = b"II*\0\x08\0\0\0".to_vec();
    for i in 0..n {
        file.extend([1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 1, 0, 0, 0]);
        let next = if i + 1 < n { 8 + (i + 1) * 18 } else { 0 };
        file.extend(next.to_le_bytes());
    }
    file
}

/// Entries of a list of places can take no bytes: 65,535 of each of 65,535 items.
#[test]
fn items_of_a_picture_whose_places_take_no_bytes_stop() {
    let boxed = |kind: &[u8; 4], content: &[u8]| {
        [&(content.len() as u32 + 8).to_be_bytes()[..], kind, content].concat()
    };
    let mut iloc = vec![0, 0, 0, 0, 0, 0, 0xFF, 0xFF];
    for id in 0..u16::MAX {
        iloc.extend(id.to_be_bytes());
        iloc.extend([0, 0, 0xFF, 0xFF]);
    }
    let meta = [vec![0; 4], boxed(b"iloc", &iloc).repeat(20)].concat();
    let file = [boxed(b"ftyp", b"heic\0\0\0\0"), boxed(b"meta", &meta)].concat();
    let start = Instant::now();
    let found = read("places", &file);
    assert!(says(&found, "too many places"), "{:?}", found.warnings);
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
}

#[test]
fn items_of_a_picture_that_share_their_bytes_stop() {
    let boxed = |kind: &[u8; 4], content: &[u8]| {
        [&(content.len() as u32 + 8).to_be_bytes()[..], kind, content].concat()
    };
    let n = 5000u16;
    let (mut iinf, mut iloc) = (vec![0, 0, 0, 0], vec![0, 0, 0, 0, 0x44, 0]);
    iinf.extend(n.to_be_bytes());
    iloc.extend(n.to_be_bytes());
    for id in 1..=n {
        let entry = [&[2, 0, 0, 0][..], &id.to_be_bytes(), &[0, 0], b"Exif\0"].concat();
        iinf.extend(boxed(b"infe", &entry));
        iloc.extend(id.to_be_bytes());
        iloc.extend([0, 0, 0, 1]);
        iloc.extend(0u32.to_be_bytes());
        iloc.extend(u32::MAX.to_be_bytes());
    }
    let meta = [vec![0; 4], boxed(b"iinf", &iinf), boxed(b"iloc", &iloc)].concat();
    let mut file = boxed(b"ftyp", b"heic\0\0\0\0");
    file.extend(boxed(b"meta", &meta));
    file.extend(boxed(b"mdat", &vec![0; 4 << 20]));
    let found = read("items", &file);
    assert!(says(&found, "too many"), "{:?}", found.warnings);
}
