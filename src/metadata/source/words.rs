//! Times, dates and places in words, as several formats need them.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::text::number;

/// Seconds from 1904 to 1970: Apple's formats count from there.
const SECONDS_1904_TO_1970: i64 = 2_082_844_800;

/// A length of time: `4.00 s`, from half a minute on `0:02:29`.
pub(in crate::metadata) fn duration(seconds: f64) -> String {
    if !seconds.is_finite() {
        return "unknown".to_owned();
    }
    if seconds == 0.0 {
        return "0 s".to_owned();
    }
    if seconds.abs() < 30.0 {
        return format!("{seconds:.2} s");
    }
    let sign = if seconds < 0.0 { "-" } else { "" };
    let whole = seconds.abs().round();
    let (h, m, s) = ((whole / 3600.0).floor(), (whole / 60.0).floor() % 60.0, whole % 60.0);
    format!("{sign}{h}:{m:02}:{s:02}")
}

/// A date from seconds since 1904; zero means that none was set.
pub(in crate::metadata) fn date_since_1904(seconds: u64) -> String {
    if seconds == 0 {
        return "0000:00:00 00:00:00".to_owned();
    }
    let seconds = i64::try_from(seconds).ok().and_then(|s| s.checked_sub(SECONDS_1904_TO_1970));
    seconds.and_then(date_since_1970).unwrap_or_else(|| "beyond any date".to_owned())
}

/// A date in UTC from seconds since 1970, `2024:05:01 09:00:00`.
pub(in crate::metadata) fn date_since_1970(seconds: i64) -> Option<String> {
    let time = jiff::Timestamp::from_second(seconds).ok()?;
    Some(time.strftime("%Y:%m:%d %H:%M:%S").to_string())
}

/// `53 deg 22' 58.25"`, rounded so that no part reaches 60.
pub(in crate::metadata) fn degrees(decimal: f64) -> String {
    let hundredths = (decimal.abs() * 360_000.0).round();
    let degrees = (hundredths / 360_000.0).floor();
    let minutes = ((hundredths - degrees * 360_000.0) / 6000.0).floor();
    let seconds = (hundredths - degrees * 360_000.0 - minutes * 6000.0) / 100.0;
    format!("{degrees} deg {minutes}' {seconds:.2}\"")
}

/// A place in the form of ISO 6709: latitude, longitude and perhaps height in meters.
pub(in crate::metadata) fn iso_6709(text: &str) -> Option<(f64, f64, Option<f64>)> {
    let text = text.split('/').next()?.split("CRS").next()?;
    let mut starts: Vec<usize> =
        text.char_indices().filter(|(_, c)| matches!(c, '+' | '-')).map(|(i, _)| i).collect();
    starts.push(text.len());
    let part = |i: usize| {
        let (from, to) = (*starts.get(i)?, *starts.get(i.checked_add(1)?)?);
        text.get(from..to)
    };
    let latitude = angle(part(0)?, 2)?;
    let longitude = angle(part(1)?, 3)?;
    let is_place = latitude.abs() <= 90.0 && longitude.abs() <= 180.0;
    is_place.then(|| (latitude, longitude, part(2).and_then(|p| p.parse().ok())))
}

/// An angle with its sign: degrees, or degrees and minutes, or with seconds as well.
fn angle(part: &str, degree_digits: usize) -> Option<f64> {
    let sign = if part.starts_with('-') { -1.0 } else { 1.0 };
    let digits = part.get(1..)?;
    let n_whole = digits.split('.').next()?.len();
    let rest: f64 = digits.get(degree_digits.min(n_whole)..)?.parse().unwrap_or(0.0);
    let degrees: f64 = digits.get(..degree_digits.min(n_whole))?.parse().ok()?;
    let extra = n_whole.saturating_sub(degree_digits);
    Some(match extra {
        2 => sign * (degrees + rest / 60.0),
        4 => {
            let minutes = (rest / 100.0).floor();
            sign * (degrees + minutes / 60.0 + (rest - minutes * 100.0) / 3600.0)
        }
        _ => sign * digits.parse::<f64>().ok()?,
    })
}

/// A place in words: degrees, minutes and seconds, and the height.
pub(in crate::metadata) fn place(latitude: f64, longitude: f64, height_m: Option<f64>) -> String {
    let north = if latitude < 0.0 { "S" } else { "N" };
    let east = if longitude < 0.0 { "W" } else { "E" };
    let (latitude, longitude) = (degrees(latitude), degrees(longitude));
    format!("{latitude} {north}, {longitude} {east}{}", height(height_m))
}

/// A height as the end of a sentence about a place; empty without one.
pub(in crate::metadata) fn height(height_m: Option<f64>) -> String {
    let words = height_m.map(|m| {
        let word = if m < 0.0 { "Below" } else { "Above" };
        format!(", {} m {word} Sea Level", number(m.abs(), 10))
    });
    words.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_dates_are_worded() {
        assert_eq!([0.0, 4.0, 148.608].map(duration), ["0 s", "4.00 s", "0:02:29"]);
        assert_eq!(date_since_1904(0), "0000:00:00 00:00:00");
        assert_eq!(date_since_1904(3_202_916_539), "2005:06:29 19:02:19");
        assert_eq!(date_since_1904(u64::MAX), "beyond any date");
        assert_eq!(duration(f64::NAN), "unknown");
    }

    #[test]
    fn places_are_read_in_all_forms() {
        assert_eq!(iso_6709("+48.8577+002.2950+035.000/"), Some((48.8577, 2.295, Some(35.0))));
        let (latitude, longitude, _) = iso_6709("+4830-00218/").unwrap();
        assert!((latitude - 48.5).abs() < 1e-9 && (longitude + 2.3).abs() < 1e-9, "{longitude}");
        let (latitude, ..) = iso_6709("+483036+0021800/").unwrap();
        assert!((latitude - 48.51).abs() < 1e-9, "{latitude}");
        assert_eq!(iso_6709("+99.0+002.0/"), None);
        assert_eq!(iso_6709("nowhere"), None);
        let words = place(48.8577, 2.295, Some(35.0));
        assert_eq!(words, "48 deg 51' 27.72\" N, 2 deg 17' 42.00\" E, 35 m Above Sea Level");
        assert_eq!(degrees(10.999_999_99), "11 deg 0' 0.00\"");
    }
}
