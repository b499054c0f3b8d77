//! What the report says.

use egui::{RichText, Ui};

use crate::base::text::{visible, visible_path};
use crate::session::ReportMaking;

pub(super) fn preview_ui(ui: &mut Ui, making: &ReportMaking) {
    ui.separator();
    match making {
        ReportMaking::Working => {
            ui.horizontal(|ui| {
                ui.spinner();
                ui.label("The report is being made…");
            });
        }
        ReportMaking::Failed(lines) => {
            ui.strong("There is no report");
            for line in lines {
                ui.label(visible(line));
            }
        }
        ReportMaking::Made(content) => {
            match &content.folder {
                Some(folder) => {
                    ui.strong("The report was written");
                    ui.label(visible_path(folder));
                }
                None => {
                    ui.strong("What the report will say");
                }
            }
            for (heading, sentences) in &content.parts {
                ui.add_space(6.0);
                ui.label(RichText::new(*heading).strong());
                for sentence in sentences {
                    ui.horizontal_top(|ui| {
                        ui.label("•");
                        ui.add(egui::Label::new(visible(sentence)).wrap());
                    });
                }
            }
        }
    }
}
