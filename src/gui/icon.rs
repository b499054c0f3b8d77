//! The icon of the window, drawn by the program: a face, half of it as a heat map.

use egui::IconData;

use crate::signal::Colormap;

/// Side of the icon, pixels.
const SIDE: u32 = 64;

pub(super) fn icon() -> IconData {
    let mut rgba = Vec::with_capacity((SIDE * SIDE * 4) as usize);
    for y in 0..SIDE {
        for x in 0..SIDE {
            rgba.extend(pixel(x as f32 + 0.5, y as f32 + 0.5));
        }
    }
    IconData { rgba, width: SIDE, height: SIDE }
}

fn pixel(x: f32, y: f32) -> [u8; 4] {
    let side = SIDE as f32;
    let middle = side / 2.0;
    // A square with round corners.
    let corner = 14.0;
    let beyond = |at: f32| ((at - middle).abs() - (middle - corner)).max(0.0);
    let alpha = (corner + 0.5 - beyond(x).hypot(beyond(y))).clamp(0.0, 1.0);
    // An oval face in it.
    let oval = ((x - middle) / 17.0).hypot((y - middle) / 22.0);
    let face = ((1.0 - oval) * 18.0).clamp(0.0, 1.0);
    let heat = if x > middle { (1.0 - oval).clamp(0.0, 1.0).sqrt() } else { 0.0 };
    let [r, g, b] =
        if x > middle { Colormap::Viridis.lookup(0.25 + 0.75 * heat) } else { [222, 206, 190] };
    let mix = |ground: f32, ink: u8| (ground * (1.0 - face) + f32::from(ink) * face).round() as u8;
    [mix(28.0, r), mix(32.0, g), mix(42.0, b), (alpha * 255.0).round() as u8]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_icon_has_a_face_and_clear_corners() {
        let icon = icon();
        assert_eq!(icon.rgba.len() as u32, icon.width * icon.height * 4);
        let at = |x: usize, y: usize| &icon.rgba[(y * 64 + x) * 4..][..4];
        assert_eq!(at(0, 0)[3], 0);
        assert_eq!(at(4, 32), [28, 32, 42, 255]);
        assert!(at(28, 32)[0] > 200 && at(40, 32)[0] < 200, "{:?} {:?}", at(28, 32), at(40, 32));
    }
}
