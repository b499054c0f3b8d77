//! Contradictions: a table of rules, each of which can be switched off.

use super::finding::{Finding, MAX_EACH, get, pair};
use super::programs::names_encoder;
use super::quoted::quoted;
use super::{blocks, device, times};
use crate::metadata::read::Metadata;

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
pub const RULES: [Rule; 10] = [
    Rule {
        id: "dates-order",
        title: "A change is dated before the picture.",
        judge: times::dates_order,
    },
    Rule {
        id: "dates-differ",
        title: "EXIF, XMP, IPTC or the parts of a movie give different days.",
        judge: times::dates_differ,
    },
    Rule { id: "no-date", title: "A date is on no calendar.", judge: times::no_date },
    Rule { id: "size", title: "EXIF gives another size than the picture has.", judge: size },
    Rule {
        id: "gps-time",
        title: "The GPS time is not the time of the picture.",
        judge: times::gps_time,
    },
    Rule { id: "zone", title: "Two fields give different time zones.", judge: times::zone },
    Rule {
        id: "device",
        title: "Blocks of different kinds name different devices.",
        judge: device::rule,
    },
    Rule {
        id: "device-encoder",
        title: "Tags name a device, and the stream names a program as its encoder.",
        judge: device_encoder,
    },
    Rule {
        id: "blocks",
        title: "Two blocks of one kind give different values.",
        judge: blocks::blocks,
    },
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

fn size(metadata: &Metadata) -> Vec<Finding> {
    let fields = &metadata.fields;
    let own = ["File", "PNG", "RIFF", "Meta"];
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
