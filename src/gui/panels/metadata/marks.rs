//! Marks of AI, with who stands behind each: signed, declared, hinted are never mixed.

use egui::{CollapsingHeader, Label, RichText, Ui};

use super::links::{Goal, card_ui, links_ui};
use super::shown;
use crate::base::text::list;
use crate::metadata::{AiLevel, AiMark, Generation};
use crate::session::MetadataFacts;

/// Marks of one level that are shown at most.
const MAX_MARKS: usize = 50;

pub(super) fn marks_ui(ui: &mut Ui, facts: &MetadataFacts, goal: &mut Option<Goal>) {
    let marks = &facts.metadata.marks;
    ui.add_space(6.0);
    ui.strong("Marks of AI and origin");
    if marks.is_empty() {
        ui.label("The file has none. What it shows may be generated all the same.");
    }
    for (level, title) in [
        (AiLevel::Signed, "Signed: inside a credential that is intact"),
        (AiLevel::Declared, "Declared: plain metadata, or a credential that nobody vouches for"),
        (AiLevel::Hinted, "Hinted: only the name of a program that can generate"),
    ] {
        let of_level: Vec<(usize, &AiMark)> =
            marks.iter().enumerate().filter(|(_, mark)| mark.level == level).collect();
        if of_level.is_empty() {
            continue;
        }
        ui.label(title);
        for (i, mark) in of_level.iter().take(MAX_MARKS) {
            card_ui(ui, |ui| mark_ui(ui, *i, mark, goal));
        }
    }
}

fn mark_ui(ui: &mut Ui, number: usize, mark: &AiMark, goal: &mut Option<Goal>) {
    let about = if mark.is_ai { "AI" } else { "Origin" };
    let meaning = shown::value(&mark.meaning);
    let code = shown::cell(&mark.code);
    let text = if meaning.contains(code.as_ref()) {
        format!("{about}: {meaning}")
    } else {
        format!("{about}: {meaning} ({code})")
    };
    ui.add(Label::new(text).wrap());
    links_ui(ui, std::iter::once((mark.field.as_str(), Some(mark.offset))), goal);
    if let Some(notes) = &mark.generation {
        let title = format!("Notes of {}", shown::cell(&notes.generator));
        CollapsingHeader::new(title)
            .id_salt(("notes", number))
            .default_open(true)
            .show(ui, |ui| notes_ui(ui, notes));
    }
}

fn notes_ui(ui: &mut Ui, notes: &Generation) {
    let lists = [
        ("Model", &notes.models),
        ("Prompt", &notes.prompts),
        ("Seed", &notes.seeds),
        ("Sampler", &notes.samplers),
    ];
    for (name, texts) in lists {
        if !texts.is_empty() {
            let values: Vec<_> = texts.iter().take(20).map(|text| shown::value(text)).collect();
            let joined = if name == "Prompt" { values.join("\n") } else { list(&values) };
            ui.add(Label::new(format!("{name}: {joined}")).wrap());
        }
    }
    let n = crate::base::text::counted(notes.n_bytes as u64, "byte");
    ui.label(
        RichText::new(format!("{n} of notes; all of it stands in the table of fields")).weak(),
    );
}
