//! The credential: its word, six questions answered apart, checks, and the tree of ingredients.

use egui::{CollapsingHeader, Label, RichText, Ui};

use super::links::card_ui;
use super::shown;
use super::tree::node_ui;
use crate::base::Verdict;
use crate::base::text::capitalized;
use crate::gui::theme;
use crate::gui::widgets::textures::Textures;
use crate::metadata::{CredentialState, Misfit};
use crate::session::FileMetadata;

/// Width of the questions, points.
const QUESTION: f32 = 210.0;

pub(super) fn provenance_ui(ui: &mut Ui, file: &FileMetadata, textures: &mut Textures) {
    let facts = &file.facts;
    let credential = &facts.metadata.credential;
    let word = capitalized(&shown::value(&credential.state.label()));
    let mut word = RichText::new(word).size(18.0);
    // An unknown signer is the usual case: it must not look like an alarm.
    if matches!(credential.state, CredentialState::Altered { .. } | CredentialState::NotBound) {
        word = word.color(theme::verdict_color(Verdict::Inconclusive, ui.visuals()));
    }
    ui.add(Label::new(word).wrap());
    ui.add(Label::new(meaning(&credential.state)).wrap());
    ui.add_space(4.0);
    card_ui(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 6.0;
        for asked in &facts.answers {
            ui.horizontal_top(|ui| {
                column_ui(ui, QUESTION, RichText::new(asked.question).strong());
                let room = ui.available_width().max(160.0);
                column_ui(ui, room, RichText::new(shown::value(&asked.answer)));
            });
        }
    });
    if !credential.checks.is_empty() {
        CollapsingHeader::new("Checks").default_open(false).show(ui, |ui| {
            for check in &credential.checks {
                ui.add(Label::new(format!("• {}", shown::value(check))).wrap());
            }
        });
    }
    if facts.tree.is_empty() {
        return;
    }
    ui.add_space(6.0);
    ui.strong("The file and what it was made from, as the credential states");
    ui.weak("Whoever signed it chose these words and pictures.");
    for node in &facts.tree {
        node_ui(ui, file, node, textures);
    }
}

/// Text that wraps within a column.
fn column_ui(ui: &mut Ui, width: f32, text: RichText) {
    let layout = egui::Layout::top_down(egui::Align::Min);
    ui.allocate_ui_with_layout(egui::vec2(width, 0.0), layout, |ui| {
        ui.set_width(width);
        ui.add(Label::new(text).wrap());
    });
}

/// What the word means for a person.
const fn meaning(state: &CredentialState) -> &'static str {
    match state {
        CredentialState::Absent => {
            "Most files have none. No credential says nothing about the picture."
        }
        CredentialState::Elsewhere { .. } => {
            "The file names an address. This program opens no connection, so nobody asked there."
        }
        CredentialState::Unreadable { .. } => {
            "A credential is there, but nothing in it can be relied on."
        }
        CredentialState::NotKnown { .. } => {
            "The file was not read to its end. Nothing can be said of a credential behind."
        }
        CredentialState::Altered { what: Misfit::Signature } => {
            "Whoever wrote the credential need not be the signer. Believe nothing in it."
        }
        CredentialState::Altered { what: Misfit::StreamPart } => {
            "Its hash is made for a stream of several parts. This file has not all of them."
        }
        CredentialState::Altered { .. } => {
            "The file or its credential was changed after signing. A harmless program can do that too."
        }
        CredentialState::NotBound => {
            "The signature covers something else than what viewers show. Believe nothing in it."
        }
        CredentialState::Unchecked => {
            "What was checked shows no fault. Whether the signature is genuine was not checked."
        }
        CredentialState::IntactUnknownSigner { .. } => {
            "The file is as it was signed. The signer is on no list that was loaded; this is usual."
        }
        CredentialState::IntactExpired => {
            "The file is as it was signed. Nobody says that the certificate was valid at that time."
        }
        CredentialState::IntactListed { .. } => {
            "The file is as it was signed, by a signer on a list. Whether its statements are true, no \
             signature can say."
        }
    }
}
