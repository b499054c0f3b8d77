//! Tests of the detector with a fake network.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;

use super::*;
use crate::base::{Cancel, FaceOrigin, Orientation, Point, Progress, RgbImage, TaskCtx};
use crate::bundle::{
    ChannelOrder, ErrorKind, ErrorRates, FileSpec, InputSpec, Measure, ReliabilityFacts, Scope,
    ScopeLimit, Source,
};
use crate::detect::{Degradation, SERIES};
use crate::infer;

const SIDE: u32 = 64;
const CELLS: usize = 8;

/// Answers with a fixed logit and a map with a rectangle of cells drawn on it, copies the top left
/// pixel of its input into the reconstruction, and keeps what it was fed.
struct FakeSession {
    logit: f32,
    cells: Rect,
    n_outputs: usize,
    seen: Arc<Mutex<Vec<Tensor>>>,
    info: EngineInfo,
}

impl ModelSession for FakeSession {
    fn run(&mut self, input: &Tensor) -> Result<Vec<Tensor>, infer::Error> {
        self.seen.lock().unwrap().push(input.clone());
        let map = (0..CELLS * CELLS)
            .map(|i| {
                let p = Point { x: (i % CELLS) as f32 + 0.5, y: (i / CELLS) as f32 + 0.5 };
                if self.cells.contains(p) { 0.9 } else { 0.05 }
            })
            .collect();
        let plane = (SIDE * SIDE) as usize;
        let first = (0..3).flat_map(|c| [input.data[c * plane]; 4]).collect();
        // Sure of the left half of the map only.
        let sure = (0..CELLS * CELLS).map(|i| if i % CELLS < CELLS / 2 { 0.95 } else { 0.45 });
        let mut answer = vec![
            Tensor::new(vec![1], vec![self.logit]).unwrap(),
            Tensor::new(vec![1, 1, CELLS, CELLS], map).unwrap(),
            Tensor::new(vec![1, 3, 2, 2], first).unwrap(),
            Tensor::new(vec![1, CELLS, CELLS], sure.collect()).unwrap(),
            Tensor::new(vec![1, 3], vec![0.5, 6.0, 0.0]).unwrap(),
        ];
        answer.truncate(self.n_outputs);
        Ok(answer)
    }

    fn engine(&self) -> &EngineInfo {
        &self.info
    }
}

fn card() -> Card {
    Card {
        format: 1,
        name: "stand-in".into(),
        kind: ModelKind::Lae,
        summary: String::new(),
        license: "MIT".into(),
        source: Source {
            origin: String::new(),
            rebuild: String::new(),
            terms: String::new(),
            commit: String::new(),
            date: String::new(),
            seed: None,
            steps: None,
        },
        file: FileSpec { sha256: "ab".into(), bytes: 1 },
        input: InputSpec {
            name: "input".into(),
            channels: ChannelOrder::Rgb,
            size: InputSize::SquarePx(SIDE),
            mean: [128.0; 3],
            std: [64.0; 3],
            crop_scale: Some(2.0),
            looks: Vec::new(),
        },
        outputs: ["logit", "map", "reconstruction"].map(str::to_owned).to_vec(),
        correction: None,
        calibration: Some(Calibration { scale: 1.0, offset: 0.0 }),
        thresholds: Some(Thresholds {
            traces_found: 0.8,
            no_trace_found: 0.3,
            false_positive_rate: 0.05,
            miss_rate: 0.1,
            map: 0.5,
        }),
        scope: None,
        reliability: None,
        concepts: None,
        error_rates: ErrorRates::default(),
        measured: BTreeMap::new(),
    }
}

struct TestDetector {
    detector: Detector,
    seen: Arc<Mutex<Vec<Tensor>>>,
}

fn stand(logit: f32, cells: Rect) -> TestDetector {
    stand_with(card(), logit, cells)
}

