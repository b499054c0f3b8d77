//! What masks and their tools must do beyond the laws of `laws`: sizes in memory, strokes, maps, 4K.

use pentimento::annotate::{
    Agreement, Brush, Change, History, Mask, Patch, Region, Superpixels, box_transform, connected,
    grown, marked, pressure_stroke, shrunk, similar_color, similarity_transform, stroke,
    superpixel_window, transformed, with_holes_filled, without_islands,
};
use pentimento::base::{Affine, Heatmap, Point, Rect, RgbImage};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::laws::tools::flood;
use crate::laws::{filled, patched};

/// As many pixels set as not, in no order; the same in every run.
fn noise(w: u32, h: u32, seed: u64) -> Mask {
    let mut values = vec![0; (w * h) as usize];
    StdRng::seed_from_u64(seed).fill(&mut values[..]);
    Mask::from_bytes(w, h, &values).expect("the size fits")
}

#[test]
fn noise_is_not_packed_larger_than_it_is() {
    let (a, b) = (noise(640, 400, 1), noise(640, 400, 2));
    let bits = 640 * 400 / 8;
    let patch = Patch::between(&a, &b);
    assert!(patch.bytes() < bits + 200, "{} bytes for {bits} bytes of bits", patch.bytes());
    assert_eq!(patched(&a, &patch), b);
    let disc = filled(640, 400, |x, y| (x as i32 - 320).pow(2) + (y as i32 - 200).pow(2) < 10_000);
    let patch = Patch::between(&Mask::new(640, 400), &disc);
    assert!(patch.bytes() < 1200, "a disc of 200 rows takes {} bytes", patch.bytes());
}

#[test]
fn strokes_in_pieces_are_the_stroke_in_one() {
    let points: Vec<Point> = (0..40)
        .map(|i| Point { x: 10.0 + i as f32 * 1.7, y: 30.0 + (i as f32 / 5.0).sin() * 20.0 })
        .collect();
    for hardness in [1.0, 0.4] {
        let brush = Brush { diameter_px: 9.0, hardness };
        let whole = stroke(90, 60, brush, &points).expect("a stroke");
        let whole =
            patched(&Mask::new(90, 60), &Patch::new(&Mask::new(90, 60), &whole, Change::Add));
        let mut mask = Mask::new(90, 60);
        let mut patches = Vec::new();
        for pair in points.windows(2) {
            let region = stroke(90, 60, brush, pair).expect("a piece");
            let patch = Patch::new(&mask, &region, Change::Add);
            patch.apply(&mut mask);
            patches.push(patch);
        }
        assert_eq!(mask, whole, "hardness {hardness}");
        Patch::merged(&patches, 90, 60).apply(&mut mask);
        assert!(mask.is_empty(), "undone as one step");
    }
}

#[test]
fn thin_strokes_have_no_gaps_and_soft_ones_fade() {
    let ends = [Point { x: 2.2, y: 3.9 }, Point { x: 60.8, y: 27.1 }];
    let brush = Brush { diameter_px: 1.0, hardness: 1.0 };
    let thin = stroke(70, 40, brush, &ends).expect("a line");
    for x in 2..60 {
        assert!((0..40).any(|y| thin.contains(x, y)), "a gap in column {x}");
    }
    let soft = Brush { diameter_px: 64.0, hardness: 0.5 };
    let soft = stroke(80, 80, soft, &[Point { x: 40.0, y: 40.0 }]).expect("a dab");
    let hard =
        stroke(80, 80, Brush { diameter_px: 64.0, hardness: 1.0 }, &[Point { x: 40.0, y: 40.0 }]);
    assert!(soft.count() < hard.expect("a dab").count());
    let in_ring = |from: f64, to: f64| {
        let inside = |x: u32, y: u32| {
            let d = (f64::from(x) - 39.5).hypot(f64::from(y) - 39.5);
            d >= from && d < to
        };
        let all: Vec<bool> = (0..80u32 * 80)
            .filter(|i| inside(i % 80, i / 80))
            .map(|i| soft.contains(i % 80, i / 80))
            .collect();
        all.iter().filter(|taken| **taken).count() as f64 / all.len() as f64
    };
    assert_eq!(in_ring(0.0, 15.5), 1.0, "all of the hard core");
    let (near, far) = (in_ring(17.0, 21.0), in_ring(27.0, 31.0));
    assert!(near > 0.7 && far < 0.3 && far > 0.0, "fewer outwards: {near} {far}");
    assert!(stroke(10, 10, brush, &[Point { x: f32::NAN, y: 1.0 }]).is_none());
    assert!(stroke(10, 10, brush, &[Point { x: -50.0, y: 1.0 }]).is_none());
}

