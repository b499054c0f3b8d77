//! Which part of a data set something belongs to: by source and person, never by frame.
//!
//! * **In**: what items are of. **Out**: a part for each.
//! * **Not here**: the records.
//!
//! Items of one file, one source or one person are kin, and so are the kin of kin. Kin are never
//! parted, so that nothing measured on one part is known from another.

use std::collections::BTreeMap;

use super::{Error, Record, Split};
use crate::files::sha256_hex;

/// Of a thousand keys, those that go to validation, and to test.
const VALIDATION: f64 = 0.1;
const TEST: f64 = 0.1;

/// What groups are named by, the first that is known.
const SORTS: [&str; 3] = ["the source", "the person", "the file"];

/// What an item is of. Empty words count as not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Kin<'a> {
    /// The file: its hash or path. All frames of a video share it.
    pub media: &'a str,
    /// Where it comes from.
    pub source: Option<&'a str>,
    /// Whose face it is.
    pub person: Option<&'a str>,
}

impl<'a> Kin<'a> {
    /// Of a record.
    pub fn of(record: &'a Record) -> Self {
        let image = &record.image;
        let media = if image.sha256.is_empty() { &image.origin } else { &image.sha256 };
        Self { media, source: record.source.as_deref(), person: record.person.as_deref() }
    }