fn stand_with(card: Card, logit: f32, cells: Rect) -> TestDetector {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let info =
        EngineInfo { engine: "drawn".into(), provider: "cpu".into(), ..EngineInfo::default() };
    let n_outputs = card.outputs.len();
    let session = FakeSession { logit, cells, n_outputs, seen: Arc::clone(&seen), info };
    let detector = Detector::new(card, || Ok(Box::new(session))).unwrap();
    TestDetector { detector, seen }
}

/// Left half red, right half blue.
fn two_colors(width: u32, height: u32) -> RgbImage {
    let row = (0..width).flat_map(|x| if x < width / 2 { [255, 0, 0] } else { [0, 0, 255] });
    RgbImage::new(width, height, row.collect::<Vec<u8>>().repeat(height as usize)).unwrap()
}

fn face(box_px: Rect) -> Face {
    Face { box_px, landmarks: None, confidence: 1.0, origin: FaceOrigin::Found }
}

#[test]
fn scores_are_calibrated_and_worded_by_the_thresholds() {
    let frame = Frame::new(two_colors(100, 100), Orientation::UPRIGHT);
    let whole = Rect::new(0.0, 0.0, 8.0, 8.0);
    let examined = |logit| {
        let face = face(Rect::new(40.0, 40.0, 20.0, 20.0));
        stand(logit, whole).detector.examine(&frame, &face).unwrap()
    };
    let found = examined(2.0);
    assert!((found.score.unwrap() - 0.880_797).abs() < 1e-5, "{:?}", found.score);
    assert_eq!(found.verdict, Verdict::TracesFound);
    assert_eq!(found.region.as_deref(), Some("the whole region"));
    assert_eq!(examined(0.0).verdict, Verdict::Inconclusive);
    assert!(examined(0.0).region.is_some(), "an inconclusive place is named too");
    let clear = examined(-2.0);
    assert_eq!((clear.verdict, clear.region), (Verdict::NoTraceFound, None));
}

#[test]
fn the_map_knows_its_place_in_the_stored_picture() {
    // Crop: twice the box about its center, (20, 10) to (60, 50); the marked cell is the one at
    // column 6, row 1: 5 px per cell.
    let frame = Frame::new(two_colors(100, 100), Orientation::UPRIGHT);
    let mut stand = stand(3.0, Rect::new(6.0, 1.0, 1.0, 1.0));
    let found = stand.detector.examine(&frame, &face(Rect::new(30.0, 20.0, 20.0, 20.0))).unwrap();
    let map = found.heatmap.unwrap();
    let place = map.image_from_map.apply_rect(&Rect::new(6.0, 1.0, 1.0, 1.0));
    assert_eq!(place, Rect::new(50.0, 15.0, 5.0, 5.0));
    let drawn = map.rasterize(100, 100);
    assert!(drawn[17 * 100 + 52] > 200, "marked: {}", drawn[17 * 100 + 52]);
    assert!(drawn[40 * 100 + 25] < 30, "unmarked: {}", drawn[40 * 100 + 25]);
}

#[test]
fn turned_pictures_are_seen_upright_and_answered_in_the_stored_grid() {
    // Stored lying on its side (EXIF 6: turn clockwise): the stored left half is the upright top.
    let frame = Frame::new(two_colors(120, 80), Orientation::from_exif(6));
    let mut stand = stand(3.0, Rect::new(0.0, 0.0, 8.0, 1.0));
    let found = stand.detector.examine(&frame, &face(Rect::new(50.0, 30.0, 20.0, 20.0))).unwrap();
    let seen = stand.seen.lock().unwrap();
    let (top, bottom) = (seen[0].data[5 * 64 + 32], seen[0].data[60 * 64 + 32]);
    assert!(top > 1.9 && bottom < -1.9, "red above, blue below: {top} {bottom}");
    // The top row of the map is the left edge of the crop in the stored grid.
    let place = found.heatmap.unwrap().image_from_map.apply_rect(&Rect::new(0.0, 0.0, 8.0, 1.0));
    let want = Rect::new(40.0, 20.0, 5.0, 40.0);
    let off = (place.x - want.x).abs() + (place.y - want.y).abs() + (place.w - want.w).abs();
    assert!(off < 1e-3, "{place:?}");
}

