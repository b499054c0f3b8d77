//! The small pictures in a file, each beside the picture at equal size.

use std::sync::Arc;

use egui::{Color32, Label, Rect, RichText, Sense, Ui, Vec2, pos2, vec2};

use super::shown;
use crate::base::text::{self, counted};
use crate::base::{RgbImage, Verdict};
use crate::gui::theme;
use crate::gui::widgets::textures::Textures;
use crate::pipeline::described::{DIFFERENCE_GAIN, ThumbnailCheck, ThumbnailContent};
use crate::session::{Document, FileMetadata, SmallPicture};

/// Least and largest side of a picture, points.
const SIDES: (f32, f32) = (120.0, 340.0);
/// Height of the words above a pair of pictures, points: in a low window both are seen whole with
/// them.
const WORDS: f32 = 84.0;
/// Between two pictures, points.
const GAP: f32 = 16.0;

pub(super) fn thumbnail_ui(
    ui: &mut Ui,
    document: &Document,
    file: &FileMetadata,
    textures: &mut Textures,
) {
    let metadata = &file.facts.metadata;
    let own = metadata.credential.manifests.last().and_then(|manifest| manifest.picture);
    let in_credential = own.and_then(|at| file.credential_pictures.get(at));
    if metadata.thumbnails.is_empty() && in_credential.is_none() {
        ui.label("The file has no thumbnail. This says nothing about what is shown.");
        return;
    }
    ui.add(
        Label::new(
            "Programs often leave the thumbnail as it was when they change a picture. Look for what \
             only one of the two shows. The thumbnail can be anything: whoever wrote the file chose it.",
        )
        .wrap(),
    );
    for (i, (picture, place)) in file.thumbnails.iter().zip(&metadata.thumbnails).enumerate() {
        let size = counted(place.length, "byte");
        let title = format!("Thumbnail {}, {size} at byte {}", i + 1, place.offset);
        let difference = file.thumbnail_differences.get(i).and_then(Option::as_ref);
        let shown = Shown { title: &title, small: picture, difference };
        pair_ui(ui, document, &shown, textures, |ui| verdict_ui(ui, document, file, i));
    }
    let n_more = metadata.thumbnails.len() - file.thumbnails.len();
    if n_more > 0 {
        ui.weak(format!("{} more: not decoded.", counted(n_more as u64, "thumbnail")));
    }
    if let Some(picture) = in_credential {
        let title = "Picture of the file in its credential";
        let shown = Shown { title, small: picture, difference: None };
        pair_ui(ui, document, &shown, textures, |_| {});
    }
}

/// Whether a thumbnail shows the picture, with the number that this rests on.
fn verdict_ui(ui: &mut Ui, document: &Document, file: &FileMetadata, at: usize) {
    let not_yet = match (&document.video, &document.picture) {
        (Some(_), _) => "Not compared: a video can have any frame as its thumbnail.",
        (None, None) => "Not compared: the picture is not decoded.",
        (None, Some(_)) => "It is being compared with the picture…",
    };
    match file.thumbnail_checks.as_ref().and_then(|checks| checks.get(at)) {
        None | Some(ThumbnailCheck::NotAsked) => {
            ui.weak(not_yet);
        }
        Some(ThumbnailCheck::NotCompared(why)) => {
            let why = shown::value(why);
            ui.add(Label::new(RichText::new(format!("Not compared: {why}.")).weak()).wrap());
        }
        Some(ThumbnailCheck::Compared(found)) => {
            let mut sentence = RichText::new(found.sentence());
            if found.content != ThumbnailContent::Same {
                sentence =
                    sentence.color(theme::verdict_color(Verdict::Inconclusive, ui.visuals()));
            }
            ui.add(Label::new(sentence).wrap());
        }
    }
}

/// A small picture beside the picture of the file.
struct Shown<'a> {
    title: &'a str,
    small: &'a SmallPicture,
    /// How much it differs from the picture, if it shows it.
    difference: Option<&'a Arc<RgbImage>>,
}

