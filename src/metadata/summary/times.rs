//! Rules about dates and time zones.

use super::dates::{ANY_ZONE_S, Date, find, is_impossible, offset, parse, taken};
use super::finding::{Finding, MAX_EACH, get, pair, pair_of_dates};
use super::quoted::quoted;
use crate::metadata::field::Field;
use crate::metadata::read::Metadata;

const HOUR_S: i64 = 3600;
/// Ends of the names of fields that hold dates.
const DATES: &[&str] =
    &["Date", "DateTimeOriginal", "DateTimeDigitized", "DateCreated", "DateStamp", "When"];

/// Dates of one making, of which the first that is there counts.
type Making = &'static [(&'static str, &'static str)];

/// When a picture was taken, by EXIF.
const EXIF: Making = &[("ExifIFD", "DateTimeOriginal"), ("ExifIFD", "CreateDate")];

/// The first of several dates that is there.
fn first(fields: &[Field], of: Making) -> Option<Date<'_>> {
    of.iter().find_map(|(group, name)| find(fields, group, name))
}

pub(super) fn dates_order(metadata: &Metadata) -> Vec<Finding> {
    const XMP: Making = &[
        ("XMP-xmp", "CreateDate"),
        ("XMP-exif", "DateTimeOriginal"),
        ("XMP-photoshop", "DateCreated"),
    ];
    const MOVIE: Making = &[("QuickTime", "CreateDate")];
    const ORIGINAL: Making = &[("ExifIFD", "DateTimeOriginal")];
    let fields = &metadata.fields;
    // What lies before any of these dates is told once.
    let pairs: [((&str, &str), &[Making]); 6] = [
        (("IFD0", "ModifyDate"), &[EXIF, XMP]),
        (("ExifIFD", "CreateDate"), &[ORIGINAL]),
        (("XMP-xmp", "ModifyDate"), &[XMP, EXIF]),
        (("XMP-xmp", "MetadataDate"), &[XMP, EXIF]),
        (("PNG", "ModifyDate"), &[XMP, EXIF]),
        (("QuickTime", "ModifyDate"), &[MOVIE, &[("Keys", "CreationDate")]]),
    ];
    let found = pairs.into_iter().filter_map(|((group, name), earlier)| {
        let later = find(fields, group, name)?;
        let earlier = earlier.iter().filter_map(|making| first(fields, making));
        let earlier = earlier.into_iter().find(|earlier| later.is_before(earlier))?;
        Some(pair_of_dates(&later, "lies before", &earlier))
    });
    found.collect()
}

pub(super) fn dates_differ(metadata: &Metadata) -> Vec<Finding> {
    let fields = &metadata.fields;
    let Some(base) = taken(fields) else { return Vec::new() };
    let pictures = [
        ("XMP-photoshop", "DateCreated"),
        ("IPTC", "DateCreated"),
        ("XMP-exif", "DateTimeOriginal"),
    ];
    let movies = [
        ("QuickTime", "CreateDate"),
        ("Keys", "CreationDate"),
        ("ItemList", "ContentCreateDate"),
        ("UserData", "ContentCreateDate"),
        ("UserData", "DateTimeOriginal"),
        ("Track1", "TrackCreateDate"),
        ("Track1", "MediaCreateDate"),
    ];
    let others = pictures.into_iter().chain(movies);
    let others = others.filter_map(|(group, name)| find(fields, group, name));
    let mut found: Vec<Finding> = others
        .filter(|other| !std::ptr::eq(other.field, base.field) && base.is_another_day(other))
        .map(|other| pair_of_dates(&base, "differs from", &other))
        .collect();
    // Both say when the picture became a file: a scan has another day than its scene.
    let digitized = find(fields, "ExifIFD", "CreateDate");
    if let Some((exif, xmp)) = digitized.zip(find(fields, "XMP-xmp", "CreateDate"))
        && exif.is_another_day(&xmp)
    {
        found.push(pair_of_dates(&exif, "differs from", &xmp));
    }
    found
}

/// Dates that no calendar has.
pub(super) fn no_date(metadata: &Metadata) -> Vec<Finding> {
    let dates = metadata.fields.iter().filter(|field| {
        DATES.iter().any(|end| field.name.ends_with(end)) && is_impossible(field.words())
    });
    let found = dates.map(|field| {
        let text = format!("{} is {}: there is no such time.", field.key(), quoted(field.words()));
        (text, vec![field.key()])
    });
    found.take(MAX_EACH).collect()
}

