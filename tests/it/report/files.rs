//! What lies in the folder of a report, and what its record says of the files.

use std::fs;
use std::process::Command;

use pentimento::base::Verdict;
use pentimento::report::FileState;

use super::{FINDS_TRACES, make};
use crate::cli::inspect::{CliFolder, CliOutput};
use crate::support::{portrait, root};

/// The folder of a report holds what the hashes name, and nothing else.
#[test]
fn the_hashes_are_those_that_sha256sum_computes() {
    let place = CliFolder::new(FINDS_TRACES);
    let made = make(&place, "out", &[portrait().to_str().unwrap()]);
    assert_eq!(made.output.code, 0, "{:?}", made.output);
    let check = |place: &std::path::Path| {
        let mut command = Command::new("sha256sum");
        command.args(["--check", "--strict", "--quiet", "SHA256SUMS"]).current_dir(place);
        command.output().unwrap().status.success()
    };
    assert!(check(&made.folder), "{}", made.text("SHA256SUMS"));
    let mut names: Vec<String> = made
        .text("SHA256SUMS")
        .lines()
        .map(|line| line.split_once("  ").unwrap().1.to_owned())
        .collect();
    names.sort();
    let mut want = vec![
        "pictures/1-1-thumbnail.jpg",
        "pictures/1-2-overlay.jpg",
        "report.html",
        "report.json",
    ];
    want.push("cards/1.png");
    if pentimento::report::WRITES_PDF {
        want.extend(["cards/1.pdf", "report.pdf"]);
    }
    want.sort_unstable();
    assert_eq!(names, want);
    for picture in &made.record().items[0].pictures {
        let bytes = fs::read(made.folder.join(&picture.file)).unwrap();
        assert_eq!(pentimento::files::sha256_hex(&bytes), picture.sha256);
        assert!(bytes.len() < 300_000, "{}: {} bytes", picture.file, bytes.len());
    }
    fs::write(made.folder.join("report.html"), "edited").unwrap();
    assert!(!check(&made.folder), "a changed page is seen");
}

#[test]
fn the_record_names_file_program_model_and_command() {
    let place = CliFolder::new(FINDS_TRACES);
    fs::copy(portrait(), place.path("it's one.png")).unwrap();
    let arguments = ["--question", "Was it changed?", "--min-face", "60", "it's one.png"];
    let made = make(&place, "out", &arguments);
    let record = made.record();
    let item = &record.items[0];
    let hash = pentimento::files::sha256_of_file(&portrait()).unwrap();
    assert_eq!(item.custody.sha256_at_entry.as_ref(), Some(&hash));
    assert_eq!(
        (item.custody.sha256_now.as_ref(), item.custody.state),
        (Some(&hash), FileState::Unchanged)
    );
    assert_eq!(item.custody.bytes, Some(fs::metadata(portrait()).unwrap().len()));
    assert_eq!(item.findings.verdict, Verdict::TracesFound.as_str());
    let run = item.run.as_ref().unwrap();
    assert_eq!(
        (run.model.as_str(), run.model_sha256.as_str()),
        ("lae", record.detectors[0].sha256.as_str())
    );
    assert_eq!(run.parameters["min_face_px"], 60.0);
    let program = fs::read(env!("CARGO_BIN_EXE_pentimento")).unwrap();
    assert_eq!(record.program.sha256, Some(pentimento::files::sha256_hex(&program)));
    assert_eq!(record.request.question.as_deref(), Some("Was it changed?"));
    assert_eq!(
        record.replay.working_folder,
        place.path("").canonicalize().unwrap().display().to_string()
    );
    // The command, as the shell reads it, makes the same report again.
    let line = record.replay.command_line.replace("--out out", "--out again");
    let line = line.replacen("pentimento", env!("CARGO_BIN_EXE_pentimento"), 1);
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(&line).current_dir(place.path(""));
    shell.env("PENTIMENTO_MODELS", place.path("models")).env("HOME", place.path(""));
    let output = CliOutput::from_output(&shell.output().unwrap());
    assert_eq!(output.code, 0, "{line}: {output:?}");
    let text = fs::read(place.path("again/report.json")).unwrap();
    let again = pentimento::report::ReportRecord::from_json(&text).unwrap();
    assert_eq!(again.items[0].findings, item.findings);
}

