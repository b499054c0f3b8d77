//! Bad input: each is a sentence and an exit code, and never half a report under the final name.

use std::fs;
use std::process::Command;

use super::markup::{all_text, elements};
use super::{FINDS_TRACES, make};
use crate::cli::inspect::{CliFolder, CliOutput};
use crate::support::portrait;

fn names(place: &CliFolder) -> Vec<String> {
    let entries = fs::read_dir(place.path("")).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.retain(|name| {
        name != "models" && !name.starts_with('.') || name.starts_with(".pentimento")
    });
    names.sort();
    names
}

#[test]
#[cfg(unix)]
fn names_with_markup_formulas_and_marks_of_direction_are_harmless() {
    let place = CliFolder::new(FINDS_TRACES);
    let hostile = [
        "<script>alert(1)<",
        "<img src=x onerror=alert(1)>.png",
        "\" onclick=\"alert(1)\" x=\".png",
        "=cmd()|'!A1'.png",
        "{{ record }}{% raw %}.png",
        "gnp.\u{202e}exe.png",
        "two\nlines\u{1b}[31m.png",
        "写真-صورة-תמונה.png",
        "&lt;b&gt;&amp;.png",
    ];
    let sample = fs::read(portrait()).unwrap();
    for name in hostile {
        fs::write(place.path(name), &sample).unwrap();
    }
    let mut arguments = vec!["--title", "<b>x</b>", "--question", "</section><script>y()</script>"];
    arguments.extend(hostile);
    let made = make(&place, "out", &arguments);
    assert_eq!(made.output.code, 0, "{:?}", made.output);
    let (page, json) = (made.page(), made.text("report.json"));
    elements(&page);
    for text in [&page, &json] {
        assert!(!text.contains('\u{202e}') && !text.contains('\u{1b}'), "a mark of direction");
    }
    let page_text = all_text(&page);
    for (shown, what) in [
        ("<script>alert(1)<", "markup is text"),
        ("<img src=x onerror=alert(1)>.png", "markup is text"),
        ("=cmd()|'!A1'.png", "a formula is text"),
        ("{{ record }}{% raw %}.png", "a template is text"),
        ("gnp.\\u202eexe.png", "the mark is visible"),
        ("two\\u000alines\\u001b[31m.png", "one line"),
        ("写真-صورة-תמונה.png", "other scripts stay"),
        ("&lt;b&gt;&amp;.png", "escapes are text"),
    ] {
        assert!(page_text.contains(shown), "{what}: {shown}");
    }
    let record = made.record();
    let kept: Vec<&str> = record.items.iter().map(|item| item.name.as_str()).collect();
    assert_eq!(kept, hostile, "the record keeps the names");
    for item in &record.items {
        let strange =
            |file: &str| file.contains(|c: char| !c.is_ascii_alphanumeric() && !"/.-".contains(c));
        assert!(item.pictures.iter().all(|p| !strange(&p.file)), "names of files are our own");
    }
}

/// Marks that pile up would cover the lines around; a title with marks of direction or of many lines would
/// stand in the window of a PDF reader.
#[test]
fn piles_of_marks_and_odd_titles_cover_nothing() {
    let place = CliFolder::new(FINDS_TRACES);
    let pile = "\u{301}".repeat(60);
    let title = format!("a{pile}b\u{202e}c\nd{}", " long".repeat(100));
    let words = ["--title", &title, portrait().to_str().unwrap()].map(str::to_owned);
    let made = make(&place, "out", &words.each_ref().map(String::as_str));
    assert_eq!(made.output.code, 0, "{:?}", made.output);
    let shown = format!("a{}[56 more marks]b\\u202ec\\u000ad", "\u{301}".repeat(4));
    assert!(all_text(&made.page()).contains(&shown), "the page");
    assert_eq!(made.record().request.title, title, "the record keeps it");
    if !pentimento::report::WRITES_PDF {
        return;
    }
    let Ok(output) = Command::new("pdfinfo").arg(made.folder.join("report.pdf")).output() else {
        return crate::support::skip("pdfinfo is not installed");
    };
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let of_file = printed.lines().find_map(|line| line.strip_prefix("Title:")).unwrap().trim();
    assert!(of_file.starts_with(&shown) && of_file.ends_with('…'), "{of_file}");
    assert!(of_file.chars().count() <= 121, "{of_file}");
}

