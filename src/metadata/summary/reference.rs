//! Compares a file with reference files that the analyst brings.

use std::collections::BTreeSet;

use crate::metadata::read::Metadata;

/// What a file has and none of the references has, and the reverse. With few references this means
/// little: the number is part of every statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// Number of reference files.
    pub n_references: usize,
    /// What only the file has.
    pub only_here: Vec<String>,
    /// What every reference has, and the file has not.
    pub only_there: Vec<String>,
}

/// Compares fields, order of parts, tables and sampling.
pub fn compare(file: &Metadata, references: &[Metadata]) -> Comparison {
    let here = traits(file);
    let there: Vec<BTreeSet<String>> = references.iter().map(traits).collect();
    let only_here = here.iter().filter(|t| !there.iter().any(|other| other.contains(*t)));
    let common = there.first().map(|first| {
        let in_all = first.iter().filter(|t| there.iter().all(|other| other.contains(*t)));
        in_all.filter(|t| !here.contains(*t)).cloned().collect()
    });
    Comparison {
        n_references: references.len(),
        only_here: only_here.cloned().collect(),
        only_there: common.unwrap_or_default(),
    }
}

/// What can be compared: fields by name, the order of parts, tables, sampling, makers.
fn traits(metadata: &Metadata) -> BTreeSet<String> {
    let mut found: BTreeSet<String> =
        metadata.fields.iter().map(|field| format!("field {}", field.key())).collect();
    found.insert(format!("format {}", metadata.format.name()));
    let mut names: Vec<&str> = Vec::new();
    for part in metadata.parts.iter().filter(|part| part.depth == 0) {
        // Runs of one kind count once: their number depends on the picture.
        if names.last() != Some(&part.name.as_ref()) {
            names.push(&part.name);
        }
    }
    found.insert(format!("order of parts {}", names.join(" ")));
    for part in metadata.parts.iter().filter(|part| part.depth <= 3) {
        found.insert(format!("part {}", part.name));
    }
    if let Some(coding) = &metadata.jpeg {
        for table in &coding.tables {
            let steps: Vec<String> = table.steps.iter().map(ToString::to_string).collect();
            found.insert(format!("quantization table {} [{}]", table.id, steps.join(" ")));
        }
        let factors: Vec<String> = coding
            .components
            .iter()
            .map(|c| format!("{}x{}", c.sampling.0, c.sampling.1))
            .collect();
        found.insert(format!("sampling {}", factors.join(" ")));
        found.insert(format!("process {}", coding.process));
        if let Some(is_standard) = coding.has_standard_huffman {
            let which = if is_standard { "standard" } else { "of its own" };
            found.insert(format!("Huffman tables {which}"));
        }
    }
    for name in ["Make", "Model", "Software"] {
        for field in metadata.fields.iter().filter(|f| f.group == "IFD0" && f.name == name) {
            found.insert(format!("{} is {}", field.key(), field.words()));
        }
    }
    found
}
