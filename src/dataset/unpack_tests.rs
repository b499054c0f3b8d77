//! Zip files of strangers: what is unpacked, what is left out, what is refused.

use std::io::Write as _;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;

/// A zip file with these entries.
fn zipped(folder: &Path, entries: &[(&str, &[u8])]) -> PathBuf {
    let path = folder.join("set.zip");
    let mut writer = ZipWriter::new(File::create(&path).unwrap());
    for (name, bytes) in entries {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap();
    path
}

fn unpacked(path: &Path, limits: ZipLimits) -> Result<(UnpackedZip, String), Error> {
    let mut remarks = Vec::new();
    let found = unpack(path, limits, &mut remarks, &TaskCtx::silent())?;
    Ok((found, remarks.join("\n")))
}

fn names(folder: &Path) -> Vec<String> {
    super::super::files::files_below(folder, folder, |_| true)
        .into_iter()
        .map(|(name, _)| name)
        .collect()
}

#[test]
fn files_of_a_data_set_are_unpacked_and_nothing_leads_outside() {
    let dir = tempfile::tempdir().unwrap();
    let path = zipped(
        dir.path(),
        &[
            ("set/images/a.png", b"a"),
            ("set/annotations.xml", b"x"),
            ("set/run.sh", b"no"),
            ("__MACOSX/set/._a.png", b"no"),
            ("../b.png", b"no"),
            ("c/../../d.png", b"no"),
            ("/e.png", b"no"),
            ("f\\g.png", b"g"),
        ],
    );
    assert!(is_zip(&path) && !is_zip(dir.path()), "by the first bytes");
    let (found, message) = unpacked(&path, LIMITS).unwrap();
    assert_eq!(names(found.folder()), ["f/g.png", "set/annotations.xml", "set/images/a.png"]);
    assert!(message.contains("3 entries of the zip file were left out"), "{message}");
    assert!(message.contains("\"../b.png\" leads out of the folder"), "{message}");
    assert_eq!(names(dir.path()), ["set.zip"], "nothing beside it");
    let inner = found.folder().join("set/images/a.png");
    assert_eq!(found.path_in_zip(&inner), Some(path.join("set/images/a.png")));
    assert_eq!(found.path_in_zip(Path::new("/etc/passwd")), None);
    let folder = found.folder().to_owned();
    drop(found);
    assert!(!folder.exists(), "removed");
}

#[test]
fn a_name_that_is_there_twice_is_not_taken() {
    let dir = tempfile::tempdir().unwrap();
    let names_of = ["set/a.png", "set/b.png", "set/c.png"];
    let path = zipped(
        dir.path(),
        &[("set/a.png", b"one"), ("set/x.png", b"two"), ("set/c.png", b"c"), ("set/./c.png", b"d")],
    );
    // The library refuses to write a name twice: the second entry is renamed.
    let mut bytes = fs::read(&path).unwrap();
    let places: Vec<usize> =
        bytes.windows(9).enumerate().filter(|(_, w)| *w == b"set/x.png").map(|(i, _)| i).collect();
    assert_eq!(places.len(), 2, "before the data and in the list");
    for place in places {
        bytes[place..place + 9].copy_from_slice(names_of[0].as_bytes());
    }
    fs::write(&path, bytes).unwrap();
    let error = unpacked(&path, LIMITS).unwrap_err().to_string();
    assert!(error.contains("\"set/a.png\" is there more than once"), "{error}");
    assert!(error.contains("c.png\" is there more than once"), "{error}");
}

#[test]
fn links_and_damaged_entries_are_left_out() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("set.zip");
    let mut writer = ZipWriter::new(File::create(&path).unwrap());
    writer.add_symlink("a.png", "/etc/passwd", SimpleFileOptions::default()).unwrap();
    writer.start_file("b.png", SimpleFileOptions::default()).unwrap();
    writer.write_all(b"good").unwrap();
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    writer.start_file("c.png", stored).unwrap();
    writer.write_all(b"to be changed").unwrap();
    writer.finish().unwrap();
    let bytes = fs::read(&path).unwrap();
    let at = bytes.windows(13).position(|window| window == b"to be changed").unwrap();
    let mut changed = bytes.clone();
    changed[at] = b'T';
    fs::write(&path, changed).unwrap();
    let (found, message) = unpacked(&path, LIMITS).unwrap();
    assert_eq!(names(found.folder()), ["b.png"]);
    assert!(message.contains("\"a.png\" is a link"), "{message}");
    assert!(message.contains("\"c.png\" cannot be unpacked"), "{message}");
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let refused = unpacked(&path, LIMITS).unwrap_err().to_string();
    assert!(refused.contains("download or export it again"), "{refused}");
}

#[test]
fn too_many_entries_and_bytes_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = zipped(dir.path(), &[("a.png", &[0; 3000]), ("b.png", &[0; 3000])]);
    let refusal = |limits: ZipLimits| unpacked(&path, limits).unwrap_err().to_string();
    assert!(unpacked(&path, ZipLimits { n_bytes: 6000, ..LIMITS }).is_ok(), "they fit");
    let refused = refusal(ZipLimits { n_entries: 1, ..LIMITS });
    assert!(refused.contains("2 entries, more than 1"), "{refused}");
    let refused = refusal(ZipLimits { n_bytes: 5999, ..LIMITS });
    assert!(refused.contains("more than 5999 bytes"), "{refused}");
    let refused = refusal(ZipLimits { n_bytes: 10, ..LIMITS });
    assert!(refused.contains("too large"), "{refused}");
    // A header that claims few bytes does not help.
    let mut bytes = fs::read(&path).unwrap();
    for at in 0..bytes.len() - 4 {
        if bytes[at..at + 4] == 3000u32.to_le_bytes() {
            bytes[at..at + 4].copy_from_slice(&10u32.to_le_bytes());
        }
    }
    fs::write(&path, &bytes).unwrap();
    let n_written = unpacked(&path, ZipLimits { n_bytes: 1000, ..LIMITS });
    let refused = n_written.map_or_else(|e| e.to_string(), |(_, message)| message);
    assert!(
        refused.contains("more than 1000 bytes") || refused.contains("cannot be unpacked"),
        "{refused}"
    );
    let empty = zipped(dir.path(), &[("run.sh", b"x")]);
    let message = unpacked(&empty, LIMITS).unwrap_err().to_string();
    assert!(message.contains("no pictures or annotations"), "{message}");
}
