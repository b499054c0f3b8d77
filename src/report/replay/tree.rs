//! Two values of records, key by key.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use super::Comparison;
use crate::report::record::ToleranceRecord;

/// Measures of quality, which hang on the box of the face.
const MEASURES: [&str; 6] = ["face_px", "blur", "blockiness", "noise", "color", "shades"];
/// How far they may differ with the same engine and provider, and otherwise: a share of the value, and
/// so much at least.
const MEASURE: [f64; 2] = [1e-4, 0.02];
/// How far computed figures may differ that hang on no network: a share of the value.
const FIGURE: f64 = 1e-9;

/// What cases of older versions, clips of cases and results of scans do not keep.
const UNKEPT: [&str; 12] = [
    "box_px",
    "first_s",
    "height_px",
    "last_s",
    "map",
    "pts",
    "quality",
    "region",
    "reliability",
    "score_curve",
    "t_s",
    "width_px",
];

/// How far the values of an item may differ.
pub(super) struct Rules {
    /// 0 for the report as a whole.
    pub(super) item: usize,
    pub(super) tolerance: ToleranceRecord,
    pub(super) is_same_provider: bool,
    /// A case keeps less than an examination finds.
    pub(super) is_of_case: bool,
}

impl Rules {
    /// Compares all values under two objects but those with the keys `left_out`. The name of each is
    /// `prefix` and its key.
    pub(super) fn values(
        &self,
        prefix: &str,
        [then, now]: [&impl Serialize; 2],
        left_out: &[&str],
    ) -> Vec<Comparison> {
        // Values of records are always JSON.
        let json = |value| serde_json::to_value(value).unwrap_or_default();
        let without = |mut value: Value| {
            for key in left_out {
                value.as_object_mut().map(|object| object.remove(*key));
            }
            value
        };
        let mut found = Vec::new();
        self.walk(prefix, "", [&without(json(then)), &without(json(now))], &mut found);
        found
    }

    fn walk(&self, what: &str, key: &str, values: [&Value; 2], found: &mut Vec<Comparison>) {
        match values {
            [Value::Object(then), Value::Object(now)] => {
                let keys: BTreeSet<&String> = then.keys().chain(now.keys()).collect();
                for key in keys {
                    let at = |object: &serde_json::Map<String, Value>| {
                        object.get(key).cloned().unwrap_or_default()
                    };
                    let is_first = what.is_empty() || what.ends_with([' ', '.']);
                    let name = format!("{what}{}{key}", if is_first { "" } else { "." });
                    self.walk(&name, key, [&at(then), &at(now)], found);
                }
            }
            [Value::Array(then), Value::Array(now)] if then.len() == now.len() => {
                let is_number = |value: &Value| value.is_number() || value.is_null();
                let mut parts = Vec::new();
                for (i, pair) in then.iter().zip(now).enumerate() {
                    self.walk(&format!("{what}[{i}]"), key, pair.into(), &mut parts);
                }
                if then.iter().chain(now).all(is_number) {
                    found.extend(farthest(parts));
                } else {
                    found.extend(parts);
                }
            }
            [Value::Null, Value::Null] => {}
            _ if self.is_unkept(key, values[0]) => {
                let what = format!("{what} (the case kept none)");
                found.push(self.texts(&what, "none", "none"));
            }
            [Value::Array(then), Value::Array(now)] => {
                found.push(self.count(&format!("{what}, count"), [then.len(), now.len()]));
            }
            [Value::Number(then), Value::Number(now)] => {
                let numbers = [then.as_f64(), now.as_f64()];
                let allowed = self.allowed(key, values);
                found.push(Comparison::numbers(self.item, what, numbers, allowed));
            }
            [then, now] => found.push(self.texts(what, &text(then), &text(now))),
        }
    }

    fn is_unkept(&self, key: &str, then: &Value) -> bool {
        let is_empty = then.is_null() || then.as_array().is_some_and(Vec::is_empty);
        self.is_of_case && is_empty && UNKEPT.contains(&key)
    }

