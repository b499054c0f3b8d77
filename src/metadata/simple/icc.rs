//! The header and the texts of an ICC color profile.
//!
//! Source: ICC.1:2022. Curves and tables of colors are listed by size only.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use crate::metadata::field::Field;
use crate::metadata::sink::Sink;
use crate::metadata::source::span::Span;
use crate::metadata::source::text::{binary, code, hex, hex_word, number, text_trimmed, utf16};

/// Tags of a profile that are read.
const MAX_TAGS: usize = 200;
const HEADER: &str = "ICC-header";

/// Reads a profile.
pub(in crate::metadata) fn read(profile: Span<'_>, sink: &mut Sink) {
    if profile.len() < 128 {
        sink.warn("the color profile is cut off");
        return;
    }
    header(profile, sink);
    let n = profile.be32(128).unwrap_or_default() as usize;
    for i in 0..n.min(MAX_TAGS) {
        if sink.is_full() {
            return;
        }
        let entry = i.saturating_mul(12).saturating_add(132);
        let (Some(signature), Some(offset), Some(length)) = (
            profile.part(entry, 4),
            profile.be32(entry.saturating_add(4)),
            profile.be32(entry.saturating_add(8)),
        ) else {
            break;
        };
        let value = profile.part_there(offset as usize, length as usize);
        tag(&code(signature.bytes), value, sink);
    }
}

fn header(profile: Span<'_>, sink: &mut Sink) {
    let mut note =
        |name: &'static str, at: usize, length: usize, raw: String, words: Option<String>| {
            let value = profile.part_there(at, length);
            sink.field(Field::new(HEADER, name, at.to_string(), raw, value).meaning(words));
        };
    let word = |at: usize| profile.part_there(at, 4).bytes;
    let coded = |at: usize| {
        let bytes = word(at);
        let is_code = bytes.iter().all(|b| *b == 0 || *b == b' ' || b.is_ascii_graphic());
        let stored = if is_code { text_trimmed(bytes) } else { hex(bytes) };
        let words = signature(&stored).map(str::to_owned);
        (stored, words)
    };
    for (name, at) in [
        ("ProfileCMMType", 4),
        ("ProfileClass", 12),
        ("ColorSpaceData", 16),
        ("ProfileConnectionSpace", 20),
        ("ProfileFileSignature", 36),
        ("PrimaryPlatform", 40),
        ("DeviceManufacturer", 48),
        ("DeviceModel", 52),
        ("ProfileCreator", 80),
    ] {
        let (stored, words) = coded(at);
        note(name, at, 4, stored, words);
    }
    if let [Some(major), Some(minor)] = [8, 9].map(|at| profile.u8(at)) {
        let raw = format!("{major}.{}.{}", minor >> 4, minor & 15);
        note("ProfileVersion", 8, 4, raw, None);
    }
    let parts: Vec<u16> =
        (0..6usize).filter_map(|i| profile.be16(i.saturating_mul(2).saturating_add(24))).collect();
    if let [year, month, day, h, m, s] = parts.as_slice() {
        let raw = format!("{year:04}:{month:02}:{day:02} {h:02}:{m:02}:{s:02}");
        note("ProfileDateTime", 24, 12, raw, None);
    }
    if let Some(flags) = profile.be32(44) {
        let embedded = if flags & 1 == 0 { "Not Embedded" } else { "Embedded" };
        let dependent = if flags & 2 == 0 { "Independent" } else { "Not Independent" };
        note("CMMFlags", 44, 4, flags.to_string(), Some(format!("{embedded}, {dependent}")));
    }
    if let Some(bits) = profile.be32(60) {
        let pick = |bit: u32, set: &str, unset: &str| {
            if bits & bit == 0 { unset.to_owned() } else { set.to_owned() }
        };
        let words = [
            pick(1, "Transparency", "Reflective"),
            pick(2, "Matte", "Glossy"),
            pick(4, "Negative", "Positive"),
            pick(8, "B&W", "Color"),
        ];
        note("DeviceAttributes", 56, 8, bits.to_string(), Some(words.join(", ")));
    }
    if let Some(intent) = profile.be32(64) {
        let names = [
            "Perceptual",
            "Media-Relative Colorimetric",
            "Saturation",
            "ICC-Absolute Colorimetric",
        ];
        let words = names.get(intent as usize).map(|w| (*w).to_owned());
        note("RenderingIntent", 64, 4, intent.to_string(), words);
    }
    note("ConnectionSpaceIlluminant", 68, 12, xyz(profile, 68), None);
    let id = profile.part_there(84, 16).bytes;
    let is_empty = id.iter().all(|b| *b == 0);
    note("ProfileID", 84, 16, if is_empty { "0".to_owned() } else { hex_word(id) }, None);
}