#[test]
fn the_reconstruction_comes_back_as_pictures() {
    let frame = Frame::new(RgbImage::filled(90, 90, [200, 100, 50]), Orientation::UPRIGHT);
    let mut stand = stand(0.0, Rect::default());
    let found = stand.detector.examine(&frame, &face(Rect::new(30.0, 30.0, 30.0, 30.0))).unwrap();
    let copy = found.reconstruction.unwrap();
    assert_eq!(copy.output, RgbImage::filled(2, 2, [200, 100, 50]));
    assert_eq!((copy.input, copy.residual), (copy.output, vec![0; 4]));
}

#[test]
fn bundles_that_are_no_detectors_are_refused() {
    type Spoil = fn(&mut Card);
    let spoil: [(&str, Spoil); 6] = [
        ("kind", |c| c.kind = ModelKind::FaceFinder),
        ("output", |c| c.outputs[1] = "mask".into()),
        ("thresholds", |c| c.thresholds = None),
        ("crop_scale", |c| c.input.crop_scale = None),
        ("looks", |c| c.input.looks = vec![2.5]),
        ("square", |c| c.input.size = InputSize::MultipleOf(32)),
    ];
    for (word, spoil) in spoil {
        let mut card = card();
        spoil(&mut card);
        let message = Detector::new(card, || unreachable!("the card is wrong")).err().unwrap();
        assert!(message.to_string().contains(word), "{word}: {message}");
    }
}

#[test]
fn reliability_travels_beside_the_map() {
    let frame = Frame::new(two_colors(100, 100), Orientation::from_exif(6));
    let face = face(Rect::new(30.0, 20.0, 20.0, 20.0));
    let marked = Rect::new(2.0, 0.0, 4.0, 8.0);
    let mut card = card();
    card.outputs.push("reliability".into());
    let facts =
        ReliabilityFacts { threshold: 0.5, right_below: 0.6, right_above: 0.9, share_below: 0.1 };
    card.reliability = Some(facts);
    let found = stand_with(card.clone(), 3.0, marked).detector.examine(&frame, &face).unwrap();
    let (map, reliability) = (found.heatmap.unwrap(), found.reliability.unwrap());
    assert_eq!(reliability.map.image_from_map, map.image_from_map, "the same place");
    assert!(!reliability.is_untrusted(3, 0) && reliability.is_untrusted(4, 0));
    assert_eq!(reliability.untrusted_share, 0.5);
    // Half of the marked columns lie on either side.
    assert!((reliability.in_marked.unwrap() - 0.7).abs() < 1e-5, "{:?}", reliability.in_marked);

    card.reliability = None;
    let unmeasured = stand_with(card, 3.0, marked).detector.examine(&frame, &face).unwrap();
    assert!(unmeasured.reliability.is_none(), "nobody knows what it is worth");
    assert!(stand(3.0, marked).detector.examine(&frame, &face).unwrap().reliability.is_none());
}

#[test]
fn faces_beyond_a_limit_of_the_card_are_not_called_traceless() {
    let frame = Frame::new(two_colors(100, 100), Orientation::UPRIGHT);
    let mut card = card();
    let limit = ScopeLimit {
        measure: Measure::FacePx,
        error: ErrorKind::Misses,
        limit: 30.0,
        rate_within: 0.1,
        rate_beyond: 0.5,
        n_within: 100,
        n_beyond: 100,
    };
    card.scope = Some(Scope { rise: 0.1, limits: vec![limit] });
    let mut stand = stand_with(card, -3.0, Rect::default());
    let small = stand.detector.examine(&frame, &face(Rect::new(30.0, 20.0, 20.0, 24.0))).unwrap();
    assert_eq!(small.verdict, Verdict::Inconclusive);
    assert_eq!(small.quality.unwrap().face_px, 24.0);
    assert!(small.caveats[0].contains("24 px") && small.caveats[0].contains("50 %"));
    let large = stand.detector.examine(&frame, &face(Rect::new(30.0, 20.0, 20.0, 32.0))).unwrap();
    assert_eq!((large.verdict, large.caveats), (Verdict::NoTraceFound, Vec::new()));
}

