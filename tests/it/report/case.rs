//! Reports of a case: what it stores, its log, what has changed since.

use std::fs;
use std::process::Command;

use pentimento::case::Case;
use pentimento::report::FileState;

use super::markup::{all_text, elements};
use super::schema::assert_fits;
use super::{FINDS_TRACES, make};
use crate::cli::inspect::CliFolder;
use crate::cli::video;
use crate::support::{no_face, portrait, skip};

/// A case of three pictures: one with a face, one without, one that is no picture.
fn place() -> CliFolder {
    let place = CliFolder::new(FINDS_TRACES);
    fs::create_dir(place.path("media")).unwrap();
    fs::copy(portrait(), place.path("media/a.png")).unwrap();
    no_face(&place.path("media/b.png"), 200, 150);
    fs::write(place.path("media/c.png"), "no picture").unwrap();
    let run = |arguments: &[&str], code: i32| {
        let output = place.run(arguments);
        assert_eq!(output.code, code, "{arguments:?}: {output:?}");
    };
    run(&["case", "new", "--author", "Ada", "t.pentimento", "media"], 0);
    run(&["case", "examine", "--author", "Ada", "--engine", "rten", "t.pentimento"], 2);
    place
}

#[test]
fn a_case_is_reported_with_its_findings_and_its_log() {
    let place = place();
    let made = make(&place, "out", &["--case", "t.pentimento"]);
    assert_eq!(made.output.code, 2, "not all was examined: {:?}", made.output);
    assert_fits(&made.json());
    elements(&made.page());
    let record = made.record();
    let case = Case::open_read_only(place.path("t.pentimento")).unwrap();
    let facts = record.case.as_ref().unwrap();
    assert_eq!((facts.id.as_str(), facts.head.clone()), (case.id(), case.head().unwrap()));
    assert_eq!(facts.n_entries as usize, facts.entries.len(), "every entry is about these items");
    assert!(facts.sound && facts.agreement.is_none() && facts.why_no_agreement.is_some());
    let [face, none, odd] = record.items.as_slice() else { panic!("{}", record.items.len()) };
    assert_eq!((face.name.as_str(), face.case_item), ("a.png", Some(1)));
    assert_eq!(face.findings.verdict, "traces-found");
    assert_eq!((face.pictures.len(), face.custody.state), (2, FileState::Unchanged));
    assert!(face.findings.faces[0].map.as_ref().unwrap().n_marked > 0, "the stored map");
    assert_eq!(
        (none.findings.verdict.as_str(), odd.findings.verdict.as_str()),
        ("not-examined", "not-examined")
    );
    assert_eq!(record.detectors.len(), 1);
    assert!(record.detectors[0].thresholds.is_some(), "the card is at hand");
    // What the case stores is what an examination of the file finds.
    let fresh = make(&place, "fresh", &["media/a.png"]).record();
    assert_eq!(fresh.items[0].findings.faces[0].score, face.findings.faces[0].score);
    let maps =
        |record: &pentimento::report::ReportRecord| record.items[0].findings.faces[0].map.clone();
    assert_eq!(maps(&fresh), maps(&record));
    let output = place.run(&["case", "verify", "--expect-head", &facts.head, "t.pentimento"]);
    assert_eq!(output.code, 0, "the command of the report: {output:?}");
}

#[test]
fn a_clip_of_a_case_has_its_moments_and_scores_over_time() {
    let Some(place) = video::place() else { return };
    for arguments in [
        ["case", "new", "--author", "Ada", "t.pentimento", "clip.mp4"],
        ["case", "examine", "--author", "Ada", "--engine=rten", "t.pentimento"],
    ] {
        let output = place.run(&arguments);
        assert_eq!(output.code, 0, "{arguments:?}: {output:?}");
    }
    let made = make(&place, "out", &["--case", "t.pentimento"]);
    assert_fits(&made.json());
    elements(&made.page());
    let item = made.record().items.remove(0);
    let roles: Vec<&str> = item.pictures.iter().map(|p| p.role.as_str()).collect();
    assert_eq!(roles, ["moment", "timeline"]);
    // A case examines some frames of a clip unless it is asked for all.
    let fresh = make(&place, "fresh", &["--quick", "clip.mp4"]).record().items.remove(0);
    assert_eq!(item.findings.tracks, fresh.findings.tracks);
    assert_eq!(item.findings.sentences, fresh.findings.sentences);
    let track = &item.findings.tracks[0];
    let region = track.worst[0].region.as_deref().unwrap_or_default();
    assert!(!region.is_empty() && item.findings.sentences[0].contains(region), "{track:?}");
    assert!(all_text(&made.page()).contains(region), "{region}");
    let highest = track.score_curve.iter().flatten().fold(0.0f32, |a, b| a.max(*b));
    assert!((highest - track.worst[0].score).abs() < 1e-6, "{track:?}");
}

