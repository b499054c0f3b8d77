//! Masks at 3840 x 2160: how long a move of the brush takes, and what undo costs in memory.
//!
//! `cargo bench --bench annotate` paints as the session does, move by move, and runs the slow tools
//! as their thread does. It prints medians, and the worst move of the brush.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::sync::Arc;
use std::time::Instant;

use pentimento::annotate::{
    Brush, Change, History, Mask, Patch, Region, Superpixels, grown, pressure_stroke,
    similar_color, stroke, superpixel_window, transformed, with_holes_filled, without_islands,
};
use pentimento::base::{Affine, Point, RgbImage};

const SIZE: (u32, u32) = (3840, 2160);

fn ms(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1000.0
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// A hand's way over the picture: ten strokes of sixty moves.
fn way(stroke: usize) -> Vec<Point> {
    let at = |i: usize| {
        let t = i as f32 / 60.0;
        let y = 200.0 + 170.0 * stroke as f32 + 60.0 * (t * 9.0).sin();
        Point { x: 300.0 + 3200.0 * t, y }
    };
    (0..=60).map(at).collect()
}

fn brush(diameter_px: f32, hardness: f32) {
    let (w, h) = SIZE;
    let brush = Brush { diameter_px, hardness };
    let mut mask = Arc::new(Mask::new(w, h));
    let mut history = History::new(64 << 20);
    let (mut moves, mut lifts) = (Vec::new(), Vec::new());
    for i in 0..10 {
        let mut patches = Vec::new();
        // Every other frame the screen still holds the mask, so that it is copied first.
        for (k, pair) in way(i).windows(2).enumerate() {
            let shown = (k % 2 == 0).then(|| Arc::clone(&mask));
            let start = Instant::now();
            if let Some(region) = stroke(w, h, brush, pair) {
                let patch = Patch::new(&mask, &region, Change::Add);
                patch.apply(Arc::make_mut(&mut mask));
                patches.push(patch);
            }
            moves.push(ms(start));
            drop(shown);
        }
        let start = Instant::now();
        history.push(Patch::merged(&patches, w, h));
        lifts.push(ms(start));
    }
    let worst = moves.iter().copied().fold(0.0, f64::max);
    println!(
        "brush {diameter_px} px, hardness {hardness}: a move of 54 px {:.3} ms (worst {worst:.3}), \
         lifting {:.3} ms, undo of 10 strokes {} bytes for {} pixels",
        median(&mut moves),
        median(&mut lifts),
        history.bytes(),
        mask.count()
    );
    let mut times = Vec::new();
    while history.n_done() > 0 {
        let start = Instant::now();
        history.undo(Arc::make_mut(&mut mask));
        times.push(ms(start));
    }
    println!("  undo of a stroke {:.3} ms, clean: {}", median(&mut times), mask.is_empty());
}

fn tool(name: &str, mut work: impl FnMut() -> u64) {
    let mut times = Vec::new();
    let mut found = 0;
    for _ in 0..3 {
        let start = Instant::now();
        found = work();
        times.push(ms(start));
    }
    println!("{name}: {:.1} ms ({found} pixels)", median(&mut times));
}

fn main() {
    let (w, h) = SIZE;
    for (diameter_px, hardness) in [(8.0, 1.0), (40.0, 1.0), (200.0, 1.0), (200.0, 0.5)] {
        brush(diameter_px, hardness);
    }
    let shade = |x: u32, y: u32| [(x / 15) as u8, (y / 9) as u8, ((x / 64) ^ (y / 64)) as u8];
    let pixels = (0..h).flat_map(|y| (0..w).flat_map(move |x| shade(x, y)));
    let Some(picture) = RgbImage::new(w, h, pixels.collect()) else { return };
    let mut blob = Mask::new(w, h);
    let at = [Point { x: 1200.0, y: 1000.0 }, Point { x: 2400.0, y: 1100.0 }];
    let tip = Brush { diameter_px: 800.0, hardness: 1.0 };
    if let Some(region) = stroke(w, h, tip, &at) {
        Patch::new(&blob.clone(), &region, Change::Add).apply(&mut blob);
    }
    tool("wand on the picture", || similar_color(&picture, 1900, 1000, 60).count());
    tool("fill holes", || with_holes_filled(&blob).count());
    tool("remove islands", || without_islands(&blob, 64).count());
    tool("grow by 3 px", || grown(&blob, 3).count());
    tool("grow by 40 px", || grown(&blob, 40).count());
    let turned = Affine { m: [0.98, -0.1, 140.0, 0.1, 0.98, -160.0] };
    tool("carry on to another frame", || transformed(&blob, &turned).count());
    let pen = Brush { diameter_px: 200.0, hardness: 1.0 };
    let way = [Point { x: 1900.0, y: 1000.0 }, Point { x: 1950.0, y: 1020.0 }];
    tool("a move of a pen pressed harder, 20 to 200 px", || {
        pressure_stroke(w, h, pen, &way, [0.1, 1.0]).map_or(0, |region| region.count())
    });
    tool("superpixels of a tile, first click", || {
        let window = superpixel_window(w, h, 1900, 1000);
        let cut = Superpixels::compute(&picture, window, 24);
        cut.at(1900, 1000).map_or(0, |region| region.count())
    });
    let noise: Vec<u8> = (0..w * h)
        .map(|i| if i.wrapping_mul(2_654_435_761) >> 31 == 1 { 255 } else { 0 })
        .collect();
    if let Some(noise) = Mask::from_bytes(w, h, &noise) {
        let patch = Patch::new(&blob, &Region::whole(noise), Change::Add);
        println!("undo of noise over all of the picture: {} bytes, the worst", patch.bytes());
    }
}
