//! `inspect --reference`: a questioned picture among genuine ones of the same source.

use std::fs;
use std::path::Path;

use pentimento::base::{Limits, RgbImage};
use pentimento::media;

use super::inspect::CliFolder;
use crate::support::portrait;

/// Copies of the portrait that differ in one pixel of a corner.
fn genuine(folder: &Path, n: u8) {
    fs::create_dir_all(folder).unwrap();
    let still = media::decode_still(&fs::read(portrait()).unwrap(), &Limits::default()).unwrap();
    for i in 0..n {
        let mut picture = RgbImage::clone(&still.frame.image);
        picture.pixels[0] = i;
        media::write_png(&folder.join(format!("{i:02}.png")), &picture).unwrap();
    }
}

#[test]
fn a_score_that_is_usual_in_its_source_is_no_trace_and_this_is_reported() {
    let place = CliFolder::new(50.0);
    let known = place.path("known");
    genuine(&known, 20);
    fs::write(known.join("note.txt"), "from the archive").unwrap();
    let portrait = portrait();
    let file = portrait.to_str().unwrap();
    let alone = place.inspect(&["--json", file]).json().remove(0);
    assert_eq!(alone["verdict"], "traces-found");
    assert!(alone["faces"][0]["reference"].is_null());

    let output = place.inspect(&["--json", "--reference", "known", file]);
    let report = &output.json()[0];
    assert_eq!(report["verdict"], "inconclusive", "{output:?}");
    let reference = &report["faces"][0]["reference"];
    assert_eq!((&reference["n_faces"], &reference["n_as_high"]), (&20.into(), &20.into()));
    assert_eq!(reference["is_usual"], true);
    assert!(output.err.contains("20 faces of 20 files"), "{}", output.err);
    assert!(output.err.contains("note.txt"), "what gave no face is named: {}", output.err);
    let text = place.inspect(&["--reference", "known", file]).out;
    assert!(text.contains("such scores are usual in this source"), "{text}");
}

#[test]
fn few_genuine_files_change_nothing_and_none_are_refused() {
    let place = CliFolder::new(50.0);
    genuine(&place.path("few"), 3);
    fs::create_dir(place.path("none")).unwrap();
    let portrait = portrait();
    let file = portrait.to_str().unwrap();
    let report = place.inspect(&["--json", "--reference", "few", file]).json().remove(0);
    assert_eq!(report["verdict"], "traces-found");
    assert!(report["faces"][0]["reference"]["is_usual"].is_null());
    for folder in ["none", "nowhere"] {
        let output = place.inspect(&["--json", "--reference", folder, file]);
        assert_eq!((output.code, output.out.as_str()), (2, ""), "{output:?}");
        assert!(output.err.contains("reference files"), "{}", output.err);
    }
    // The questioned file itself tells nothing.
    let own = place.path("few").join("01.png");
    let output = place.inspect(&["--json", "--reference", "few", own.to_str().unwrap()]);
    let report = &output.json()[0];
    assert!(report["warnings"].to_string().contains("this very file"), "{report}");
    assert_eq!(report["verdict"], "traces-found");
}
