//! Files that crashed other readers: each gives a result or one sentence, at once.

use std::time::{Duration, Instant};

use pentimento::base::{Limits, RgbImage, TaskCtx};
use pentimento::files::sha256_of_file;
use pentimento::metadata::{contradictions, read_metadata, summary};
use pentimento::pipeline::described::DescriptionObject;

use super::{assert_tested, files};

#[test]
fn every_hostile_file_ends_at_once() {
    let (mut n_read, mut n_refused) = (0, 0);
    let all = files("hostile").into_iter().chain(files("c2pa"));
    for path in all {
        let start = Instant::now();
        match read_metadata(&path, &Limits::default()) {
            Ok(metadata) => {
                n_read += 1;
                assert!(summary(&metadata, &[]).len() <= 7, "{}", path.display());
                let _ = contradictions(&metadata, &[]);
                for field in &metadata.fields {
                    assert!(field.raw.len() <= 9 << 20, "{}: {}", path.display(), field.key());
                }
            }
            Err(error) => {
                n_refused += 1;
                let message = error.to_string();
                assert!(!message.contains('\n') && message.len() < 200, "{message}");
            }
        }
        let taken = start.elapsed();
        assert!(taken < Duration::from_secs(1), "{}: {taken:?}", path.display());
    }
    println!("hostile files: {n_read} read, {n_refused} refused with a sentence");
    assert_tested(n_read + n_refused, 50, "hostile");
}

/// What a file says is that of the file that was examined, or of none.
#[test]
fn the_metadata_of_another_file_are_not_taken() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jpg");
    let jpeg = |level: u8| {
        pentimento::media::encode_jpeg(&RgbImage::filled(16, 16, [level; 3]), 90).unwrap()
    };
    std::fs::write(&path, jpeg(10)).unwrap();
    let examined = sha256_of_file(&path).unwrap();
    let read = |sha256: &str| {
        DescriptionObject::read_of(&path, sha256, None, &TaskCtx::silent()).is_some()
    };
    assert!(read(&examined), "it is the same");
    std::fs::write(folder.path().join("b.jpg"), jpeg(200)).unwrap();
    std::fs::rename(folder.path().join("b.jpg"), &path).unwrap();
    assert!(!read(&examined), "another one lies there");
    std::fs::remove_file(&path).unwrap();
    assert!(!read(&examined), "none lies there");
}

#[test]
fn what_is_no_file_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let refusal =
        |path: &std::path::Path| read_metadata(path, &Limits::default()).unwrap_err().to_string();
    let make = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    assert_eq!(refusal(folder.path()), "this is a folder, not a file");
    assert_eq!(refusal(&folder.path().join("gone")), "there is no such file");
    assert_eq!(refusal(&make("empty.jpg", b"")), "the file is empty");
    let text = refusal(&make("notes.jpg", b"Dear reader"));
    assert_eq!(text, "metadata are not read of files of this format");
    #[cfg(unix)]
    assert_eq!(refusal(std::path::Path::new("/dev/null")), "this is not a regular file");
}

#[test]
fn escapes_and_control_characters_never_reach_the_summary() {
    let mut comment = b"\xFF\xD8\xFF\xFE\0\x11\x1B[2J\x07<b>x</b>\n\x00".to_vec();
    comment.extend(b"\xFF\xD9");
    let ours = pentimento::metadata::metadata_of_bytes(&comment).unwrap();
    let field = ours.fields.iter().find(|f| f.name == "Comment").unwrap();
    assert!(field.raw.contains('\u{1b}'), "the value itself is kept: {field:?}");
    for message in summary(&ours, &[]) {
        assert!(!message.text.contains(|c: char| c.is_control()), "{message:?}");
    }
}