#[test]
fn a_degraded_copy_is_examined_at_the_same_place() {
    // Stored lying on its side, the face near an edge: the copy begins elsewhere than the picture.
    let frame = Frame::new(two_colors(400, 300), Orientation::from_exif(6));
    let mut face = face(Rect::new(170.0, 6.0, 60.0, 50.0));
    face.landmarks = Some([Point { x: 190.0, y: 26.0 }; 5]);
    let mut stand = stand(3.0, Rect::new(0.0, 0.0, 4.0, 8.0));
    let original = stand.detector.examine(&frame, &face).unwrap();
    for degradation in [Degradation::Scale(0.999), Degradation::Jpeg(40), Degradation::Blur(3.0)] {
        let again = stand.detector.rescore(&frame, &original, degradation).unwrap();
        assert_eq!(again.finding.face, original.face, "{degradation}");
        let place = |finding: &FaceFinding| {
            let map = finding.heatmap.as_ref().unwrap();
            map.image_from_map.apply_rect(&Rect::new(0.0, 0.0, 8.0, 8.0))
        };
        let (a, b) = (place(&original), place(&again.finding));
        let off = (a.x - b.x).abs() + (a.y - b.y).abs() + (a.w - b.w).abs() + (a.h - b.h).abs();
        assert!(off < 0.01, "{degradation}: {a:?} {b:?}");
        assert_eq!(again.agreement.iou, 1.0, "the stand-in draws the same map");
        let seen = stand.seen.lock().unwrap();
        let (first, last) = (&seen[0].data, &seen.last().unwrap().data);
        let apart: f32 = first.iter().zip(last).map(|(a, b)| (a - b).abs()).sum();
        let mean = apart / first.len() as f32;
        assert!(mean < 0.12, "{degradation}: another place was looked at, {mean}");
        assert!(degradation == Degradation::Scale(0.999) || mean > 1e-4, "nothing was degraded");
    }
    let quality = stand.detector.rescore(&frame, &original, Degradation::Jpeg(40)).unwrap();
    assert_eq!(quality.finding.quality.unwrap().jpeg, Some(40));
}

#[test]
fn a_series_stops_when_it_is_cancelled() {
    let frame = Frame::new(two_colors(200, 200), Orientation::UPRIGHT);
    let mut stand = stand(3.0, Rect::default());
    let original =
        stand.detector.examine(&frame, &face(Rect::new(60.0, 60.0, 60.0, 60.0))).unwrap();
    let all = stand.detector.rescore_series(&frame, &original, &TaskCtx::silent()).unwrap();
    let tried: Vec<Degradation> = all.unwrap().iter().map(|step| step.degradation).collect();
    assert_eq!(tried, SERIES);
    let cancel = Cancel::default();
    let on_progress = |p: Progress| {
        if p.done == 3 {
            cancel.cancel();
        }
    };
    let ctx = TaskCtx { cancel: cancel.clone(), on_progress: &on_progress };
    assert!(stand.detector.rescore_series(&frame, &original, &ctx).unwrap().is_none());
    assert_eq!(stand.seen.lock().unwrap().len(), 1 + SERIES.len() + 3);
}

#[test]
fn the_embedding_comes_with_the_finding_if_the_model_has_one() {
    let frame = Frame::new(two_colors(100, 100), Orientation::UPRIGHT);
    let face = face(Rect::new(30.0, 20.0, 20.0, 20.0));
    let whole = Rect::new(0.0, 0.0, 8.0, 8.0);
    let mut card = card();
    let silent = stand_with(card.clone(), 1.0, whole).detector.examine(&frame, &face).unwrap();
    assert_eq!(silent.embedding, None);
    card.outputs.extend(["reliability", "embedding"].map(str::to_owned));
    let found = stand_with(card, 1.0, whole).detector.examine(&frame, &face).unwrap();
    assert_eq!(found.embedding, Some(vec![0.5, 6.0, 0.0]));
}
