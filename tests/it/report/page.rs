//! The page says what the record says: the same sentences, the same numbers, nothing from outside.

use std::path::Path;

use serde_json::Value;

use super::markup::{all_text, elements};
use super::{FINDS_TRACES, MadeReport, make};
use crate::cli::inspect::CliFolder;
use crate::cli::video;
use crate::support::{no_face, portrait};

/// What differs between the numbers of a page and those of a record.
fn faults(page: &str, record: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut n = 0;
    for element in elements(page).into_iter().filter(|e| e.name == "data") {
        n += 1;
        let (at, value) = (&element.attributes["data-at"], &element.attributes["value"]);
        let Some(kept) = record.pointer(at).and_then(Value::as_f64) else {
            wrong.push(format!("{at} is no number of the record"));
            continue;
        };
        if value.parse::<f64>().ok() != Some(kept) {
            wrong.push(format!("{at}: {value}, the record has {kept}"));
        }
        let shown = element.text.trim();
        let (number, unit) = match shown.strip_suffix(" %") {
            Some(number) => (number, 0.01),
            None => (shown, 1.0),
        };
        let decimals = number.split_once('.').map_or(0, |(_, digits)| digits.len());
        let half = 0.5 * unit * 0.1f64.powi(decimals as i32);
        let is_rounded =
            number.parse::<f64>().is_ok_and(|v| (v * unit - kept).abs() <= half * 1.001);
        if !is_rounded {
            wrong.push(format!("{at}: shows {shown}, the record has {kept}"));
        }
    }
    if n < 10 {
        wrong.push(format!("only {n} numbers are on the page"));
    }
    wrong
}

fn strings<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(values) => values.iter().for_each(|v| strings(v, found)),
        Value::Object(fields) => fields.values().for_each(|v| strings(v, found)),
        _ => {}
    }
}

/// Numbers, sentences, pictures and references of a page.
fn check(made: &MadeReport) {
    let (page, record) = (made.page(), made.json());
    assert_eq!(faults(&page, &record), Vec::<String>::new(), "the page");
    let text = all_text(&page);
    let mut sentences = Vec::new();
    strings(&record["summary"], &mut sentences);
    strings(&record["limits"], &mut sentences);
    strings(&record["not_shown"], &mut sentences);
    strings(&record["weight"]["why_none"], &mut sentences);
    for item in record["items"].as_array().unwrap() {
        strings(&item["findings"]["headline"], &mut sentences);
        strings(&item["findings"]["sentences"], &mut sentences);
        strings(&item["findings"]["not_examined"], &mut sentences);
        strings(&item["custody"], &mut sentences);
    }
    for sentence in sentences.iter().filter(|s| **s != record["items"][0]["custody"]["state"]) {
        let words = sentence.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(&words) || words == "first-hash", "not on the page: {words:?}");
    }
    let all = elements(&page);
    for element in &all {
        if let Some(source) = element.attributes.get("src") {
            assert!(source.starts_with("data:image/jpeg;base64,"), "{}", &source[..40]);
            assert!(!element.attributes["alt"].is_empty(), "a picture without words");
        }
        if let Some(target) = element.attributes.get("href") {
            assert!(
                Path::new(target).extension().is_some_and(|ending| ending == "html")
                    && !target.contains([':', '/']),
                "{target}"
            );
        }
    }
    let lower = text.to_lowercase();
    for word in ["authentic", "fake", "probability that the face", "was taken with"] {
        assert!(!lower.contains(word), "the page says {word}");
    }
}

#[test]
fn page_and_record_of_pictures_agree() {
    let place = CliFolder::new(FINDS_TRACES);
    no_face(&place.path("none.png"), 200, 150);
    std::fs::write(place.path("odd.jpg"), "this is no picture").unwrap();
    let sample = portrait();
    let one = make(&place, "one", &["--question", "Was it changed?", sample.to_str().unwrap()]);
    assert_eq!(one.output.code, 0, "{:?}", one.output);
    check(&one);
    let text = all_text(&one.page());
    let answer = "As far as it is about forged faces: traces of forgery were found, which speaks";
    assert!(text.contains(answer), "{text}");
    assert!(make(&place, "unasked", &[sample.to_str().unwrap()]).record().summary.answer.is_none());
    for words in ["Was it changed?", "Ada", "traces of forgery found", "the marked place", "Limits"]
    {
        assert!(text.contains(words), "{words}");
    }
    assert!(one.page().len() < 700_000, "{} bytes", one.page().len());
    let three = make(&place, "three", &[sample.to_str().unwrap(), "none.png", "odd.jpg"]);
    assert_eq!(three.output.code, 2, "something was not examined: {:?}", three.output);
    check(&three);
}

