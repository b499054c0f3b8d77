//! Tools on masks against brute force on small ones, undo bit for bit, sanity at 4K.

use std::collections::VecDeque;

use pentimento::annotate::{
    Agreement, Brush, Change, History, Mask, Patch, Region, Superpixels, between_boxes, connected,
    grown, like_color, marked, moved, polygon, polygons, pressed_stroke, shrunk, similarity,
    stroke, superpixel_window, with_holes_filled, without_islands,
};
use pentimento::base::{Affine, Heatmap, Point, Rect, RgbImage};

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    fn place(&mut self, w: u32, h: u32) -> Point {
        let mut at = |side: u32| self.below(u64::from(side) * 20) as f32 / 10.0 - side as f32 / 2.0;
        Point { x: at(w), y: at(h) }
    }

    /// A mask of blots: parts, holes, islands.
    fn mask(&mut self, w: u32, h: u32, percent: u64) -> Mask {
        let values: Vec<u8> =
            (0..w * h).map(|_| if self.below(100) < percent { 255 } else { 0 }).collect();
        Mask::from_bytes(w, h, &values).expect("the size fits")
    }
}

/// Odd widths around the edge of a word.
const SIZES: [(u32, u32); 6] = [(1, 1), (7, 5), (31, 9), (32, 8), (33, 12), (70, 21)];

fn filled(w: u32, h: u32, is_set: impl Fn(u32, u32) -> bool) -> Mask {
    let values: Vec<u8> = (0..h)
        .flat_map(|y| (0..w).map(move |x| (x, y)))
        .map(|(x, y)| if is_set(x, y) { 255 } else { 0 })
        .collect();
    Mask::from_bytes(w, h, &values).expect("the size fits")
}

fn with(mask: &Mask, patch: &Patch) -> Mask {
    let mut out = mask.clone();
    patch.apply(&mut out);
    out
}

#[test]
fn bytes_lead_to_a_mask_and_back() {
    let mut dice = Dice(1);
    for (w, h) in SIZES {
        let values: Vec<u8> = (0..w * h).map(|_| dice.below(2) as u8 * 255).collect();
        let mask = Mask::from_bytes(w, h, &values).expect("the size fits");
        assert_eq!(mask.to_bytes(), values, "{w} x {h}");
        assert_eq!(mask.count(), values.iter().filter(|v| **v > 0).count() as u64);
        for (i, v) in values.iter().enumerate() {
            assert_eq!(mask.get(i as u32 % w, i as u32 / w), *v > 0);
        }
        assert_eq!(mask.inverted().inverted(), mask);
        assert_eq!(mask.inverted().count() + mask.count(), u64::from(w * h), "no bits beyond");
        let xs = || (0..w).filter(|x| (0..h).any(|y| mask.get(*x, y)));
        let ys = || (0..h).filter(|y| (0..w).any(|x| mask.get(x, *y)));
        let bounds = mask.bounds().map(|b| (b.x0, b.x1 - 1, b.y0, b.y1 - 1));
        let expected = xs().next().map(|x0| {
            (x0, xs().next_back().unwrap(), ys().next().unwrap(), ys().next_back().unwrap())
        });
        assert_eq!(bounds, expected);
    }
    assert!(Mask::from_bytes(3, 3, &[0; 8]).is_none(), "a byte is missing");
    assert!(!Mask::new(3, 3).get(3, 0) && Mask::new(3, 3).bounds().is_none());
}

