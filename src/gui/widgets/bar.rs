//! A bar of one row: groups that do not fit go into a menu at its end, so that nothing below moves.

use std::hash::Hash;

use egui::containers::menu::{MenuButton, MenuConfig};
use egui::{Id, PopupCloseBehavior, Ui};

/// Width of the button of the menu, points.
const MORE: f32 = 62.0;

/// Draws the groups, with separators between them. The closure draws the content of one.
///
/// Which groups fit follows from their widths in the last frame they were in the row.
pub(in crate::gui) fn bar_ui<G: Copy + Hash + std::fmt::Debug>(
    ui: &mut Ui,
    name: &str,
    groups: &[G],
    mut group_ui: impl FnMut(&mut Ui, G),
) {
    let id = |group: &G| Id::unique(("bar", name, group));
    ui.horizontal(|ui| {
        let room = ui.available_width();
        let gap = 2.0 * ui.spacing().item_spacing.x + 6.0;
        let widths: Vec<f32> = groups
            .iter()
            .map(|group| ui.data(|data| data.get_temp(id(group))).unwrap_or(0.0))
            .collect();
        let n_shown = n_fitting(&widths, room, gap);
        for (i, group) in groups[..n_shown].iter().enumerate() {
            if i > 0 {
                ui.separator();
            }
            let width = ui.horizontal(|ui| group_ui(ui, *group)).response.rect.width();
            if (width - widths[i]).abs() > 0.5 {
                ui.data_mut(|data| data.insert_temp(id(group), width));
                ui.ctx().request_repaint();
            }
        }
        if n_shown == groups.len() {
            return;
        }
        if n_shown > 0 {
            ui.separator();
        }
        let config = MenuConfig::new().close_behavior(PopupCloseBehavior::CloseOnClickOutside);
        let (response, _) = MenuButton::new("More").config(config).ui(ui, |ui| {
            // Fields look like fields, not like entries of a menu.
            ui.reset_style();
            for group in &groups[n_shown..] {
                ui.horizontal(|ui| group_ui(ui, *group));
            }
        });
        response.on_hover_text("What does not fit into this row");
    });
}

/// How many groups fit, from the first; with room for the menu where not all do.
fn n_fitting(widths: &[f32], room: f32, gap: f32) -> usize {
    let whole: f32 = widths.iter().sum::<f32>() + gap * widths.len().saturating_sub(1) as f32;
    if whole <= room {
        return widths.len();
    }
    let mut end = 0.0;
    let fits = |width: &&f32| {
        end += **width + gap;
        end + MORE <= room
    };
    widths.iter().take_while(fits).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_leaves_room_for_the_menu() {
        let widths = [100.0, 100.0, 100.0];
        assert_eq!(n_fitting(&widths, 340.0, 20.0), 3);
        assert_eq!(n_fitting(&widths, 339.0, 20.0), 2, "120 + 120 + 62");
        assert_eq!(n_fitting(&widths, 301.0, 20.0), 1);
        assert_eq!(n_fitting(&widths, 50.0, 20.0), 0, "all of it is in the menu");
        assert_eq!(n_fitting(&[], 50.0, 20.0), 0);
        assert_eq!(n_fitting(&[0.0; 3], 50.0, 20.0), 3, "before the first frame nothing is known");
    }
}
