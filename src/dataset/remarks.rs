//! Remarks on a foreign data set: what was left out, and what it does not say.

use std::collections::BTreeMap;
use std::path::Path;

use super::files::base_folder;
use super::formats::{ForeignItem, classes};
use super::{Format, Record};

/// Pictures that a remark names.
const MAX_NAMED: usize = 5;

/// Leaves out pictures whose annotations are no masks: without masks they would count as real.
pub(super) fn leave_out_unreadable(items: &mut Vec<ForeignItem>, remarks: &mut Vec<String>) {
    let names: Vec<&str> =
        items.iter().filter(|d| d.is_unreadable()).map(|d| d.name.as_str()).collect();
    if names.is_empty() {
        return;
    }
    remarks.push(format!(
        "{} pictures were left out: they have annotations such as boxes but no mask, so it is unknown \
         which pixels are forged: {}",
        names.len(),
        named(&names)
    ));
    items.retain(|item| !item.is_unreadable());
}

/// The first of the names.
fn named(names: &[&str]) -> String {
    let more = if names.len() > MAX_NAMED { ", …" } else { "" };
    format!("{}{more}", names.get(..MAX_NAMED).unwrap_or(names).join(", "))
}

/// Adds the remarks on all items together.
pub(super) fn add_remarks(
    path: &Path,
    items: &[ForeignItem],
    records: &[Option<Record>],
    remarks: &mut Vec<String>,
) {
    let unknown = || items.iter().zip(records).filter(|(_, r)| r.is_none()).map(|(d, _)| d);
    let n_bare = unknown().filter(|item| item.is_bare()).count();
    if n_bare > 0 {
        remarks.push(format!(
            "{n_bare} pictures without a mask were imported as \"nothing forged\": leave out those \
             that nobody has examined."
        ));
    }
    let mut parts: BTreeMap<&str, u64> = BTreeMap::new();
    for word in items.iter().filter_map(|item| item.unknown_part.as_deref()) {
        count(&mut parts, word);
    }
    for (word, n) in parts {
        remarks.push(if word.is_empty() {
            format!("The part of {n} pictures is not given: they were imported as train.")
        } else {
            format!("The part {word:?} of {n} pictures is unknown: they were imported as train.")
        });
    }
    let root = base_folder(path);
    let folder = if root.ends_with("annotations") { root.parent().unwrap_or(root) } else { root };
    let is_outside =
        |item: &&ForeignItem| item.image.as_ref().is_some_and(|image| !image.starts_with(folder));
    remarks.extend(outside_remark(items.iter().filter(is_outside).count(), folder));
}

fn count<'a>(counts: &mut BTreeMap<&'a str, u64>, word: &'a str) {
    let n = counts.entry(word).or_insert(0);
    *n = n.saturating_add(1);
}

/// How many pictures lie elsewhere.
pub(super) fn outside_remark(n: usize, folder: &Path) -> Option<String> {
    (n > 0).then(|| {
        format!(
            "{n} pictures lie outside the folder {}: the files name other places.",
            folder.display()
        )
    })
}

/// Adds the remarks on classes, missing pictures and precision.
pub(super) fn add_class_remarks(format: Format, items: &[ForeignItem], remarks: &mut Vec<String>) {
    let mut unknown: BTreeMap<&str, u64> = BTreeMap::new();
    for class in items.iter().flat_map(|item| &item.classes) {
        if !classes::is_known(class) {
            count(&mut unknown, class);
        }
    }
    for (class, n) in &unknown {
        remarks.push(format!(
            "The class {class:?} of {n} pictures is unknown; its masks were imported as forged, of \
             unknown kind."
        ));
    }
    let absent: Vec<&str> =
        items.iter().filter(|item| item.image.is_none()).map(|item| item.name.as_str()).collect();
    if !absent.is_empty() {
        remarks.push(format!(
            "{} of {} pictures were not found: {}. Put them beside the annotations, in `images`.",
            absent.len(),
            items.len(),
            named(&absent)
        ));
    }
    if !format.is_lossless() {
        remarks.push(format!("{}: masks were converted from polygons.", format.label()));
    }
}
