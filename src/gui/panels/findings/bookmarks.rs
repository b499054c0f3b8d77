//! Bookmarks of an item of a case: what people mark for the report.

use egui::{CollapsingHeader, TextEdit, Ui};

use crate::base::text::{time_code, visible};
use crate::case::ItemId;
use crate::session::{BookmarkMark, CaseCommand, CaseView, Command, Document, NewBookmark};

/// A bookmark while it is written.
#[derive(Debug, Default)]
pub(in crate::gui) struct BookmarkForm {
    /// The item that it is about: it does not go over to the next one.
    item: Option<ItemId>,
    mark: BookmarkMark,
    comment: String,
}

pub(super) fn bookmarks_ui(
    ui: &mut Ui,
    case: &CaseView,
    item: ItemId,
    document: &Document,
    form: &mut BookmarkForm,
    out: &mut Vec<Command>,
) {
    if form.item != Some(item) {
        *form = BookmarkForm { item: Some(item), ..BookmarkForm::default() };
    }
    let n = case.bookmarks(item).count();
    let title = if n == 0 { "Bookmarks".to_owned() } else { format!("Bookmarks ({n})") };
    let header = CollapsingHeader::new(title).id_salt("bookmarks").default_open(false);
    header.show(ui, |ui| {
        for bookmark in case.bookmarks(item) {
            let mark = BookmarkMark::ALL.into_iter().find(|mark| mark.word() == bookmark.mark);
            let mark = mark.map_or(bookmark.mark.as_str(), |mark| mark.label());
            let (on, comment) = (visible(&bookmark.on), visible(&bookmark.comment));
            ui.label(format!("{mark}: {on}. {comment}"));
            ui.weak(format!("{}, {}", visible(&bookmark.author), bookmark.at));
        }
        if !case.is_writable() {
            return;
        }
        let on = what_is_shown(document);
        ui.label(format!("Mark {on} for the report:"));
        ui.horizontal_wrapped(|ui| {
            for mark in BookmarkMark::ALL {
                ui.radio_value(&mut form.mark, mark, mark.label());
            }
        });
        let edit = TextEdit::multiline(&mut form.comment).desired_rows(2).hint_text("Why");
        let label = egui::accesskit::Role::TextInput;
        let response = ui.add(edit.desired_width(f32::INFINITY));
        response.widget_info(|| egui::WidgetInfo::labeled(label, true, "Comment of the bookmark"));
        let comment = form.comment.trim();
        let add = ui.add_enabled(!comment.is_empty(), egui::Button::new("Add bookmark"));
        let hover = "It stays in the case, with your name and the time";
        if add.on_hover_text(hover).clicked() {
            let comment = comment.to_owned();
            let new = NewBookmark { mark: form.mark, on, comment };
            out.push(Command::Case(CaseCommand::Bookmark(new)));
            form.comment.clear();
        }
    });
}

/// The face that is chosen, of a clip with the moment shown; else the whole file.
fn what_is_shown(document: &Document) -> String {
    if let Some(video) = &document.video {
        let at = time_code(video.position.t_s);
        return match video.selected_track {
            Some(track) => format!("face {track} at {at}"),
            None => format!("the moment {at}"),
        };
    }
    document
        .selected_face
        .map_or_else(|| "the whole file".to_owned(), |i| format!("face {}", i + 1))
}
