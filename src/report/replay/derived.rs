//! Compares what a record says of itself with what its values and the installed cards give.

use std::collections::BTreeMap;

use super::Comparison;
use super::tree::Rules;
use crate::report::build::FileSays;
use crate::report::record::{
    CustodyRecord, ReportItem, ReportRecord, StatementRecord, ToleranceRecord,
};

/// Compares a record with the same whose sentences, counts, error rates and likelihood ratios were made
/// again. They follow from its other values, so that they have to be equal on every engine.
pub fn compare_derived(then: &ReportRecord, now: &ReportRecord) -> Vec<Comparison> {
    let rules = rules(0);
    let mut found = rules.values("summary.", [&then.summary, &now.summary], &[]);
    let lists =
        [("limits", [&then.limits, &now.limits]), ("not_shown", [&then.not_shown, &now.not_shown])];
    for (name, values) in lists {
        found.extend(rules.values(name, values, &[]));
    }
    found.extend(rules.values("detectors", [&then.detectors, &now.detectors], &[]));
    found.extend(rules.values("weight.", [&then.weight, &now.weight], &[]));
    let of_maker = ["command", "working_folder", "check_line"];
    found.extend(rules.values("replay.", [&then.replay, &now.replay], &of_maker));
    for (then, now) in then.items.iter().zip(&now.items) {
        found.extend(compare_item(then, now));
    }
    found
}

fn compare_item(then: &ReportItem, now: &ReportItem) -> Vec<Comparison> {
    let rules = rules(now.number);
    let [n_then, n_now] = [then, now].map(|item| Some(item.number as f64));
    let mut found = vec![
        Comparison::numbers(now.number, "number", [n_then, n_now], 0.0),
        rules.texts("name", &then.name, &now.name),
        rules.texts("headline", &then.findings.headline, &now.findings.headline),
    ];
    let sentences = [&then.findings.sentences, &now.findings.sentences];
    found.extend(rules.values("sentences", sentences, &[]));
    for (then, now) in then.findings.faces.iter().zip(&now.findings.faces) {
        let what = format!("face {}, ", then.number);
        let n_marked = [then, now].map(|face| face.map.as_ref().map(|map| map.n_marked as f64));
        let what_marked = format!("{what}map.n_marked");
        found.push(Comparison::numbers(rules.item, &what_marked, n_marked, 0.0));
        let ratios = [&then.ratio, &now.ratio];
        found.extend(rules.values(&format!("{what}ratio"), ratios, &[]));
        let why = [&then.why_no_ratio, &now.why_no_ratio];
        found.extend(rules.values(&format!("{what}why_no_ratio"), why, &[]));
    }
    for (then, now) in then.findings.tracks.iter().zip(&now.findings.tracks) {
        let why = [&then.why_no_ratio, &now.why_no_ratio];
        let what = format!("face {} of the clip, why_no_ratio", then.id);
        found.extend(rules.values(&what, why, &[]));
    }
    found
}

/// Compares the identity of a file, which was hashed again. A copy has other dates.
pub fn compare_identity(item: &ReportItem, now: &CustodyRecord) -> Vec<Comparison> {
    rules(item.number).values("custody.", [&item.custody, now], &["modified", "created"])
}

/// Compares what a file says about itself; statements by what they are about.
pub fn compare_said(item: &ReportItem, now: &FileSays) -> Vec<Comparison> {
    let rules = rules(item.number);
    let statements = [&item.statements, &now.statements].map(by_subject);
    let contradictions = [&item.contradictions, &now.contradictions].map(by_subject);
    let mut found = rules.values("statements.", [&statements[0], &statements[1]], &[]);
    found.extend(rules.values("contradictions.", [&contradictions[0], &contradictions[1]], &[]));
    found.extend(rules.values("credential", [&item.credential, &now.credential], &[]));
    found.extend(rules.values("metadata_notes", [&item.metadata_notes, &now.notes], &[]));
    found.push(rules.count("metadata_fields", [item.metadata_fields, now.n_fields]));
    found
}

fn by_subject(statements: &Vec<StatementRecord>) -> BTreeMap<&str, Vec<&StatementRecord>> {
    let mut found: BTreeMap<&str, Vec<&StatementRecord>> = BTreeMap::new();
    for statement in statements {
        found.entry(&statement.about).or_default().push(statement);
    }
    found
}

fn rules(item: usize) -> Rules {
    let tolerance = ToleranceRecord::default();
    Rules { item, tolerance, is_same_provider: true, is_of_case: false }
}
