//! The current time as text that sorts: RFC 3339, UTC, milliseconds.

use std::time::SystemTime;

use jiff::Timestamp;

/// The current time, for instance `2026-11-22T11:48:00.250Z`.
pub fn now() -> String {
    format!("{:.3}", Timestamp::now())
}

/// The time that such a text stands for.
pub(super) fn time_of(text: &str) -> Option<SystemTime> {
    SystemTime::try_from(text.parse::<Timestamp>().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_decimals_and_sort_as_text() {
        let text = |ms: i64| format!("{:.3}", Timestamp::from_millisecond(ms).unwrap());
        assert_eq!(text(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(text(951_782_399_009), "2000-02-28T23:59:59.009Z");
        assert_eq!(text(951_782_400_000), "2000-02-29T00:00:00.000Z");
        assert_eq!(text(1_795_348_080_250), "2026-11-22T11:48:00.250Z");
        assert_eq!(text(4_107_542_400_000), "2100-03-01T00:00:00.000Z", "no leap year");
        let found = now();
        assert_eq!(time_of(&text(1_795_348_080_250)), {
            Some(SystemTime::UNIX_EPOCH + std::time::Duration::from_millis(1_795_348_080_250))
        });
        assert_eq!(time_of("yesterday"), None);
        assert!(found.as_str() > "2026-11-22T00:00:00.000Z" && found.len() == 24, "{found}");
    }
}
