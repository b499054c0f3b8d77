//! Dates of a file as points in time.

use super::quoted::quoted;
use crate::metadata::field::Field;

/// Zones reach from -12 to +14 hours.
pub(super) const ANY_ZONE_S: i64 = 15 * 3600;
/// Seconds by which dates may differ that mean the same.
const SAME_S: i64 = 2;
const DAY_S: i64 = 86_400;

/// A date as written, with the field that says so.
#[derive(Debug)]
pub(super) struct Date<'a> {
    pub(super) field: &'a Field,
    /// Seconds since 1970 as if the date were in UTC.
    pub(super) seconds: i64,
    /// Offset from UTC in seconds, where the date or its companion has one.
    pub(super) offset_s: Option<i64>,
    /// It has hours and minutes; else `seconds` is midnight.
    pub(super) has_time: bool,
    /// The field that gives its zone (EXIF) or its time (IPTC).
    pub(super) companion: Option<&'a Field>,
}

/// Fields that say when a picture was taken, the most telling first.
const TAKEN: &[&str] =
    &["DateTimeOriginal", "CreationDate", "CreateDate", "DateCreated", "ContentCreateDate"];

/// When the file says that it was taken; dates that are not set are left out.
pub(super) fn taken(fields: &[Field]) -> Option<Date<'_>> {
    let named = |name: &str| {
        let same = fields.iter().filter(move |field| field.name == name);
        same.filter(|field| !field.group.starts_with("IFD1")).find_map(|field| date(fields, field))
    };
    TAKEN.iter().find_map(|name| named(name))
}

/// Dates, and the fields that give their zones or times, in which group.
const COMPANIONS: &[(&str, &str, &str, &str)] = &[
    ("IFD0", "ModifyDate", "ExifIFD", "OffsetTime"),
    ("ExifIFD", "DateTimeOriginal", "ExifIFD", "OffsetTimeOriginal"),
    ("ExifIFD", "CreateDate", "ExifIFD", "OffsetTimeDigitized"),
    ("IPTC", "DateCreated", "IPTC", "TimeCreated"),
    ("IPTC", "DigitalCreationDate", "IPTC", "DigitalCreationTime"),
];

/// The first date with this group and name.
pub(super) fn find<'a>(fields: &'a [Field], group: &str, name: &str) -> Option<Date<'a>> {
    let mut same = fields.iter().filter(|field| field.group == group && field.name == name);
    same.find_map(|field| date(fields, field))
}

impl Date<'_> {
    /// Seconds in which another date is comparable with [`Self::seconds`]: in the zone of this one
    /// where both have a zone, else as written.
    pub(super) fn seconds_of(&self, other: &Date<'_>) -> i64 {
        match (self.offset_s, other.offset_s) {
            (Some(own), Some(theirs)) => other.seconds - theirs + own,
            _ => other.seconds,
        }
    }

    /// Whether it lies before another date, whatever the zones are that are not known.
    pub(super) fn is_before(&self, other: &Date<'_>) -> bool {
        let day = if self.has_time { 0 } else { DAY_S };
        self.seconds + self.room(other) + day < self.seconds_of(other)
    }

    /// Whether it has another day than `other`.
    pub(super) fn is_another_day(&self, other: &Date<'_>) -> bool {
        let theirs = self.seconds_of(other);
        // A movie stores no zone: its day says little alone.
        if self.is_of_movie() || other.is_of_movie() {
            return (self.seconds - theirs).abs() > ANY_ZONE_S;
        }
        self.seconds.div_euclid(DAY_S) != theirs.div_euclid(DAY_S)
    }

    /// Seconds by which two dates may differ that mean the same.
    fn room(&self, other: &Date<'_>) -> i64 {
        let kind = |date: &Date<'_>| match date.field.group.as_ref() {
            group if group.starts_with("XMP-") => 1,
            group if group.starts_with("IPTC") => 2,
            group if group.starts_with("IFD") || group.starts_with("ExifIFD") => 3,
            group if group.starts_with("QuickTime") || group.starts_with("Track") => 4,
            _ => 5,
        };
        let has_both = self.offset_s.is_some() && other.offset_s.is_some();
        if has_both || kind(self) == kind(other) { SAME_S } else { ANY_ZONE_S }
    }

    /// Movies store no zone; the standard says UTC, and some devices write their local time.
    pub(super) fn is_of_movie(&self) -> bool {
        let group = self.field.group.as_ref();
        self.offset_s.is_none() && (group == "QuickTime" || group.starts_with("Track"))
    }

    /// The value, with the zone or the time that a field of its own gives it.
    pub(super) fn words(&self) -> String {
        let own = quoted(self.field.words());
        match self.companion {
            Some(other) => format!("{own} ({}, by {})", quoted(other.words().trim()), other.key()),
            None => own,
        }
    }
}

/// A field as a date, with its companion from the same block.
fn date<'a>(fields: &'a [Field], field: &'a Field) -> Option<Date<'a>> {
    let (seconds, offset_s) = parse(field.words())?;
    let has_time = field.words().trim().len() >= 16;
    let mut date = Date { field, seconds, offset_s, has_time, companion: None };
    let (group, block) = block(&field.group);
    let known = COMPANIONS.iter().find(|(of, name, ..)| (*of, *name) == (group, &*field.name));
    let Some((.., in_group, name)) = known.filter(|_| offset_s.is_none()) else {
        return Some(date);
    };
    let key = format!("{in_group}{block}");
    let mut same = fields.iter().filter(|field| field.group == key && field.name == *name);
    let Some(other) = same.next() else { return Some(date) };
    let words = other.words().trim();
    if group == "IPTC" {
        if let Some((seconds, offset_s)) = parse(&format!("{} {words}", field.words().trim())) {
            date = Date { seconds, offset_s, has_time: true, companion: Some(other), ..date };
        }
    } else if let Some(offset_s) = offset(words) {
        date = Date { offset_s: Some(offset_s), companion: Some(other), ..date };
    }
    Some(date)
}

