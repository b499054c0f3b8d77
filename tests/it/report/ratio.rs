//! Likelihood ratios against the program `lir` of the Netherlands Forensic Institute.
//!
//! Its answers lie beside the project, in `../shared/evidence/lr`: log10 ratios of a system for
//! cartridge cases, and what version 1.8.0 says of them. Without them the test says `SKIPPED`.

use pentimento::eval::lr::{
    KnownTruth, LogisticRatio, PavRatio, cllr, cllr_min, dev_pav, elub_bounds, invariance_bounds,
};
use serde_json::Value;

use super::markup::all_text;
use super::{FINDS_TRACES, make};
use crate::cli::inspect::CliFolder;
use crate::support::{portrait, shared};

/// The published ratios, and what `lir` says of them.
fn known() -> Option<(KnownTruth, Value)> {
    let folder = shared("evidence/lr")?;
    let answers = std::fs::read_to_string(folder.join("expected_lir-1.8.0.txt")).unwrap();
    let column = |name: &str| {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        text.lines().map(|line| line.trim().parse().unwrap()).collect::<Vec<f64>>()
    };
    // One object, then lists of names.
    let mut values = serde_json::Deserializer::from_str(&answers).into_iter::<Value>();
    let found = values.next().unwrap().unwrap()["results"][0].clone();
    Some((KnownTruth { forged: column("LLR_KM.csv"), real: column("LLR_KNM.csv") }, found))
}

fn near(found: f64, expected: &Value, what: &str) {
    let expected = expected.as_f64().unwrap();
    assert!((found - expected).abs() < 1e-6, "{what}: {found}, lir says {expected}");
}

#[test]
fn cost_and_bounds_are_those_of_lir() {
    let Some((ratios, expected)) = known() else { return };
    assert_eq!(ratios.forged.len() as u64, expected["n_h1"].as_u64().unwrap());
    assert_eq!(ratios.real.len() as u64, expected["n_h2"].as_u64().unwrap());
    near(cllr(&ratios), &expected["cllr"], "Cllr");
    near(cllr_min(&ratios), &expected["cllr_min"], "Cllr-min");
    near(cllr(&ratios) - cllr_min(&ratios), &expected["cllr_cal"], "Cllr-cal");
    near(dev_pav(&ratios), &expected["devpav"], "devPAV");
    let elub = elub_bounds(&ratios);
    let invariance = invariance_bounds(&ratios);
    for i in 0..2 {
        near(elub[i], &expected["elub_bounds_log10"][i], "ELUB");
        near(invariance[i], &expected["iv_bounds_log10"][i], "invariance");
    }
}

/// These published ratios are badly calibrated: both calibrations have to lower their cost.
#[test]
fn calibration_lowers_the_cost_of_badly_calibrated_ratios() {
    let Some((ratios, _)) = known() else { return };
    let line = LogisticRatio::fit(&ratios).unwrap();
    let calibrated = cllr(&ratios.map(|v| line.log10_ratio(v)));
    assert!(calibrated < cllr(&ratios) && calibrated >= cllr_min(&ratios), "{calibrated}");
    let best = PavRatio::fit(&ratios);
    let again = ratios.map(|v| best.log10_ratio(v));
    assert!((cllr(&again) - cllr_min(&again)).abs() < 1e-9, "nothing is left to gain");
}

/// A set of scores by the stand-in of the tests.
pub(super) fn set_file(place: &CliFolder, change: impl FnOnce(&mut Value)) {
    let card = pentimento::bundle::Bundle::read_card(&place.path("models/lae")).unwrap();
    let spread = |low: f64| (0..60).map(|i| low + 0.005 * f64::from(i)).collect::<Vec<_>>();
    let mut set = serde_json::json!({
        "format": "pentimento-calibration", "version": 1, "name": "portraits",
        "description": "made by a test", "kind": "image", "model_sha256": card.file.sha256,
        "quality": {"face-px": [50, 600]}, "forged": spread(0.7), "real": spread(0.5),
    });
    change(&mut set);
    std::fs::write(place.path("set.json"), set.to_string()).unwrap();
}