#[test]
fn the_map_is_cut_where_it_reaches_the_threshold() {
    let values: Vec<f32> = (0..28 * 28).map(|i| (i % 28) as f32 / 27.0).collect();
    let place = Rect::new(10.5, 4.0, 40.0, 30.0);
    let grid = Rect::new(0.0, 0.0, 28.0, 28.0);
    let map = Heatmap {
        width: 28,
        height: 28,
        values,
        image_from_map: Affine::rect_to_rect(&grid, &place),
    };
    // RotatedSquare by a quarter, as in a picture that lies on its side.
    let turned =
        Heatmap { image_from_map: Affine { m: [0.0, -1.0, 60.0, 1.0, 0.0, 2.0] }, ..map.clone() };
    for threshold in [0.0, 0.3, 0.77, 1.0] {
        let own = marked(&[&map, &turned], threshold, 70, 50);
        for y in 0..50 {
            for x in 0..70 {
                let reaches = |map: &Heatmap| {
                    let at = Point { x: x as f32 + 0.5, y: y as f32 + 0.5 };
                    let at = map.image_from_map.inverse().expect("a map").apply(at);
                    map.sample(at).is_some_and(|v| v >= threshold)
                };
                assert_eq!(own.get(x, y), reaches(&map) || reaches(&turned), "{x} {y}");
            }
        }
    }
}

#[test]
fn superpixels_are_joined_cover_all_and_follow_edges() {
    let (w, h) = (96u32, 64u32);
    let is_left = |x: u32, y: u32| x < 41 + y / 4;
    let pixels = (0..h).flat_map(|y| (0..w).map(move |x| (x, y))).flat_map(|(x, y)| {
        let shade = (x * 7 + y * 13) as u8 % 5;
        if is_left(x, y) { [200 + shade, 40, 40] } else { [30, 60 + shade, 180] }
    });
    let picture = RgbImage::new(w, h, pixels.collect()).expect("a picture");
    let window = superpixel_window(w, h, 50, 20);
    let cut = Superpixels::compute(&picture, window, 12);
    assert_eq!(cut.labels(), Superpixels::compute(&picture, window, 12).labels(), "the same again");
    let mut seen = Mask::new(w, h);
    for y in 0..h {
        for x in 0..w {
            let region = cut.at(x, y).expect("every pixel is in one");
            assert!(region.contains(x, y));
            if !seen.get(x, y) {
                let joined = flood((w, h), (x, y), false, |x, y| region.contains(x, y));
                assert_eq!(joined.count(), region.count(), "in one piece");
                let n_left = (0..w * h)
                    .filter(|i| region.contains(i % w, i / w) && is_left(i % w, i / w))
                    .count() as u64;
                assert!(n_left == 0 || n_left == region.count(), "it crosses the edge");
                Patch::new(&seen.clone(), &region, Change::Add).apply(&mut seen);
            }
        }
    }
    assert_eq!(seen.count(), u64::from(w * h));
    assert!(cut.at(96, 0).is_none() && cut.at(0, 64).is_none());
}

#[test]
fn large_pictures_are_cut_up_round_the_click() {
    let window = superpixel_window(3840, 2160, 3800, 5);
    assert_eq!((window.x0, window.y0, window.x1, window.y1), (2816, 0, 3840, 1280));
    assert_eq!(window, superpixel_window(3840, 2160, 3080, 1000), "the same for all of a tile");
    let small = superpixel_window(1920, 1080, 5, 5);
    assert_eq!((small.x1, small.y1), (1920, 1080));
}

