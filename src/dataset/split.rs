//! Splits items into train, validation and test by source and person, never by frame.
//!
//! Items that share a file, a source or a person belong to one group, and so do items linked
//! through others. A group is never split, so that no measurement on one part leaks from another.

use std::collections::BTreeMap;

use super::{Error, Record, Split};
use crate::files::sha256_hex;

/// Share of the groups in validation.
const VALIDATION: f64 = 0.1;
/// Share of the groups in test.
const TEST: f64 = 0.1;

/// A group is named by the first of these that is known.
const NAME_KINDS: [&str; 3] = ["the source", "the person", "the file"];

/// What an item shares with others of its group. Empty strings count as unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GroupKeys<'a> {
    /// Hash or path of the file. All frames of a video share it.
    pub media: &'a str,
    /// Where the picture comes from.
    pub source: Option<&'a str>,
    /// The person shown.
    pub person: Option<&'a str>,
}

impl<'a> GroupKeys<'a> {
    pub fn from_record(record: &'a Record) -> Self {
        let image = &record.image;
        let media = if image.sha256.is_empty() { &image.origin } else { &image.sha256 };
        Self { media, source: record.source.as_deref(), person: record.person.as_deref() }
    }

    /// The name of its group: an index into [`NAME_KINDS`] and the first key that is known.
    fn group_name(&self) -> (u8, &'a str) {
        let known = |key: Option<&'a str>| key.filter(|key| !key.is_empty());
        match (known(self.source), known(self.person)) {
            (Some(source), _) => (0, source),
            (None, Some(person)) => (1, person),
            (None, None) => (2, self.media),
        }
    }

    fn keys(self) -> impl Iterator<Item = (&'static str, &'a str)> {
        let keys = [
            ("the file", Some(self.media)),
            ("the source", self.source),
            ("the person", self.person),
        ];
        keys.into_iter().filter_map(|(what, key)| Some((what, key?))).filter(|(_, k)| !k.is_empty())
    }
}

/// A number in 0.0..1.0 from the hash of a key: uniform, and the same on every machine.
fn position(key: &str, seed: u64) -> f64 {
    let hash = sha256_hex(format!("{seed}/{key}").as_bytes());
    let head = u32::from_str_radix(hash.get(..8).unwrap_or_default(), 16).unwrap_or(0);
    f64::from(head) / (f64::from(u32::MAX) + 1.0)
}

fn part_at(position: f64) -> Split {
    match position {
        p if p < TEST => Split::Test,
        p if p < TEST + VALIDATION => Split::Validation,
        _ => Split::Train,
    }
}

/// The part of one key: 80 % train, 10 % validation, 10 % test.
pub fn split_of_key(key: &str, seed: u64) -> Split {
    part_at(position(key, seed))
}

