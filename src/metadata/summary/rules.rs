//! Contradictions: a table of rules, each of which can be switched off.

use super::dates::{find, offset};
use super::programs::names_encoder;
use super::quoted::quoted;
use crate::metadata::field::Field;
use crate::metadata::read::Metadata;

/// Seconds by which dates may differ that mean the same.
const SAME_S: i64 = 2;
const HOUR_S: i64 = 3600;
/// Zones reach from -12 to +14 hours.
const ANY_ZONE_S: i64 = 15 * HOUR_S;
/// Findings of one rule that are kept.
const MAX_EACH: usize = 20;

/// A sentence and the fields that it compares.
type Finding = (String, Vec<String>);

/// A rule: a stable name to switch it off, what it compares, and how.
pub struct Rule {
    /// The name.
    pub id: &'static str,
    /// What it compares, in one sentence.
    pub title: &'static str,
    judge: fn(&Metadata) -> Vec<Finding>,
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rule").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Two statements of a file that do not fit together. It may have an innocent reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradiction {
    /// Name of the rule.
    pub rule: &'static str,
    /// One sentence with both values.
    pub text: String,
    /// The fields that were compared.
    pub fields: Vec<String>,
}

/// All rules.
pub const RULES: [Rule; 8] = [
    Rule { id: "dates-order", title: "A change is dated before the picture.", judge: dates_order },
    Rule {
        id: "dates-differ",
        title: "EXIF, XMP and IPTC give different days.",
        judge: dates_differ,
    },
    Rule { id: "size", title: "EXIF gives another size than the picture has.", judge: size },
    Rule { id: "gps-time", title: "The GPS time is not the time of the picture.", judge: gps_time },
    Rule { id: "zone", title: "Two fields give different time zones.", judge: zone },
    Rule {
        id: "device-encoder",
        title: "Tags name a device, and the stream names a program as its encoder.",
        judge: device_encoder,
    },
    Rule { id: "blocks", title: "Two blocks of one kind give different values.", judge: blocks },
    Rule { id: "iptc-xmp", title: "IPTC and XMP give different values.", judge: iptc_xmp },
];

/// What does not fit together, but for rules that are `off`.
pub fn contradictions(metadata: &Metadata, off: &[&str]) -> Vec<Contradiction> {
    let rules = RULES.iter().filter(|rule| !off.contains(&rule.id));
    rules
        .flat_map(|rule| {
            let found = (rule.judge)(metadata).into_iter().take(MAX_EACH);
            found.map(|(text, fields)| Contradiction { rule: rule.id, text, fields })
        })
        .collect()
}

fn get<'a>(fields: &'a [Field], group: &str, name: &str) -> Option<&'a Field> {
    fields.iter().find(|field| field.group == group && field.name == name)
}

/// A sentence about two fields.
fn pair(a: &Field, verb: &str, b: &Field) -> Finding {
    let (a_key, b_key) = (a.key(), b.key());
    let text =
        format!("{a_key} is {} and {verb} {b_key} {}.", quoted(a.words()), quoted(b.words()));
    (text, vec![a_key, b_key])
}

fn dates_order(metadata: &Metadata) -> Vec<Finding> {
    let fields = &metadata.fields;
    let pairs = [
        (("IFD0", "ModifyDate"), ("ExifIFD", "DateTimeOriginal")),
        (("ExifIFD", "CreateDate"), ("ExifIFD", "DateTimeOriginal")),
        (("XMP-xmp", "ModifyDate"), ("XMP-xmp", "CreateDate")),
        (("QuickTime", "ModifyDate"), ("QuickTime", "CreateDate")),
    ];
    let dates = pairs
        .into_iter()
        .filter_map(|((a, b), (c, d))| Some((find(fields, a, b)?, find(fields, c, d)?)));
    dates
        .filter(|(later, earlier)| later.seconds + SAME_S < later.seconds_of(earlier))
        .map(|(later, earlier)| pair(later.field, "lies before", earlier.field))
        .collect()
}