/// A name that is not Unicode stands in the record with other letters; its file is found again.
#[test]
#[cfg(unix)]
fn a_name_that_is_not_unicode_is_found_again() {
    use std::os::unix::ffi::OsStrExt as _;
    let place = CliFolder::new(FINDS_TRACES);
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.png");
    fs::copy(portrait(), place.path("").join(name)).unwrap();
    let mut command = place.command();
    command.args(["report", "make", "--engine", "rten", "--out", "out"]).arg(name);
    let output = CliOutput::from_output(&command.output().unwrap());
    assert_eq!(output.code, 0, "{output:?}");
    let output = place.run(&["replay", "--engine", "rten", "--brief", "out"]);
    assert_eq!(output.code, 0, "{output:?}");
}

#[test]
fn no_report_without_a_model_and_none_over_another() {
    let place = CliFolder::new(FINDS_TRACES);
    let sample = portrait();
    let sample = sample.to_str().unwrap();
    let before = names(&place);
    let refused = |arguments: &[&str], what: &str| {
        let made = make(&place, "out", arguments);
        assert_eq!(
            (made.output.code, made.output.out.as_str()),
            (1, ""),
            "{arguments:?}: {:?}",
            made.output
        );
        assert!(made.output.err.contains(what), "{arguments:?}: {}", made.output.err);
        assert_eq!(names(&place), before, "{arguments:?}");
    };
    refused(&["--detector", "gone", sample], "no file was examined");
    refused(&[], "required");
    refused(&["--case", "x.pentimento", sample], "cannot be used with");
    refused(&["--case", "x.pentimento"], "cannot open the case");
    refused(&["--item", "3", sample], "--case");
    fs::create_dir(place.path("taken")).unwrap();
    fs::write(place.path("taken/mine"), "x").unwrap();
    let made = make(&place, "taken", &[sample]);
    assert_eq!(made.output.code, 1);
    assert!(made.output.err.contains("not empty"), "{}", made.output.err);
    assert_eq!(fs::read_to_string(place.path("taken/mine")).unwrap(), "x");
}

/// A limit on the size of files stands for a full disk: writing fails in the middle.
#[test]
#[cfg(unix)]
fn a_full_disk_leaves_nothing_behind() {
    let place = CliFolder::new(FINDS_TRACES);
    let before = names(&place);
    let script = "trap '' XFSZ; ulimit -f 16; exec \"$0\" \"$@\"";
    let mut command = Command::new("bash");
    command.arg("-c").arg(script).arg(env!("CARGO_BIN_EXE_pentimento"));
    command.args(["report", "make", "--engine", "rten", "--out", "out"]).arg(portrait());
    command.current_dir(place.path("")).env("HOME", place.path(""));
    command.env("PENTIMENTO_MODELS", place.path("models"));
    let output = CliOutput::from_output(&command.output().unwrap());
    assert_eq!((output.code, output.out.as_str()), (1, ""), "{output:?}");
    assert!(output.err.contains("nothing of it was kept"), "{}", output.err);
    assert_eq!(names(&place), before, "neither a report nor a part of one");
}

#[test]
#[cfg(unix)]
fn an_original_is_never_written_to() {
    use std::os::unix::fs::MetadataExt as _;
    let place = CliFolder::new(FINDS_TRACES);
    fs::copy(portrait(), place.path("a.png")).unwrap();
    let facts = |name: &str| {
        let metadata = fs::metadata(place.path(name)).unwrap();
        (metadata.mtime_nsec(), metadata.ctime_nsec(), metadata.len())
    };
    let before = facts("a.png");
    make(&place, "out", &["a.png"]);
    assert_eq!(facts("a.png"), before);
}
