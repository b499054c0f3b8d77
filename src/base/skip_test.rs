//! Tests that cannot run on this machine say so.

use std::io::Write as _;

/// Prints that something could not be tested here. With `PENTIMENTO_REQUIRE_ALL=1` that is a failure.
///
/// The line goes past the test harness, which hides what tests that pass print.
pub(crate) fn skip_test(what: &str) {
    let must = std::env::var_os("PENTIMENTO_REQUIRE_ALL").is_some_and(|v| v == "1");
    assert!(!must, "cannot be skipped: {what}");
    writeln!(std::io::stderr(), "SKIPPED: {what}").ok();
}