fn dates_differ(metadata: &Metadata) -> Vec<Finding> {
    let fields = &metadata.fields;
    let Some(exif) = find(fields, "ExifIFD", "DateTimeOriginal") else { return Vec::new() };
    let others = [
        ("XMP-photoshop", "DateCreated"),
        ("IPTC", "DateCreated"),
        ("XMP-exif", "DateTimeOriginal"),
    ];
    let others = others.into_iter().filter_map(|(group, name)| find(fields, group, name));
    others
        .filter(|other| {
            exif.seconds.div_euclid(86_400) != exif.seconds_of(other).div_euclid(86_400)
        })
        .map(|other| pair(exif.field, "differs from", other.field))
        .collect()
}

fn size(metadata: &Metadata) -> Vec<Finding> {
    let fields = &metadata.fields;
    let own = ["File", "PNG", "RIFF"];
    let mut found = Vec::new();
    let (mut sizes, mut stated) = (Vec::new(), Vec::new());
    for name in ["ImageWidth", "ImageHeight"] {
        let Some(is) = own.iter().find_map(|group| get(fields, group, name)) else { return found };
        let exif_name = format!("Exif{name}");
        let Some(says) = get(fields, "ExifIFD", &exif_name) else { return found };
        sizes.push(is);
        stated.push(says);
    }
    let ([w, h], [sw, sh]) = (sizes.as_slice(), stated.as_slice()) else { return found };
    let is_same = w.raw == sw.raw && h.raw == sh.raw;
    // Programs that turn a picture swap the sides.
    let is_turned = w.raw == sh.raw && h.raw == sw.raw;
    if !is_same && !is_turned {
        let text = format!(
            "The picture has {} x {} px, and EXIF gives {} x {} ({}, {}).",
            quoted(&w.raw),
            quoted(&h.raw),
            quoted(&sw.raw),
            quoted(&sh.raw),
            sw.key(),
            sh.key()
        );
        found.push((text, vec![w.key(), h.key(), sw.key(), sh.key()]));
    }
    found
}

fn gps_time(metadata: &Metadata) -> Vec<Finding> {
    let fields = &metadata.fields;
    let (Some(day), Some(time), Some(taken)) = (
        get(fields, "GPS", "GPSDateStamp"),
        get(fields, "GPS", "GPSTimeStamp"),
        find(fields, "ExifIFD", "DateTimeOriginal"),
    ) else {
        return Vec::new();
    };
    let text = format!("{} {}", day.words(), time.words());
    let Some((utc, _)) = super::dates::parse(&text) else { return Vec::new() };
    let zone = get(fields, "ExifIFD", "OffsetTimeOriginal").and_then(|field| offset(field.words()));
    let (local, room) = match zone {
        Some(zone) => (taken.seconds - zone, HOUR_S),
        None => (taken.seconds, ANY_ZONE_S),
    };
    if (local - utc).abs() <= room {
        return Vec::new();
    }
    let text = format!(
        "{} is {}, and the GPS time is {} in UTC (GPS:GPSDateStamp, GPS:GPSTimeStamp).",
        taken.field.key(),
        quoted(taken.field.words()),
        quoted(&text)
    );
    vec![(text, vec![taken.field.key(), day.key(), time.key()])]
}

fn zone(metadata: &Metadata) -> Vec<Finding> {
    let fields = &metadata.fields;
    let (Some(a), Some(b)) = (
        get(fields, "ExifIFD", "OffsetTimeOriginal"),
        get(fields, "ExifIFD", "OffsetTimeDigitized"),
    ) else {
        return Vec::new();
    };
    if offset(a.words()) == offset(b.words()) {
        Vec::new()
    } else {
        vec![pair(a, "differs from", b)]
    }
}