#[test]
fn history_is_bounded_by_bytes_not_by_steps() {
    let (w, h) = (320, 200);
    let mut history = History::new(20_000);
    let mut mask = Mask::new(w, h);
    for seed in 0..30 {
        let next = noise(w, h, seed);
        history.push(Patch::between(&mask, &next));
        mask = next;
        assert!(history.bytes() <= 20_000, "{}", history.bytes());
    }
    assert!(history.n_done() <= 2, "noise is large: {}", history.n_done());
    for i in 0..100 {
        let mut next = mask.clone();
        next.flip_span(i, 3..9);
        history.push(Patch::between(&mask, &next));
        mask = next;
    }
    assert!(history.n_done() >= 100, "small steps are many: {}", history.n_done());
    let mut tiny = History::new(10);
    tiny.push(Patch::between(&Mask::new(w, h), &mask));
    assert_eq!(tiny.n_done(), 1, "the newest step stays");
}

#[test]
fn agreement_counts_pixels() {
    let a = filled(40, 10, |x, _| x < 20);
    let b = filled(40, 10, |x, _| (10..30).contains(&x));
    let both = Agreement::between(&a, &b);
    assert_eq!((both.both, both.only_first, both.only_second), (100, 100, 100));
    assert!((both.iou().expect("not empty") - 1.0 / 3.0).abs() < 1e-12);
    assert_eq!(Agreement::between(&Mask::new(3, 3), &Mask::new(3, 3)).iou(), None);
}

/// No times are asserted; a tool that walks through every pixel for every pixel would not end.
#[test]
fn every_tool_works_at_4k() {
    let (w, h) = (3840, 2160);
    let center = Point { x: 1920.0, y: 1080.0 };
    let brush = Brush { diameter_px: 1200.0, hardness: 1.0 };
    let way: Vec<Point> =
        (0..200).map(|i| Point { x: 800.0 + i as f32 * 11.0, ..center }).collect();
    let region = stroke(w, h, brush, &way).expect("a stroke");
    let mut mask = Mask::new(w, h);
    let patch = Patch::new(&mask, &region, Change::Add);
    patch.apply(&mut mask);
    assert!(patch.bytes() < 20_000, "{} bytes to undo a stroke", patch.bytes());
    let larger = grown(&mask, 40);
    assert!(larger.count() > mask.count());
    assert_eq!(shrunk(&larger, 40).bounds(), mask.bounds(), "there and back");
    let ring = patched(&larger, &Patch::new(&larger, &Region::whole(mask), Change::TakeAway));
    assert_eq!(with_holes_filled(&ring), larger);
    assert_eq!(without_islands(&ring, 100), ring);
    let picture = RgbImage::filled(w, h, [90; 3]);
    assert_eq!(similar_color(&picture, 5, 5, 0).count(), u64::from(w * h));
    let checkers = filled(w, h, |x, y| (x + y) % 2 == 0);
    assert_eq!(connected(&checkers, 0, 0).count(), 1, "corners do not join");
    assert_eq!(without_islands(&checkers, 2), checkers, "here they do");
    assert!(Superpixels::compute(&picture, superpixel_window(w, h, 9, 9), 32).at(9, 9).is_some());
}