/// A file that cannot be examined is a part of the report, with its hash and the reason.
#[test]
fn what_cannot_be_examined_is_in_the_report() {
    let place = CliFolder::new(FINDS_TRACES);
    fs::write(place.path("odd.jpg"), "this is no picture").unwrap();
    fs::create_dir(place.path("folder.png")).unwrap();
    let made = make(&place, "out", &["odd.jpg", "gone.png", "folder.png"]);
    assert_eq!(made.output.code, 2, "{:?}", made.output);
    let record = made.record();
    assert_eq!((record.summary.n_items, record.summary.n_not_examined), (3, 3));
    let [odd, gone, folder] = record.items.as_slice() else { panic!("{}", record.items.len()) };
    assert_eq!(
        odd.custody.sha256_at_entry,
        Some(pentimento::files::sha256_hex(b"this is no picture"))
    );
    assert_eq!(odd.custody.state, FileState::Unchanged);
    assert_eq!(
        (gone.custody.state, folder.custody.state),
        (FileState::Missing, FileState::Unreadable)
    );
    for item in &record.items {
        assert!(
            item.findings.headline.starts_with("Not examined, because "),
            "{}",
            item.findings.headline
        );
    }
    assert_eq!(record.summary.cautions.len(), 2, "{:?}", record.summary.cautions);
    assert_eq!(gone.custody.sentence, "There is no such file: check its name and folder.");
    let mut record = made.record();
    record.summary.error_rates.clear();
    let page = pentimento::report::render_page(&record, 0, &|_| None).unwrap();
    let text = super::markup::all_text(&page);
    let sure = "no error rates belong to a finding. Those of its test stand under \"Error rates\".";
    assert!(text.contains(sure), "{text}");
}

/// The shipped detector on the shipped samples, read as their recipient would.
#[test]
fn page_one_answers_what_sure_not_and_next() {
    let place = CliFolder::new(FINDS_TRACES);
    let mut command = place.command();
    command.env("PENTIMENTO_MODELS", root().join("models"));
    command.args(["report", "make", "--engine", "rten", "--out", "out"]);
    command.args(
        ["astronaut-forged.png", "astronaut.png"]
            .map(|name| root().join("assets/samples").join(name)),
    );
    let output = CliOutput::from_output(&command.output().unwrap());
    assert_eq!(output.code, 0, "{output:?}");
    let text = fs::read(place.path("out/report.json")).unwrap();
    let record = pentimento::report::ReportRecord::from_json(&text).unwrap();
    let summary = &record.summary;
    assert!(summary.sentences[0].contains("astronaut-forged.png"), "{:?}", summary.sentences);
    let rates = summary.error_rates.join(" ");
    assert!(rates.contains("Of 1300 faces that were not forged"), "{rates}");
    assert!(rates.contains("95 % interval"), "{rates}");
    assert!(!summary.not_examined.is_empty() && summary.next_steps.len() > 3, "{summary:?}");
    assert!(record.weight.why_none.as_ref().unwrap().contains("no such set was named"));
    let detector = &record.detectors[0];
    assert!(detector.error_rates.len() > 6 && detector.caution.is_none(), "{detector:?}");
    // Page 1 ends where the weight of the evidence begins.
    let page = fs::read_to_string(place.path("out/report.html")).unwrap();
    let first = page.split("id=\"weight\"").next().unwrap();
    for part in
        ["What was found", "What was not examined", "How sure this is", "What to do next", "Limits"]
    {
        assert!(first.contains(&format!("<h2>{part}</h2>")), "{part}");
    }
    let body = first.split("<body>").nth(1).unwrap();
    let n_words = super::markup::all_text(&format!("<body>{body}</p>")).split(' ').count();
    assert!(n_words < 500, "{n_words} words are more than two minutes of reading");
}