#[test]
fn a_ratio_is_given_only_where_its_set_fits() {
    let place = CliFolder::new(FINDS_TRACES);
    let sample = portrait();
    let arguments = ["--calibration", "set.json", sample.to_str().unwrap()];
    set_file(&place, |_| {});
    let made = make(&place, "fits", &arguments);
    assert_eq!(made.output.code, 0, "{:?}", made.output);
    super::schema::assert_fits(&made.json());
    let record = made.record();
    let (weight, face) = (&record.weight, &record.items[0].findings.faces[0]);
    let set = weight.calibration.as_ref().unwrap();
    let ratio = face.ratio.as_ref().unwrap();
    assert_eq!((weight.why_none.as_ref(), set.n_forged, set.n_real), (None, 60, 60));
    assert!(ratio.log10 > 0.0 && ratio.log10 <= set.log10_highest, "{ratio:?} {set:?}");
    let text = all_text(&made.page());
    let rates = set.error_rates.as_ref().unwrap();
    assert_eq!((rates.n_real, rates.n_forged), (60, 60));
    for part in [ratio.words.as_str(), "ENFSI Guideline", "Cllr", "devPAV", "(ELUB)", "this set"] {
        assert!(text.contains(part), "{part}");
    }
    // Page 1 and the card name what is compared, and by which set.
    let first = text.split("What to do next").next().unwrap();
    for part in [
        "Proposition 1: The face region was forged by a method of the kinds in the calibration set.",
        "Proposition 2: The face region was not forged.",
        "the calibration set \"portraits\" (made by a test): 60 forged and 60 real pictures, the longer \
         side of the face from 50 to 600 px. Not limited, so not compared: blur, blockiness,",
        ratio.words.as_str(),
        "The words for support: seven steps after the ENFSI",
    ] {
        assert!(first.contains(part), "{part}: {first}");
    }
    let without = |name: &str, change: fn(&mut Value), why: &str| {
        set_file(&place, change);
        let record = make(&place, name, &arguments).record();
        let face = &record.items[0].findings.faces[0];
        assert!(face.ratio.is_none() && record.weight.why_none.is_some(), "{name}");
        assert!(face.why_no_ratio.as_ref().unwrap().contains(why), "{:?}", face.why_no_ratio);
    };
    without(
        "size",
        |s| s["quality"]["face-px"] = serde_json::json!([10, 20]),
        "the longer side of the face is",
    );
    without(
        "far",
        |s| {
            let spread = |low: f64| (0..60).map(|i| low + 0.001 * f64::from(i)).collect::<Vec<_>>();
            (s["forged"], s["real"]) = (spread(0.2).into(), spread(0.15).into());
        },
        "far from every score of the set",
    );
    without("model", |s| s["model_sha256"] = "ab".into(), "another detector");
    without("kind", |s| s["kind"] = "video".into(), "another kind of files");
    set_file(&place, |s| s["forged"] = serde_json::json!([0.9]));
    let refused = make(&place, "small", &arguments);
    assert_eq!(refused.output.code, 1);
    assert!(refused.output.err.contains("fewer than 20"), "{}", refused.output.err);
}

/// A verdict and a ratio that say opposite things never stand beside each other without a word.
#[test]
fn a_ratio_against_the_verdict_is_explained() {
    let place = CliFolder::new(FINDS_TRACES);
    let sample = portrait();
    let score = make(&place, "first", &[sample.to_str().unwrap()]).record().items[0].findings.score;
    let score = f64::from(score.unwrap());
    // Real ones score around the finding, forged ones higher.
    set_file(&place, |s| {
        let spread = |from: f64, to: f64| {
            let step = (to - from) / 60.0;
            (0..60).map(|i| from + step * f64::from(i)).collect::<Vec<_>>()
        };
        let above = score + 0.6 * (1.0 - score);
        s["real"] = spread(score - 0.05, score + 0.3 * (1.0 - score)).into();
        s["forged"] = spread(above, 1.0).into();
    });
    let arguments =
        ["--question", "Was it changed?", "--calibration", "set.json", sample.to_str().unwrap()];
    let made = make(&place, "out", &arguments);
    assert_eq!(made.output.code, 0, "{:?}", made.output);
    let record = made.record();
    let face = &record.items[0].findings.faces[0];
    let ratio = face.ratio.as_ref().unwrap();
    assert_eq!(face.verdict, "traces-found");
    assert!(ratio.log10 < -0.4, "{ratio:?}");
    let why = "This disagrees with the verdict \"traces of forgery found\"";
    assert!(ratio.words.contains(why) && ratio.words.contains("not forged"), "{}", ratio.words);
    let caution = "the verdict and the likelihood ratio point in opposite directions";
    assert!(record.summary.cautions[0].contains(caution), "{:?}", record.summary.cautions);
    let answer = record.summary.answer.unwrap();
    assert!(answer.ends_with("A likelihood ratio points the other way."), "{answer}");
    let text = all_text(&made.page());
    let first = text.split("What to do next").next().unwrap();
    assert!(first.contains(why) && first.contains(caution) && first.contains(&answer), "{first}");
    assert!(made.output.err.contains(caution), "{}", made.output.err);
}
