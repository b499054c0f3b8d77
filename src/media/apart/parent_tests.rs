//! Tests of `parent.rs`, with scripts that stand in for the program. They know shell words only: the
//! sandbox lets them start no program.

use super::*;
use crate::base::{Cancel, RgbImage};
use crate::media::encode_png;

/// Decodes a small picture by a shell script.
fn by_script(text: &str, ctx: &TaskCtx<'_>) -> Result<Still, Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("script");
    std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&path, mode).unwrap();
    let decoder = StillDecoder::new(path);
    let bytes = encode_png(&RgbImage::filled(8, 8, [9, 99, 199])).unwrap();
    let limits = Limits::default();
    // Another test's fork may hold the script open for writing for a moment.
    for _ in 0..50 {
        match decoder.decode(&bytes, StillFormat::Png, "ab".to_owned(), &limits, ctx) {
            Err(Error::NoStart { source }) if source.to_string().contains("busy") => {
                std::thread::sleep(Duration::from_millis(20));
            }
            other => return other,
        }
    }
    panic!("the script stayed busy");
}

const HEAD: &str = r#"{"Decoded":{"width_px":2,"height_px":1,"orientation":6,"jpeg_quality":7,
    "damaged":[0,1,2,3],"warnings":["w"],"not_examined":[["a","b","c"]],"is_reduced_copy":true}}"#;

fn answer(pixels: &str) -> String {
    let head: String = HEAD.split_whitespace().collect();
    format!("echo '{READY}'; echo '{head}'; printf '{pixels}'")
}

#[test]
fn the_picture_is_what_the_child_says() {
    let still = by_script(&answer("abcdef"), &TaskCtx::silent()).unwrap();
    assert_eq!(still.frame.image.pixels, b"abcdef");
    assert_eq!((still.frame.upright.width_px, still.frame.orientation.exif()), (1, 6));
    assert_eq!((still.frame.jpeg_quality, still.sha256.as_str()), (Some(7), "ab"));
    assert_eq!((still.warnings.len(), still.not_examined.len()), (1, 1));
    assert!(still.is_reduced_copy && still.frame.damaged.is_some(), "{still:?}");
}

#[test]
fn a_child_that_dies_or_says_nonsense_is_an_error_of_that_file() {
    let ready = format!("echo '{READY}'; ");
    let huge = HEAD.replace("\"width_px\":2", "\"width_px\":99999").replace('\n', " ");
    for text in [
        "exit 0".to_owned(),
        "echo no".to_owned(),
        ready.clone() + "kill -ABRT $$",
        ready.clone() + "echo nonsense",
        ready.clone() + "printf %02000000d 0",
        answer("abc"),
        answer("abcdefg"),
    ] {
        let error = by_script(&text, &TaskCtx::silent()).unwrap_err();
        assert!(matches!(error, Error::Stopped { .. }), "{text}: {error}");
    }
    let error = by_script(&format!("{ready} echo '{huge}'"), &TaskCtx::silent()).unwrap_err();
    assert!(matches!(error, Error::Dimensions { .. }), "{error}");
    let failed = ready + r#"echo '{"Failed":{"Malformed":"it ends early"}}'"#;
    let error = by_script(&failed, &TaskCtx::silent()).unwrap_err();
    assert_eq!(error.to_string(), "the PNG file is damaged: it ends early");
}

#[test]
fn a_child_that_hangs_ends_when_the_work_is_cancelled() {
    let cancel = Cancel::default();
    let ctx = TaskCtx { cancel: cancel.clone(), on_progress: &|_| {} };
    let begun = std::time::Instant::now();
    let later = std::thread::Builder::new().spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        cancel.cancel();
    });
    assert!(later.is_ok(), "{later:?}");
    let error = by_script(&format!("echo '{READY}'; while :; do :; done"), &ctx).unwrap_err();
    assert!(matches!(error, Error::Cancelled(_)), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}
