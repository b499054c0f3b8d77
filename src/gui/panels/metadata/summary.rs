//! The summary: at most seven sentences, each with the fields that say so, and what to doubt.

use egui::{CollapsingHeader, Label, RichText, Ui};

use super::links::{Goal, card_ui, links_ui};
use super::marks::marks_ui;
use super::shown;
use super::state::MetadataUiState;
use super::target::find;
use crate::base::Verdict;
use crate::base::text::{capitalized, list};
use crate::gui::theme;
use crate::metadata::{Location, RULES, Statement};
use crate::session::{FileMetadata, MetadataFacts};

/// Sentences about contradictions that are shown at most.
const MAX_CONTRADICTIONS: usize = 100;
/// Makers' notes that are named at most.
const MAX_NOTES: usize = 4;

pub(super) fn summary_ui(ui: &mut Ui, file: &FileMetadata, state: &mut MetadataUiState) {
    let facts = &file.facts;
    let mut goal = None;
    ui.add(
        Label::new(
            "What the file states about itself. Anyone can write such statements, and many programs \
             remove them: none of them makes a picture authentic or forged.",
        )
        .wrap(),
    );
    let n_pairs =
        facts.contradictions.iter().filter(|c| !state.rules_off.contains(&c.rule)).count();
    if n_pairs > 0 {
        // They stand below everything else, where nobody looks first.
        let pairs = match n_pairs {
            1 => "One pair of statements does".to_owned(),
            n => format!("{n} pairs of statements do"),
        };
        let color = theme::verdict_color(Verdict::Inconclusive, ui.visuals());
        let text = RichText::new(format!("{pairs} not fit together: see the end.")).color(color);
        ui.add(Label::new(text).wrap());
    }
    ui.add_space(4.0);
    for statement in &facts.summary {
        // All contradictions stand below.
        if statement.about != "contradictions" {
            statement_ui(ui, statement, &mut goal);
        }
        if let Some(place) = facts.location.as_ref().filter(|_| statement.about == "time") {
            place_ui(ui, place);
        }
    }
    marks_ui(ui, facts, &mut goal);
    contradictions_ui(ui, facts, state, &mut goal);
    warnings_ui(ui, facts);
    if let Some(Goal { name, offset }) = goal {
        match find(&facts.metadata, &name, offset) {
            Some(target) => state.go_to(target),
            None => state.search_for(name),
        }
    }
}

const fn title(about: &str) -> &'static str {
    match about.as_bytes() {
        b"device" => "Device",
        b"time" => "Time and place",
        b"programs" => "Programs",
        b"ai" => "AI",
        b"credential" => "Credential",
        b"saving" => "Last saving",
        _ => "Also",
    }
}

fn statement_ui(ui: &mut Ui, statement: &Statement, goal: &mut Option<Goal>) {
    // The fields stand below the sentence, to be clicked.
    let fields = format!(" ({}).", list(&statement.fields));
    let text = match statement.text.strip_suffix(&fields) {
        Some(text) => format!("{text}."),
        None => statement.text.clone(),
    };
    let title = title(statement.about);
    // The title says it already.
    let sentence =
        text.strip_prefix(title).and_then(|rest| rest.strip_prefix(": ")).map(capitalized);
    card_ui(ui, |ui| {
        ui.strong(title);
        ui.add(Label::new(shown::value(sentence.as_deref().unwrap_or(&text))).wrap());
        links_ui(ui, statement.fields.iter().map(|name| (name.as_str(), None)), goal);
    });
}

/// Where the file says that it was made, as text to be copied. No map is loaded.
fn place_ui(ui: &mut Ui, place: &Location) {
    card_ui(ui, |ui| {
        ui.strong("Place, as the file says");
        let mut lines = vec![place.decimal(), place.words()];
        if let Some((degrees, reference)) = &place.direction {
            let north = match reference.trim_end_matches('\0') {
                "T" => " from true north",
                "M" => " from magnetic north",
                _ => "",
            };
            lines.push(format!("View towards {degrees:.1}°{north}"));
        }
        ui.horizontal(|ui| {
            for line in &lines {
                ui.label(line);
            }
            let help = "Copy the decimal degrees; this program loads no map";
            if ui.button("Copy place").on_hover_text(help).clicked() {
                ui.copy_text(place.decimal());
            }
        });
    });
}

fn contradictions_ui(
    ui: &mut Ui,
    facts: &MetadataFacts,
    state: &mut MetadataUiState,
    goal: &mut Option<Goal>,
) {
    let found: Vec<_> =
        facts.contradictions.iter().filter(|c| !state.rules_off.contains(&c.rule)).collect();
    ui.add_space(6.0);
    ui.strong("What does not fit together");
    if found.is_empty() {
        let all = if state.rules_off.is_empty() { "" } else { " that is switched on" };
        ui.label(format!("No rule{all} found two statements that contradict each other."));
    } else {
        ui.label("Each of these may have an innocent reason.");
    }
    for contradiction in found.iter().take(MAX_CONTRADICTIONS) {
        card_ui(ui, |ui| {
            ui.add(Label::new(shown::value(&contradiction.text)).wrap());
            links_ui(ui, contradiction.fields.iter().map(|n| (n.as_str(), None)), goal);
        });
    }
    CollapsingHeader::new("Rules").show(ui, |ui| {
        for rule in &RULES {
            let mut is_on = !state.rules_off.contains(&rule.id);
            if ui.checkbox(&mut is_on, rule.title).on_hover_text(rule.id).changed() {
                state.rules_off.retain(|off| *off != rule.id);
                if !is_on {
                    state.rules_off.push(rule.id);
                }
            }
        }
    });
}

/// What is wrong with the file, and what was not read.
fn warnings_ui(ui: &mut Ui, facts: &MetadataFacts) {
    let notes: Vec<String> = facts
        .metadata
        .fields
        .iter()
        .filter(|field| field.name.starts_with("MakerNote"))
        .take(MAX_NOTES)
        .map(|field| format!("{}: {}", field.key(), field.words()))
        .collect();
    let warnings = facts.metadata.warnings.iter().map(|warning| &warning.0);
    ui.add_space(6.0);
    ui.strong("What was not read, or is odd");
    let mut n = 0;
    for text in warnings.chain(&notes) {
        n += 1;
        let text = capitalized(&shown::value(text));
        ui.add(Label::new(format!("• {text}")).wrap());
    }
    if n == 0 {
        ui.label("Nothing was noted. Makers' notes and pixels are never read here.");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::panels::metadata::target::Target;

    #[test]
    fn every_sentence_of_the_summary_has_a_heading() {
        let abouts = ["device", "time", "programs", "ai", "credential", "saving"];
        assert!(abouts.iter().all(|about| title(about) != "Also"), "{abouts:?}");
        let picture = crate::base::RgbImage::filled(16, 16, [9; 3]);
        let jpeg = crate::media::encode_jpeg(&picture, 90).unwrap();
        let metadata = crate::metadata::metadata_of_bytes(&jpeg).unwrap();
        let summary = crate::metadata::summary(&metadata, &[]);
        let saving = summary.iter().find(|s| s.about == "saving").unwrap();
        let at = find(&metadata, &saving.fields[0], None);
        assert!(matches!(at, Some(Target::Part(_))), "{saving:?}");
    }
}
