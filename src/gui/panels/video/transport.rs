//! The transport bar: play, step, speed, position.

use egui::{Button, ComboBox, Label, RichText, Ui};

use crate::base::{Verdict, text};
use crate::gui::theme;
use crate::gui::widgets::icons;
use crate::gui::widgets::icons::Transport;
use crate::session::{Command, OpenVideo};

/// The playback speeds.
pub(in crate::gui) const SPEEDS: [f32; 5] = [0.25, 0.5, 1.0, 2.0, 4.0];

/// Between two parts of the bar, points: in the usual window it takes one row, or two where a part is
/// marked and frames were dropped.
const GAP: f32 = 5.0;

pub(super) fn transport_ui(ui: &mut Ui, video: &OpenVideo, out: &mut Vec<Command>) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = GAP;
        let (icon, name, hover) = if video.is_playing {
            (Transport::Pause, "Pause", "Pause (Space or K)")
        } else {
            (Transport::Play, "Play", "Play (Space or K)")
        };
        for (icon, name, hover, command) in [
            (
                Transport::PreviousMoment,
                "Previous suspicious moment",
                "Previous suspicious moment (Shift+X)",
                Command::NextMoment(-1),
            ),
            (Transport::StepBack, "One frame back", "One frame back (,)", Command::Step(-1)),
            (icon, name, hover, Command::PlayPause),
            (
                Transport::StepForward,
                "One frame forward",
                "One frame forward (.)",
                Command::Step(1),
            ),
            (
                Transport::NextMoment,
                "Next suspicious moment",
                "Next suspicious moment (X)",
                Command::NextMoment(1),
            ),
        ] {
            if icons::transport_button(ui, icon, name, hover).clicked() {
                out.push(command);
            }
        }
        place_ui(ui, video);
        speed_ui(ui, video, out);
        let hover = "Loop (P). Shift+drag in the timeline marks a part.";
        let looping = Button::selectable(video.is_looping, "Loop");
        if ui.add(looping).on_hover_text(hover).clicked() {
            out.push(Command::ToggleLoop);
        }
        if let Some((first, last)) = video.loop_range {
            let from = text::time_code(video.seconds_of(first));
            let to = text::time_code(video.seconds_of(last));
            let hover =
                format!("The marked part is {from} to {to}. Click to play the whole clip again.");
            if ui.button("Whole clip").on_hover_text(hover).clicked() {
                out.push(Command::SetLoopRange(None));
            }
        }
        if video.n_dropped > 0 {
            let color = theme::verdict_color(Verdict::Inconclusive, ui.visuals());
            let text = RichText::new(format!("{} dropped", video.n_dropped)).color(color);
            ui.add(Label::new(text).extend()).on_hover_text(
                "Frames skipped during playback because this computer was too slow. They are \
                 examined anyway.",
            );
        }
    });
}

fn place_ui(ui: &mut Ui, video: &OpenVideo) {
    let at = video.position;
    let now = text::time_code(at.t_s);
    let all = text::time_code(video.info.duration_s);
    let (i, n) = (at.index + 1, video.frames.len());
    let (num, den) = video.info.time_base;
    // Not broken at the end of a row.
    let whole = |text: String| Label::new(RichText::new(text).monospace()).extend();
    ui.add(whole(format!("{now} / {all}"))).on_hover_text(format!(
        "Time since the first frame: time stamp {} in units of {num}/{den} s.",
        at.pts
    ));
    ui.add(whole(format!("frame {i} of {n}"))).on_hover_text(format!(
        "Counted from 1 in display order; packet {} of the file, counted from 0.",
        at.packet
    ));
}

fn speed_ui(ui: &mut Ui, video: &OpenVideo, out: &mut Vec<Command>) {
    let response = ComboBox::from_id_salt("speed")
        .selected_text(format!("{}×", video.speed))
        .width(62.0)
        .show_ui(ui, |ui| {
            for speed in SPEEDS {
                if ui.selectable_label(video.speed == speed, format!("{speed}×")).clicked() {
                    out.push(Command::SetSpeed(speed));
                }
            }
        });
    let spoken = format!("Speed: {}×", video.speed);
    let response = response.response;
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ComboBox, true, &spoken));
    response.on_hover_text("Playback speed (S, Shift+S)");
}
