//! The sections on what is claimed: one line per claim with its difference, interval and verdict.

use std::fmt::Write as _;

use super::cells::{columns_of, table};
use crate::train::experiment::claims::{self, ClaimFinding};
use crate::train::experiment::figures::{Contrast, Figure, Interval, Measure};
use crate::train::experiment::record::Record;

pub(super) fn verdicts(page: &mut String, records: &[Record]) {
    page.push_str("## What the papers claim and what holds here\n\n");
    page.push_str("A claim *holds* when the whole 95 % interval of the difference lies on the claimed side, and so does the difference of every seed, of which there must be two; it *does not hold* when the whole interval and every seed lie on the other side; else it cannot be told. With one seed the figures can only *point to* an answer: intervals are paired bootstraps over the people of the test photos (the same draw of people in all sets and rows) and do not cover what another training seed would give.\n\n");
    let findings = claims::examine(records, &columns_of(records));
    findings_table(page, &findings);
    chance(page, &findings);
}

/// How many comparisons there are, and what that means.
pub(super) fn chance(page: &mut String, findings: &[ClaimFinding]) {
    let decided = findings.iter().filter(|f| f.interval.is_some()).count();
    let _infallible = writeln!(
        page,
        "{decided} comparisons were made. If no row differed from another, about {:.1} of them would still lie wholly on one side by chance.\n",
        decided as f64 * 0.05
    );
}

/// One line per claim.
pub(super) fn findings_table(page: &mut String, findings: &[ClaimFinding]) {
    let heads = ["claim", "compared", "difference", "95 % interval", "per seed", "verdict"]
        .map(str::to_owned);
    let lines = findings.iter().map(|finding| {
        let ClaimFinding { claim, compared, interval, verdict } = finding;
        let (mean, range, each) = interval.as_ref().map_or_else(
            || ["–", "–", "–"].map(str::to_owned).into(),
            |i| {
                let each: Vec<String> = i.each.iter().map(|v| format!("{v:+.3}")).collect();
                (
                    format!("{:+.3}", i.mean),
                    format!("{:+.3} to {:+.3}", i.low, i.high),
                    each.join(", "),
                )
            },
        );
        vec![
            claim.clone(),
            compared.clone(),
            mean,
            range,
            each,
            format!("**{}**", verdict.as_str()),
        ]
    });
    table(page, &heads, lines);
}

/// The paper's three figures beside ours.
pub(super) fn tasks(page: &mut String, records: &[Record]) {
    let tasks = [("swap", 6.52), ("attribute", 12.03), ("inpainting", 3.08)];
    let differences: Vec<(&str, f64, Option<Interval>)> = tasks
        .into_iter()
        .map(|(task, reported)| {
            let measure = Measure::new(Figure::Accuracy, &[format!("{task}-unseen")]);
            (
                task,
                reported,
                Contrast::difference("locality-100", "base-ce", &measure).over(records),
            )
        })
        .collect();
    if differences.iter().all(|(.., interval)| interval.is_none()) {
        return;
    }
    page.push_str("### Task by task\n\nAccuracy on the unseen generator, locality (all masks) minus base CE, in points, beside the gains that LAE's abstract reports over the best earlier method on other data with other generators (in the order in which it names three tasks; that it is this order is our guess). Only the direction can be compared.\n\n");
    let heads = ["task", "reported", "here", "95 % interval"].map(str::to_owned);
    let lines = differences.into_iter().map(|(task, reported, interval)| {
        let (here, range) = interval.map_or_else(
            || ("–".to_owned(), "–".to_owned()),
            |i| {
                let points = |v: f64| format!("{:+.1}", v * 100.0);
                (points(i.mean), format!("{} to {}", points(i.low), points(i.high)))
            },
        );
        vec![task.to_owned(), format!("{reported:+.2}"), here, range]
    });
    table(page, &heads, lines);
}
