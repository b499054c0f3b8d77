//! The window that compares two readers.

use egui::{Context, Grid, Label, RichText, ScrollArea, Ui, Vec2, vec2};

use crate::curate::ReaderComparison;
use crate::gui::widgets::floating;
use crate::gui::widgets::floating::Opens;
use crate::session::View;

/// Size of the window, points.
const SIZE: Vec2 = vec2(640.0, 400.0);

/// The rows and columns of the table of decisions.
const DECISIONS: [&str; 3] = ["forged", "nothing forged", "cannot tell"];

/// Shows the comparison once it is there; false when it was closed.
pub(in crate::gui) fn readers_ui(ctx: &Context, view: &View<'_>) -> bool {
    let Some(two) = view.case.and_then(|case| case.agreement.as_ref()) else {
        return true;
    };
    let mut stays = true;
    floating::window(ctx, "Two readers", SIZE, Opens::Middle, &mut stays).show(ctx, |ui| {
        let width = ui.available_width();
        // Long names of readers make the tables wide.
        ScrollArea::both().auto_shrink([false, false]).show(ui, |ui| {
            ui.set_max_width(width);
            content_ui(ui, two);
        });
    });
    stays
}

fn content_ui(ui: &mut Ui, two: &ReaderComparison) {
    let ReaderComparison { first, second, n_read, agreement, .. } = two;
    ui.label(RichText::new(format!("{first} and {second}")).strong());
    let n = agreement.n();
    ui.label(format!(
        "{first} has read {}, {second} {}; both have read {n} and agree on {}.",
        n_read[0],
        n_read[1],
        agreement.n_alike()
    ));
    ui.add(Label::new(two.independence()).wrap());
    ui.add_space(4.0);
    let figure = |value: Option<f64>| {
        value.map_or_else(|| "not defined".to_owned(), |value| format!("{value:.3}"))
    };
    Grid::new("agreement").num_columns(3).striped(true).spacing([16.0, 4.0]).show(ui, |ui| {
        for (name, value, n) in [
            (
                "Overlap of the masks (IoU)",
                agreement.mean_iou(),
                format!("n = {}", agreement.n_masks),
            ),
            ("Kappa of the decisions", agreement.kappa_of_decisions(), format!("n = {n}")),
            ("Kappa of the pixels", agreement.kappa_of_pixels(), pixels(two)),
        ] {
            ui.label(name);
            ui.label(RichText::new(figure(value)).monospace().strong());
            ui.weak(n);
            ui.end_row();
        }
    });
    ui.add_space(6.0);
    Grid::new("decisions").num_columns(4).striped(true).spacing([16.0, 3.0]).show(ui, |ui| {
        ui.weak(format!("{first} down, {second} across"));
        for name in DECISIONS {
            ui.weak(name);
        }
        ui.end_row();
        for (name, counts) in DECISIONS.iter().zip(&agreement.decisions) {
            ui.weak(*name);
            for n in counts {
                ui.label(RichText::new(n.to_string()).monospace());
            }
            ui.end_row();
        }
    });
    ui.add_space(6.0);
    let mut text =
        "Kappa: 0 is agreement by chance, 1 is complete agreement. Not defined where both \
                    always gave the same answer."
            .to_owned();
    if agreement.n_unequal > 0 {
        let n = agreement.n_unequal;
        text = format!("{text} {n} masks differ in size and are not counted.");
    }
    ui.add(Label::new(RichText::new(text).small().weak()).wrap());
}

fn pixels(two: &ReaderComparison) -> String {
    let p = two.agreement.pixels;
    format!("n = {}", p.both + p.only_first + p.only_second + p.neither)
}
