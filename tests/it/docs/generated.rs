//! Pages that the program writes are what it writes today.

use std::process::Command;

use super::{assert_generated, first_difference};
use crate::support::root;

#[test]
fn the_model_card_is_written_from_the_card() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pentimento"));
    let home = tempfile::tempdir().unwrap();
    let page = home.path().join("card.md");
    command.current_dir(root()).env("HOME", home.path());
    command.args(["models", "card", "models/lae", "--out"]).arg(&page);
    assert!(command.status().unwrap().success());
    assert_generated("models/lae/MODEL_CARD.md", &std::fs::read_to_string(page).unwrap());
}

#[cfg(feature = "gui")]
#[test]
fn the_page_of_keys_is_the_key_table_of_the_window() {
    assert_generated("assets/manual/keys.md", &pentimento::gui::keys_page());
}

#[test]
fn a_page_that_was_edited_is_seen() {
    let differ = |a: &str, b: &str| first_difference(a, b).map(|(a, b)| format!("{a}|{b}"));
    assert_eq!(differ("a\nb\n", "a\nb\n"), None);
    assert_eq!(differ("a\nb\n", "a\nc\n"), Some("b|c".to_owned()));
    assert_eq!(differ("a\n", "a\nb\n"), Some("|b".to_owned()), "a longer one");
    assert!(differ("a\n", "a").is_some() && differ("a", "a\n\n").is_some(), "line ends alone");
}
