//! Which fields the table shows, and what is copied of them.

use super::shown::{pasted, value};
use crate::metadata::{Comparison, Field, Part};
use crate::session::MetadataFacts;

/// The heading of copied fields.
const HEADING: &str = "Group\tName\tTag\tValue\tStored value\tOffset\tLength";

/// Indices of the fields of a group, or of all, that hold every word of a search.
pub(super) fn matching(facts: &MetadataFacts, search: &str, group: Option<&str>) -> Vec<u32> {
    let search = search.to_lowercase();
    let terms: Vec<&str> = search.split_whitespace().collect();
    let fields = facts.metadata.fields.iter().zip(&facts.search_texts).zip(0u32..);
    let shown = fields.filter(|((field, text), _)| {
        group.is_none_or(|group| field.group == group) && terms.iter().all(|w| text.contains(w))
    });
    shown.map(|(_, at)| at).collect()
}

/// A field as one line of cells, whole.
pub(super) fn field_line(field: &Field) -> String {
    let stored = if field.meaning.is_some() { pasted(&field.raw) } else { String::new() };
    field_cells(field, pasted(field.words()), stored)
}

/// Fields as lines of cells below a heading; long values are cut.
pub(super) fn field_lines<'a>(fields: impl Iterator<Item = &'a Field>) -> String {
    let cut = |text: &str| pasted(&value(text));
    let line = |field: &Field| {
        let stored = field.meaning.as_ref().map_or_else(String::new, |_| cut(&field.raw));
        field_cells(field, cut(field.words()), stored)
    };
    lines(HEADING, fields.map(line))
}

fn field_cells(field: &Field, value: String, stored: String) -> String {
    let cells = [
        pasted(&field.group),
        pasted(&field.name),
        pasted(&field.tag),
        value,
        stored,
        field.offset.to_string(),
        field.length.to_string(),
    ];
    cells.join("\t")
}

/// Parts of the structure as lines of cells below a heading.
pub(super) fn part_lines<'a>(parts: impl Iterator<Item = &'a Part>) -> String {
    lines("Depth\tName\tMeaning\tOffset\tLength", parts.map(part_line))
}

/// A comparison with known genuine files as lines of cells below a heading.
pub(super) fn comparison_lines(found: &Comparison) -> String {
    let n = found.n_references;
    let side = |title: String, traits: &[String]| -> Vec<String> {
        traits.iter().map(|what| format!("{title}\t{}", pasted(what))).collect()
    };
    let here = side(format!("only in this file, in none of {n}"), &found.only_here);
    let there = side(format!("in all of {n}, not in this file"), &found.only_there);
    lines("Where\tWhat", here.into_iter().chain(there))
}

/// A part of the structure as one line of cells.
pub(super) fn part_line(part: &Part) -> String {
    let (name, meaning) = (pasted(&part.name), pasted(&part.meaning));
    format!("{}\t{name}\t{meaning}\t{}\t{}", part.depth, part.offset, part.length)
}

fn lines(heading: &str, lines: impl Iterator<Item = String>) -> String {
    let mut text = format!("{heading}\n");
    for line in lines {
        text.push_str(&line);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_seven_cells_whatever_the_file_says() {
        let field = Field {
            group: "XMP\t-a".into(),
            name: "=1+1".into(),
            tag: "9".into(),
            raw: "one\ntwo\u{202e}".into(),
            meaning: Some("x".repeat(5000)),
            offset: 7,
            length: 8,
        };
        let line = field_line(&field);
        assert_eq!((line.lines().count(), line.split('\t').count()), (1, 7), "{line}");
        assert!(line.starts_with("XMP\\u0009-a\t'=1+1\t9\tx"), "{line}");
        assert!(line.ends_with("\tone\\u000atwo\\u202e\t7\t8") && line.len() > 5000, "whole");
        let all = field_lines([&field, &field].into_iter());
        assert_eq!(all.lines().count(), 3);
        assert!(all.lines().all(|line| line.split('\t').count() == 7), "{all}");
        assert!(all.contains("… and 904 more bytes\t"), "cut");
    }
}
