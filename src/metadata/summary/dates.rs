//! Dates of a file as points in time.

use crate::metadata::field::Field;

/// A date as written, with the field that says so.
pub(super) struct Date<'a> {
    pub(super) field: &'a Field,
    /// Seconds since 1970 as if the date were in UTC.
    pub(super) seconds: i64,
    /// Offset from UTC in seconds, where the date itself has one.
    pub(super) offset_s: Option<i64>,
}

/// Fields that say when a picture was taken, the most telling first.
const TAKEN: &[&str] =
    &["DateTimeOriginal", "CreationDate", "CreateDate", "DateCreated", "ContentCreateDate"];

/// When the file says that it was taken; dates that are not set are left out.
pub(super) fn taken(fields: &[Field]) -> Option<Date<'_>> {
    let named = |name: &str| fields.iter().filter(move |field| field.name == name).find_map(date);
    TAKEN.iter().find_map(|name| named(name))
}

/// Dates of EXIF, and the fields that give their zones.
const ZONES: &[(&str, &str, &str)] = &[
    ("IFD0", "ModifyDate", "OffsetTime"),
    ("ExifIFD", "DateTimeOriginal", "OffsetTimeOriginal"),
    ("ExifIFD", "CreateDate", "OffsetTimeDigitized"),
];

/// The first date with this group and name, with the zone that EXIF gives it in a field of its own.
pub(super) fn find<'a>(fields: &'a [Field], group: &str, name: &str) -> Option<Date<'a>> {
    let mut found =
        fields.iter().filter(|field| field.group == group && field.name == name).find_map(date)?;
    let zone = ZONES.iter().find(|(in_group, of, _)| (*in_group, *of) == (group, name));
    if let (Some((_, _, zone)), None) = (zone, found.offset_s) {
        let mut zones = fields.iter().filter(|f| f.group == "ExifIFD" && f.name == *zone);
        found.offset_s = zones.find_map(|field| offset(field.words().trim()));
    }
    Some(found)
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
}

fn date(field: &Field) -> Option<Date<'_>> {
    let (seconds, offset_s) = parse(field.words())?;
    Some(Date { field, seconds, offset_s })
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
    fn dates_are_shown_as_people_write_them() {
        assert_eq!(readable("2003:12:04 06:46:52+02:00"), "2003-12-04 06:46:52+02:00");
        assert_eq!(readable("2003:12:04"), "2003-12-04");
        for same in ["2024-05-01T12:00:00", "12:30:15", "a:b:c", "2003:12:é", "2003:1:2"] {
            assert_eq!(readable(same), same);
        }
    }
}
