//! Every field that exiftool 13.58 reports of three folders, in words and in numbers.

use std::collections::{BTreeMap, BTreeSet};

use pentimento::metadata::{Field, Metadata};
use serde_json::{Map, Value};

use super::values::{binary_bytes, is_same, leaves, plain_name};
use super::{answers, evidence, read};

/// Groups that are deliberately not read, with the reason.
const GROUPS_NOT_READ: &[(&str, &str)] = &[
    // Derived by exiftool from other fields.
    ("Composite", "derived"),
    ("ExifTool", "about exiftool"),
    // Makers' notes: maker, size and offset are listed.
    ("Apple", "maker's note"),
    ("Canon", "maker's note"),
    ("Casio", "maker's note"),
    ("FujiFilm", "maker's note"),
    ("Google", "maker's note"),
    ("Kodak", "maker's note"),
    ("Minolta", "maker's note"),
    ("Motorola", "maker's note"),
    ("Nikon", "maker's note"),
    ("Olympus", "maker's note"),
    ("Panasonic", "maker's note"),
    ("Pentax", "maker's note"),
    ("Ricoh", "maker's note"),
    ("PrintIM", "maker's block"),
    // Segments and trailers of one maker: listed with offset and bytes.
    ("AVI1", "segment of one maker"),
    ("AdobeCM", "segment of one maker"),
    ("CIFF", "segment of one maker"),
    ("CanonVRD", "trailer of one maker"),
    ("FLIR", "segment of one maker"),
    ("FlashPix", "segment of one maker"),
    ("FotoStation", "trailer of one maker"),
    ("GoPro", "segment of one maker"),
    ("GraphConv", "segment of one maker"),
    ("IPTC2", "trailer of one maker"),
    ("JPEG-HDR", "segment of one maker"),
    ("JSON", "trailer of one maker"),
    ("JUMBF", "no credential"),
    ("MIE-Doc", "trailer of one maker"),
    ("MIE-Main", "trailer of one maker"),
    ("MediaJukebox", "segment of one maker"),
    ("MetaIFD", "segment of one maker"),
    ("NITF", "segment of one maker"),
    ("PhotoMechanic", "trailer of one maker"),
    ("PictureInfo", "segment of one maker"),
    ("Qualcomm", "segment of one maker"),
    ("RMETA", "segment of one maker"),
    ("Samsung", "trailer of one maker"),
    ("Vivo", "trailer of one maker"),
    ("IPTC3", "trailer of one maker"),
    // Parts of other blocks that say nothing about origin.
    ("GeoTiff", "map projection: the keys are listed as numbers"),
    ("ICC-meas", "color measurement"),
    ("ICC-view", "color measurement"),
    // Containers that are not read.
    ("AC3", "coding of sound"),
    ("Flash", "container not read"),
    ("Jpeg2000", "container not read"),
];

/// Files whose container is not read.
const FILES_NOT_READ: &[&str] = &["Flash.flv", "JXL2.jxl", "Photoshop.psd"];

/// Tags that are deliberately not read, or whose value is written in another way.
const TAGS: &[(&str, &str)] = &[
    ("File:CurrentIPTCDigest", "computed by exiftool"),
    ("File:FileType", "our `format`"),
    ("File:FileTypeExtension", "our `format`"),
    ("File:MIMEType", "our `format`"),
    ("ICC-header:DeviceManufacturer", "exiftool calls the code `IEC ` Hewlett-Packard"),
    ("GIF.gif ICC-header:DeviceModel", "four bytes that are no text: ours in hex"),
    ("XMP-photoshop:Urgency", "as stored"),
    ("XMP-photomech:Prefs", "as stored"),
    ("XMP-photomech:TimeCreated", "as stored"),
    ("XMP-exif:Flash", "as stored"),
    ("XMP-mwg-rs:RegionInfo", "numbers inside as stored"),
    ("XMP-myXMPns:BTestTag", "exiftool adds an empty item for a language that an item lacks"),
    ("iTunes:VolumeNormalization", "as stored"),
    ("apple_like_tags.mov Keys:CreationDate", "the zone as stored: +0200"),
    ("RIFF:AlphaFiltering", "exiftool reads the two bits of the compression"),
    ("QuickTime.heic File:ImageWidth", "our `ImageSpatialExtent`"),
    ("QuickTime.heic File:ImageHeight", "our `ImageSpatialExtent`"),
    ("H264:ApertureSetting", "setting of a camcorder, not read"),
    ("H264:ExposureTime", "setting of a camcorder, not read"),
    ("H264:Gain", "setting of a camcorder, not read"),
    ("H264:ImageHeight", "decoder configuration, not read"),
    ("H264:ImageStabilization", "setting of a camcorder, not read"),
    ("H264:ImageWidth", "decoder configuration, not read"),
    ("H264:RecordingMode", "setting of a camcorder, not read"),
    ("QuickTime:AverageFrameRate", "decoder configuration, not read"),
    ("QuickTime:BitDepthChroma", "decoder configuration, not read"),
    ("QuickTime:BitDepthLuma", "decoder configuration, not read"),
    ("QuickTime:ChromaFormat", "decoder configuration, not read"),
    ("QuickTime:ConstantFrameRate", "decoder configuration, not read"),
    ("QuickTime:ConstraintIndicatorFlags", "decoder configuration, not read"),
    ("QuickTime:GenProfileCompatibilityFlags", "decoder configuration, not read"),
    ("QuickTime:GeneralLevelIDC", "decoder configuration, not read"),
    ("QuickTime:GeneralProfileIDC", "decoder configuration, not read"),
    ("QuickTime:GeneralProfileSpace", "decoder configuration, not read"),
    ("QuickTime:GeneralTierFlag", "decoder configuration, not read"),
    ("QuickTime:HEVCConfigurationVersion", "decoder configuration, not read"),
    ("QuickTime:MinSpatialSegmentationIDC", "decoder configuration, not read"),
    ("QuickTime:NumTemporalLayers", "decoder configuration, not read"),
    ("QuickTime:ParallelismType", "decoder configuration, not read"),
    ("QuickTime:TemporalIDNested", "decoder configuration, not read"),
];

