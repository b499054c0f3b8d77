//! What time it is, in words that sort: RFC 3339, UTC, milliseconds.

use std::time::{SystemTime, UNIX_EPOCH};

const DAY_S: i64 = 86_400;

/// Now, for instance `2026-11-22T11:48:00.250Z`.
pub fn now() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    words(since.as_secs() as i64, since.subsec_millis())
}

/// Seconds since 1970 in words.
fn words(seconds: i64, millis: u32) -> String {
    let (year, month, day) = date(seconds.div_euclid(DAY_S));
    let of_day = seconds.rem_euclid(DAY_S);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
}

/// The date of a day, counted from 1970-01-01. Whole years and months are taken off one by one:
/// a case is written to seldom enough.
fn date(mut days: i64) -> (i64, usize, i64) {
    let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let mut year = 1970;
    loop {
        let length = if is_leap(year) { 366 } else { 365 };
        if days < length {
            break;
        }
        days -= length;
        year += 1;
    }
    let february = if is_leap(year) { 29 } else { 28 };
    let months = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    for (i, length) in months.into_iter().enumerate() {
        if days < length {
            return (year, i + 1, days + 1);
        }
        days -= length;
    }
    (year, 12, 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_moments_are_worded() {
        assert_eq!(words(0, 0), "1970-01-01T00:00:00.000Z");
        assert_eq!(words(951_782_399, 9), "2000-02-28T23:59:59.009Z");
        assert_eq!(words(951_782_400, 0), "2000-02-29T00:00:00.000Z");
        assert_eq!(words(1_795_348_080, 250), "2026-11-22T11:48:00.250Z");
        assert_eq!(words(4_107_542_399, 0), "2100-02-28T23:59:59.000Z");
        assert_eq!(words(4_107_542_400, 0), "2100-03-01T00:00:00.000Z", "no leap year");
        assert!(now().as_str() > "2026-11-22T00:00:00.000Z", "{}", now());
    }
}
