//! Pages that the program writes are what it writes today.

use std::process::Command;

use super::assert_generated;
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
#[should_panic(expected = "is not what the program generates")]
fn a_page_that_was_edited_is_seen() {
    assert_generated("LICENSE-MIT", "something else\n");
}
