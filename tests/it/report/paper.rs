//! Reports on paper, judged by the tools of poppler and by qpdf: the same numbers, the same
//! sentences, whole files, letters of all scripts.

use std::path::Path;
use std::process::Command;

use pentimento::base::Limits;
use pentimento::media::decode_still;
use pentimento::report::{Paper, Typesetter, WRITES_PDF, render_page, render_pdf};

use super::markup::elements;
use super::{FINDS_TRACES, MadeReport, make};
use crate::cli::inspect::CliFolder;
use crate::support::{no_face, portrait, skip};

/// What a program of others prints about a file of a report; `None`, said aloud, without it.
fn others(program: &str, words: &[&str], file: &Path) -> Option<String> {
    let Ok(output) = Command::new(program).args(words).arg(file).arg("-").output() else {
        skip(&format!("{program} is not installed"));
        return None;
    };
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{program}: {printed}{errors}");
    Some(printed)
}

fn writes_pdf() -> bool {
    if !WRITES_PDF {
        skip("this build has no feature report-pdf");
    }
    WRITES_PDF
}

/// The words of a PDF, in the order of its content.
fn words(file: &Path) -> Option<String> {
    let text = others("pdftotext", &["-raw", "-enc", "UTF-8"], file)?;
    Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn count(text: &str, part: &str) -> usize {
    text.match_indices(part).count()
}

/// Numbers of the page that the paper does not show as often.
fn lost_numbers(page: &str, paper: &str) -> Vec<String> {
    let shown: Vec<String> =
        elements(page).into_iter().filter(|e| e.name == "data").map(|e| e.text).collect();
    assert!(shown.len() >= 10, "only {} numbers", shown.len());
    let is_lost = |number: &&String| {
        count(paper, number.trim()) < shown.iter().filter(|other| other == number).count()
    };
    shown.iter().filter(is_lost).cloned().collect()
}

fn small(place: &CliFolder) -> MadeReport {
    let made = make(place, "out", &[portrait().to_str().unwrap()]);
    assert_eq!(made.output.code, 0, "{:?}", made.output);
    made
}

#[test]
fn the_paper_says_what_the_page_says() {
    if !writes_pdf() {
        return;
    }
    let place = CliFolder::new(FINDS_TRACES);
    std::fs::write(place.path("odd.jpg"), "this is no picture").unwrap();
    let made = make(&place, "out", &[portrait().to_str().unwrap(), "odd.jpg"]);
    assert_eq!(made.output.code, 2, "{:?}", made.output);
    let file = made.folder.join("report.pdf");
    let Some(text) = words(&file) else { return };
    assert_eq!(lost_numbers(&made.page(), &text), Vec::<String>::new());
    let record = made.record();
    let summary = &record.summary;
    let sentences = summary.sentences.iter().chain(&summary.not_examined).chain(&record.limits);
    let letters = |text: &str| text.split_whitespace().collect::<String>();
    let all = letters(&text);
    for sentence in sentences.chain(&record.not_shown).chain(&summary.next_steps) {
        assert!(all.contains(&letters(sentence)), "not on the paper: {sentence}\n{text}");
    }
    // A number that is another one is seen.
    let mut other = record;
    other.items[0].findings.faces[0].score = Some(0.123);
    let pictures = |file: &str| std::fs::read(made.folder.join(file)).ok();
    let page = render_page(&other, 0, &pictures).unwrap();
    assert_ne!(lost_numbers(&page, &text), Vec::<String>::new());
}

#[test]
fn the_paper_is_whole_tagged_and_the_same_twice() {
    if !writes_pdf() {
        return;
    }
    let place = CliFolder::new(FINDS_TRACES);
    let made = small(&place);
    let pictures = |file: &str| std::fs::read(made.folder.join(file)).ok();
    let record = made.record();
    let page = render_page(&record, 0, &pictures).unwrap();
    let twice = [0, 1].map(|_| {
        let mut typesetter = Typesetter::for_text(&page);
        render_pdf(&record, 0, &page, Paper::A4, &mut typesetter).unwrap().unwrap()
    });
    assert_eq!(twice[0], twice[1]);
    assert_eq!(twice[0], std::fs::read(made.folder.join("report.pdf")).unwrap());
    assert!(twice[0].len() < 1_300_000, "{} bytes", twice[0].len());
    for file in ["report.pdf", "cards/1.pdf"] {
        let file = made.folder.join(file);
        let Ok(output) = Command::new("qpdf").arg("--check").arg(&file).output() else {
            return skip("qpdf is not installed");
        };
        let result = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success() && result.contains("No syntax"), "{result}");
        let Ok(output) = Command::new("pdfinfo").arg(&file).output() else {
            return skip("pdfinfo is not installed");
        };
        let shown = String::from_utf8_lossy(&output.stdout).into_owned();
        for part in ["Tagged:          yes", "JavaScript:      no", "Author:          Ada"] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
        let output = Command::new("pdfinfo").arg("-meta").arg(&file).output().unwrap();
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        for part in ["<pdfaid:part>2<", "<pdfaid:conformance>A<"] {
            assert!(printed.contains(part), "{part}: {printed}");
        }
    }
    let sizes = [("a4", "595.28 x 841.89"), ("letter", "612 x 792")];
    for (paper, size) in sizes {
        let made = make(&place, paper, &["--paper", paper, portrait().to_str().unwrap()]);
        let output = Command::new("pdfinfo").arg(made.folder.join("report.pdf")).output().unwrap();
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(printed.contains(size), "{printed}");
    }
}