pub(super) fn gps_time(metadata: &Metadata) -> Vec<Finding> {
    let fields = &metadata.fields;
    let (Some(day), Some(time), Some(taken)) = (
        get(fields, "GPS", "GPSDateStamp"),
        get(fields, "GPS", "GPSTimeStamp"),
        first(fields, EXIF),
    ) else {
        return Vec::new();
    };
    let text = format!("{} {}", day.words(), time.words());
    let Some((utc, _)) = parse(&text) else { return Vec::new() };
    let (local, room) = match taken.offset_s {
        Some(zone) => (taken.seconds - zone, HOUR_S),
        None => (taken.seconds, ANY_ZONE_S),
    };
    if (local - utc).abs() <= room {
        return Vec::new();
    }
    let text = format!(
        "{} is {}, and the GPS time is {} in UTC (GPS:GPSDateStamp, GPS:GPSTimeStamp).",
        taken.field.key(),
        taken.words(),
        quoted(&text)
    );
    let keys = [Some(taken.field), taken.companion, Some(day), Some(time)];
    vec![(text, keys.into_iter().flatten().map(Field::key).collect())]
}

pub(super) fn zone(metadata: &Metadata) -> Vec<Finding> {
    let fields = &metadata.fields;
    let mut found = Vec::new();
    if let Some(original) = get(fields, "ExifIFD", "OffsetTimeOriginal") {
        let own = offset(original.words().trim());
        for name in ["OffsetTimeDigitized", "OffsetTime"] {
            let other = get(fields, "ExifIFD", name);
            let other = other.filter(|other| offset(other.words().trim()) != own);
            found.extend(other.map(|other| pair(original, "differs from", other)));
        }
    }
    // The same time on the clock of another zone is another instant.
    let Some(exif) = first(fields, EXIF).filter(|date| date.offset_s.is_some()) else {
        return found;
    };
    let others = [
        ("XMP-exif", "DateTimeOriginal"),
        ("XMP-photoshop", "DateCreated"),
        ("XMP-xmp", "CreateDate"),
        ("IPTC", "DateCreated"),
    ];
    let others = others.into_iter().filter_map(|(group, name)| find(fields, group, name));
    let others = others.filter(|other| {
        let same_clock = (other.seconds - exif.seconds).abs() < 60;
        same_clock && other.offset_s.is_some() && other.offset_s != exif.offset_s
    });
    found.extend(others.map(|other| pair_of_dates(&exif, "has another zone than", &other)));
    found
}

#[cfg(test)]
mod tests {
    use super::super::rules::contradictions;
    use super::*;
    use crate::metadata::metadata_of_bytes;

    /// Rules that dates with these values break, and the sentences.
    fn sentences(dates: &[(&'static str, &'static str, &str)]) -> Vec<(&'static str, String)> {
        let mut metadata = metadata_of_bytes(b"\xFF\xD8\xFF\xD9").unwrap();
        metadata.fields.extend(dates.iter().map(|(group, name, raw)| Field {
            group: (*group).into(),
            name: (*name).into(),
            tag: "".into(),
            raw: (*raw).to_owned(),
            meaning: None,
            offset: 0,
            length: 1,
        }));
        contradictions(&metadata, &[]).into_iter().map(|found| (found.rule, found.text)).collect()
    }