#[test]
fn patches_do_undo_and_do_again() {
    let mut dice = Dice(2);
    for round in 0..200 {
        let (w, h) = SIZES[round % SIZES.len()];
        let percents = [dice.below(101), dice.below(101)];
        let (a, b) = (dice.mask(w, h, percents[0]), dice.mask(w, h, percents[1]));
        let patch = Patch::between(&a, &b);
        assert_eq!(with(&a, &patch), b, "there");
        assert_eq!(with(&b, &patch), a, "and back");
        let differing = a.to_bytes().iter().zip(b.to_bytes()).filter(|(a, b)| **a != *b).count();
        assert_eq!(patch.n_pixels(), differing as u64);
        let region = Region::whole(b.clone());
        let added = with(&a, &Patch::new(&a, &region, Change::Add));
        assert_eq!(added, filled(w, h, |x, y| a.get(x, y) || b.get(x, y)));
        let taken = with(&a, &Patch::new(&a, &region, Change::TakeAway));
        assert_eq!(taken, filled(w, h, |x, y| a.get(x, y) && !b.get(x, y)));
        let c = dice.mask(w, h, 50);
        let two = [patch, Patch::between(&b, &c)];
        assert_eq!(with(&a, &Patch::merged(&two, w, h)), c, "two in one");
    }
}

#[test]
fn noise_is_not_packed_larger_than_it_is() {
    let mut dice = Dice(3);
    let (a, b) = (dice.mask(640, 400, 50), dice.mask(640, 400, 50));
    let bits = 640 * 400 / 8;
    let patch = Patch::between(&a, &b);
    assert!(patch.bytes() < bits + 200, "{} bytes for {bits} bytes of bits", patch.bytes());
    assert_eq!(with(&a, &patch), b);
    let disc = filled(640, 400, |x, y| (x as i32 - 320).pow(2) + (y as i32 - 200).pow(2) < 10_000);
    let patch = Patch::between(&Mask::new(640, 400), &disc);
    assert!(patch.bytes() < 1200, "a disc of 200 rows takes {} bytes", patch.bytes());
}

#[test]
fn a_stroke_takes_the_pixels_within_its_radius() {
    let mut dice = Dice(4);
    for round in 0..300 {
        let (w, h) = SIZES[round % SIZES.len()];
        let brush = Brush { diameter_px: 2.0 + dice.below(160) as f32 / 10.0, hardness: 1.0 };
        let points: Vec<Point> = (0..=dice.below(3)).map(|_| dice.place(w, h)).collect();
        let region = stroke(w, h, brush, &points);
        let distance = |x: u32, y: u32| {
            let p = (f64::from(x) + 0.5, f64::from(y) + 0.5);
            let to_segment = |a: Point, b: Point| {
                let (a, b) = ((f64::from(a.x), f64::from(a.y)), (f64::from(b.x), f64::from(b.y)));
                // The nearest of many points of the way, then nearer still.
                let square = (b.0 - a.0).powi(2) + (b.1 - a.1).powi(2);
                let t = if square == 0.0 {
                    0.0
                } else {
                    ((p.0 - a.0) * (b.0 - a.0) + (p.1 - a.1) * (b.1 - a.1)) / square
                };
                let t = t.clamp(0.0, 1.0);
                (p.0 - a.0 - t * (b.0 - a.0)).hypot(p.1 - a.1 - t * (b.1 - a.1))
            };
            let pairs = points.windows(2).map(|pair| to_segment(pair[0], pair[1]));
            pairs.fold(to_segment(points[0], points[0]), f64::min)
        };
        for y in 0..h {
            for x in 0..w {
                let rim = distance(x, y) - f64::from(brush.diameter_px) / 2.0;
                let taken = region.as_ref().is_some_and(|region| region.contains(x, y));
                assert!(rim.abs() < 1e-9 || taken == (rim < 0.0), "{points:?} {x} {y}: {rim}");
            }
        }
    }
}