#[test]
fn one_item_has_its_own_entries_only() {
    let place = place();
    let made = make(&place, "out", &["--case", "t.pentimento", "--item", "1"]);
    assert_eq!(made.output.code, 0, "{:?}", made.output);
    let facts = made.record().case.unwrap();
    assert!(
        facts.entries.iter().all(|e| !e.subject.ends_with(" 2") && !e.subject.ends_with("item 3"))
    );
    assert!(facts.entries.len() < facts.n_entries as usize);
    let missing = make(&place, "none", &["--case", "t.pentimento", "--item", "9"]);
    assert_eq!(missing.output.code, 1);
    assert!(missing.output.err.contains("no item 9"), "{}", missing.output.err);
}

/// The hash of every entry, computed by another language from the record alone.
#[test]
fn python_comes_to_the_same_chain() {
    let place = place();
    let made = make(&place, "out", &["--case", "t.pentimento"]);
    let script = r#"
import hashlib, json, sys
case = json.load(open(sys.argv[1]))["case"]
previous = "0" * 64
for e in case["entries"]:
    assert e["previous"] == previous, e["seq"]
    fields = [e[k] for k in ("previous", "seq", "at", "author", "action", "subject", "detail")]
    text = json.dumps(fields, separators=(",", ":"), ensure_ascii=False)
    previous = hashlib.sha256(text.encode()).hexdigest()
    assert e["hash"] == previous, e["seq"]
assert case["head"] == previous
print(len(case["entries"]))
"#;
    let check = |file: &str| {
        let path = made.folder.join(file);
        Command::new("python3").arg("-c").arg(script).arg(path).output().ok()
    };
    let Some(output) = check("report.json") else { return skip("there is no python3") };
    let printed = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    assert_eq!(printed, made.record().case.unwrap().n_entries.to_string(), "{output:?}");
    let edited = made.text("report.json").replacen(
        "\"author\": \"Ada\",\n        \"action\"",
        "\"author\": \"Bob\",\n        \"action\"",
        1,
    );
    assert_ne!(edited, made.text("report.json"));
    fs::write(made.folder.join("edited.json"), edited).unwrap();
    assert!(!check("edited.json").unwrap().status.success(), "a changed author is seen");
}

#[test]
fn changed_and_missing_media_are_on_page_one() {
    let place = place();
    let mut bytes = fs::read(portrait()).unwrap();
    bytes.push(0);
    fs::write(place.path("media/a.png"), bytes).unwrap();
    fs::remove_file(place.path("media/b.png")).unwrap();
    let made = make(&place, "out", &["--case", "t.pentimento"]);
    assert_eq!(made.output.code, 2, "{:?}", made.output);
    let record = made.record();
    let states: Vec<FileState> = record.items.iter().map(|item| item.custody.state).collect();
    assert_eq!(states[..2], [FileState::Changed, FileState::Missing]);
    assert!(record.items[0].pictures.is_empty(), "no picture of another file");
    let warned = "pictures are missing: only those of the very file that was examined are shown";
    assert_eq!(record.items[0].findings.warnings, [warned]);
    let text = all_text(&made.page());
    let first = text.split("Weight of the evidence").next().unwrap();
    assert!(
        first.contains("Item 1 (\"a.png\"): The file was changed after it was examined"),
        "{first}"
    );
    assert!(first.contains("Item 2 (\"b.png\"): The file is no longer there"), "{first}");
    assert!(made.output.err.contains("changed after it was examined"), "{}", made.output.err);
    // No verdict stands there as if it were about the file that lies there now.
    let since = "(as examined; the file was changed since)";
    let headline = format!("Traces of forgery found {since}");
    assert_eq!(record.items[0].findings.headline, headline);
    assert_eq!(record.summary.n_changed, 1, "the other one was never examined");
    assert!(record.summary.sentences[0].contains(&headline), "{:?}", record.summary.sentences);
    assert!(made.output.out.contains("; changed or gone since 1"), "{}", made.output.out);
    assert!(first.contains("changed or gone since 1"), "{first}");
    assert!(text.contains(&format!("traces found {since}")), "the table of faces: {text}");
    let Ok(card) = Command::new("pdftotext").arg(made.folder.join("cards/1.pdf")).arg("-").output()
    else {
        return skip("pdftotext is not installed");
    };
    let card = String::from_utf8_lossy(&card.stdout).into_owned();
    assert!(!pentimento::report::WRITES_PDF || card.contains(since), "{card}");
}