    fn broken(dates: &[(&'static str, &'static str, &str)]) -> Vec<&'static str> {
        sentences(dates).into_iter().map(|(rule, _)| rule).collect()
    }

    const TAKEN: (&str, &str, &str) = ("ExifIFD", "DateTimeOriginal", "2024:05:01 12:00:00");

    #[test]
    fn dates_with_zones_are_compared_as_instants() {
        let changed = ("IFD0", "ModifyDate", "2024:05:01 11:00:00");
        let east = ("ExifIFD", "OffsetTimeOriginal", "+14:00");
        let west = ("ExifIFD", "OffsetTime", "+02:00");
        assert_eq!(broken(&[TAKEN, changed, east, west]), ["zone"], "11 hours later");
        assert_eq!(broken(&[TAKEN, changed, east]), ["dates-order"], "one has no zone");
        assert_eq!(broken(&[TAKEN, changed]), ["dates-order"]);
        let same = ("ExifIFD", "OffsetTime", "+14:00");
        let found = sentences(&[TAKEN, changed, east, same]);
        let text = "IFD0:ModifyDate is 2024:05:01 11:00:00 (+14:00, by ExifIFD:OffsetTime) and lies \
                    before ExifIFD:DateTimeOriginal 2024:05:01 12:00:00 (+14:00, by \
                    ExifIFD:OffsetTimeOriginal).";
        assert_eq!(found, [("dates-order", text.to_owned())], "with the zones that make it true");
    }

    #[test]
    fn the_same_instant_in_two_zones_is_one_day() {
        let taken = ("ExifIFD", "DateTimeOriginal", "2024:05:01 23:30:00");
        let zone = ("ExifIFD", "OffsetTimeOriginal", "-05:00");
        let xmp = ("XMP-photoshop", "DateCreated", "2024-05-02T04:30:00Z");
        assert_eq!(broken(&[taken, zone, xmp]), [""; 0]);
        assert_eq!(broken(&[taken, xmp]), ["dates-differ"], "one has no zone");
        let other = ("XMP-photoshop", "DateCreated", "2024-05-02T14:30:00Z");
        assert_eq!(broken(&[taken, zone, other]), ["dates-differ"], "another day there as well");
    }

    #[test]
    fn any_date_that_says_when_it_was_taken_is_compared() {
        let digitized = ("ExifIFD", "CreateDate", "2024:05:01 12:00:00");
        let old = ("IFD0", "ModifyDate", "2020:01:01 00:00:00");
        assert_eq!(broken(&[digitized, old]), ["dates-order"], "no DateTimeOriginal");
        let xmp = ("XMP-xmp", "ModifyDate", "2020-01-01T00:00:00Z");
        assert_eq!(broken(&[TAKEN, xmp]), ["dates-order"], "XMP");
        let near = ("XMP-xmp", "ModifyDate", "2024-05-01T09:00:00Z");
        assert_eq!(broken(&[TAKEN, near]), [""; 0], "the zone of EXIF is not known");
        let iptc = ("IPTC", "DateCreated", "2018:01:01");
        assert_eq!(broken(&[digitized, iptc]), ["dates-differ"], "IPTC");
        let movie = ("QuickTime", "CreateDate", "2024:05:01 08:00:00");
        let key = ("Keys", "CreationDate", "2020:06:01 08:00:00+02:00");
        assert_eq!(broken(&[movie, key]), ["dates-differ"], "MP4");
        let near = ("Keys", "CreationDate", "2024:05:01 22:00:00+14:00");
        assert_eq!(broken(&[movie, near]), [""; 0], "UTC, or a local time");
        let track = ("Track1", "MediaCreateDate", "2019:06:01 08:00:00");
        assert_eq!(broken(&[movie, track]), ["dates-differ"], "a track");
    }

    #[test]
    fn a_zone_belongs_to_its_own_date() {
        let day = ("GPS", "GPSDateStamp", "2024:05:01");
        let gps = ("GPS", "GPSTimeStamp", "10:11:12");
        let digitized = ("ExifIFD", "CreateDate", "2024:05:01 12:11:12");
        let foreign = ("ExifIFD", "OffsetTimeOriginal", "-08:00");
        assert_eq!(broken(&[digitized, foreign, day, gps]), [""; 0], "the zone of another date");
        let own = ("ExifIFD", "OffsetTimeDigitized", "-08:00");
        let found = sentences(&[digitized, own, day, gps]);
        let [("gps-time", text)] = found.as_slice() else { panic!("{found:?}") };
        assert!(text.contains("12:11:12 (-08:00, by ExifIFD:OffsetTimeDigitized)"), "{text}");
        let right = ("ExifIFD", "OffsetTimeDigitized", "+02:00");
        assert_eq!(broken(&[digitized, right, day, gps]), [""; 0]);
    }

    #[test]
    fn the_same_clock_in_another_zone_is_told() {
        let zone = ("ExifIFD", "OffsetTimeOriginal", "+05:30");
        let xmp = ("XMP-xmp", "CreateDate", "2024-05-01T12:00:00+02:00");
        assert_eq!(broken(&[TAKEN, zone, xmp]), ["zone"]);
        let iptc = ("IPTC", "DateCreated", "2024:05:01");
        let time = ("IPTC", "TimeCreated", "12:00:00+01:00");
        assert_eq!(broken(&[TAKEN, zone, iptc, time]), ["zone"]);
        let same = ("IPTC", "TimeCreated", "12:00:00+05:30");
        assert_eq!(broken(&[TAKEN, zone, iptc, same]), [""; 0]);
    }

    #[test]
    fn a_time_that_cannot_be_is_told() {
        let wrong = ("ExifIFD", "DateTimeOriginal", "2024:02:30 10:00:00");
        let found = sentences(&[wrong]);
        let [("no-date", text)] = found.as_slice() else { panic!("{found:?}") };
        assert!(text.contains("2024:02:30 10:00:00: there is no such time"), "{text}");
        assert_eq!(broken(&[("ExifIFD", "DateTimeOriginal", "0000:00:00 00:00:00")]), [""; 0]);
    }
}
