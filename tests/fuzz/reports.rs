//! Reports that somebody hands over: their record, and the answer of a time-stamp authority.

use pentimento::report::ReportRecord;
use pentimento::report::seal::read_answer;

use crate::Target;

pub(crate) const TARGETS: &[(&str, Target)] = &[
    ("report_record", |bytes| drop(ReportRecord::from_json(bytes).map(|record| record.to_json()))),
    ("time_stamp", |bytes| drop(read_answer(bytes, b"sums"))),
];