    /// What names its group: the first of [`SORTS`] that is known.
    fn name(&self) -> (u8, &'a str) {
        let known = |word: Option<&'a str>| word.filter(|word| !word.is_empty());
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

/// Where a key lies, `0.0..1.0`, evenly spread: the same on every machine.
fn place(key: &str, seed: u64) -> f64 {
    let hash = sha256_hex(format!("{seed}/{key}").as_bytes());
    let head = u32::from_str_radix(hash.get(..8).unwrap_or_default(), 16).unwrap_or(0);
    f64::from(head) / (f64::from(u32::MAX) + 1.0)
}

fn part(place: f64) -> Split {
    match place {
        p if p < TEST => Split::Test,
        p if p < TEST + VALIDATION => Split::Validation,
        _ => Split::Train,
    }
}

/// The part of one key: 80 % train, 10 % validation, 10 % test.
pub fn split(key: &str, seed: u64) -> Split {
    part(place(key, seed))
}

/// The part of every item. Kin stay together.
///
/// A group's part follows from its name and the seed, whatever else there is: it is named by its
/// source, without one by its person, without both by its file, so that what is added to a source
/// moves nothing. Only a part that nobody fell to takes its nearest group from the others; that one
/// goes back when another fills the part.
pub fn assign(items: &[Kin<'_>], seed: u64) -> Vec<Split> {
    // Each item points to one of its group with a smaller index, or to itself.
    let mut parents: Vec<usize> = (0..items.len()).collect();
    let mut seen = BTreeMap::new();
    for (i, item) in items.iter().enumerate() {
        for key in item.keys() {
            let other = *seen.entry(key).or_insert(i);
            let (a, b) = (root(&mut parents, i), root(&mut parents, other));
            parents[a.max(b)] = a.min(b);
        }
    }
    let roots: Vec<usize> = (0..items.len()).map(|i| root(&mut parents, i)).collect();
    // Of names of one sort the least, whatever the order of the items.
    let mut names: BTreeMap<usize, (u8, &str)> = BTreeMap::new();
    for (item, root) in items.iter().zip(&roots) {
        let least = names.entry(*root).or_insert_with(|| item.name());
        *least = (*least).min(item.name());
    }
    let mut groups: BTreeMap<usize, Group> = BTreeMap::new();
    for (root, (sort, name)) in names {
        let at = place(&format!("{} {name}", SORTS[usize::from(sort)]), seed);
        groups.insert(root, Group { place: at, part: part(at) });
    }
    fill(&mut groups.values_mut().collect::<Vec<_>>());
    roots.iter().map(|root| groups.get(root).map_or(Split::Train, |group| group.part)).collect()
}

/// Items that may not be parted.
struct Group {
    place: f64,
    part: Split,
}

/// No part stays empty where there are three groups; of two one is learned from and one looked at
/// while learning.
fn fill(groups: &mut [&mut Group]) {
    groups.sort_by(|a, b| a.place.total_cmp(&b.place));
    match groups {
        [] => {}
        [one] => one.part = Split::Train,
        [low, high] => (low.part, high.part) = (Split::Validation, Split::Train),
        many => {
            // Test lies lowest, then validation, then train: the nearest ones to train are the
            // highest, and on a circle the nearest to test, too.
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
                let mut of = many.iter_mut().filter(|group| group.part == from);
                let nearest = if wanted == Split::Validation { of.next() } else { of.next_back() };
                if let Some(group) = nearest {
                    group.part = wanted;
                }
            }
        }
    }
}

fn root(parents: &mut [usize], mut i: usize) -> usize {
    while parents[i] != i {
        parents[i] = parents[parents[i]];
        i = parents[i];
    }
    i
}

/// Watches that kin are not parted.
#[derive(Debug, Default)]
pub(super) struct Watch {
    seen: BTreeMap<(&'static str, String), Split>,
}

impl Watch {
    pub(super) fn see(&mut self, record: &Record) -> Result<(), Error> {
        for (what, key) in Kin::of(record).keys() {
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

    fn kin<'a>(media: &'a str, source: &'a str, person: &'a str) -> Kin<'a> {
        Kin { media, source: Some(source), person: Some(person) }
    }

    #[test]
    fn shares_are_kept_and_the_seed_matters() {
        let keys: Vec<String> = (0..10_000).map(|i| format!("key {i}")).collect();
        let count = |wanted| keys.iter().filter(|key| split(key, 7) == wanted).count();
        for wanted in [Split::Validation, Split::Test] {
            let n = count(wanted);
            assert!((900..1100).contains(&n), "{n} of 10,000 in {wanted:?}");
        }
        assert!(keys.iter().any(|key| split(key, 7) != split(key, 8)), "another seed, same split");
    }

    #[test]
    fn kin_of_kin_stay_together_whatever_the_order() {
        let mut items = Vec::new();
        let names: Vec<String> = (0..300).map(|i| i.to_string()).collect();
        // Chains of three: a shares its source with b, b its person with c.
        for chunk in names.chunks_exact(3) {
            items.push(kin(&chunk[0], &chunk[0], ""));
            items.push(kin(&chunk[1], &chunk[0], &chunk[1]));
            items.push(kin(&chunk[2], "", &chunk[1]));
        }
        let parts = assign(&items, 1);
        for (i, chain) in parts.chunks_exact(3).enumerate() {
            assert!(chain.iter().all(|part| *part == chain[0]), "chain {i}: {chain:?}");
        }
        assert!(Split::ALL.iter().all(|wanted| parts.contains(wanted)), "all parts are filled");
        items.reverse();
        let mut again = assign(&items, 1);
        again.reverse();
        assert_eq!(again, parts);
    }

    #[test]
    fn frames_of_one_video_are_never_parted() {
        let items = vec![Kin { media: "clip", ..Kin::default() }; 50];
        let parts = assign(&items, 3);
        assert!(parts.iter().all(|part| *part == parts[0]), "{parts:?}");
    }

    #[test]
    fn three_groups_fill_three_parts() {
        for seed in 0..50 {
            let items = ["a", "b", "c"].map(|media| Kin { media, ..Kin::default() });
            let parts = assign(&items, seed);
            assert!(Split::ALL.iter().all(|s| parts.contains(s)), "seed {seed}: {parts:?}");
        }
    }

    #[test]
    fn two_groups_are_learned_from_and_looked_at() {
        for seed in 0..50 {
            let mut parts = assign(&["a", "b"].map(|media| Kin { media, ..Kin::default() }), seed);
            parts.sort();
            assert_eq!(parts, [Split::Train, Split::Validation], "seed {seed}");
        }
        let alone = [Kin { media: "a", ..Kin::default() }; 2];
        assert_eq!(assign(&alone, 0), [Split::Train; 2], "nothing to part");
    }

    #[test]
    fn a_source_that_grows_moves_nothing() {
        let names: Vec<String> = (0..400).map(|i| format!("file {i}")).collect();
        for (seed, n_sources) in (0..40).flat_map(|seed| [(seed, 3), (seed, 7), (seed, 30)]) {
            let sources: Vec<String> = (0..n_sources).map(|i| format!("source {i}")).collect();
            let items: Vec<Kin<'_>> = (names.iter().enumerate())
                .map(|(i, name)| kin(name, &sources[i % n_sources.min(1 + i / 2)], ""))
                .collect();
            let few = assign(&items[..100], seed);
            assert_eq!(few, assign(&items, seed)[..100], "seed {seed}, {n_sources} sources");
        }
    }

    #[test]
    fn another_source_seldom_moves_others_and_never_many() {
        let sources: Vec<String> = (0..60).map(|i| format!("source {i}")).collect();
        let items: Vec<Kin<'_>> = sources.iter().map(|source| kin(source, source, "")).collect();
        let (mut n_moved, mut n_steps) = (0, 0);
        for seed in 0..50 {
            for n in 3..items.len() {
                let (before, after) = (assign(&items[..n], seed), assign(&items[..=n], seed));
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
        let mut watch = Watch::default();
        let of = |id: &str, split| Record {
            id: id.to_owned(),
            person: Some("P".to_owned()),
            split,
            ..Record::default()
        };
        assert!(watch.see(&of("1", Split::Train)).is_ok(), "the first");
        assert!(watch.see(&of("2", Split::Train)).is_ok(), "same part");
        let error = watch.see(&of("3", Split::Test)).unwrap_err().to_string();
        assert!(error.contains("the person \"P\" is in both train and test"), "{error}");
    }
}