/// Names that exiftool gives to tags whose name in the file is another.
const ALIASES: &[(&str, &str)] = &[
    ("XMP-GContainer:ContainerDirectory", "Directory"),
    ("XMP-mwg-kw:KeywordInfo", "Keywords"),
    ("XMP-mwg-rs:RegionInfo", "Regions"),
    ("iTunes:VolumeNormalization", "iTunNORM"),
];

/// Values that exiftool converts to another unit, and ours are as stored; their words are compared.
const AS_STORED: &[&str] = &[
    "ExifIFD:ApertureValue",
    "ExifIFD:MaxApertureValue",
    "ExifIFD:ShutterSpeedValue",
    "GPS:GPSLatitude",
    "GPS:GPSLongitude",
    "ICC-header:DeviceAttributes",
    "ICC-header:ProfileID",
    "ICC-header:ProfileVersion",
    "Info:Duration",
    "Info:TimecodeScale",
    "QuickTime:Duration",
    "QuickTime:ImageSpatialExtent",
    "QuickTime:PreferredVolume",
    "SPIFF:SPIFFVersion",
    "Track1:CleanApertureDimensions",
    "Track1:EncodedPixelsDimensions",
    "Track1:MediaDuration",
    "Track1:ProductionApertureDimensions",
    "Track1:TrackDuration",
    "Track1:TrackVolume",
    "Track2:DefaultDuration",
    "Track2:MediaDuration",
    "Track2:TrackDuration",
    "Track2:TrackVolume",
];

/// How a file compares.
#[derive(Debug, Default)]
struct Tally {
    n_equal: usize,
    n_on_purpose: usize,
    not_read: BTreeMap<&'static str, usize>,
    wrong: Vec<String>,
}

fn group_reason(group: &str) -> Option<&'static str> {
    GROUPS_NOT_READ.iter().find(|(known, _)| *known == group).map(|(_, why)| *why)
}

/// Our fields of this group and name; of structures those whose names begin with it.
fn named<'a>(ours: &'a Metadata, group: &str, name: &str, is_structure: bool) -> Vec<&'a Field> {
    let wanted = plain_name(name);
    // The item of a list of XMP blocks is not told apart by exiftool.
    let same_group = |field: &&Field| field.group.split('#').next() == Some(group);
    let of_group = ours.fields.iter().filter(same_group);
    let matching = of_group.filter(|field| {
        let name = plain_name(&field.name);
        if is_structure { name.starts_with(&wanted) } else { name == wanted }
    });
    matching.collect()
}

fn is_equal(theirs: &Value, ours: &[&Field]) -> bool {
    let wanted = leaves(theirs);
    if ours.is_empty() {
        return false;
    }
    if let [text] = wanted.as_slice() {
        if let Some(n) = binary_bytes(text) {
            return ours.iter().any(|field| field.length == n || field.raw.len() as u64 == n);
        }
        let words: Vec<&str> = ours.iter().map(|field| field.words()).collect();
        let raws: Vec<&str> = ours.iter().map(|field| field.raw.as_str()).collect();
        return ours.iter().any(|field| is_same(text, field.words()) || is_same(text, &field.raw))
            || is_same(text, &words.join(", "))
            || is_same(text, &raws.join(" "));
    }
    let joined = wanted.join(", ");
    if ours.iter().any(|field| is_same(&joined, field.words())) {
        return true;
    }
    // Structures: the same leaves in any order.
    let mut left: Vec<&Field> = ours.to_vec();
    wanted.iter().all(|leaf| {
        let at = left.iter().position(|f| is_same(leaf, f.words()) || is_same(leaf, &f.raw));
        at.map(|at| left.remove(at)).is_some()
    })
}