/// The picture at the left, a small one at the right of it, then the difference; the longer sides
/// are equal. `below` stands below the title.
fn pair_ui(
    ui: &mut Ui,
    document: &Document,
    shown: &Shown<'_>,
    textures: &mut Textures,
    below: impl FnOnce(&mut Ui),
) {
    ui.separator();
    ui.strong(shown.title);
    below(ui);
    let seen = ui.clip_rect().height() - WORDS;
    // Three fit beside each other, so that the size is the same before the difference is there.
    let side = ((ui.available_width() - 2.0 * GAP) / 3.0).min(seen).clamp(SIDES.0, SIDES.1);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = GAP;
        column_ui(ui, side, |ui| picture_ui(ui, document, side, textures));
        column_ui(ui, side, |ui| small_ui(ui, shown.small, shown.title, side, textures));
        if let Some(difference) = shown.difference {
            column_ui(ui, side, |ui| difference_ui(ui, difference, side, textures));
        }
    });
}

fn difference_ui(ui: &mut Ui, pixels: &Arc<RgbImage>, side: f32, textures: &mut Textures) {
    let text = format!("Their difference, {DIFFERENCE_GAIN} times brighter");
    let help = "Black where both are the same. Edges are often bright: the coder of the small picture \
                blurs them. Look for a part that is bright as a whole.";
    ui.add(Label::new(RichText::new(text).weak()).truncate()).on_hover_text(help);
    let size = fitted([pixels.width_px, pixels.height_px], side);
    drawn_ui(ui, pixels, size, "The difference", textures);
}

fn column_ui(ui: &mut Ui, side: f32, content: impl FnOnce(&mut Ui)) {
    let layout = egui::Layout::top_down(egui::Align::Min);
    ui.allocate_ui_with_layout(vec2(side, 0.0), layout, |ui| {
        ui.set_width(side);
        content(ui);
    });
}

fn picture_ui(ui: &mut Ui, document: &Document, side: f32, textures: &mut Textures) {
    let what = if document.video.is_some() { "The frame shown" } else { "The picture" };
    let Some(picture) = &document.picture else {
        ui.weak(what);
        let why = document.reason.as_deref().unwrap_or("it is not decoded yet");
        ui.add(Label::new(text::sentence(why)).wrap());
        return;
    };
    let [width_px, height_px] = picture.full_px;
    ui.weak(format!("{what}, {width_px} × {height_px} px"));
    let full = &picture.frame.upright;
    let size = fitted([full.width_px, full.height_px], side);
    let zoom = side / full.width_px.max(full.height_px) as f32;
    let level = &picture.pyramid.levels[picture.pyramid.level_for(zoom)];
    drawn_ui(ui, level, size, what, textures);
}

fn small_ui(ui: &mut Ui, small: &SmallPicture, title: &str, side: f32, textures: &mut Textures) {
    match small {
        SmallPicture::Waiting => {
            ui.weak("It is being decoded…");
        }
        SmallPicture::Failed(why) => {
            ui.weak("It cannot be decoded");
            ui.add(Label::new(why).wrap());
        }
        SmallPicture::Decoded { pixels, stored_px: [width_px, height_px], is_turned } => {
            let turned = if *is_turned { ", turned as the file says" } else { "" };
            let text = format!("The thumbnail, {width_px} × {height_px} px{turned}");
            ui.add(Label::new(RichText::new(text).weak()).truncate());
            let size = fitted([pixels.width_px, pixels.height_px], side);
            drawn_ui(ui, pixels, size, title, textures);
        }
    }
}

/// The size at which the longer side of a picture has so many points.
fn fitted([width_px, height_px]: [u32; 2], side: f32) -> Vec2 {
    let size = vec2(width_px as f32, height_px as f32);
    size * (side / size.max_elem().max(1.0))
}

fn drawn_ui(ui: &mut Ui, pixels: &Arc<RgbImage>, size: Vec2, name: &str, textures: &mut Textures) {
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let texture = textures.get(ui.ctx(), pixels);
    let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
    ui.painter().image(texture.id(), rect, whole, Color32::WHITE);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, name));
}