#[test]
fn the_similarity_between_two_sets_of_points_is_found() {
    let at = |x: f32, y: f32| Point { x, y };
    let from = [at(30.0, 40.0), at(70.0, 41.0), at(50.0, 60.0), at(35.0, 80.0), at(66.0, 79.0)];
    for (angle, scale, dx, dy) in
        [(0.0f32, 1.0f32, 7.0f32, -3.0f32), (0.4, 1.5, 1000.0, 20.0), (-2.9, 0.3, -5.0, 2.0)]
    {
        let (sin, cos) = (angle.sin() * scale, angle.cos() * scale);
        let map = Affine { m: [cos, -sin, dx, sin, cos, dy] };
        let found = similarity_transform(&from, &from.map(|p| map.apply(p))).expect("a map");
        for (a, b) in found.m.iter().zip(map.m) {
            assert!((a - b).abs() < 1e-3 * (1.0 + b.abs()), "{found:?} for {map:?}");
        }
    }
    // What no similarity can do is done as well as can be: no nearer by any small step.
    let to = [at(33.0, 38.0), at(74.0, 45.0), at(49.0, 66.0), at(40.0, 78.0), at(60.0, 85.0)];
    let off = |map: &Affine| -> f32 {
        let pairs = from.iter().zip(to);
        pairs.map(|(a, b)| (map.apply(*a).x - b.x).powi(2) + (map.apply(*a).y - b.y).powi(2)).sum()
    };
    let best = similarity_transform(&from, &to).expect("a map");
    let [a, b, c, d, e, f] = best.m;
    assert!((a - e).abs() < 1e-6 && (b + d).abs() < 1e-6, "a similarity: {best:?}");
    for step in [-0.02f32, 0.02] {
        let (turn, grow) = ([0.0, -step, 0.0, step, 0.0, 0.0], [step, 0.0, 0.0, 0.0, step, 0.0]);
        for by in [turn, grow, [0.0, 0.0, step, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 0.0, step]] {
            let m = [a + by[0], b + by[1], c + by[2], d + by[3], e + by[4], f + by[5]];
            assert!(off(&Affine { m }) > off(&best), "{by:?} comes nearer");
        }
    }
    assert!(similarity_transform(&[at(1.0, 1.0); 5], &from).is_none(), "all in one place");
    assert!(similarity_transform(&from, &[at(1.0, 1.0); 5]).is_none(), "to one place");
    let nowhere = Rect::new(0.0, 0.0, 0.0, 0.0);
    assert!(box_transform(&nowhere, &Rect::new(0.0, 0.0, 9.0, 9.0)).is_none());
    let map = box_transform(&Rect::new(10.0, 10.0, 20.0, 40.0), &Rect::new(50.0, 30.0, 40.0, 80.0));
    assert_eq!(map.map(|map| map.apply(at(20.0, 30.0))), Some(at(70.0, 70.0)), "middle to middle");
    assert_eq!(map.map(|map| map.m[0]), Some(2.0));
}

#[test]
fn a_mask_moved_far_away_or_by_nonsense_is_empty() {
    let mask = noise(70, 21, 3);
    let away = Affine { m: [1.0, 0.0, 1e9, 0.0, 1.0, -1e9] };
    assert!(transformed(&mask, &away).is_empty());
    let broken = Affine { m: [f32::NAN, 0.0, f32::INFINITY, 0.0, 1.0, 0.0] };
    assert!(transformed(&mask, &broken).is_empty(), "and nothing breaks");
}

#[test]
fn a_tip_pressed_evenly_harder_covers_a_cone() {
    let brush = Brush { diameter_px: 60.0, hardness: 1.0 };
    let (from, to) = (Point { x: 40.0, y: 50.0 }, Point { x: 340.0, y: 50.0 });
    let (w, h) = (400, 100);
    let region = pressure_stroke(w, h, brush, &[from, to], [0.2, 1.0]).expect("a region");
    for x in (50..330).step_by(10) {
        let n = (0..h).filter(|y| region.contains(x, *y)).count() as f32;
        let wanted = 60.0 * (0.2 + 0.8 * (x as f32 + 0.5 - 40.0) / 300.0);
        assert!((n - wanted).abs() < 5.0, "{n} at {x}, {wanted} wanted");
    }
    let even = pressure_stroke(w, h, brush, &[from, to], [0.5, 0.5]);
    let half = stroke(w, h, Brush { diameter_px: 30.0, ..brush }, &[from, to]);
    assert_eq!(even, half, "at half the pressure the tip is half as large");
    let least = pressure_stroke(w, h, brush, &[from], [f32::NAN, 0.0]);
    assert!(least.is_some_and(|region| region.count() > 10), "a pen that touches draws");
}
