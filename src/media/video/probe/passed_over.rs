//! Coded pictures that lie beside those which decoders show: layers, auxiliary pictures, units of
//! kinds that no player knows.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::collections::BTreeMap;

use crate::base::NotExamined;
use crate::base::text::counted;

/// Units of unknown kinds are reported from so many bytes on, in all and in the mean: encoders keep
/// small notes in them.
const LEAST_UNKNOWN: (u64, u64) = (4096, 1024);

/// What a unit of the stream is, if decoders pass over it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// A picture of another layer, view or quality, or with the transparency.
    Layer,
    Unknown(u8),
}

/// Number and bytes of the units of each kind.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct PassedOver(BTreeMap<Kind, (u64, u64)>);

impl PassedOver {
    /// Adds a unit of so many bytes.
    pub(super) fn add(&mut self, kind: Kind, length: u64) {
        let (n, bytes) = self.0.entry(kind).or_default();
        (*n, *bytes) = (n.saturating_add(1), bytes.saturating_add(length));
    }

    /// The parts that were not examined.
    pub(super) fn reported(&self) -> Vec<NotExamined> {
        let (least, least_mean) = LEAST_UNKNOWN;
        let as_reported = |(kind, (n, bytes)): (&Kind, &(u64, u64))| match kind {
            Kind::Layer => Some(NotExamined::new(
                "further pictures within its frames",
                format!("in {} of the stream, {bytes} bytes", counted(*n, "unit")),
                "another view, layer or quality, as for 3D or for transparency: the one was examined \
                 that players without support for others show",
            )),
            Kind::Unknown(unit) => {
                let mean = bytes.checked_div(*n).unwrap_or(0);
                (*bytes >= least && mean >= least_mean).then(|| {
                    NotExamined::new(
                        format!("{bytes} bytes of an unknown kind"),
                        format!("in {} of type {unit} within the stream", counted(*n, "unit")),
                        "decoders pass over them, and frames may be among them",
                    )
                })
            }
        };
        self.0.iter().filter_map(as_reported).collect()
    }
}