/// Assigns a part to every item. Groups stay together.
///
/// The part of a group follows from its name and the seed alone: adding items to a source moves no
/// other group. Only an empty part takes the nearest group from another part.
pub fn assign_splits(items: &[GroupKeys<'_>], seed: u64) -> Vec<Split> {
    // Union-find: each item points to one of its group with a smaller index, or to itself.
    let mut parents: Vec<usize> = (0..items.len()).collect();
    let mut seen = BTreeMap::new();
    for (i, item) in items.iter().enumerate() {
        for key in item.keys() {
            let other = *seen.entry(key).or_insert(i);
            let (a, b) = (find_root(&mut parents, i), find_root(&mut parents, other));
            if let Some(parent) = parents.get_mut(a.max(b)) {
                *parent = a.min(b);
            }
        }
    }
    let roots: Vec<usize> = (0..items.len()).map(|i| find_root(&mut parents, i)).collect();
    // The least name, so that the order of the items does not matter.
    let mut names: BTreeMap<usize, (u8, &str)> = BTreeMap::new();
    for (item, root) in items.iter().zip(&roots) {
        let least = names.entry(*root).or_insert_with(|| item.group_name());
        *least = (*least).min(item.group_name());
    }
    let mut groups: BTreeMap<usize, SplitGroup> = BTreeMap::new();
    for (root, (kind, name)) in names {
        let position = position(
            &format!("{} {name}", NAME_KINDS.get(usize::from(kind)).copied().unwrap_or_default()),
            seed,
        );
        groups.insert(root, SplitGroup { position, part: part_at(position) });
    }
    fill_empty_parts(&mut groups.values_mut().collect::<Vec<_>>());
    roots.iter().map(|root| groups.get(root).map_or(Split::Train, |group| group.part)).collect()
}

/// Items that stay together.
struct SplitGroup {
    position: f64,
    part: Split,
}

/// From three groups on no part stays empty; of two groups one is train and one validation.
fn fill_empty_parts(groups: &mut [&mut SplitGroup]) {
    groups.sort_by(|a, b| a.position.total_cmp(&b.position));
    match groups {
        [] => {}
        [one] => one.part = Split::Train,
        [low, high] => (low.part, high.part) = (Split::Validation, Split::Train),
        many => {
            // Positions are on a circle: test lowest, then validation, then train. The highest
            // groups are nearest to train and to test.
            for wanted in [Split::Train, Split::Test, Split::Validation] {
                if many.iter().any(|group| group.part == wanted) {
                    continue;
                }
                let n = |part| many.iter().filter(|group| group.part == part).count();
                let from = if n(Split::Train) > 1 {
                    Split::Train
                } else if n(Split::Test) > 1 {
                    Split::Test
                } else {
                    Split::Validation
                };
                let mut candidates = many.iter_mut().filter(|group| group.part == from);
                let nearest = if wanted == Split::Validation {
                    candidates.next()
                } else {
                    candidates.next_back()
                };
                if let Some(group) = nearest {
                    group.part = wanted;
                }
            }
        }
    }
}

fn find_root(parents: &mut [usize], mut i: usize) -> usize {
    while let Some(parent) = parents.get(i).copied().filter(|parent| *parent != i) {
        // Every other step is skipped next time.
        let next = parents.get(parent).copied().unwrap_or(parent);
        if let Some(own) = parents.get_mut(i) {
            *own = next;
        }
        i = next;
    }
    i
}

/// Checks that no group is in two parts.
#[derive(Debug, Default)]
pub(super) struct LeakCheck {
    seen: BTreeMap<(&'static str, String), Split>,
}

impl LeakCheck {
    pub(super) fn add(&mut self, record: &Record) -> Result<(), Error> {
        for (what, key) in GroupKeys::from_record(record).keys() {
            let first = *self.seen.entry((what, key.to_owned())).or_insert(record.split);
            if first != record.split {
                let (first, second) = (first.as_str(), record.split.as_str());
                return Err(Error::Leak { what, key: key.to_owned(), first, second });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys<'a>(media: &'a str, source: &'a str, person: &'a str) -> GroupKeys<'a> {
        GroupKeys { media, source: Some(source), person: Some(person) }
    }

    #[test]
    fn shares_are_kept_and_the_seed_matters() {
        let names: Vec<String> = (0..10_000).map(|i| format!("key {i}")).collect();
        let count = |wanted| names.iter().filter(|key| split_of_key(key, 7) == wanted).count();
        for wanted in [Split::Validation, Split::Test] {
            let n = count(wanted);
            assert!((900..1100).contains(&n), "{n} of 10,000 in {wanted:?}");
        }
        assert!(
            names.iter().any(|key| split_of_key(key, 7) != split_of_key(key, 8)),
            "another seed, same split"
        );
    }

    #[test]
    fn linked_groups_stay_together_in_any_order() {
        let mut items = Vec::new();
        let names: Vec<String> = (0..300).map(|i| i.to_string()).collect();
        // Chains of three: a shares its source with b, b its person with c.
        for chunk in names.chunks_exact(3) {
            items.push(keys(&chunk[0], &chunk[0], ""));
            items.push(keys(&chunk[1], &chunk[0], &chunk[1]));
            items.push(keys(&chunk[2], "", &chunk[1]));
        }
        let parts = assign_splits(&items, 1);
        for (i, chain) in parts.chunks_exact(3).enumerate() {
            assert!(chain.iter().all(|part| *part == chain[0]), "chain {i}: {chain:?}");
        }
        assert!(Split::ALL.iter().all(|wanted| parts.contains(wanted)), "all parts are filled");
        items.reverse();
        let mut again = assign_splits(&items, 1);
        again.reverse();
        assert_eq!(again, parts);
    }

    #[test]
    fn frames_of_one_video_stay_together() {
        let items = vec![GroupKeys { media: "clip", ..GroupKeys::default() }; 50];
        let parts = assign_splits(&items, 3);
        assert!(parts.iter().all(|part| *part == parts[0]), "{parts:?}");
    }

    #[test]
    fn three_groups_fill_three_parts() {
        for seed in 0..50 {
            let items = ["a", "b", "c"].map(|media| GroupKeys { media, ..GroupKeys::default() });
            let parts = assign_splits(&items, seed);
            assert!(Split::ALL.iter().all(|s| parts.contains(s)), "seed {seed}: {parts:?}");
        }
    }

    #[test]
    fn two_groups_fill_train_and_validation() {
        for seed in 0..50 {
            let mut parts = assign_splits(
                &["a", "b"].map(|media| GroupKeys { media, ..GroupKeys::default() }),
                seed,
            );
            parts.sort();
            assert_eq!(parts, [Split::Train, Split::Validation], "seed {seed}");
        }
        let alone = [GroupKeys { media: "a", ..GroupKeys::default() }; 2];
        assert_eq!(assign_splits(&alone, 0), [Split::Train; 2], "one group");
    }

    #[test]
    fn adding_to_a_source_moves_nothing() {
        let names: Vec<String> = (0..400).map(|i| format!("file {i}")).collect();
        for (seed, n_sources) in (0..40).flat_map(|seed| [(seed, 3), (seed, 7), (seed, 30)]) {
            let sources: Vec<String> = (0..n_sources).map(|i| format!("source {i}")).collect();
            let items: Vec<GroupKeys<'_>> = (names.iter().enumerate())
                .map(|(i, name)| keys(name, &sources[i % n_sources.min(1 + i / 2)], ""))
                .collect();
            let few = assign_splits(&items[..100], seed);
            assert_eq!(few, assign_splits(&items, seed)[..100], "seed {seed}, {n_sources} sources");
        }
    }

    #[test]
    fn another_source_rarely_moves_others_and_never_many() {
        let sources: Vec<String> = (0..60).map(|i| format!("source {i}")).collect();
        let items: Vec<GroupKeys<'_>> =
            sources.iter().map(|source| keys(source, source, "")).collect();
        let (mut n_moved, mut n_steps) = (0, 0);
        for seed in 0..50 {
            for n in 3..items.len() {
                let (before, after) =
                    (assign_splits(&items[..n], seed), assign_splits(&items[..=n], seed));
                let moved = before.iter().zip(&after).filter(|(a, b)| a != b).count();
                assert!(moved <= 2, "seed {seed}: {moved} of {n} moved");
                n_moved += moved;
                n_steps += 1;
            }
        }
        assert!(n_moved * 12 < n_steps, "{n_moved} in {n_steps} steps");
    }

    #[test]
    fn a_leak_is_seen() {
        let mut check = LeakCheck::default();
        let record = |id: &str, split| Record {
            id: id.to_owned(),
            person: Some("P".to_owned()),
            split,
            ..Record::default()
        };
        assert!(check.add(&record("1", Split::Train)).is_ok(), "the first");
        assert!(check.add(&record("2", Split::Train)).is_ok(), "same part");
        let error = check.add(&record("3", Split::Test)).unwrap_err().to_string();
        assert!(error.contains("the person \"P\" is in both train and test"), "{error}");
    }
}
