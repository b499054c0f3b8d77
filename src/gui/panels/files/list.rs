//! The left panel: open files with their verdicts, the faces of the one shown, recent files.

use egui::{RichText, ScrollArea, Sense, Ui, vec2};

use crate::base::Verdict;
use crate::base::text::visible_path;
use crate::gui::labels;
use crate::gui::requests::WindowRequest;
use crate::gui::widgets::icons;
use crate::gui::widgets::row::{Row, row_ui};
use crate::gui::widgets::textures::Textures;
use crate::session::{Command, Document, DocumentState, FaceItem, View};

const ROW_HEIGHT: f32 = 52.0;
const THUMBNAIL: f32 = 42.0;

pub(in crate::gui) fn files_ui(
    ui: &mut Ui,
    view: &View<'_>,
    textures: &mut Textures,
    requests: &mut Vec<WindowRequest>,
    out: &mut Vec<Command>,
) {
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        ui.add_space(4.0);
        ui.strong("Open files");
        if view.documents.is_empty() {
            ui.weak("None yet.");
        }
        for document in view.documents {
            let is_active = view.active == Some(document.id);
            document_ui(ui, document, is_active, textures, requests, out);
            // The faces of a video come and go; the findings list them.
            if is_active && document.video.is_none() {
                for (i, face) in document.faces.iter().enumerate() {
                    face_ui(ui, document, i, face, textures, out);
                }
            }
        }
        if !view.recent.is_empty() {
            ui.add_space(10.0);
            egui::CollapsingHeader::new("Recent").default_open(view.documents.len() < 4).show(
                ui,
                |ui| {
                    for path in view.recent {
                        let name =
                            path.file_name().map(|n| visible_path(n.as_ref())).unwrap_or_default();
                        let button = egui::Button::selectable(false, name).truncate();
                        if ui.add(button).on_hover_text(visible_path(path)).clicked() {
                            out.push(Command::Open(vec![path.clone()]));
                        }
                    }
                    if ui.small_button("Clear recent files").clicked() {
                        out.push(Command::ForgetRecent);
                    }
                },
            );
        }
    });
}

fn document_ui(
    ui: &mut Ui,
    document: &Document,
    is_active: bool,
    textures: &mut Textures,
    requests: &mut Vec<WindowRequest>,
    out: &mut Vec<Command>,
) {
    let name = document.name();
    let state = labels::state(document);
    let mut spoken = format!("{name}: {state}, {}", labels::score(document.score));
    let mut heading = name.clone();
    if document.n_unsaved_masks() > 0 {
        spoken.push_str(", unsaved mask");
        heading.insert_str(0, "* ");
    }
    let response = row_ui(ui, Row::new(ROW_HEIGHT, is_active), &spoken, |ui| {
        match &document.thumbnail {
            Some(pixels) => {
                textures.thumbnail(ui, pixels, THUMBNAIL, &format!("Thumbnail of {name}"));
            }
            None => {
                ui.allocate_exact_size(vec2(THUMBNAIL, THUMBNAIL), Sense::hover());
            }
        }
        ui.vertical(|ui| {
            ui.add(egui::Label::new(RichText::new(&heading).strong()).truncate().selectable(false));
            ui.horizontal(|ui| {
                let is_done = document.state == DocumentState::Done;
                if let Some(verdict) = labels::verdict(document) {
                    icons::verdict_ui(ui, verdict, 14.0);
                }
                let text = match document.score.filter(|_| is_done) {
                    Some(score) => format!("{score:.2}  {state}"),
                    None => state.clone(),
                };
                ui.add(egui::Label::new(RichText::new(text).small()).truncate().selectable(false));
            });
        });
    });
    let response = response.on_hover_text(visible_path(&document.path));
    if response.clicked() {
        out.push(Command::Select(document.id));
    }
    response.context_menu(|ui| {
        let help = "Shows this file at the right of the active one; both move together";
        let beside = ui.add_enabled(!is_active, egui::Button::new("Show beside"));
        if beside.on_hover_text(help).clicked() {
            requests.push(WindowRequest::ShowBeside(document.id));
            ui.close();
        }
        if ui.button("Re-examine").clicked() {
            out.push(Command::ExamineAgain(document.id));
            ui.close();
        }
        if ui.button("Close").clicked() {
            out.push(Command::Close(document.id));
            ui.close();
        }
    });
}

fn face_ui(
    ui: &mut Ui,
    document: &Document,
    face_idx: usize,
    face: &FaceItem,
    textures: &mut Textures,
    out: &mut Vec<Command>,
) {
    let is_selected = document.selected_face == Some(face_idx);
    let (name, finding) = (labels::face_name(face_idx, face), &face.finding);
    let spoken = format!("{name}: {}, {}", finding.verdict.label(), labels::score(finding.score));
    let response =
        row_ui(ui, Row { indent: 14.0, ..Row::new(ROW_HEIGHT, is_selected) }, &spoken, |ui| {
            let thumbnail_name = format!("Thumbnail of {name}");
            textures.thumbnail(ui, &face.thumbnail, THUMBNAIL, &thumbnail_name);
            ui.vertical(|ui| {
                let heading = match finding.score {
                    Some(score) => format!("{name}: {score:.2}"),
                    None => name.clone(),
                };
                ui.add(egui::Label::new(heading).truncate().selectable(false));
                ui.horizontal(|ui| {
                    icons::verdict_ui(ui, finding.verdict, 14.0);
                    let label = RichText::new(finding.verdict.label()).small();
                    ui.add(egui::Label::new(label).truncate().selectable(false));
                });
            });
        });
    if response.clicked() {
        let toggled = (!is_selected).then_some(face_idx);
        out.push(Command::SelectFace(toggled.or(Some(face_idx))));
    }
    if let (Some(reason), Verdict::NotExamined) = (&finding.reason, finding.verdict) {
        response.on_hover_text(reason);
    }
}