#[test]
fn strokes_in_pieces_are_the_stroke_in_one() {
    let points: Vec<Point> = (0..40)
        .map(|i| Point { x: 10.0 + i as f32 * 1.7, y: 30.0 + (i as f32 / 5.0).sin() * 20.0 })
        .collect();
    for hardness in [1.0, 0.4] {
        let brush = Brush { diameter_px: 9.0, hardness };
        let whole = stroke(90, 60, brush, &points).expect("a stroke");
        let whole = with(&Mask::new(90, 60), &Patch::new(&Mask::new(90, 60), &whole, Change::Add));
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
fn a_polygon_holds_the_centers_inside_it() {
    let mut dice = Dice(5);
    for round in 0..300 {
        let (w, h) = SIZES[round % SIZES.len()];
        let corners: Vec<Point> = (0..3 + dice.below(5)).map(|_| dice.place(w, h)).collect();
        let region = polygon(w, h, &corners);
        for y in 0..h {
            for x in 0..w {
                // A ray to the right crosses the line an odd number of times from inside.
                let (px, py) = (f64::from(x) + 0.5, f64::from(y) + 0.5);
                let mut n = 0;
                let mut on_line = false;
                for (i, a) in corners.iter().enumerate() {
                    let b = corners[(i + 1) % corners.len()];
                    let (ay, by) = (f64::from(a.y), f64::from(b.y));
                    if (ay > py) != (by > py) {
                        let t = (py - ay) / (by - ay);
                        let cross = f64::from(a.x) + t * (f64::from(b.x) - f64::from(a.x));
                        on_line |= (cross - px).abs() < 1e-6;
                        n += i32::from(cross > px);
                    }
                    on_line |= (ay - py).abs() < 1e-6 || (by - py).abs() < 1e-6;
                }
                let taken = region.as_ref().is_some_and(|region| region.contains(x, y));
                assert!(on_line || taken == (n % 2 == 1), "{corners:?} at {x} {y}");
            }
        }
    }
    assert!(polygon(9, 9, &[Point { x: 1.0, y: 1.0 }, Point { x: 5.0, y: 5.0 }]).is_none());
}

/// All pixels reached from one by steps to neighbors for which `goes` holds.
fn flood(
    w: u32,
    h: u32,
    start: (u32, u32),
    corners: bool,
    goes: impl Fn(u32, u32) -> bool,
) -> Mask {
    let mut seen = vec![0u8; (w * h) as usize];
    let mut queue = VecDeque::new();
    if goes(start.0, start.1) {
        seen[(start.1 * w + start.0) as usize] = 255;
        queue.push_back(start);
    }
    while let Some((x, y)) = queue.pop_front() {
        for (dx, dy) in [(-1, 0), (1, 0), (0, -1), (0, 1), (-1, -1), (1, -1), (-1, 1), (1, 1)] {
            if dx != 0 && dy != 0 && !corners {
                continue;
            }
            let (nx, ny) = (x as i32 + dx, y as i32 + dy);
            if nx < 0 || ny < 0 || nx >= w as i32 || ny >= h as i32 {
                continue;
            }
            let (nx, ny) = (nx as u32, ny as u32);
            let at = (ny * w + nx) as usize;
            if seen[at] == 0 && goes(nx, ny) {
                seen[at] = 255;
                queue.push_back((nx, ny));
            }
        }
    }
    Mask::from_bytes(w, h, &seen).expect("the size fits")
}

#[test]
fn wands_take_what_is_joined() {
    let mut dice = Dice(6);
    for round in 0..200 {
        let (w, h) = SIZES[round % SIZES.len()];
        let pixels: Vec<u8> = (0..w * h * 3).map(|_| 100 + dice.below(12) as u8).collect();
        let picture = RgbImage::new(w, h, pixels).expect("a picture");
        let (x, y) = (dice.below(u64::from(w)) as u32, dice.below(u64::from(h)) as u32);
        let tolerance = dice.below(12) as u8;
        let seed = picture.get(i64::from(x), i64::from(y));
        let is_like = |x: u32, y: u32| {
            let pixel = picture.get(i64::from(x), i64::from(y));
            (0..3).all(|c| pixel[c].abs_diff(seed[c]) <= tolerance)
        };
        assert_eq!(like_color(&picture, x, y, tolerance), flood(w, h, (x, y), false, is_like));
        let percent = 30 + dice.below(50);
        let mask = dice.mask(w, h, percent);
        let joined = flood(w, h, (x, y), false, |x, y| mask.get(x, y));
        assert_eq!(connected(&mask, x, y), joined);
    }
    assert!(like_color(&RgbImage::filled(3, 3, [0; 3]), 3, 0, 9).is_empty(), "outside");
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
    // Turned by a quarter, as in a picture that lies on its side.
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
fn holes_islands_growing_and_shrinking() {
    let mut dice = Dice(7);
    for round in 0..240 {
        let (w, h) = SIZES[round % SIZES.len()];
        let percent = 20 + dice.below(75);
        let mask = dice.mask(w, h, percent);
        let outside = filled(w, h, |x, y| {
            let reached = flood(w, h, (x, y), false, |x, y| !mask.get(x, y));
            let at_border = (0..w).any(|x| reached.get(x, 0) || reached.get(x, h - 1))
                || (0..h).any(|y| reached.get(0, y) || reached.get(w - 1, y));
            !mask.get(x, y) && at_border
        });
        assert_eq!(with_holes_filled(&mask), outside.inverted(), "holes");
        let min_px = dice.below(12);
        let kept = filled(w, h, |x, y| {
            mask.get(x, y) && flood(w, h, (x, y), true, |x, y| mask.get(x, y)).count() >= min_px
        });
        assert_eq!(without_islands(&mask, min_px), kept, "islands below {min_px}");
        let by_px = dice.below(6) as u32;
        let is_near = |x: u32, y: u32, wanted: bool| {
            let near = |other: (u32, u32)| {
                x.abs_diff(other.0).pow(2) + y.abs_diff(other.1).pow(2) <= by_px * by_px
            };
            let all = (0..h).flat_map(|y| (0..w).map(move |x| (x, y)));
            all.into_iter().any(|at| mask.get(at.0, at.1) == wanted && near(at))
        };
        assert_eq!(grown(&mask, by_px), filled(w, h, |x, y| is_near(x, y, true)), "by {by_px}");
        assert_eq!(shrunk(&mask, by_px), filled(w, h, |x, y| !is_near(x, y, false)));
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
    let cut = Superpixels::of(&picture, window, 12);
    assert_eq!(cut.labels(), Superpixels::of(&picture, window, 12).labels(), "the same again");
    let mut seen = Mask::new(w, h);
    for y in 0..h {
        for x in 0..w {
            let region = cut.at(x, y).expect("every pixel is in one");
            assert!(region.contains(x, y));
            if !seen.get(x, y) {
                let joined = flood(w, h, (x, y), false, |x, y| region.contains(x, y));
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
fn history_goes_back_and_forth_bit_for_bit() {
    let mut dice = Dice(8);
    let (w, h) = (70, 50);
    let mut mask = Mask::new(w, h);
    let mut history = History::new(1 << 20);
    let mut states = vec![mask.clone()];
    for _ in 0..40 {
        let brush = Brush { diameter_px: 1.0 + dice.below(20) as f32, hardness: 1.0 };
        let points = [dice.place(w, h), dice.place(w, h)];
        let change = if dice.below(3) == 0 { Change::TakeAway } else { Change::Add };
        let Some(region) = stroke(w, h, brush, &points) else { continue };
        let patch = Patch::new(&mask, &region, change);
        patch.apply(&mut mask);
        history.push(patch);
        states.push(mask.clone());
    }
    let n = states.len() - 1;
    assert_eq!((history.n_done(), history.n_undone()), (n, 0));
    for state in states.iter().rev().skip(1) {
        history.undo(&mut mask);
        assert_eq!(mask, *state);
    }
    assert!(history.undo(&mut mask).is_none(), "no further");
    for state in states.iter().skip(1) {
        history.redo(&mut mask);
        assert_eq!(mask, *state);
    }
    history.undo(&mut mask);
    history.push(Patch::between(&mask, &mask.inverted()));
    assert_eq!(history.n_undone(), 0, "what was undone is gone once something else is done");
}

#[test]
fn history_is_bounded_by_bytes_not_by_steps() {
    let mut dice = Dice(9);
    let (w, h) = (320, 200);
    let mut history = History::new(20_000);
    let mut mask = Mask::new(w, h);
    for _ in 0..30 {
        let next = dice.mask(w, h, 50);
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
    let both = Agreement::of(&a, &b);
    assert_eq!((both.both, both.only_first, both.only_second), (100, 100, 100));
    assert!((both.iou().expect("not empty") - 1.0 / 3.0).abs() < 1e-12);
    assert_eq!(Agreement::of(&Mask::new(3, 3), &Mask::new(3, 3)).iou(), None);
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
    let ring = with(&larger, &Patch::new(&larger, &Region::whole(mask), Change::TakeAway));
    assert_eq!(with_holes_filled(&ring), larger);
    assert_eq!(without_islands(&ring, 100), ring);
    let picture = RgbImage::filled(w, h, [90; 3]);
    assert_eq!(like_color(&picture, 5, 5, 0).count(), u64::from(w * h));
    let checkers = filled(w, h, |x, y| (x + y) % 2 == 0);
    assert_eq!(connected(&checkers, 0, 0).count(), 1, "corners do not join");
    assert_eq!(without_islands(&checkers, 2), checkers, "here they do");
    assert!(Superpixels::of(&picture, superpixel_window(w, h, 9, 9), 32).at(9, 9).is_some());
}

#[test]
fn several_outlines_are_one_region() {
    let mut dice = Dice(21);
    for (w, h) in SIZES {
        for _ in 0..20 {
            let outlines: Vec<Vec<Point>> =
                (0..3).map(|_| (0..4).map(|_| dice.place(w, h)).collect()).collect();
            let parts: Vec<Region> = outlines.iter().filter_map(|o| polygon(w, h, o)).collect();
            let expected = filled(w, h, |x, y| parts.iter().any(|part| part.contains(x, y)));
            let all = polygons(w, h, &outlines);
            let found = filled(w, h, |x, y| all.as_ref().is_some_and(|all| all.contains(x, y)));
            assert_eq!(found, expected, "{w} x {h}: {outlines:?}");
        }
    }
}

#[test]
fn a_step_is_replaced_by_another_as_if_it_never_was() {
    let mut dice = Dice(22);
    let (w, h) = (70, 21);
    let (first, wrong, right) = (dice.mask(w, h, 20), dice.mask(w, h, 50), dice.mask(w, h, 30));
    let mut mask = Mask::new(w, h);
    let mut history = History::new(1 << 20);
    assert!(history.before_newest(&mask).is_none());
    for next in [&first, &wrong] {
        let patch = Patch::between(&mask, next);
        patch.apply(&mut mask);
        history.push(patch);
    }
    assert_eq!(history.before_newest(&mask), Some(first.clone()));
    let bytes = history.bytes();
    let patch = Patch::between(&first, &right);
    let (gone, come) = (Patch::between(&first, &wrong).bytes(), patch.bytes());
    assert!(history.replace_newest(&mut mask, patch).is_some());
    assert_eq!((&mask, history.n_done(), history.bytes()), (&right, 2, bytes - gone + come));
    let nothing = Patch::between(&first, &first);
    history.replace_newest(&mut mask, nothing);
    assert_eq!((&mask, history.n_done()), (&first, 2), "a step that changes nothing is one");
    history.undo(&mut mask);
    assert_eq!(mask, first);
    history.undo(&mut mask);
    assert!(mask.is_empty());
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
        let found = similarity(&from, &from.map(|p| map.apply(p))).expect("a map");
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
    let best = similarity(&from, &to).expect("a map");
    let [a, b, c, d, e, f] = best.m;
    assert!((a - e).abs() < 1e-6 && (b + d).abs() < 1e-6, "a similarity: {best:?}");
    for step in [-0.02f32, 0.02] {
        let (turn, grow) = ([0.0, -step, 0.0, step, 0.0, 0.0], [step, 0.0, 0.0, 0.0, step, 0.0]);
        for by in [turn, grow, [0.0, 0.0, step, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 0.0, step]] {
            let m = [a + by[0], b + by[1], c + by[2], d + by[3], e + by[4], f + by[5]];
            assert!(off(&Affine { m }) > off(&best), "{by:?} comes nearer");
        }
    }
    assert!(similarity(&[at(1.0, 1.0); 5], &from).is_none(), "all in one place");
    assert!(similarity(&from, &[at(1.0, 1.0); 5]).is_none(), "to one place");
    let nowhere = Rect::new(0.0, 0.0, 0.0, 0.0);
    assert!(between_boxes(&nowhere, &Rect::new(0.0, 0.0, 9.0, 9.0)).is_none());
    let map = between_boxes(&Rect::new(10.0, 10.0, 20.0, 40.0), &Rect::new(50.0, 30.0, 40.0, 80.0));
    assert_eq!(map.map(|map| map.apply(at(20.0, 30.0))), Some(at(70.0, 70.0)), "middle to middle");
    assert_eq!(map.map(|map| map.m[0]), Some(2.0));
}

#[test]
fn a_moved_mask_is_that_of_every_pixel_asked_alone() {
    let mut dice = Dice(23);
    for (w, h) in SIZES {
        for _ in 0..30 {
            let mask = dice.mask(w, h, 30);
            let angle = dice.below(628) as f32 / 100.0;
            let scale = 0.3 + dice.below(30) as f32 / 10.0;
            let shift = dice.place(w, h);
            let (sin, cos) = (angle.sin() * scale, angle.cos() * scale);
            let map = Affine { m: [cos, -sin, shift.x, sin, cos, shift.y] };
            let back = map.inverse().expect("it can be undone");
            let expected = filled(w, h, |x, y| {
                let p = back.apply(Point { x: x as f32 + 0.5, y: y as f32 + 0.5 });
                p.x >= 0.0 && p.y >= 0.0 && mask.get(p.x as u32, p.y as u32)
            });
            assert_eq!(moved(&mask, &map), expected, "{w} x {h} by {map:?}");
        }
        let mask = dice.mask(w, h, 30);
        assert_eq!(moved(&mask, &Affine::IDENTITY), mask);
        let away = Affine { m: [1.0, 0.0, 1e9, 0.0, 1.0, -1e9] };
        assert!(moved(&mask, &away).is_empty());
        let broken = Affine { m: [f32::NAN, 0.0, f32::INFINITY, 0.0, 1.0, 0.0] };
        assert!(moved(&mask, &broken).is_empty(), "and nothing breaks");
    }
}

#[test]
fn a_tip_pressed_evenly_harder_covers_a_cone() {
    let brush = Brush { diameter_px: 60.0, hardness: 1.0 };
    let (from, to) = (Point { x: 40.0, y: 50.0 }, Point { x: 340.0, y: 50.0 });
    let (w, h) = (400, 100);
    let region = pressed_stroke(w, h, brush, &[from, to], [0.2, 1.0]).expect("a region");
    for x in (50..330).step_by(10) {
        let n = (0..h).filter(|y| region.contains(x, *y)).count() as f32;
        let wanted = 60.0 * (0.2 + 0.8 * (x as f32 + 0.5 - 40.0) / 300.0);
        assert!((n - wanted).abs() < 5.0, "{n} at {x}, {wanted} wanted");
    }
    let even = pressed_stroke(w, h, brush, &[from, to], [0.5, 0.5]);
    let half = stroke(w, h, Brush { diameter_px: 30.0, ..brush }, &[from, to]);
    assert_eq!(even, half, "at half the pressure the tip is half as large");
    let least = pressed_stroke(w, h, brush, &[from], [f32::NAN, 0.0]);
    assert!(least.is_some_and(|region| region.count() > 10), "a pen that touches draws");
}