fn compare(
    file: &str,
    theirs: &Map<String, Value>,
    ours: &Metadata,
    is_numeric: bool,
    tally: &mut Tally,
) {
    for (key, value) in theirs {
        let Some((group, name)) = key.split_once(':') else { continue };
        if let Some(why) = group_reason(group) {
            *tally.not_read.entry(why).or_default() += 1;
            continue;
        }
        let listed =
            TAGS.iter().find(|(known, _)| *known == key || *known == format!("{file} {key}"));
        let alias = ALIASES.iter().find(|(known, _)| *known == key);
        let name = alias.map_or(name, |(_, name)| name);
        let fields = named(ours, group, name, value.is_object() || value.is_array());
        if is_equal(value, &fields) {
            tally.n_equal += 1;
        } else if listed.is_some() || (is_numeric && AS_STORED.contains(&key.as_str())) {
            tally.n_on_purpose += 1;
        } else {
            let ours: Vec<_> = fields.iter().map(|f| (f.words(), &f.raw)).collect();
            tally.wrong.push(format!("{file} {key}: theirs {value}, ours {ours:?}"));
        }
    }
}

fn judge(folder: &str, answer: &str) -> Option<Tally> {
    let theirs = answers(&format!("{folder}/expected/{answer}"))?;
    let mut tally = Tally::default();
    let mut n_files = 0;
    for theirs in theirs.as_array().unwrap() {
        let theirs = theirs.as_object().unwrap();
        let file = theirs["SourceFile"].as_str().unwrap();
        if FILES_NOT_READ.contains(&file) {
            *tally.not_read.entry("container not read").or_default() += theirs.len();
            continue;
        }
        let ours = read(&evidence(&format!("{folder}/{file}"))?);
        compare(file, theirs, &ours, answer.contains("numeric"), &mut tally);
        n_files += 1;
    }
    println!(
        "{folder}/{answer}: {n_files} files, {} fields equal, {} different on purpose, not read: {:?}",
        tally.n_equal, tally.n_on_purpose, tally.not_read
    );
    Some(tally)
}

fn assert_all(tally: &Tally, least: usize) {
    let n = tally.wrong.len();
    assert!(n == 0, "{n} of {} fields differ:\n{}", tally.n_equal, tally.wrong.join("\n"));
    assert!(tally.n_equal >= least, "only {} fields were compared", tally.n_equal);
}

#[test]
fn fields_of_pictures_are_those_of_exiftool_in_words() {
    let Some(tally) = judge("metadata", "exiftool-13.58.json") else { return };
    assert_all(&tally, 1000);
}

#[test]
fn fields_of_pictures_are_those_of_exiftool_in_numbers() {
    let Some(tally) = judge("metadata", "exiftool-13.58-numeric.json") else { return };
    assert_all(&tally, 1000);
}

#[test]
fn fields_of_marked_pictures_are_those_of_exiftool() {
    let Some(tally) = judge("ai", "exiftool-13.58.json") else { return };
    assert_all(&tally, 100);
}

#[test]
fn fields_of_videos_are_those_of_exiftool() {
    let Some(tally) = judge("video", "exiftool-13.58.json") else { return };
    assert_all(&tally, 400);
}

#[test]
fn the_lists_of_what_is_not_read_have_no_stale_entry() {
    let mut seen = BTreeSet::new();
    for (folder, answer) in [
        ("metadata", "exiftool-13.58.json"),
        ("ai", "exiftool-13.58.json"),
        ("video", "exiftool-13.58.json"),
    ] {
        let Some(theirs) = answers(&format!("{folder}/expected/{answer}")) else { return };
        for theirs in theirs.as_array().unwrap() {
            let theirs = theirs.as_object().unwrap();
            let file = theirs["SourceFile"].as_str().unwrap();
            for key in theirs.keys() {
                seen.insert(key.clone());
                seen.insert(format!("{file} {key}"));
                seen.extend(key.split_once(':').map(|(group, _)| group.to_owned()));
            }
        }
    }
    let groups = GROUPS_NOT_READ.iter().map(|(group, _)| *group);
    let tags = TAGS.iter().map(|(tag, _)| *tag);
    let stale: Vec<&str> = groups.chain(tags).filter(|entry| !seen.contains(*entry)).collect();
    assert!(stale.is_empty(), "{stale:?}");
}