/// Page 1 alone tells what was found, what not, how sure, what next, and which file it is about.
#[test]
fn page_1_stands_alone() {
    if !writes_pdf() {
        return;
    }
    let place = CliFolder::new(FINDS_TRACES);
    no_face(&place.path("none.png"), 200, 150);
    std::fs::write(place.path("odd.jpg"), "this is no picture").unwrap();
    for file in [portrait().to_str().unwrap(), "none.png", "odd.jpg"] {
        let name = Path::new(file).file_stem().unwrap().to_str().unwrap();
        let made = make(&place, name, &["--question", "Was it changed?", file]);
        let file = made.folder.join("report.pdf");
        let Some(text) = others("pdftotext", &["-l", "1", "-enc", "UTF-8"], &file) else { return };
        let hash = made.record().items[0].custody.sha256_now.clone().unwrap();
        for part in [
            "Was it changed?",
            "What was found",
            "What was not examined",
            "How sure this is",
            "What to do next",
            "Limits",
            "Made",
            &hash,
        ] {
            assert!(text.contains(part), "{name}, {part}: {text}");
        }
        assert!(!text.contains("Weight of the evidence"), "{name}: that is page 2");
        assert!(!text.contains(['\u{2066}', '\u{2068}', '\u{2069}']), "{name}: marks of direction");
    }
}

/// The command that is copied from the paper is the one that was given.
#[test]
#[cfg(unix)]
fn the_command_can_be_copied_from_the_paper() {
    if !writes_pdf() {
        return;
    }
    let place = CliFolder::new(FINDS_TRACES);
    let question = "It's 'asked': was the face of the person in this picture replaced? ".repeat(4);
    let folder = "a-folder-with-a-long-name/".repeat(5);
    std::fs::create_dir_all(place.path(&folder)).unwrap();
    let file = format!("{folder}a file.png");
    std::fs::copy(portrait(), place.path(&file)).unwrap();
    let made = make(&place, "out", &["--question", &question, &file]);
    assert_eq!(made.output.code, 0, "{:?}", made.output);
    let Some(text) =
        others("pdftotext", &["-raw", "-enc", "UTF-8"], &made.folder.join("report.pdf"))
    else {
        return;
    };
    let (_, from) = text.split_once("\nCommand ").unwrap();
    let (command, _) = from.split_once("\nIn the folder").unwrap();
    assert!(command.lines().count() > 4, "{command}");
    // A shell reads the words of the record.
    let script = command.replacen("pentimento", "printf '%s\\0' pentimento", 1);
    let output = Command::new("sh").arg("-c").arg(script).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let words: Vec<&str> = printed.split_terminator('\0').collect();
    assert_eq!(words, made.record().replay.command, "{command}");
}

/// Pictures shrink where they would push the limits from page 1.
#[test]
fn page_1_of_many_files_is_one_page() {
    if !writes_pdf() {
        return;
    }
    let place = CliFolder::new(FINDS_TRACES);
    let names: Vec<String> = (1..=6).map(|i| format!("{i}.png")).collect();
    for name in &names {
        std::fs::copy(portrait(), place.path(name)).unwrap();
    }
    let question = ["--question", "Which of these faces were changed?"];
    let files: Vec<&str> = names.iter().map(String::as_str).collect();
    let made = make(&place, "out", &[&question[..], &files].concat());
    let file = made.folder.join("report.pdf");
    let Some(first) = others("pdftotext", &["-l", "1", "-enc", "UTF-8"], &file) else { return };
    let limits = made.record().limits;
    assert!(first.contains(limits.last().unwrap()), "{first}");
}

