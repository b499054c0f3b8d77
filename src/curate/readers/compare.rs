//! Comparing two readers of a case.

use std::collections::{BTreeMap, BTreeSet};

use super::agreement::{ReaderAgreement, Reading};
use crate::annotate::Decision;
use crate::base::text::list;
use crate::base::{Phase, TaskCtx};
use crate::case::{Case, ItemId, MaskKey, StoredMask};
use crate::curate::Error;

/// Two readers and how they agree.
#[derive(Debug, Clone, PartialEq)]
pub struct ReaderComparison {
    /// The reader of rows in the tables.
    pub first: String,
    /// The reader of columns.
    pub second: String,
    /// Pictures and frames that each has read.
    pub n_read: [u64; 2],
    /// Those that both have read, where each was shown the other's mask before.
    pub n_seen: [u64; 2],
    /// Those that both have read, where an older program, or an import, did not record that.
    pub n_unrecorded: u64,
    /// Agreement on those that both have read.
    pub agreement: ReaderAgreement,
}

/// A picture, or a frame of a clip.
type PictureKey = (ItemId, Option<usize>);

/// Compares two readers: those named, or the two with most pictures in common.
///
/// # Errors
///
/// [`Error::Readers`] when there are no two readers, or they have no picture in common;
/// [`Error::Case`], [`Error::Cancelled`].
pub fn compare_readers(
    case: &Case,
    names: Option<(&str, &str)>,
    ctx: &TaskCtx<'_>,
) -> Result<ReaderComparison, Error> {
    let mut read: BTreeMap<String, BTreeSet<PictureKey>> = BTreeMap::new();
    for MaskKey { item, frame, author } in case.mask_keys()? {
        read.entry(author).or_default().insert((item, frame));
    }
    let (first, second) = match names {
        Some((first, second)) => {
            for name in [first, second] {
                if !read.contains_key(name) {
                    return Err(Error::Readers(unknown_reader(name, &read)));
                }
            }
            (first.to_owned(), second.to_owned())
        }
        None => most_in_common(&read).ok_or_else(|| Error::Readers(no_pair(&read)))?,
    };
    let nothing = BTreeSet::new();
    let read_by = |name: &String| read.get(name).unwrap_or(&nothing);
    let common: Vec<&PictureKey> = read_by(&first).intersection(read_by(&second)).collect();
    if first == second || common.is_empty() {
        let what = format!("{first} and {second} have read no picture in common");
        return Err(Error::Readers(what));
    }
    let mut agreement = ReaderAgreement::default();
    let (mut n_seen, mut n_unrecorded) = ([0; 2], 0);
    for (i, (item, frame)) in common.iter().enumerate() {
        ctx.step(Phase::Evaluating, i as u64, common.len() as u64)?;
        let mask = |author: &String| {
            case.mask(&MaskKey { item: *item, frame: *frame, author: author.clone() })
        };
        if let (Some(a), Some(b)) = (mask(&first)?, mask(&second)?) {
            agreement.add(&reading(&a), &reading(&b));
            let has_seen = [(&a, &second), (&b, &first)].map(|(mask, other)| {
                mask.seen_readers.as_ref().map(|readers| readers.contains(other))
            });
            for (n, has_seen) in n_seen.iter_mut().zip(has_seen) {
                *n += u64::from(has_seen == Some(true));
            }
            // Where one has seen the other's mask, nothing more is to be known.
            let is_known = has_seen.contains(&Some(true)) || !has_seen.contains(&None);
            n_unrecorded += u64::from(!is_known);
        }
    }
    let n_read = [read_by(&first).len() as u64, read_by(&second).len() as u64];
    Ok(ReaderComparison { first, second, n_read, n_seen, n_unrecorded, agreement })
}

impl ReaderComparison {
    /// Whether both have read by themselves, in a sentence: agreement counts for little otherwise.
    pub fn independence(&self) -> String {
        let Self { first, second, n_seen, n_unrecorded, agreement, .. } = self;
        let n_both = agreement.n() + agreement.n_unequal;
        let seen = [(first, n_seen[0], second), (second, n_seen[1], first)]
            .into_iter()
            .filter(|(_, n, _)| *n > 0)
            .map(|(reader, n, other)| format!("{reader} saw {other}'s mask first on {n}"));
        let unrecorded = (*n_unrecorded > 0)
            .then(|| format!("on {n_unrecorded} it is not recorded who saw what"));
        let parts: Vec<String> = seen.chain(unrecorded).collect();
        if parts.is_empty() {
            return format!("On none of the {n_both} was a reader shown the other's mask first.");
        }
        format!(
            "Not read independently: of the {n_both}, {}. Agreement there says little; whoever reads \
             blind (F7) sees no masks of others.",
            list(&parts)
        )
    }
}

fn reading(stored: &StoredMask) -> Reading<'_> {
    let decision = Decision::from_mask(stored.mask.is_empty(), stored.label.kind);
    Reading { decision, mask: &stored.mask }
}

/// The two readers with most pictures in common; of equals the first by their names.
fn most_in_common(read: &BTreeMap<String, BTreeSet<PictureKey>>) -> Option<(String, String)> {
    let mut best: Option<(usize, (&String, &String))> = None;
    for (i, (first, own)) in read.iter().enumerate() {
        for (second, theirs) in read.iter().skip(i + 1) {
            let n = own.intersection(theirs).count();
            if n > best.map_or(0, |(most, _)| most) {
                best = Some((n, (first, second)));
            }
        }
    }
    best.map(|(_, (first, second))| (first.clone(), second.clone()))
}

fn no_pair(read: &BTreeMap<String, BTreeSet<PictureKey>>) -> String {
    let names: Vec<&str> = read.keys().map(String::as_str).collect();
    match names.as_slice() {
        [] => "nobody has drawn a mask in this case yet".to_owned(),
        [one] => format!(
            "only {one} has drawn masks in this case; a second reader opens it under another name"
        ),
        _ => format!("no two of {} have read a picture in common", names.join(", ")),
    }
}

fn unknown_reader(name: &str, read: &BTreeMap<String, BTreeSet<PictureKey>>) -> String {
    let names: Vec<&str> = read.keys().map(String::as_str).collect();
    let known = if names.is_empty() { "nobody".to_owned() } else { names.join(", ") };
    format!("{name} has drawn no mask in this case; those who have are: {known}")
}
