//! Windows and dialogs above the panels: how large they are, where they stand, and what Escape closes.

use egui::{
    Context, Id, Key, Modal, ModalResponse, Modifiers, Order, Popup, Rect, Response, ScrollArea,
    Ui, Vec2, Window, pos2, vec2,
};

/// Room left around a floating window as it opens, points.
const AROUND: f32 = 10.0;
/// Room left around a dialog, with its frame, points.
const AROUND_DIALOG: Vec2 = vec2(60.0, 60.0);

/// What is known from the last frame.
#[derive(Debug, Clone, Default)]
struct Floating {
    /// Windows stay in this part of the program's window.
    room: Option<Rect>,
    /// The windows that were shown, in no order.
    shown: Vec<Id>,
    /// Somebody typed into a field: the first Escape leaves it.
    was_typing: bool,
    /// The window that Escape closes in this frame.
    closing: Option<Id>,
}

fn state_id() -> Id {
    Id::unique("floating windows")
}

fn update<R>(ctx: &Context, change: impl FnOnce(&mut Floating) -> R) -> R {
    ctx.data_mut(|data| change(data.get_temp_mut_or_default(state_id())))
}

/// Finds out which window Escape closes: the topmost, unless a menu or a field in which somebody
/// types is before it. `is_covered`: a dialog is.
pub(in crate::gui) fn begin_frame(ctx: &Context, is_covered: bool) {
    let (shown, was_typing) =
        update(ctx, |state| (std::mem::take(&mut state.shown), state.was_typing));
    let is_free = !is_covered && !was_typing && !Popup::is_any_open(ctx);
    let top = ctx.memory(|memory| {
        let windows = memory.layer_ids().filter(|layer| layer.order == Order::Middle);
        windows.map(|layer| layer.id).filter(|id| shown.contains(id)).last()
    });
    let closing = top.filter(|_| {
        is_free && ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape))
    });
    update(ctx, |state| state.closing = closing);
}

/// Remembers what the next Escape depends on.
pub(in crate::gui) fn end_frame(ctx: &Context) {
    let is_typing = ctx.text_edit_focused();
    update(ctx, |state| state.was_typing = is_typing);
}

/// Floating windows stay in this part of the program's window, below the menus.
pub(in crate::gui) fn set_room(ctx: &Context, room: Rect) {
    update(ctx, |state| state.room = Some(room));
}

/// Where a window opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::gui) enum Opens {
    Middle,
    /// At the lower edge: most of the picture stays in sight.
    Bottom,
}

/// A window of the size that it wants, or that there is room for, in points. It takes that size again
/// whenever the program's window grows. Escape closes it while it is the topmost.
pub(in crate::gui) fn window<'a>(
    ctx: &Context,
    title: &'a str,
    wanted: Vec2,
    opens: Opens,
    is_open: &'a mut bool,
) -> Window<'a> {
    let (id, all) = (Id::unique(title), ctx.content_rect());
    let (room, closing) = update(ctx, |state| {
        state.shown.push(id);
        (state.room.unwrap_or(all), state.closing)
    });
    *is_open &= closing != Some(id);
    let size = wanted.min(room.size() - Vec2::splat(2.0 * AROUND));
    let middle = room.center() - size / 2.0;
    let corner = match opens {
        Opens::Middle => middle,
        Opens::Bottom => pos2(middle.x, room.bottom() - AROUND - size.y),
    };
    let has_grown = ctx.data_mut(|data| {
        let before: Rect = data.get_temp(id).unwrap_or(room);
        data.insert_temp(id, room);
        room.width() > before.width() || room.height() > before.height()
    });
    let window = Window::new(title).id(id).open(is_open).collapsible(false).constrain_to(room);
    let window = window.default_size(size).default_pos(corner);
    // A window that can be dragged keeps its place, whatever it is told.
    if has_grown { window.min_size(size).current_pos(corner).movable(false) } else { window }
}

/// The button of a dialog that Enter presses, as long as nothing else has the focus.
pub(in crate::gui) fn focus_by_default(button: &Response) {
    if button.ctx.memory(|memory| memory.focused().is_none()) {
        button.request_focus();
    }
}

/// A dialog of this width, or as wide as there is room for, in points. What is higher than the
/// program's window is scrolled. Escape closes it while it is the topmost.
pub(in crate::gui) fn dialog<R>(
    ctx: &Context,
    name: &str,
    width: f32,
    content: impl FnOnce(&mut Ui) -> R,
) -> ModalResponse<R> {
    Modal::new(Id::unique(name)).show(ctx, |ui| {
        let room = ctx.content_rect().size() - AROUND_DIALOG;
        ui.set_width(width.min(room.x));
        let area = ScrollArea::vertical().id_salt(name).max_height(room.y);
        area.min_scrolled_height(room.y).show(ui, content).inner
    })
}
