//! Tests that cannot run on this machine say so.

/// Prints that something could not be tested here. With `PENTIMENTO_REQUIRE_ALL=1` that is a failure.
pub(crate) fn skip_test(what: &str) {
    let must = std::env::var_os("PENTIMENTO_REQUIRE_ALL").is_some_and(|v| v == "1");
    assert!(!must, "cannot be skipped: {what}");
    println!("SKIPPED: {what}");
}