fn device_encoder(metadata: &Metadata) -> Vec<Finding> {
    let fields = &metadata.fields;
    let phone = fields.iter().find(|field| {
        let group = field.group.as_ref();
        matches!(group, "Keys" | "UserData" | "ItemList")
            && matches!(field.name.as_ref(), "Make" | "AndroidVersion" | "AndroidMake")
    });
    let encoder = fields.iter().find(|field| names_encoder(field));
    match (phone, encoder) {
        (Some(phone), Some(encoder)) => {
            let text = format!(
                "{} is {}, and {} names the encoder {}.",
                phone.key(),
                quoted(phone.words()),
                encoder.key(),
                quoted(encoder.words())
            );
            vec![(text, vec![phone.key(), encoder.key()])]
        }
        _ => Vec::new(),
    }
}

/// Tags that stand in the first block of a kind and in another, with different values.
fn blocks(metadata: &Metadata) -> Vec<Finding> {
    let fields = &metadata.fields;
    let mut found = Vec::new();
    for second in fields {
        let group = second.group.as_ref();
        let first_group = match group.split_once('#') {
            Some((first, _)) => first,
            None => match group.strip_prefix("IPTC") {
                Some(number) if !number.is_empty() => "IPTC",
                _ => continue,
            },
        };
        let first = get(fields, first_group, &second.name);
        let is_other = first.is_some_and(|first| first.raw.trim() != second.raw.trim());
        let is_list =
            fields.iter().filter(|f| f.group == group && f.name == second.name).count() > 1;
        if let Some(first) = first.filter(|_| is_other && !is_list) {
            found.push(pair(first, "differs from", second));
        }
        if found.len() >= MAX_EACH {
            break;
        }
    }
    found
}

fn iptc_xmp(metadata: &Metadata) -> Vec<Finding> {
    let fields = &metadata.fields;
    let pairs = [
        ("By-line", "XMP-dc", "Creator"),
        ("Caption-Abstract", "XMP-dc", "Description"),
        ("CopyrightNotice", "XMP-dc", "Rights"),
        ("ObjectName", "XMP-dc", "Title"),
        ("Headline", "XMP-photoshop", "Headline"),
        ("Credit", "XMP-photoshop", "Credit"),
        ("City", "XMP-photoshop", "City"),
        ("Country-PrimaryLocationName", "XMP-photoshop", "Country"),
    ];
    let both = pairs.into_iter().filter_map(|(iptc, group, xmp)| {
        Some((get(fields, "IPTC", iptc)?, get(fields, group, xmp)?))
    });
    both.filter(|(iptc, xmp)| {
        let (a, b) = (iptc.words().trim(), xmp.words().trim());
        // IPTC's fields are short: a longer text is cut.
        !b.starts_with(a) && !a.starts_with(b)
    })
    .map(|(iptc, xmp)| pair(iptc, "differs from", xmp))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::metadata_of_bytes;

    /// The rules that dates with these values break.
    fn broken(dates: &[(&'static str, &'static str, &str)]) -> Vec<&'static str> {
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
        contradictions(&metadata, &[]).iter().map(|found| found.rule).collect()
    }

    #[test]
    fn dates_with_zones_are_compared_as_instants() {
        let taken = ("ExifIFD", "DateTimeOriginal", "2024:05:01 12:00:00");
        let changed = ("IFD0", "ModifyDate", "2024:05:01 11:00:00");
        let east = ("ExifIFD", "OffsetTimeOriginal", "+14:00");
        let west = ("ExifIFD", "OffsetTime", "+02:00");
        assert_eq!(broken(&[taken, changed, east, west]), [""; 0], "11 hours later");
        assert_eq!(broken(&[taken, changed, east]), ["dates-order"], "one has no zone");
        assert_eq!(broken(&[taken, changed]), ["dates-order"]);
        let earlier = ("ExifIFD", "OffsetTime", "+14:00");
        assert_eq!(broken(&[taken, changed, east, earlier]), ["dates-order"]);
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
}
