//! exiftool's own expected outputs, which name the number of every tag.

use super::values::{binary_bytes, is_same};
use super::{answers, evidence, read};

/// Groups whose tags have numbers that the file itself holds.
const NUMBERED: &[&str] = &[
    "IFD0",
    "IFD1",
    "ExifIFD",
    "GPS",
    "InteropIFD",
    "IPTC",
    "JFIF",
    "Adobe",
    "ICC-header",
    "SPIFF",
    "MPF0",
];

/// Values that are written in another way.
const ON_PURPOSE: &[(&str, &str, &str)] = &[
    // This output was made with another form of coordinates.
    ("GPS.jpg", "GPS", "2"),
    ("GPS.jpg", "GPS", "4"),
    // exiftool calls the code `IEC ` Hewlett-Packard.
    ("XMP.jpg", "ICC-header", "48"),
];

/// A line `[EXIF, IFD0, Camera] 271 - Make: FUJIFILM`: group, number, value.
fn parse(line: &str) -> Option<(&str, &str, &str)> {
    let (groups, rest) = line.strip_prefix('[')?.split_once("] ")?;
    let group = groups.split(", ").nth(1)?;
    let (tag, rest) = rest.split_once(" - ")?;
    let (_name, value) = rest.split_once(": ")?;
    Some((group, tag, value))
}

#[test]
fn numbers_and_values_of_tags_are_those_that_exiftool_expects() {
    let Some(map) = answers("metadata/expected/which_out_belongs_to.json") else { return };
    let (mut n_files, mut n_equal, mut n_on_purpose) = (0, 0, 0);
    let (mut n_other_groups, mut wrong) = (0, Vec::new());
    for (file, outs) in map.as_object().unwrap() {
        if ["Flash.flv", "Photoshop.psd"].contains(&file.as_str()) {
            continue;
        }
        let ours = read(&evidence(&format!("metadata/{file}")).unwrap());
        // Of several outputs of a file the first one has all fields.
        let out = outs[0].as_str().unwrap();
        let text = std::fs::read(evidence(&format!("metadata/expected/{out}")).unwrap()).unwrap();
        let text = String::from_utf8_lossy(&text);
        n_files += 1;
        for (group, tag, value) in text.lines().filter_map(parse) {
            // Tags without a number are derived by exiftool.
            if !NUMBERED.contains(&group) || tag.starts_with("Exif-") {
                n_other_groups += 1;
                continue;
            }
            let same = ours.fields.iter().filter(|f| f.group == group && f.tag == tag);
            let same: Vec<_> = same.collect();
            // The outputs cut long values and join lists.
            let words: Vec<&str> = same.iter().map(|f| f.words()).collect();
            let joined = words.join(", ");
            let is_equal = same.iter().any(|field| {
                let is_cut = value.len() >= 60 && field.words().starts_with(value.trim_end());
                binary_bytes(value).is_some_and(|n| field.length == n)
                    || is_same(value, field.words())
                    || is_same(value, &field.raw)
                    || is_cut
            });
            if is_equal || is_same(value, &joined) {
                n_equal += 1;
            } else if ON_PURPOSE.contains(&(file.as_str(), group, tag)) {
                n_on_purpose += 1;
            } else {
                wrong.push(format!("{file} [{group}] {tag}: theirs {value:?}, ours {words:?}"));
            }
        }
    }
    println!(
        "{n_files} outputs of exiftool: {n_equal} numbered tags equal, {n_on_purpose} different on purpose, \
         {} wrong, {n_other_groups} lines \
         of groups without numbers",
        wrong.len()
    );
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(n_equal > 500, "only {n_equal} tags were compared");
}
