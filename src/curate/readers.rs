//! The agreement of two readers of a case.
//!
//! * **In**: a case in which two people drew masks of the same pictures. **Out**: [`Readers`] with
//!   their names.
//! * **Not here**: the figures ([`super::agreement`]).

use std::collections::{BTreeMap, BTreeSet};

use super::{Error, Readers, Reading};
use crate::annotate::Decision;
use crate::base::{Phase, TaskCtx};
use crate::case::{Case, ItemId, MaskKey, StoredMask};

/// Two readers of a case.
#[derive(Debug, Clone, PartialEq)]
pub struct TwoReaders {
    /// Who is first in the tables.
    pub first: String,
    /// Who is second.
    pub second: String,
    /// Pictures and frames that each has read.
    pub n_read: [u64; 2],
    /// How they agree on those that both have read.
    pub readers: Readers,
}

/// A picture, or a frame of a clip.
type Spot = (ItemId, Option<usize>);

/// Compares two readers, by name, or those two who have read most in common.
///
/// # Errors
///
/// [`Error::Readers`] when nobody else has read, or the two have nothing in common;
/// [`Error::Case`], [`Error::Cancelled`].
pub fn two_readers(
    case: &Case,
    names: Option<(&str, &str)>,
    ctx: &TaskCtx<'_>,
) -> Result<TwoReaders, Error> {
    let mut read: BTreeMap<String, BTreeSet<Spot>> = BTreeMap::new();
    for MaskKey { item, frame, author } in case.mask_keys()? {
        read.entry(author).or_default().insert((item, frame));
    }
    let (first, second) = match names {
        Some((first, second)) => {
            for name in [first, second] {
                if !read.contains_key(name) {
                    return Err(Error::Readers(unknown(name, &read)));
                }
            }
            (first.to_owned(), second.to_owned())
        }
        None => closest(&read).ok_or_else(|| Error::Readers(too_few(&read)))?,
    };
    let nothing = BTreeSet::new();
    let of = |name: &String| read.get(name).unwrap_or(&nothing);
    let common: Vec<&Spot> = of(&first).intersection(of(&second)).collect();
    if first == second || common.is_empty() {
        let what = format!("{first} and {second} have read no picture in common");
        return Err(Error::Readers(what));
    }
    let mut readers = Readers::default();
    for (i, (item, frame)) in common.iter().enumerate() {
        ctx.step(Phase::Evaluating, i as u64, common.len() as u64)?;
        let mask = |author: &String| {
            case.mask(&MaskKey { item: *item, frame: *frame, author: author.clone() })
        };
        if let (Some(a), Some(b)) = (mask(&first)?, mask(&second)?) {
            readers.add(&reading(&a), &reading(&b));
        }
    }
    let n_read = [of(&first).len() as u64, of(&second).len() as u64];
    Ok(TwoReaders { first, second, n_read, readers })
}

fn reading(stored: &StoredMask) -> Reading<'_> {
    let decision = Decision::from_mask(stored.mask.is_empty(), stored.label.kind);
    Reading { decision, mask: &stored.mask }
}

/// The two who have most in common; of equals the first by their names.
fn closest(read: &BTreeMap<String, BTreeSet<Spot>>) -> Option<(String, String)> {
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

fn too_few(read: &BTreeMap<String, BTreeSet<Spot>>) -> String {
    let names: Vec<&str> = read.keys().map(String::as_str).collect();
    match names.as_slice() {
        [] => "nobody has drawn a mask in this case yet".to_owned(),
        [one] => format!(
            "only {one} has drawn masks in this case; a second reader opens it under another name"
        ),
        _ => format!("no two of {} have read a picture in common", names.join(", ")),
    }
}

fn unknown(name: &str, read: &BTreeMap<String, BTreeSet<Spot>>) -> String {
    let names: Vec<&str> = read.keys().map(String::as_str).collect();
    let known = if names.is_empty() { "nobody".to_owned() } else { names.join(", ") };
    format!("{name} has drawn no mask in this case; those who have are: {known}")
}
