//! Drawing a 4K picture with a heat map over its face against drawing the picture alone.
//!
//! `cargo bench --bench canvas` draws both in turn on the same adapter (off-screen, waiting for
//! each drawing) and prints medians and their ratio. On a software adapter the rasterizer is the
//! cost, so this is the hard case.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::sync::Arc;
use std::time::Instant;

use pentimento::base::{Affine, Cancel, Heatmap, Rect, RgbImage};
use pentimento::gpu::{Headless, Layer, Placement, Scene};
use pentimento::signal::{OverlayStyle, Pyramid};

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn main() {
    let rounds: usize = std::env::var("ROUNDS").ok().and_then(|v| v.parse().ok()).unwrap_or(40);
    let (w, h) = (3840u32, 2160u32);
    let pixels = (0..h)
        .flat_map(|y| (0..w).flat_map(move |x| [(x / 15) as u8, (y / 9) as u8, (x ^ y) as u8]));
    let Some(picture) = RgbImage::new(w, h, pixels.collect()) else { return };
    let mut gpu = match Headless::start() {
        Ok(gpu) => gpu,
        Err(error) => return println!("no adapter: {error}"),
    };
    // A face a third of the picture high, as in a portrait.
    let face = Rect::new(1500.0, 600.0, 840.0, 840.0);
    let cells = Rect::new(0.0, 0.0, 28.0, 28.0);
    let map = Heatmap {
        width: 28,
        height: 28,
        values: (0..784).map(|i| (i % 28) as f32 / 27.0).collect(),
        image_from_map: Affine::rect_to_rect(&cells, &face),
    };
    let layer = Layer { map: Arc::new(map), map_from_upright: Affine::rect_to_rect(&face, &cells) };
    for (name, view) in [("fitted into 1920 x 1080", [1920, 1080]), ("at 3840 x 2160", [w, h])] {
        let Ok(pyramid) = Pyramid::build(&Arc::new(picture.clone()), &Cancel::default()) else {
            return;
        };
        let alone = Scene {
            placement: Placement::fit([w, h], [view[0] as f32, view[1] as f32], 0.0),
            pyramid: Arc::new(pyramid),
            view_size_px: view,
            layers: Vec::new(),
            patches: Vec::new(),
            style: OverlayStyle::default(),
            split_px: None,
            masks: None,
        };
        let overlaid = Scene { layers: vec![layer.clone()], ..alone.clone() };
        // Uploads and pipelines are not drawing.
        let warm = gpu.draw(&alone).and_then(|()| gpu.draw(&overlaid));
        if let Err(error) = warm {
            return println!("drawing failed: {error}");
        }
        let (mut without, mut with) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            for (scene, times) in [(&alone, &mut without), (&overlaid, &mut with)] {
                let start = Instant::now();
                let drawn = gpu.draw(scene);
                times.push(start.elapsed().as_secs_f64() * 1000.0);
                assert!(drawn.is_ok(), "drawing failed");
            }
        }
        let (without, with) = (median(without), median(with));
        println!(
            "{name} on {}: picture {without:.2} ms, with heat map {with:.2} ms, ratio {:.3}",
            gpu.adapter().name,
            with / without
        );
    }
}