/// Page 1 of many files shows the worst with its hash, and says where the others are.
#[test]
fn page_one_of_many_files_shows_the_one_that_tells_most() {
    let place = CliFolder::new(FINDS_TRACES);
    for name in ["1.png", "2.png", "4.png", "5.png"] {
        no_face(&place.path(name), 200, 150);
    }
    fs::copy(portrait(), place.path("3.png")).unwrap();
    let question = ["--question", "Which of these were changed?"];
    let files = ["1.png", "2.png", "3.png", "4.png", "5.png"];
    let made = make(&place, "out", &[&question[..], &files].concat());
    assert_eq!(made.output.code, 2, "{:?}", made.output);
    assert_fits(&made.json());
    let (page, record) = (made.page(), made.record());
    let first = page.split("id=\"weight\"").next().unwrap();
    let worst = &record.items[2];
    assert!(first.contains(worst.custody.sha256_now.as_ref().unwrap()), "its hash");
    assert!(!first.contains(record.items[0].custody.sha256_now.as_ref().unwrap()), "of others");
    assert_eq!(first.matches("<img ").count(), 2, "the picture and its marks");
    let text = all_text(&page);
    for part in [
        "Item 3, 3.png, SHA-256",
        "The hashes of the others stand with their items.",
        "The pictures are those of item 3; those of the others stand with their items.",
        "traces of forgery were found in 1 of 5 files, nothing was examined in 4.",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let few = make(&place, "few", &files[..3]);
    assert!(!all_text(&few.page()).contains("Most telling"), "three have their own");
}

#[test]
fn a_case_that_was_tampered_with_says_so_on_page_one_and_at_once() {
    let place = place();
    let connection = rusqlite::Connection::open(place.path("t.pentimento")).unwrap();
    let sql = "SELECT sql FROM sqlite_schema WHERE name = 'description_stays'";
    let trigger: String = connection.query_row(sql, [], |row| row.get(0)).unwrap();
    let change = "DROP TRIGGER description_stays; UPDATE description SET said = said || ' '";
    connection.execute_batch(change).unwrap();
    connection.execute_batch(&trigger).unwrap();
    drop(connection);
    let made = make(&place, "out", &["--case", "t.pentimento", "--item", "1"]);
    assert_eq!(made.output.code, 2, "{:?}", made.output);
    let says = "The case was changed outside this program or is damaged";
    assert!(made.output.err.contains(says), "{}", made.output.err);
    let text = all_text(&made.page());
    let first = text.split("What was found").next().unwrap();
    assert!(first.contains(says) && first.contains("First fault:"), "{first}");
    assert!(!made.record().case.unwrap().sound);
    let card = Command::new("pdftotext").arg(made.folder.join("cards/1.pdf")).arg("-").output();
    let Ok(card) = card else { return skip("pdftotext is not installed") };
    let card =
        String::from_utf8_lossy(&card.stdout).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(pentimento::report::WRITES_PDF != card.is_empty(), "{card}");
    assert!(!card.contains("Custody\""), "a card has no such section: {card}");
}

/// The agreement is that of all items, and a number that is not defined has its reason.
#[test]
fn the_agreement_of_readers_says_what_it_is_about() {
    let place = place();
    let made = make(&place, "out", &["--case", "t.pentimento", "--item", "1"]);
    let mut record = made.record();
    let readers = ["ada", "bob"].map(str::to_owned);
    let agreement = pentimento::report::AgreementRecord {
        readers,
        n_both: 3,
        n_alike: 3,
        kappa_decisions: None,
        mean_iou: None,
        independence: "On none of the 3 was a reader shown the other's mask first.".to_owned(),
    };
    record.case.as_mut().unwrap().agreement = Some(agreement);
    let page = pentimento::report::render_page(&record, 0, &|_| None).unwrap();
    let text = all_text(&page);
    let want = "In the whole case, ada and bob read 3 pictures or frames and decided alike in 3. Cohen's \
                kappa is not defined, because both made the same decision each time; there are no masks to \
                compare, because neither marked a place. On none of the 3 was a reader shown the \
                other's mask first.";
    assert!(text.contains(want), "{text}");
}

#[test]
fn a_model_that_is_gone_is_named_and_the_findings_stay() {
    let place = place();
    crate::support::stand_in_detector(&place.path("models"), "lae", 5.0);
    let made = make(&place, "out", &["--case", "t.pentimento", "--item", "1"]);
    assert_eq!(made.output.code, 0, "{:?}", made.output);
    let record = made.record();
    assert!(record.detectors[0].thresholds.is_none());
    assert!(
        record.summary.error_rates[0].contains("is not installed here"),
        "{:?}",
        record.summary
    );
    assert_eq!(record.items[0].findings.verdict, "traces-found");
    assert_fits(&made.json());
}

#[test]
fn no_items_and_many_items_are_a_report() {
    let place = CliFolder::new(FINDS_TRACES);
    let output = place.run(&["case", "new", "empty.pentimento"]);
    assert_eq!(output.code, 0, "{output:?}");
    let made = make(&place, "none", &["--case", "empty.pentimento"]);
    assert_eq!(made.output.code, 2, "nothing was examined: {:?}", made.output);
    assert!(made.output.err.contains("about no file"), "{}", made.output.err);
    let text = all_text(&made.page());
    for part in ["There was no file to examine.", "so it says nothing about any.", "Any file: none"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("Only faces were examined") && !text.contains("likelihood"), "{text}");
    fs::create_dir(place.path("many")).unwrap();
    for i in 0..620 {
        fs::write(place.path(&format!("many/{i:03}.png")), "x").unwrap();
    }
    assert_eq!(place.run(&["case", "new", "many.pentimento", "many"]).code, 0);
    let start = std::time::Instant::now();
    let made = make(&place, "many-out", &["--case", "many.pentimento"]);
    assert_eq!(made.output.code, 2, "waiting to be examined: {:?}", made.output);
    let elapsed = start.elapsed();
    println!("620 items: {elapsed:?}");
    assert_eq!(made.record().items.len(), 620);
    let first = made.page();
    assert!(first.contains("items-2.html") && first.contains("id=\"item-500\""));
    assert!(!first.contains("id=\"item-501\""));
    let second = made.text("items-2.html");
    elements(&second);
    assert!(second.contains("id=\"item-501\"") && second.contains("id=\"item-620\""));
}

#[test]
fn bookmarks_are_in_the_case_its_log_and_the_report() {
    let place = place();
    let mark = |arguments: &[&str]| {
        let head = ["case", "bookmark", "--author", "bob", "--item", "1", "t.pentimento"];
        place.run(&[&head, arguments].concat())
    };
    let warning = ["--mark", "warning", "--on", "face 1", "--comment", "the <b>ear</b> is doubled"];
    assert_eq!(mark(&warning).code, 0);
    assert_eq!(mark(&["--mark", "ok", "--comment", "dates fit"]).code, 0);
    let listed = mark(&[]);
    assert_eq!((listed.code, listed.out.lines().count()), (0, 2), "{listed:?}");
    assert!(listed.out.starts_with("warning  face 1: the <b>ear"), "{}", listed.out);
    assert_eq!(mark(&["--mark", "ok"]).code, 1, "without a comment");
    for (words, what) in [
        (["--on", " ", "--comment", "x"], "does not say what it marks"),
        (["--on", "x", "--comment", ""], "does not say why"),
    ] {
        let empty = mark(&[&["--mark", "ok"], &words[..]].concat());
        assert!(empty.code == 1 && empty.err.contains(what), "{empty:?}");
    }
    let none = place.run(&[
        "case",
        "bookmark",
        "--item",
        "9",
        "--mark",
        "ok",
        "--comment",
        "x",
        "t.pentimento",
    ]);
    assert_eq!(none.code, 1, "{none:?}");
    let made = make(&place, "out", &["--case", "t.pentimento", "--item", "1"]);
    assert_fits(&made.json());
    let record = made.record();
    let marks: Vec<&str> = record.items[0].bookmarks.iter().map(|b| b.mark.as_str()).collect();
    assert_eq!(marks, ["warning", "ok"]);
    let warned = "Warning by bob about face 1: the <b>ear</b> is doubled.";
    let part =
        "The report is about one of the 3 items of the case: who made the report left 2 out.";
    assert_eq!(record.summary.cautions, [part, warned]);
    let text = all_text(&made.page());
    assert!(text.contains(warned) && text.contains("dates fit"), "{text}");
    let entries = record.case.unwrap().entries;
    assert!(entries.iter().any(|e| e.author == "bob" && e.detail.contains("dates fit")));
    assert_eq!(place.run(&["case", "verify", "t.pentimento"]).code, 0);
}