/// Group without the number of its block, and what stands for the number: `IFD0`, `#2`.
pub(super) fn block(group: &str) -> (&str, &str) {
    if let Some(at) = group.find('#') {
        return group.split_at_checked(at).unwrap_or((group, ""));
    }
    match group.strip_prefix("IPTC") {
        Some(number) => ("IPTC", number),
        None => (group, ""),
    }
}

/// Whether a text has the form of a date and is none, as `2024:02:30`. Dates of zeros or blanks are
/// not set.
pub(super) fn is_impossible(text: &str) -> bool {
    let text = text.trim();
    let digit = |i: usize| text.as_bytes().get(i).is_some_and(u8::is_ascii_digit);
    let has_form = [0, 1, 2, 3, 5, 6, 8, 9].into_iter().all(digit)
        && [4, 7].into_iter().all(|i| matches!(text.as_bytes().get(i), Some(b':' | b'-')));
    let day = text.get(..10).unwrap_or_default();
    has_form && day.bytes().any(|b| (b'1'..=b'9').contains(&b)) && parse(text).is_none()
}

/// Parses `2024:05:01 12:00:00+02:00`, with `-` and `T` as well; a date alone is midnight.
pub(super) fn parse(text: &str) -> Option<(i64, Option<i64>)> {
    let text = text.trim();
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i16>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let narrow = |value: i16| i8::try_from(value).ok();
    let has_time = text.len() >= 16;
    let (h, m) = if has_time { (number(11, 13)?, number(14, 16)?) } else { (0, 0) };
    let s = number(17, 19).unwrap_or(0);
    let time = jiff::civil::DateTime::new(
        year,
        narrow(month)?,
        narrow(day)?,
        narrow(h)?,
        narrow(m)?,
        narrow(s)?,
        0,
    );
    let epoch = jiff::civil::DateTime::new(1970, 1, 1, 0, 0, 0, 0).ok()?;
    let seconds = time.ok()?.duration_since(epoch).as_secs();
    let rest = text.get(16..).unwrap_or_default();
    Some((seconds, offset(rest)))
}

/// A date as people write it: EXIF has colons between year, month and day.
pub(super) fn readable(text: &str) -> String {
    let is_digits = |part: &str| part.chars().all(|c| c.is_ascii_digit());
    let parts: Vec<&str> = text.splitn(3, ':').collect();
    match parts.as_slice() {
        [year, month, rest]
            if year.len() == 4
                && month.len() == 2
                && is_digits(year)
                && is_digits(month)
                && rest.get(..2).is_some_and(is_digits) =>
        {
            format!("{year}-{month}-{rest}")
        }
        _ => text.to_owned(),
    }
}

/// The offset at the end of a time: `Z`, `+02:00`.
pub(super) fn offset(text: &str) -> Option<i64> {
    if text.ends_with('Z') {
        return Some(0);
    }
    let at = text.rfind(['+', '-'])?;
    let (sign, digits) = text.split_at_checked(at)?.1.split_at_checked(1)?;
    // Apple writes no colon.
    let (hours, minutes) = digits.split_once(':').or_else(|| digits.split_at_checked(2))?;
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    let is_offset = hours.abs() <= 14 && (0..60).contains(&minutes);
    let seconds = hours * 3600 + minutes * 60;
    is_offset.then_some(if sign == "-" { -seconds } else { seconds })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_parsed_in_all_forms() {
        let noon = 1_714_564_800;
        assert_eq!(parse("2024:05:01 12:00:00"), Some((noon, None)));
        assert_eq!(parse("2024-05-01T12:00:00Z"), Some((noon, Some(0))));
        assert_eq!(parse("2024:05:01 12:00:00.25+02:00"), Some((noon, Some(7200))));
        assert_eq!(parse("2024:05:01"), Some((noon - 43_200, None)));
        for nonsense in
            ["0000:00:00 00:00:00", "", "yesterday", "2024:13:01 00:00:00", "ä024:05:01"]
        {
            assert_eq!(parse(nonsense), None, "{nonsense}");
        }
        assert_eq!((offset("-05:30"), offset("+0200")), (Some(-19_800), Some(7200)));
    }

    #[test]
    fn a_date_that_cannot_be_is_told_apart_from_one_that_is_not_set() {
        for wrong in ["2024:02:30 10:00:00", "2024-13-01", "2024:05:01 25:61:61"] {
            assert!(is_impossible(wrong), "{wrong}");
        }
        for right in ["2024:02:29", "0000:00:00 00:00:00", "    :  :     :  :  ", "yesterday", ""] {
            assert!(!is_impossible(right), "{right}");
        }
    }

    #[test]
    fn dates_are_shown_as_people_write_them() {
        assert_eq!(readable("2003:12:04 06:46:52+02:00"), "2003-12-04 06:46:52+02:00");
        assert_eq!(readable("2003:12:04"), "2003-12-04");
        for same in ["2024-05-01T12:00:00", "12:30:15", "a:b:c", "2003:12:é", "2003:1:2"] {
            assert_eq!(readable(same), same);
        }
    }
}
