//! Signals of drawn findings and pictures.

use super::*;
use crate::base::{Affine, Face, FaceOrigin, Heatmap, Rect, Verdict};
use crate::bundle::{Calibration, ChannelOrder, ErrorRates};
use crate::bundle::{Concept, FileSpec, InputSize, InputSpec, ModelKind, Source, Thresholds};

fn card() -> Card {
    Card {
        format: 1,
        name: "drawn".into(),
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
        file: FileSpec { sha256: "abc".into(), bytes: 0 },
        input: InputSpec {
            name: "input".into(),
            channels: ChannelOrder::Rgb,
            size: InputSize::SquarePx(224),
            mean: [0.0; 3],
            std: [1.0; 3],
            crop_scale: Some(1.4),
            looks: Vec::new(),
        },
        outputs: Vec::new(),
        correction: None,
        calibration: Some(Calibration { scale: 2.0, offset: 0.0 }),
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
        measured: std::collections::BTreeMap::new(),
    }
}

fn finding(score: Option<f32>, map: Vec<f32>, embedding: Option<Vec<f32>>) -> FaceFinding {
    let width = map.len() as u32;
    let box_px = Rect::new(0.0, 0.0, 320.0, 300.0);
    FaceFinding {
        face: Face { box_px, landmarks: None, confidence: 1.0, origin: FaceOrigin::Found },
        score,
        verdict: Verdict::Inconclusive,
        reason: None,
        heatmap: Some(Heatmap {
            width,
            height: 1,
            values: map,
            image_from_map: Affine { m: [1.0, 0.0, 0.0, 0.0, 1.0, 0.0] },
        }),
        reliability: None,
        region: None,
        quality: None,
        caveats: Vec::new(),
        reconstruction: None,
        embedding,
        reference: None,
    }
}

#[test]
fn a_finding_becomes_numbers() {
    // 20 cells: the top tenth are two.
    let mut map = vec![0.1; 20];
    (map[3], map[7], map[8]) = (0.9, 0.7, 0.5);
    let mut card = card();
    let channels = [(2, 4.0), (0, 0.5), (9, 1.0)];
    let concept = |(channel, mean_peak)| Concept { channel, sensitivity: 1.0, mean_peak };
    card.concepts = Some(Concepts { n_forgeries: 9, channels: channels.map(concept).to_vec() });
    let found = finding(Some(0.880_797), map, Some(vec![1.0, 0.0, 6.0]));
    let ItemSignals { signals, embedding } =
        signals_of_face(&found, &card, "abc".into(), None, Some(5)).unwrap();
    assert_eq!(embedding, [1.0, 0.0, 6.0]);
    assert!((signals.middle - 0.55).abs() < 1e-6, "{}", signals.middle);
    assert!((signals.margin.unwrap() - 1.0).abs() < 1e-4, "{:?}", signals.margin);
    assert!((signals.map_peak - 0.8).abs() < 1e-6, "{}", signals.map_peak);
    assert!((signals.map_area - 0.15).abs() < 1e-6, "at or above counts: {}", signals.map_area);
    let expected = [Excitation { channel: 2, times: 1.5 }, Excitation { channel: 0, times: 2.0 }];
    assert_eq!(signals.concepts, expected, "a channel that is not there is left out");
    // A pixel of the 224 px input is 2 px of a crop of 1.4 · 320 px.
    assert!((blur_px(&card, &found) - 2.0).abs() < 1e-5, "{}", blur_px(&card, &found));
    let silent =
        signals_of_face(&finding(Some(0.5), vec![0.5], None), &card, "abc".into(), None, None)
            .unwrap();
    assert!(silent.signals.concepts.is_empty() && silent.embedding.is_empty(), "{silent:?}");
    assert_eq!(
        signals_of_face(&finding(None, vec![0.5], None), &card, "abc".into(), None, None),
        None
    );
}

#[test]
fn signals_survive_json_and_say_no_more_than_they_know() {
    let found = finding(Some(0.25), vec![0.5, 0.75], None);
    let blurred = Some(BlurredCopy { score: 0.125, iou: 0.5 });
    let hash = Some(0xfedc_ba98_7654_3210);
    let signals = signals_of_face(&found, &card(), "abc".into(), blurred, hash).unwrap().signals;
    let value = serde_json::to_value(&signals).unwrap();
    assert_eq!(value["hash"], "fedcba9876543210");
    assert_eq!(serde_json::from_value::<Signals>(value).unwrap(), signals);
    let bare = Signals { hash: None, blurred: None, margin: None, ..signals };
    let text = serde_json::to_string(&bare).unwrap();
    assert!(!text.contains("hash") && !text.contains("null"), "{text}");
    assert_eq!(serde_json::from_str::<Signals>(&text).unwrap(), bare);
}

/// Waves in both directions.
fn waves(width: u32, height: u32, phase: f32) -> RgbImage {
    let (w, h) = (width as f32, height as f32);
    let shade = |x: u32, y: u32| {
        let (x, y) = (x as f32 / w, y as f32 / h);
        128.0 + 60.0 * (9.0 * x + phase).sin() + 50.0 * (7.0 * y + 5.0 * x * phase).cos()
    };
    let pixels =
        (0..height).flat_map(|y| (0..width).flat_map(move |x| [shade(x, y) as u8; 3])).collect();
    RgbImage::new(width, height, pixels).unwrap()
}

#[test]
fn copies_have_nearly_one_hash_and_other_pictures_another() {
    let picture = waves(320, 240, 0.4);
    let hash = difference_hash(&picture).unwrap();
    let apart = |other: &RgbImage| (difference_hash(other).unwrap() ^ hash).count_ones();
    for degradation in [Degradation::Jpeg(40), Degradation::Blur(2.0), Degradation::Scale(0.5)] {
        let copy = degradation.apply(&picture);
        assert!(apart(&copy) <= 4, "{degradation}: {} bits", apart(&copy));
    }
    let small = prep::resample(&picture, &picture.bounds(), 131, 97);
    assert!(apart(&small) <= 4, "smaller: {} bits", apart(&small));
    assert!(apart(&waves(320, 240, 2.9)) > 12, "another: {}", apart(&waves(320, 240, 2.9)));
    assert_eq!(difference_hash(&RgbImage::filled(64, 64, [200; 3])), None, "a bare wall");
}