    /// The largest difference of a number.
    fn allowed(&self, key: &str, [then, now]: [&Value; 2]) -> f64 {
        let size = then.as_f64().unwrap_or(0.0).abs().max(1.0);
        match key {
            "score" | "score_curve" => self.score(),
            "map_iou" | "mean_in_marked" | "untrusted_share" => {
                if self.is_same_provider {
                    self.tolerance.score_same_provider
                } else {
                    1.0 - self.tolerance.map_iou_other_provider
                }
            }
            _ if MEASURES.contains(&key) => MEASURE[usize::from(!self.is_same_provider)] * size,
            _ if then.is_f64() || now.is_f64() => FIGURE * size,
            _ => 0.0,
        }
    }

    /// The largest difference of a score.
    pub(super) const fn score(&self) -> f64 {
        if self.is_same_provider {
            self.tolerance.score_same_provider
        } else {
            self.tolerance.score_other_provider
        }
    }

    pub(super) fn texts(&self, what: &str, then: &str, now: &str) -> Comparison {
        Comparison::texts(self.item, what, then, now)
    }

    pub(super) fn count(&self, what: &str, counts: [usize; 2]) -> Comparison {
        Comparison::numbers(self.item, what, counts.map(|n| Some(n as f64)), 0.0)
    }
}

/// The value of a list that differs most stands for all of them.
fn farthest(parts: Vec<Comparison>) -> Option<Comparison> {
    let order = |part: &Comparison| (part.is_beyond, part.difference.unwrap_or(0.0));
    let by_order = |a: &Comparison, b: &Comparison| {
        let (a, b) = (order(a), order(b));
        a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
    };
    parts.into_iter().max_by(by_order)
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) => text.clone(),
        _ => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rules(is_same_provider: bool) -> Rules {
        let tolerance = ToleranceRecord::default();
        Rules { item: 1, tolerance, is_same_provider, is_of_case: false }
    }

    fn beyond(rules: &Rules, then: &Value, now: &Value) -> Vec<String> {
        let found = rules.values("", [then, now], &["left"]);
        found.into_iter().filter(|value| value.is_beyond).map(|value| value.what).collect()
    }

    #[test]
    fn every_kind_of_value_has_its_tolerance() {
        let then = json!({"score": 0.5, "quality": {"blur": 0.5, "jpeg_quality": 90}, "n": 3,
            "word": "a", "curve": [0.1, null], "list": ["x", "y"], "flag": true, "left": 1});
        let same = rules(true);
        assert_eq!(beyond(&same, &then, &then), Vec::<String>::new());
        let changes = [
            ("/score", json!(0.500_01), "score"),
            ("/quality/blur", json!(0.501), "quality.blur"),
            ("/quality/jpeg_quality", json!(91), "quality.jpeg_quality"),
            ("/n", json!(4), "n"),
            ("/word", json!("b"), "word"),
            ("/curve/0", json!(0.2), "curve[0]"),
            ("/curve/1", json!(0.2), "curve[1]"),
            ("/list/1", json!("z"), "list[1]"),
            ("/list", json!(["x"]), "list, count"),
            ("/flag", json!(false), "flag"),
            ("/quality", json!(null), "quality"),
        ];
        for (at, value, what) in changes {
            let mut now = then.clone();
            *now.pointer_mut(at).unwrap() = value;
            assert_eq!(beyond(&same, &then, &now), [what]);
            assert_eq!(beyond(&same, &now, &then), [what], "the other way round");
        }
        let other = rules(false);
        let near = json!({"score": 0.5005, "blur": 0.51});
        assert_eq!(beyond(&other, &json!({"score": 0.5, "blur": 0.5}), &near), [""; 0]);
    }

    #[test]
    fn what_a_case_did_not_keep_is_named() {
        let of_case = Rules { is_of_case: true, ..rules(true) };
        let [then, now] =
            [json!({"score_curve": [], "t_s": null}), json!({"score_curve": [0.5], "t_s": 1.0})];
        let found = of_case.values("", [&then, &now], &[]);
        assert!(found.iter().all(|value| !value.is_beyond && value.what.ends_with("kept none)")));
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!(
            beyond(&of_case, &now, &then),
            ["score_curve, count", "t_s"],
            "what it has must be right"
        );
    }
}