/// Three numbers of 16 bits before and behind the point.
fn xyz(span: Span<'_>, at: usize) -> String {
    let part = |i: usize| {
        let fixed = span.be32(at.saturating_add(i.saturating_mul(4))).unwrap_or_default();
        number(f64::from(fixed.cast_signed()) / 65_536.0, 7)
    };
    let rounded =
        |text: String| text.parse::<f64>().map_or(text, |v| number((v * 1e5).round() / 1e5, 8));
    [part(0), part(1), part(2)].map(rounded).join(" ")
}

/// What codes of the header stand for.
fn signature(stored: &str) -> Option<&'static str> {
    Some(match stored {
        "ADBE" => "Adobe Systems Inc.",
        "APPL" | "appl" => "Apple Computer Inc.",
        "MSFT" => "Microsoft Corporation",
        "SGI " => "Silicon Graphics Inc.",
        "SUNW" => "Sun Microsystems Inc.",
        "Lino" => "Linotronic",
        "HP  " => "Hewlett-Packard",
        "IEC " => "IEC",
        "KODA" => "Kodak",
        "NKON" => "Nikon Corporation",
        "lcms" => "Little CMS",
        "argl" => "Argyll CMS",
        "GOOG" => "Google",
        "scnr" => "Input Device Profile",
        "mntr" => "Display Device Profile",
        "prtr" => "Output Device Profile",
        "link" => "DeviceLink Profile",
        "spac" => "ColorSpace Conversion Profile",
        "abst" => "Abstract Profile",
        "nmcl" => "NamedColor Profile",
        _ => return None,
    })
}

/// A tag of the profile: texts and points of color in full, anything else by its size.
fn tag(name: &str, value: Span<'_>, sink: &mut Sink) {
    let group = "ICC_Profile";
    let known = match name {
        "cprt" => "ProfileCopyright",
        "desc" => "ProfileDescription",
        "dmnd" => "DeviceMfgDesc",
        "dmdd" => "DeviceModelDesc",
        "vued" => "ViewingCondDesc",
        "dscm" => "ProfileDescriptionML",
        "wtpt" => "MediaWhitePoint",
        "bkpt" => "MediaBlackPoint",
        "rXYZ" => "RedMatrixColumn",
        "gXYZ" => "GreenMatrixColumn",
        "bXYZ" => "BlueMatrixColumn",
        "rTRC" => "RedTRC",
        "gTRC" => "GreenTRC",
        "bTRC" => "BlueTRC",
        "kTRC" => "GrayTRC",
        "lumi" => "Luminance",
        "tech" => "Technology",
        "view" => "ViewingConditions",
        "meas" => "Measurement",
        "chad" => "ChromaticAdaptation",
        "A2B0" => "AToB0",
        "B2A0" => "BToA0",
        _ => "",
    };
    let label = if known.is_empty() { format!("Unknown {name}").into() } else { known.into() };
    let kind = value.part_there(0, 4).bytes;
    let raw = match kind {
        b"text" => text_trimmed(value.rest(8).bytes),
        b"desc" => {
            let length = value.be32(8).unwrap_or_default() as usize;
            text_trimmed(value.part_there(12, length).bytes)
        }
        b"mluc" => first_of_languages(value),
        b"XYZ " => xyz(value, 8),
        b"sig " => text_trimmed(value.part_there(8, 4).bytes),
        _ if known.is_empty() => hex(value.bytes),
        _ => binary(value.len() as u64),
    };
    let words = (name == "tech").then(|| technology(&raw)).flatten();
    let field = Field { name: label, ..Field::new(group, "", name.to_owned(), raw, value) };
    sink.field(field.meaning(words));
}

/// The first text of a list in several languages.
fn first_of_languages(value: Span<'_>) -> String {
    let length = value.be32(20).unwrap_or_default() as usize;
    let offset = value.be32(24).unwrap_or_default() as usize;
    utf16(value.part_there(offset, length).bytes, true).trim_end_matches('\0').to_owned()
}

fn technology(stored: &str) -> Option<String> {
    let words = match stored {
        "CRT " => "Cathode Ray Tube Display",
        "AMD " => "Active Matrix Display",
        "PMD " => "Passive Matrix Display",
        "dcam" => "Digital Camera",
        "fscn" => "Film Scanner",
        "rscn" => "Reflective Scanner",
        _ => return None,
    };
    Some(words.to_owned())
}