#[test]
fn page_and_record_of_a_clip_agree() {
    let Some(place) = video::place() else { return };
    let made = make(&place, "out", &["clip.mp4"]);
    assert_eq!(made.output.code, 0, "{:?}", made.output);
    check(&made);
    let record = made.record();
    let track = &record.items[0].findings.tracks[0];
    assert!(track.worst[0].t_s.is_some() && track.worst[0].pts.is_some(), "{track:?}");
    let roles: Vec<&str> = record.items[0].pictures.iter().map(|p| p.role.as_str()).collect();
    assert_eq!(roles, ["moment", "timeline"]);
    assert!(record.limits.iter().any(|text| text.contains("sound was not examined")));
    let quick = make(&place, "quick", &["--quick", "clip.mp4"]);
    check(&quick);
    assert!(quick.record().items[0].findings.clip.as_ref().unwrap().quick);
}

#[test]
fn a_small_face_is_shown_enlarged() {
    let place = CliFolder::new(FINDS_TRACES);
    let triangle = image::imageops::FilterType::Triangle;
    let face = image::open(portrait()).unwrap().resize(300, 300, triangle);
    let mut large = image::RgbImage::from_pixel(1400, 1000, image::Rgb([120, 125, 130]));
    image::imageops::replace(&mut large, &face.to_rgb8(), 200, 300);
    large.save(place.path("group.png")).unwrap();
    let made = make(&place, "out", &["group.png"]);
    assert_eq!(made.output.code, 0, "{:?}", made.output);
    check(&made);
    let pictures = made.record().items.remove(0).pictures;
    let roles: Vec<&str> = pictures.iter().map(|p| p.role.as_str()).collect();
    assert_eq!(roles, ["thumbnail", "overlay", "close-up"]);
    let side = pictures[2].width_px.max(pictures[2].height_px);
    assert!((200..=480).contains(&side), "{:?}", pictures[2]);
    assert!(pictures[2].alt.starts_with("Face 1 of group.png, enlarged"), "{:?}", pictures[2]);
}

/// A question or title of any length leaves page 1 its findings, and stands in full on a later page.
#[test]
fn what_was_asked_does_not_push_the_findings_away() {
    let place = CliFolder::new(FINDS_TRACES);
    let question = "Was the face of the person in this picture replaced? ".repeat(80);
    let title = "A report of many words ".repeat(30);
    let (question, title) = (question.trim(), title.trim());
    let sample = portrait();
    let sample = sample.to_str().unwrap();
    let made = make(&place, "out", &["--title", title, "--question", question, sample]);
    assert_eq!(made.output.code, 0, "{:?}", made.output);
    check(&made);
    let page = made.page();
    let (first, later) = page.split_once("id=\"weight\"").unwrap();
    for long in [question, title] {
        assert!(!first.contains(long) && later.contains(long), "{} letters", long.len());
    }
    assert!(first.contains("replaced?…") && first.contains("stands in full under"), "{first}");
    let short = make(&place, "short", &["--question", "Was it?", sample]);
    assert!(!all_text(&short.page()).contains("What was asked"), "nothing was left out");
}

#[test]
fn a_number_that_differs_is_seen() {
    let place = CliFolder::new(FINDS_TRACES);
    let made = make(&place, "out", &[portrait().to_str().unwrap()]);
    let (page, record) = (made.page(), made.json());
    assert_eq!(faults(&page, &record), Vec::<String>::new(), "the page");
    let mut other = record.clone();
    other["items"][0]["findings"]["faces"][0]["score"] = Value::from(0.5);
    assert_eq!(faults(&page, &other).len(), 2, "value and text");
    let shown = format!(">{:.3}</data>", record["items"][0]["findings"]["score"].as_f64().unwrap());
    let edited = page.replace(&shown, ">0.123</data>");
    assert_ne!(edited, page, "{shown} is on the page");
    assert_eq!(faults(&edited, &record).len(), 1);
}

#[test]
fn the_same_record_gives_the_same_bytes() {
    let place = CliFolder::new(FINDS_TRACES);
    let made = make(&place, "out", &[portrait().to_str().unwrap()]);
    let pictures = |file: &str| std::fs::read(made.folder.join(file)).ok();
    let pages = pentimento::report::render_pages(&made.record(), &pictures).unwrap();
    assert_eq!(pages, [("report.html".to_owned(), made.page())]);
    assert_eq!(made.record().to_json().unwrap(), made.text("report.json"));
}
