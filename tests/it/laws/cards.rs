//! What is written as text is read back as it was; damaged text is refused without a panic.
#![expect(
    clippy::redundant_clone,
    reason = "prop_assert_eq! takes its values, and the lint does not see their later use"
)]

use std::collections::BTreeMap;

use pentimento::base::{FrameRef, ModelRef};
use pentimento::bundle::{
    Bundle, Calibration, Card, ChannelOrder, Concept, Concepts, Correction, ErrorKind, ErrorRates,
    InputSize, Measure, ReliabilityFacts, Scope, ScopeLimit, Source, Thresholds,
};
use pentimento::dataset::{ImageRef, MaskRef, Record, Split};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::support::stand_in_card;

/// Words with quotes, backslashes, line ends, other scripts and control characters.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[ -~\"'\\\\\n\t#=\\[\\]]{0,30}"]
}

/// Any finite number, the subnormal ones and negative zero among them.
fn number() -> impl Strategy<Value = f32> {
    any::<f32>().prop_filter("cards hold finite numbers", |v| v.is_finite())
}

/// Any finite number of twice the length.
fn large_number() -> impl Strategy<Value = f64> {
    any::<f64>().prop_filter("finite", |v| v.is_finite())
}

fn scope() -> impl Strategy<Value = Scope> {
    let limit = (
        select(&Measure::ALL[..]),
        select(&ErrorKind::ALL[..]),
        number(),
        number(),
        any::<(u32, u32)>(),
    )
        .prop_map(|(measure, error, limit, rate, (n_within, n_beyond))| ScopeLimit {
            measure,
            error,
            limit,
            rate_within: rate,
            rate_beyond: -rate,
            n_within,
            n_beyond,
        });
    (number(), vec(limit, 0..4)).prop_map(|(rise, limits)| Scope { rise, limits })
}

fn concepts() -> impl Strategy<Value = Concepts> {
    let concept = (0..4096usize, number(), number())
        .prop_map(|(channel, sensitivity, mean_peak)| Concept { channel, sensitivity, mean_peak });
    (0..9999usize, vec(concept, 0..5))
        .prop_map(|(n_forgeries, channels)| Concepts { n_forgeries, channels })
}

fn source() -> impl Strategy<Value = Source> {
    // TOML has no integers beyond 63 bits.
    let number = || option::of(0..=i64::MAX as u64);
    (text(), text(), text(), text(), number(), number()).prop_map(
        |(origin, rebuild, terms, date, seed, steps)| Source {
            origin,
            rebuild,
            terms,
            commit: String::new(),
            date,
            seed,
            steps,
        },
    )
}

fn card() -> impl Strategy<Value = Card> {
    let head = (text(), source(), vec(text(), 0..5), any::<bool>(), any::<u32>());
    let facts = (
        option::of((number(), number())),
        option::of(proptest::array::uniform5(number())),
        option::of(scope()),
        option::of(proptest::array::uniform4(number())),
        option::of(concepts()),
        select(vec![ErrorRates::TestPhotos, ErrorRates::HeldOut, ErrorRates::Parent]),
    );
    let measured = btree_map(text(), btree_map(text(), large_number(), 0..3), 0..3);
    let six = || proptest::array::uniform6(number());
    let input = (six(), option::of(number()), vec(number(), 0..3), option::of((six(), six())));
    (head, facts, measured, input).prop_map(|(head, facts, measured, input)| {
        let (summary, source, outputs, is_bgr, side) = head;
        let (calibration, thresholds, scope, reliability, concepts, error_rates) = facts;
        let ([a, b, c, d, e, f], crop_scale, looks, correction) = input;
        let mut card = stand_in_card("law", 32);
        card.input.channels = if is_bgr { ChannelOrder::Bgr } else { ChannelOrder::Rgb };
        card.input.size =
            if side % 2 == 0 { InputSize::SquarePx(side) } else { InputSize::MultipleOf(side) };
        (card.input.mean, card.input.std, card.input.crop_scale) =
            ([a, b, c], [d, e, f], crop_scale);
        card.input.looks = looks;
        Card {
            summary,
            source,
            outputs,
            correction: correction.map(|(offset, slope)| Correction { offset, slope }),
            calibration: calibration.map(|(scale, offset)| Calibration { scale, offset }),
            thresholds: thresholds.map(|[found, none, false_alarms, misses, map]| Thresholds {
                traces_found: found,
                no_trace_found: none,
                false_positive_rate: false_alarms,
                miss_rate: misses,
                map,
            }),
            scope,
            reliability: reliability.map(|[threshold, below, above, share]| ReliabilityFacts {
                threshold,
                right_below: below,
                right_above: above,
                share_below: share,
            }),
            concepts,
            error_rates,
            measured,
            ..card
        }
    })
}

