//! One node of a credential: the file or an ingredient, with its picture and what is stated of it.

use egui::{Label, RichText, Ui};

use super::shown;
use crate::gui::widgets::textures::Textures;
use crate::metadata::{Action, Ingredient, Manifest, code_meaning, source_type_label};
use crate::session::{FileMetadata, ProvenanceNode, SmallPicture};

/// Side of the picture, points.
const SIDE: f32 = 76.0;
/// From one level to the next, points; deeper levels are not drawn further to the right.
const INDENT: f32 = 24.0;
const MAX_INDENTS: u8 = 8;
/// Lines of one kind that are shown at most.
const MAX_LINES: usize = 20;

pub(super) fn node_ui(
    ui: &mut Ui,
    file: &FileMetadata,
    node: &ProvenanceNode,
    textures: &mut Textures,
) {
    let manifests = &file.facts.metadata.credential.manifests;
    let manifest = node.manifest.and_then(|at| manifests.get(at));
    let ingredient = node.ingredient.and_then(|(at, i)| manifests.get(at)?.ingredients.get(i));
    let indent = f32::from(node.depth.min(MAX_INDENTS)) * INDENT;
    ui.horizontal_top(|ui| {
        ui.add_space(indent);
        let title = title(manifest, ingredient);
        let picture = node.picture.and_then(|at| file.credential_pictures.get(at));
        picture_ui(ui, picture, &title, textures);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            ui.add(Label::new(RichText::new(&title).strong()).wrap());
            ui.add(Label::new(lines(manifest, ingredient, node).join("\n")).wrap());
            if let Some(manifest) = manifest {
                let label = format!("Manifest {}", shown::cell(&manifest.label));
                ui.add(Label::new(RichText::new(label).weak().small()).truncate());
            }
        });
    });
    ui.add_space(4.0);
}

fn picture_ui(ui: &mut Ui, picture: Option<&SmallPicture>, title: &str, textures: &mut Textures) {
    if let Some(pixels) = picture.and_then(SmallPicture::pixels) {
        textures.thumbnail(ui, pixels, SIDE, &format!("Picture in the credential: {title}"));
        return;
    }
    let (text, hover) = match picture {
        None => ("no picture", None),
        Some(SmallPicture::Failed(why)) => ("picture not decoded", Some(why)),
        Some(_) => ("…", None),
    };
    let (rect, response) = ui.allocate_exact_size(egui::Vec2::splat(SIDE), egui::Sense::hover());
    let fill = ui.visuals().faint_bg_color;
    ui.painter().rect_filled(rect, 4.0, fill);
    let label = Label::new(RichText::new(text).weak().small()).wrap();
    ui.put(rect.shrink(4.0), label);
    if let Some(why) = hover {
        response.on_hover_text(why);
    }
}

fn title(manifest: Option<&Manifest>, ingredient: Option<&Ingredient>) -> String {
    let stated = ingredient.map(|i| &i.title).or_else(|| manifest.map(|m| &m.title));
    let stated = stated.filter(|title| !title.trim().is_empty());
    stated.map_or_else(|| "Without a title".to_owned(), |title| shown::cell(title).into_owned())
}

/// What is stated of a node, one sentence a line.
fn lines(
    manifest: Option<&Manifest>,
    ingredient: Option<&Ingredient>,
    node: &ProvenanceNode,
) -> Vec<String> {
    let mut lines = Vec::new();
    match ingredient {
        Some(ingredient) => {
            lines.push(relation(&ingredient.relationship));
            for (when, codes) in [
                ("Recorded when it was added", &ingredient.failures),
                ("Found now", &ingredient.failures_now),
            ] {
                let line = |code: &String| {
                    format!("{when}: {} ({})", code_meaning(code), shown::cell(code))
                };
                lines.extend(codes.iter().take(MAX_LINES).map(line));
            }
            if manifest.is_none() {
                lines.push("No credential of its own was kept.".to_owned());
            }
        }
        None if node.depth == 0 => {}
        None => lines.push("Nothing refers to this manifest.".to_owned()),
    }
    if let Some(manifest) = manifest {
        if !manifest.generator.is_empty() {
            lines.push(format!("Stated by {}", shown::cell(&manifest.generator)));
        }
        lines.extend(manifest.actions.iter().take(MAX_LINES).map(action));
        let n_more = manifest.actions.len().saturating_sub(MAX_LINES);
        if n_more > 0 {
            lines.push(format!("and {n_more} more actions"));
        }
        if manifest.has_identity {
            lines.push("It names a person or a body: not checkable offline.".to_owned());
        }
        let redacted = manifest.redacted.iter().take(MAX_LINES);
        lines.extend(redacted.map(|label| format!("Taken out: {}", shown::cell(label))));
    }
    if node.is_cut {
        lines.push("What it was made from is left out here.".to_owned());
    }
    lines
}

fn relation(code: &str) -> String {
    match code {
        "parentOf" => "The file was edited from it (parentOf).".to_owned(),
        "componentOf" => "It is a part of the file (componentOf).".to_owned(),
        "inputTo" => "It was an input, for instance of a model (inputTo).".to_owned(),
        "" => "How it was used is not stated.".to_owned(),
        other => format!("It was used as: {}", shown::cell(other)),
    }
}

fn action(action: &Action) -> String {
    let mut text = format!("Action {}", shown::cell(&action.code));
    if let Some(agent) = &action.agent {
        text = format!("{text} by {}", shown::cell(agent));
    }
    if let Some(when) = &action.when {
        text = format!("{text} at {}", shown::cell(when));
    }
    if let Some(source) = &action.source_type {
        let label = source_type_label(source).map_or_else(|| shown::cell(source), Into::into);
        text = format!("{text}; kind of source: {label}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_stated_is_a_line_and_harmless() {
        let manifest = Manifest {
            generator: "gen\u{1b}[31m".to_owned(),
            actions: vec![Action {
                code: "c2pa.edited".to_owned(),
                source_type: Some("trainedAlgorithmicMedia".to_owned()),
                agent: Some("Tool\u{202e}".to_owned()),
                when: Some("2024".to_owned()),
            }],
            redacted: vec!["stds.exif".to_owned()],
            has_identity: true,
            ..Manifest::default()
        };
        let ingredient = Ingredient {
            relationship: "parentOf".to_owned(),
            failures: vec!["assertion.dataHash.mismatch".to_owned()],
            failures_now: vec!["signingCredential.untrusted".to_owned()],
            ..Ingredient::default()
        };
        let node = ProvenanceNode {
            depth: 1,
            manifest: Some(0),
            ingredient: Some((0, 0)),
            picture: None,
            is_cut: true,
        };
        let all = lines(Some(&manifest), Some(&ingredient), &node).join("\n");
        for part in [
            "edited from it (parentOf)",
            "Recorded when it was added: the hash does not fit the bytes (assertion.dataHash.mismatch)",
            "Found now: the signer is on no list that was loaded (signingCredential.untrusted)",
            "Stated by gen\\u001b[31m",
            "Action c2pa.edited by Tool\\u202e at 2024; kind of source: ",
            "not checkable offline",
            "Taken out: stds.exif",
            "left out here",
        ] {
            assert!(all.contains(part), "{part} in {all}");
        }
        assert!(!all.contains(['\u{1b}', '\u{202e}']), "{all}");
    }
}
