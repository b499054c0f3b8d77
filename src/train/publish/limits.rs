//! The limits of a model, for the card: on which pictures it was seen to err more.

use crate::bundle::{Calibration, ErrorKind, Measure, Scope, Thresholds};
use crate::eval::{bins, find_limit, rated};
use crate::train::publish::measured::{Axis, Condition, Measured, MeasuredPair};

/// A limit lies where an error rate is this much above that of native pictures.
const RISE: f64 = 0.10;
/// Cells of the heat map of which fewer were right are not to be trusted.
pub(in crate::train) const RIGHT_SHARE: f64 = 0.75;

/// A measure, an error and the value beyond which it rose.
pub(in crate::train) type Found = (Measure, ErrorKind, f32);

/// Which sweep shows what a measure does.
const fn axis_of(measure: Measure) -> Axis {
    match measure {
        Measure::FacePx => Axis::Size,
        Measure::Blur => Axis::Blur,
        Measure::Blockiness | Measure::JpegQuality => Axis::Compression,
        Measure::Noise => Axis::Noise,
        Measure::Color => Axis::Color,
        Measure::Shades => Axis::Shades,
    }
}

fn swept(measure: Measure) -> impl Fn(&MeasuredPair) -> bool {
    move |pair| pair.condition == Condition::Swept(axis_of(measure))
}

fn is_native(pair: &MeasuredPair) -> bool {
    pair.condition == Condition::Native
}

/// The limits that validation pictures show.
pub(in crate::train) fn find(
    measured: &Measured,
    calibration: Calibration,
    thresholds: &Thresholds,
) -> Vec<Found> {
    let native = measured.graded(is_native, calibration);
    let mut found = Vec::new();
    for measure in Measure::ALL {
        let degraded = measured.graded(swept(measure), calibration);
        for error in ErrorKind::ALL {
            let limit = find_limit(measure, error, &degraded, &native, thresholds, RISE);
            found.extend(limit.map(|limit| (measure, error, limit)));
        }
    }
    found
}

/// The sweeps as a table, for whoever wants to see where error rises.
pub(in crate::train) fn sweep_csv(
    measured: &Measured,
    calibration: Calibration,
    thresholds: &Thresholds,
) -> String {
    use std::fmt::Write as _;
    let mut text = "measure,error,worst,best,rate,rate_low,n\n".to_owned();
    for measure in Measure::ALL {
        let degraded = measured.graded(swept(measure), calibration);
        for error in ErrorKind::ALL {
            for bin in bins(measure, error, &degraded, thresholds) {
                let (names, e) = ([measure.as_str(), error.as_str()].join(","), bin.error);
                let [worst, best] = [bin.worst, bin.best];
                // Writing into a String cannot fail.
                writeln!(text, "{names},{worst:.3},{best:.3},{:.4},{:.4},{}", e.rate, e.low, e.n)
                    .ok();
            }
        }
    }
    text
}

/// The limits with the rates of test pictures; those that these do not bear out are left out.
pub(in crate::train) fn rate(
    found: &[Found],
    measured: &Measured,
    calibration: Calibration,
    thresholds: &Thresholds,
) -> Scope {
    let limits = found.iter().filter_map(|limit| {
        let graded = measured.graded(swept(limit.0), calibration);
        rated(*limit, &graded, thresholds)
    });
    Scope { rise: RISE as f32, limits: limits.collect() }
}