#[test]
fn letters_of_other_scripts_are_on_the_paper() {
    if !writes_pdf() {
        return;
    }
    let place = CliFolder::new(FINDS_TRACES);
    let long = "x".repeat(120);
    let thai = "ถ่าย";
    let names = [
        "تقرير.png".to_owned(),
        "報告書.png".to_owned(),
        format!("{long}.png"),
        format!("{thai}.png"),
    ];
    for name in &names {
        std::fs::copy(portrait(), place.path(name)).unwrap();
    }
    let words_of: Vec<&str> = names.iter().map(String::as_str).collect();
    let made = make(&place, "out", &words_of);
    assert_eq!(made.output.code, 0, "{:?}", made.output);
    let Some(text) = words(&made.folder.join("report.pdf")) else { return };
    // Text tools give the letters of one word in either order.
    let has = |word: &str| {
        let turned: String = word.chars().rev().collect();
        text.contains(word) || text.contains(&turned)
    };
    assert!(has("تقرير"), "{text}");
    let is_there = |c: char| text.contains(c);
    if !"報告書".chars().all(is_there) {
        assert!(text.contains("U+5831"), "neither the letters nor their numbers: {text}");
        skip("this computer has no font for Chinese letters");
    }
    // Some of them stand above others. Without a font, too, there is a report.
    assert!(thai.chars().all(is_there) || text.contains("U+0E16"), "{text}");
    let output = place.run(&["report", "verify", "out"]);
    assert_eq!(output.code, 0, "{output:?}");
    for name in ["cards/1.png", "cards/2.png", "cards/3.png", "cards/4.png"] {
        let bytes = std::fs::read(made.folder.join(name)).unwrap();
        let card = decode_still(&bytes, &Limits::default()).unwrap().frame.image;
        assert_eq!((card.width_px, card.height_px), (1049, 1489));
        let is_dark = |pixel: &[u8]| pixel.iter().all(|v| *v < 100);
        let n_dark = card.pixels.chunks(3).filter(|pixel| is_dark(pixel)).count();
        assert!(n_dark > 20_000, "{name} has only {n_dark} dark pixels");
    }
}

#[test]
fn a_changed_paper_is_a_fault() {
    if !writes_pdf() {
        return;
    }
    let place = CliFolder::new(FINDS_TRACES);
    let made = small(&place);
    let other = make(&place, "other", &["--title", "Something else", portrait().to_str().unwrap()]);
    let (file, sums) = (made.folder.join("report.pdf"), made.folder.join("SHA256SUMS"));
    let hash = |path: &Path| pentimento::files::sha256_of_file(path).unwrap();
    // Somebody who changes the hash as well is found by the record.
    let (before, after) = (hash(&file), hash(&other.folder.join("report.pdf")));
    let text = std::fs::read_to_string(&sums).unwrap().replace(&before, &after);
    std::fs::write(&sums, text).unwrap();
    std::fs::copy(other.folder.join("report.pdf"), &file).unwrap();
    let output = place.run(&["report", "verify", "out"]);
    assert_eq!(output.code, 2, "{output:?}");
    assert!(output.out.contains("report.pdf does not say what the record says"), "{}", output.out);
}

#[test]
fn a_section_that_is_left_out_is_named() {
    let place = CliFolder::new(FINDS_TRACES);
    let sample = portrait();
    let words = ["--without", "metadata", "--without", "pictures", sample.to_str().unwrap()];
    let made = make(&place, "out", &words);
    assert_eq!(made.output.code, 0, "{:?}", made.output);
    let page = made.page();
    assert!(!page.contains("<h3>What the file says about itself") && !page.contains("<img "));
    for part in
        ["What files say about themselves: left out by who made", "Pictures of the items: left out"]
    {
        assert!(page.contains(part), "{part}");
    }
    assert_eq!(made.record().request.left_out, ["pictures", "metadata"]);
    let whole = make(&place, "whole", &[sample.to_str().unwrap()]);
    assert!(whole.page().contains("<h3>What the file says about itself"), "without the option");
}
