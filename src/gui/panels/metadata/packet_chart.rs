//! The packets of a video over time: how large each is, and which hold key frames.

use egui::{Rect, Sense, Ui, pos2, vec2};

use crate::base::text::counted;
use crate::session::ChartPacket;

/// Height of the chart, points: in a low window less, for the table below it.
const HEIGHTS: (f32, f32) = (24.0, 64.0);
/// Share of the room that the chart takes at most.
const SHARE: f32 = 0.2;
/// A bar and its gap, points.
const STEP: f32 = 3.0;

/// What is drawn in one column: the largest packet in its span of time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Bar {
    bytes: u32,
    is_key: bool,
}

/// Draws the chart. Key frames have another color and reach below the line.
pub(super) fn packet_chart_ui(ui: &mut Ui, packets: &[ChartPacket]) {
    let n_keys = packets.iter().filter(|packet| packet.is_key).count();
    let largest = packets.iter().map(|packet| packet.bytes).max().unwrap_or(0);
    let text = format!(
        "Packets of the video over time: {}, {} of them with a key frame; the largest has {}.",
        packets.len(),
        n_keys,
        counted(largest.into(), "byte")
    );
    ui.weak(&text);
    let height = (ui.available_height() * SHARE).clamp(HEIGHTS.0, HEIGHTS.1);
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, &text));
    let floor = rect.bottom() - 6.0;
    let visuals = ui.visuals();
    let (ink, key_ink) = (visuals.weak_text_color(), visuals.hyperlink_color);
    let bars = bars(packets, (rect.width() / STEP) as usize);
    for (i, bar) in bars.iter().enumerate().filter(|(_, bar)| bar.bytes > 0) {
        let height = (floor - rect.top()) * bar.bytes as f32 / largest.max(1) as f32;
        let left = rect.left() + i as f32 * STEP;
        let below = if bar.is_key { 5.0 } else { 0.0 };
        let shape = Rect::from_min_max(
            pos2(left, floor - height.max(1.0)),
            pos2(left + STEP - 1.0, floor + below),
        );
        ui.painter().rect_filled(shape, 0.0, if bar.is_key { key_ink } else { ink });
    }
    ui.painter().hline(rect.x_range(), floor, visuals.widgets.noninteractive.bg_stroke);
}

/// The bars of so many columns of equal time. Packets without a time are left out.
fn bars(packets: &[ChartPacket], n_columns: usize) -> Vec<Bar> {
    let timed = || packets.iter().filter(|packet| packet.t_s.is_finite());
    let first = timed().map(|packet| packet.t_s).fold(f64::INFINITY, f64::min);
    let last = timed().map(|packet| packet.t_s).fold(f64::NEG_INFINITY, f64::max);
    let mut bars = vec![Bar::default(); n_columns];
    let span = (last - first).max(1e-9);
    for packet in timed() {
        let at = (packet.t_s - first) / span * n_columns as f64;
        let Some(bar) = bars.get_mut((at as usize).min(n_columns.saturating_sub(1))) else {
            continue;
        };
        bar.bytes = bar.bytes.max(packet.bytes);
        bar.is_key |= packet.is_key;
    }
    bars
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_the_largest_packet_of_its_time_and_keeps_its_key_frame() {
        let packet = |t_s, bytes, is_key| ChartPacket { t_s, bytes, is_key };
        let packets = [
            packet(10.0, 900, true),
            packet(10.4, 100, false),
            packet(11.1, 200, false),
            packet(f64::NAN, 9999, true),
            packet(12.0, 300, false),
        ];
        let bar = |bytes, is_key| Bar { bytes, is_key };
        let found = bars(&packets, 2);
        assert_eq!(found, [bar(900, true), bar(300, false)], "the last one lies inside");
        assert_eq!(bars(&packets, 4)[1], Bar::default(), "nothing from 10.5 to 11");
        assert_eq!(bars(&packets[..1], 3), [bar(900, true), Bar::default(), Bar::default()]);
        assert!(bars(&packets, 0).is_empty() && bars(&[], 2).iter().all(|bar| bar.bytes == 0));
    }
}
