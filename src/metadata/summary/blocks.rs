//! The rule about two blocks of one kind.

use std::collections::HashMap;

use super::dates::block;
use super::finding::{Finding, MAX_EACH, pair};
use crate::metadata::field::Field;
use crate::metadata::read::Metadata;

/// Tags that stand in the first block of a kind and in another, with different values. Lists are left
/// out. Each field is looked at a fixed number of times: a file can have 100,000.
pub(super) fn blocks(metadata: &Metadata) -> Vec<Finding> {
    let fields = &metadata.fields;
    let mut firsts: HashMap<(&str, &str), &Field> = HashMap::new();
    let mut counts: HashMap<(&str, &str), usize> = HashMap::new();
    for field in fields {
        let key = (field.group.as_ref(), field.name.as_ref());
        firsts.entry(key).or_insert(field);
        let n = counts.entry(key).or_default();
        *n = n.saturating_add(1);
    }
    let found = fields.iter().filter_map(|second| {
        let (kind, number) = block(&second.group);
        let first = firsts.get(&(kind, second.name.as_ref())).filter(|_| !number.is_empty())?;
        let is_list = counts.get(&(second.group.as_ref(), second.name.as_ref())) != Some(&1);
        let is_other = first.raw.trim() != second.raw.trim();
        (is_other && !is_list).then(|| pair(first, "differs from", second))
    });
    found.take(MAX_EACH).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::metadata::metadata_of_bytes;

    fn metadata(fields: impl Iterator<Item = (&'static str, String, String)>) -> Metadata {
        let mut metadata = metadata_of_bytes(b"\xFF\xD8\xFF\xD9").unwrap();
        metadata.fields.extend(fields.map(|(group, name, raw)| Field {
            group: group.into(),
            name: name.into(),
            tag: "".into(),
            raw,
            meaning: None,
            offset: 0,
            length: 1,
        }));
        metadata
    }

    #[test]
    fn single_values_are_compared_and_lists_are_not() {
        let of = |group, name: &str, raw: &str| (group, name.to_owned(), raw.to_owned());
        let found = blocks(&metadata(
            [
                of("IFD0", "Make", "A"),
                of("IPTC", "Keywords", "a"),
                of("IPTC", "City", "Rome"),
                of("IFD0#2", "Make", "B"),
                of("IPTC2", "Keywords", "b"),
                of("IPTC2", "Keywords", "c"),
                of("IPTC2", "City", "Rome "),
            ]
            .into_iter(),
        ));
        let keys: Vec<_> = found.into_iter().map(|(_, keys)| keys).collect();
        assert_eq!(keys, [["IFD0:Make", "IFD0#2:Make"]]);
    }

    #[test]
    fn long_lists_take_no_quadratic_time() {
        let words = |group| (0..40_000).map(move |i| (group, "Keywords".to_owned(), i.to_string()));
        let two = metadata(words("IPTC").chain(words("IPTC2")));
        let start = Instant::now();
        assert_eq!(blocks(&two), []);
        assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
    }
}