fn record() -> impl Strategy<Value = Record> {
    let image = (
        option::of(text()),
        text(),
        any::<(u32, u32)>(),
        option::of((0..1_000_000usize, any::<i64>(), any::<[u32; 2]>(), large_number())),
    )
        .prop_map(|(file, origin, (width_px, height_px), frame)| ImageRef {
            file,
            origin,
            width_px,
            height_px,
            frame: frame.map(|(index, pts, time_base, t_s)| FrameRef {
                index,
                pts,
                time_base,
                t_s,
            }),
            ..ImageRef::default()
        });
    let mask = option::of((text(), text(), any::<u64>()))
        .prop_map(|mask| mask.map(|(file, sha256, n_set)| MaskRef { file, sha256, n_set }));
    let faces = vec((proptest::array::uniform4(number()), option::of(number())), 0..3);
    let remarks = (text(), option::of(text()), option::of(text()), select(&Split::ALL[..]));
    let work = (option::of(number()), option::of(large_number()), option::of(any::<u32>()));
    (image, mask, faces, remarks, work, btree_map(text(), any::<u32>(), 0..4)).prop_map(
        |(image, mask, faces, (note, kind, annotator, split), (score, seconds, rank), tools)| {
            Record {
                id: "law".to_owned(),
                image,
                mask,
                decision: "forged".to_owned(),
                kind,
                note,
                annotator,
                split,
                faces: faces.iter().map(|(face, _)| *face).collect(),
                landmarks: faces.iter().map(|(_, at)| at.map(|v| [[v, -v]; 5])).collect(),
                model: rank.map(|_| ModelRef { name: "lae".to_owned(), sha256: String::new() }),
                score,
                seconds,
                rank,
                tools,
                ..Record::default()
            }
        },
    )
}

/// Damage to a text: where, and what stands there instead.
fn damaged(text: &str, (at, length, instead): &(prop::sample::Index, usize, String)) -> String {
    let chars: Vec<char> = text.chars().collect();
    let from = at.index(chars.len());
    let to = (from + length).min(chars.len());
    chars[..from]
        .iter()
        .copied()
        .chain(instead.chars())
        .chain(chars[to..].iter().copied())
        .collect()
}

fn damage() -> impl Strategy<Value = (prop::sample::Index, usize, String)> {
    let instead = prop_oneof![
        text(),
        select(vec!["-1", "1e999", "nan", "[[", "\"\"\"", "\u{0}", "9999999999999999999999"])
            .prop_map(str::to_owned)
    ];
    (any::<prop::sample::Index>(), 0..40usize, instead)
}

proptest! {
    #[test]
    fn a_card_comes_back_from_its_text(card in card()) {
        let text = toml::to_string(&card).unwrap();
        prop_assert_eq!(toml::from_str::<Card>(&text).unwrap(), card.clone(), "{}", text);
        let json = serde_json::to_string(&card).unwrap();
        prop_assert_eq!(serde_json::from_str::<Card>(&json).unwrap(), card);
    }

    #[test]
    fn a_record_comes_back_from_its_line(record in record()) {
        let line = serde_json::to_string(&record).unwrap();
        prop_assert!(!line.contains('\n'), "one line: {}", line);
        prop_assert_eq!(serde_json::from_str::<Record>(&line).unwrap(), record);
    }

    #[test]
    fn a_damaged_card_is_refused_or_read_but_never_a_panic(card in card(), damage in vec(damage(), 1..4)) {
        let whole = toml::to_string(&card).unwrap();
        let text = damage.iter().fold(whole, |text, damage| damaged(&text, damage));
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("card.toml"), &text).unwrap();
        std::fs::write(folder.path().join("model.onnx"), b"no model").unwrap();
        // What can be read may be anything but the model that the card does not know.
        prop_assert!(Bundle::read(folder.path()).is_err(), "{}", text);
        if let Ok(card) = Bundle::read_card(folder.path()) {
            let again = toml::to_string(&card).unwrap();
            prop_assert!(toml::from_str::<Card>(&again).is_ok(), "{}", again);
        }
    }

    #[test]
    fn a_damaged_line_is_refused_or_read_but_never_a_panic(record in record(), damage in damage()) {
        let line = damaged(&serde_json::to_string(&record).unwrap(), &damage);
        if let Ok(record) = serde_json::from_str::<Record>(&line) {
            prop_assert_eq!(written_and_read(&record), record);
        }
    }
}

fn written_and_read(record: &Record) -> Record {
    serde_json::from_str(&serde_json::to_string(record).unwrap()).unwrap()
}

/// Failures that random inputs once found: numbers of 16 digits with large exponents, and a digit
/// more.
#[test]
fn numbers_of_16_digits_come_back_from_json() {
    let mut card = stand_in_card("law", 32);
    let measured = BTreeMap::from([(String::new(), -9.836_141_702_320_937e160)]);
    card.measured.insert(String::new(), measured);
    let json = serde_json::to_string(&card).unwrap();
    assert_eq!(serde_json::from_str::<Card>(&json).unwrap(), card);
    let record = Record {
        id: "law".to_owned(),
        decision: "forged".to_owned(),
        faces: vec![[482.52408, -3.64037e-39, -2.493_238e-25, -440.4846]],
        seconds: Some(7.591_937_240_562_183e-137),
        ..Record::default()
    };
    let line = serde_json::to_string(&record).unwrap();
    for at in 0..line.len() {
        let longer = format!("{}-1{}", &line[..at], &line[at..]);
        if let Ok(record) = serde_json::from_str::<Record>(&longer) {
            assert_eq!(written_and_read(&record), record, "{longer}");
        }
    }
}

#[test]
fn nothing_is_measured_where_a_card_says_nothing() {
    let card = stand_in_card("law", 32);
    assert_eq!(card.measured, BTreeMap::new());
    let text = toml::to_string(&card).unwrap();
    assert!(!text.contains("measured") && !text.contains("concepts"), "{text}");
}
