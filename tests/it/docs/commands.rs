//! Every command line of README and manual is one that the program accepts.

use std::ffi::OsString;
use std::process::ExitCode;

use pentimento::bundle::ModelStore;
use pentimento::cli;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::{read, user_pages};
use crate::support::root;

/// Commands that only a build with the trainer knows.
const TRAINER: [&str; 4] = ["train", "forge", "experiment", "rebuild"];
/// Options of cargo and of the installers that the pages name.
const FOREIGN_OPTIONS: [&str; 9] = [
    "--features",
    "--formats",
    "--n",
    "--no-default-features",
    "--path",
    "--program",
    "--release",
    "--seed",
    "--test",
];

/// Lines of code blocks and pieces of inline code.
fn code(text: &str) -> (Vec<String>, Vec<String>) {
    let (mut lines, mut inline) = (Vec::new(), Vec::new());
    let mut is_block = false;
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => is_block = true,
            Event::End(TagEnd::CodeBlock) => is_block = false,
            Event::Text(text) if is_block => lines.extend(text.lines().map(str::to_owned)),
            Event::Code(text) => inline.push(text.to_string()),
            _ => {}
        }
    }
    (lines, inline)
}

/// The arguments of a line that runs the program; `None` for other lines.
fn arguments(line: &str) -> Option<Vec<String>> {
    let line = line.split(" #").next().unwrap_or_default().trim();
    let line = line.split(" > ").next().unwrap_or_default();
    let rest = match line.split_once(' ').unwrap_or((line, "")) {
        ("pentimento", rest) => rest,
        ("cargo", rest) if rest.starts_with("run") => {
            rest.split_once("-- ").map_or("", |(_, arguments)| arguments)
        }
        _ => return None,
    };
    // An ellipsis stands for a command that is spelled out elsewhere.
    if rest.contains('…') {
        return None;
    }
    Some(rest.split_whitespace().map(str::to_owned).collect())
}

/// The line itself, where the program does not accept it.
fn refused(line: &str) -> Option<String> {
    let arguments = arguments(line)?;
    if names_a_command(&arguments) {
        return None;
    }
    let needs_trainer = arguments.first().is_some_and(|word| TRAINER.contains(&word.as_str()));
    if needs_trainer && !cfg!(feature = "train") {
        return None;
    }
    if arguments.iter().any(|word| word == "--remote") && !cfg!(feature = "remote") {
        return None;
    }
    // Without a command the arguments are files: a misspelled command would pass for one.
    let is_misspelled = arguments.first().is_some_and(|word| {
        let is_command = cli::command().find_subcommand(word).is_some();
        !is_command && !word.starts_with('-') && !word.contains('.')
    });
    let words = std::iter::once("pentimento".to_owned()).chain(arguments);
    match cli::parse(words.map(OsString::from)) {
        Ok(_) if is_misspelled => Some(line.to_owned()),
        Ok(_) => None,
        Err(code) if code == ExitCode::SUCCESS => None,
        Err(_) => Some(line.to_owned()),
    }
}

/// Whether the words are the name of a command and nothing more, as in running text.
fn names_a_command(words: &[String]) -> bool {
    let mut command = cli::command();
    for word in words {
        let Some(next) = command.find_subcommand(word) else { return false };
        command = next.clone();
    }
    !words.is_empty()
}

/// Long options of a command and of all below it.
fn options(command: &clap::Command) -> Vec<String> {
    let own = command.get_arguments().filter_map(clap::Arg::get_long).map(|o| format!("--{o}"));
    let below = command.get_subcommands().flat_map(options);
    own.chain(below).collect()
}

#[test]
fn every_command_of_readme_and_manual_is_accepted() {
    let mut n = 0;
    let mut faults = Vec::new();
    for page in user_pages() {
        let (lines, inline) = code(&read(&page));
        for line in lines.iter().chain(&inline) {
            n += usize::from(arguments(line).is_some());
            faults.extend(refused(line).map(|line| format!("{page}: {line}")));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(n > 60, "only {n} command lines were found");
}

/// The commands that make a shipped model again. `PHOTOS` stands for the folder of the photos.
#[test]
fn every_command_that_makes_a_model_again_is_accepted() {
    let mut commands = code(&read("models/resynthesis/README.md")).0;
    for model in ["lae", "facemesh", "yunet"] {
        let card = ModelStore::from_folders(vec![root().join("models")]).read(model).unwrap().card;
        commands.extend(card.source.rebuild.split(" && ").map(str::to_owned));
    }
    let faults: Vec<String> = commands.iter().filter_map(|line| refused(line)).collect();
    assert!(faults.is_empty(), "{faults:#?}");
    let ours = commands.iter().filter_map(|line| arguments(line));
    let needs_photos = |words: &[String]| words[0] == "train" || words[1] == "resynthesis";
    let trainings: Vec<Vec<String>> = ours.filter(|words| needs_photos(words)).collect();
    assert!(trainings.len() > 1, "{commands:#?}");
    for words in trainings {
        assert!(words.iter().any(|word| word == "--data"), "no photos: {words:?}");
    }
}

// The pages name options of the trainer and of model servers.
#[cfg(all(feature = "train", feature = "remote"))]
#[test]
fn every_option_that_the_pages_name_exists() {
    let mut known = options(&cli::command());
    known.extend(["--help", "--version"].map(str::to_owned));
    known.extend(FOREIGN_OPTIONS.map(str::to_owned));
    for page in user_pages() {
        for piece in code(&read(&page)).1 {
            for word in piece.split_whitespace().filter(|w| w.starts_with("--") && w.len() > 2) {
                assert!(known.iter().any(|option| option == word), "{page}: no option {word}");
            }
        }
    }
}

#[test]
fn planted_wrong_commands_are_seen() {
    let wrong = [
        "pentimento inspect --json",
        "pentimento inspekt photo.jpg",
        "pentimento case list",
        "pentimento inspect --quickly clip.mp4 # a comment",
        "cargo run --release -- inspect --min-face 0 photo.jpg",
        "pentimento case export tuesday.pentimento out --to csv",
    ];
    for line in wrong {
        assert!(refused(line).is_some(), "{line}");
    }
    let right = [
        "pentimento # the window",
        "cargo run --release",
        "pentimento inspect --json *.jpg > results.jsonl",
        "pip download onnxruntime",
    ];
    for line in right {
        assert!(refused(line).is_none(), "{line}");
    }
    assert!(arguments("pip download onnxruntime").is_none(), "not ours");
}
