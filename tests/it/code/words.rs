//! The words of the code are those of the field: names and phrases that say nothing are refused.
//!
//! `.github/CONTRIBUTING.md` has the rules. A word is added here when a review found that readers
//! stumble over it; each has a better one.

use std::path::Path;

use super::tidy::files_below;
use crate::support::root;

/// Names of types that do not say what they are without their module.
const TYPES: [(&str, &str); 25] = [
    ("Answer", "say what is answered: `ProbeReply`, `Measurement`"),
    ("Beside", "BackgroundJobs"),
    ("Desk", "EventSender, or the name of the state"),
    ("Ended", "Finished"),
    ("First", "PriorityGuard"),
    ("Gatherer", "Batcher"),
    ("Group", "say what is grouped: `CaseBarGroup`"),
    ("Hand", "CaseThread"),
    ("Head", "say of what: `ReplyHeader`, `RecordHeader`"),
    ("Lab", "Experiment"),
    ("Leave", "OpenGuard"),
    ("Left", "say what is left: `JournalState`"),
    ("Long", "BulkJob"),
    ("Look", "say what is looked at"),
    ("Made", "say what was made"),
    ("News", "PlayerEvent"),
    ("Place", "StoredPath, or the name of the folder"),
    ("Placed", "say what is placed"),
    ("Running", "say what runs: `DecoderProcess`"),
    ("Said", "say what was reported"),
    ("Scout", "FaceTracker"),
    ("Seal", "FieldHasher"),
    ("Sum", "ReportBuilder"),
    ("Turn", "WritePermit"),
    ("Wish", "PlayerRequest"),
];

/// Names of functions that do not say what they do or give.
const FUNCTIONS: [(&str, &str); 7] = [
    ("of", "a noun, or `from_x`"),
    ("put", "insert, send, write"),
    ("said", "the name of the state"),
    ("say", "print, report"),
    ("tell", "send, report"),
    ("told", "the name of the state"),
    ("work", "run, or what is done"),
];

/// Names of local variables that do not say what they hold.
const LOCALS: [(&str, &str); 2] = [
    ("said", "what it is: `message`, `text`, `output`, `statement`"),
    ("told", "what it is: `reported`, `left_out`, `is_new`"),
];

/// The head of the network: here the word is the field's.
const NET_HEAD: &str = "src/train/net/head.rs";

/// Beginnings of comments that are riddles.
const DOCS: [(&str, &str); 6] = [
    ("/// Of ", "name the thing, or delete the comment"),
    ("/// Which one.", "name the thing, or delete the comment"),
    ("/// See the head", "say it here, or delete the comment"),
    ("/// Whether nothing", "`True once …`"),
    ("/// What of ", "name what is kept"),
    ("/// Where the worker puts", "`Sends … to …`"),
];

/// Words in the window, the command line, comments and documents, in capitals or not.
const PHRASES: [(&str, &str); 12] = [
    ("fn words(self) -> &'static str", "label"),
    ("by lot", "random"),
    ("Carry on with the face", "Propagate the mask along the track"),
    ("Mend that, then", "Fix that, then"),
    ("gives no thread", "Could not start a background thread"),
    ("is told of", "is reported"),
    ("are told of", "are reported"),
    ("taken over from", "imported from"),
    ("research/", "a file that is in the repository"),
    ("METHOD.md", "say it in place: that file is not in the repository"),
    ("NOTES.md", "say it in place: that file is not in the repository"),
    ("PLAN.md", "say it in place: that file is not in the repository"),
];

/// What is wrong in a text, with its line.
fn wrong(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (i, line) in text.lines().enumerate() {
        let mut note = |word: &str, better: &str| {
            found.push(format!("{}: \"{word}\", better: {better}", i + 1));
        };
        let code = line.split("//").next().unwrap_or_default();
        let names: Vec<&str> = code.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
        for pair in names.windows(2) {
            let list = match pair[0] {
                "struct" | "enum" | "trait" | "type" => &TYPES[..],
                "fn" => &FUNCTIONS[..],
                "let" | "mut" => &LOCALS[..],
                _ => continue,
            };
            let listed = list.iter().filter(|(word, _)| *word == pair[1]);
            listed.for_each(|(word, better)| note(word, better));
        }
        let lowered = line.to_lowercase();
        let docs = DOCS.iter().filter(|(start, _)| line.trim_start().starts_with(start));
        let phrases = PHRASES.iter().filter(|(phrase, _)| lowered.contains(&phrase.to_lowercase()));
        docs.chain(phrases).for_each(|(word, better)| note(word, better));
    }
    found
}

fn in_file(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap();
    let name = path.strip_prefix(root()).unwrap().display().to_string();
    let is_term = |what: &String| name == NET_HEAD && what.contains("\"Head\"");
    let found = wrong(&text).into_iter().filter(|what| !is_term(what));
    found.map(|what| format!("{name}:{what}")).collect()
}

#[test]
fn the_words_are_those_of_the_field() {
    let sources = ["src", "tests"].into_iter().flat_map(|folder| files_below(folder, "rs"));
    let documents = ["src", "assets", "tests"].into_iter().flat_map(|f| files_below(f, "md"));
    let files = sources.chain(documents).filter(|path| !path.ends_with("tests/it/code/words.rs"));
    let found: Vec<String> = files.flat_map(|path| in_file(&path)).collect();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn private_words_are_seen() {
    for text in [
        "pub(super) struct Desk {",
        "enum Wish<'a> {",
        "    pub const fn words(self) -> &'static str {",
        "    fn of(bundle: &Bundle) -> Self {",
        "    /// Of the case.",
        "    /// See the head of this file.",
        "// The recipe is in research/recipe.txt.",
        "/// σ up to 1 (METHOD.md 2.4)",
        "\"Mend that, then draw on\"",
        "a level drawn by lot",
        "By lot: the next",
        "    let said = run(&[path]);",
        "let mut told = Vec::new();",
    ] {
        assert_eq!(wrong(text).len(), 1, "{text}");
    }
    for text in [
        "struct DeskLamp;",
        "fn words_of(",
        "let of = 3;",
        "let said_twice = 2;",
        "/// Number of the frame.",
    ] {
        assert_eq!(wrong(text), Vec::<String>::new(), "{text}");
    }
}
