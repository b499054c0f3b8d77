//! Compares a file with reference files that the analyst brings.

use std::collections::{BTreeMap, BTreeSet};

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

/// What reference files have, and how many of them have it. Their fields themselves are not kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReferenceSet {
    n: usize,
    counts: BTreeMap<String, usize>,
}

impl ReferenceSet {
    /// Adds a reference file.
    pub fn add(&mut self, metadata: &Metadata) {
        self.n = self.n.saturating_add(1);
        for trait_of_it in traits(metadata) {
            let count = self.counts.entry(trait_of_it).or_default();
            *count = count.saturating_add(1);
        }
    }

    /// Number of reference files.
    pub const fn n(&self) -> usize {
        self.n
    }

    /// Compares fields, order of parts, tables and sampling. `is_among`: the file is itself one of the
    /// references, and is left out of them.
    pub fn compare(&self, file: &Metadata, is_among: bool) -> Comparison {
        let here = traits(file);
        let own = |what: &str| usize::from(is_among && here.contains(what));
        let n_references = self.n.saturating_sub(usize::from(is_among));
        let others =
            |what: &str| self.counts.get(what).copied().unwrap_or(0).saturating_sub(own(what));
        let in_all =
            self.counts.keys().filter(|what| n_references > 0 && others(what) >= n_references);
        let only_there = in_all.filter(|what| !here.contains(*what)).cloned().collect();
        let only_here = here.iter().filter(|what| others(what) == 0).cloned().collect();
        Comparison { n_references, only_here, only_there }
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
        for table in coding.tables_in_use() {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::metadata_of_bytes;

    /// A picture of no pixels, with these comments.
    fn jpeg(comments: &[&str]) -> Metadata {
        let mut bytes = vec![0xFF, 0xD8];
        for text in comments {
            bytes.extend([0xFF, 0xFE]);
            bytes.extend((text.len() as u16 + 2).to_be_bytes());
            bytes.extend(text.as_bytes());
        }
        bytes.extend([0xFF, 0xD9]);
        metadata_of_bytes(&bytes).unwrap()
    }

    #[test]
    fn what_only_the_file_has_and_what_only_all_references_have() {
        let (plain, noted) = (jpeg(&[]), jpeg(&["by hand"]));
        let mut set = ReferenceSet::default();
        set.add(&plain);
        set.add(&plain);
        let found = set.compare(&noted, false);
        assert_eq!(found.n_references, 2);
        assert!(found.only_here.iter().any(|what| what == "field File:Comment"), "{found:?}");
        assert!(found.only_there.iter().all(|what| what.starts_with("order")), "{found:?}");
        let mut noted_set = ReferenceSet::default();
        noted_set.add(&noted);
        let found = noted_set.compare(&plain, false);
        assert!(found.only_there.iter().any(|what| what == "field File:Comment"), "{found:?}");
        set.add(&noted);
        let found = set.compare(&plain, false);
        assert_eq!((found.only_here, found.only_there), (vec![], vec![]), "one of three has it");
    }

    #[test]
    fn a_file_is_no_reference_for_itself() {
        let (plain, noted) = (jpeg(&[]), jpeg(&["by hand"]));
        let mut set = ReferenceSet::default();
        set.add(&noted);
        let alone = set.compare(&noted, true);
        assert_eq!((alone.n_references, alone.only_there.len()), (0, 0), "{alone:?}");
        set.add(&plain);
        let found = set.compare(&noted, true);
        assert_eq!(found.n_references, 1);
        assert!(found.only_here.iter().any(|what| what == "field File:Comment"), "{found:?}");
        assert_eq!(set.compare(&noted, false).only_here, Vec::<String>::new());
    }
}
