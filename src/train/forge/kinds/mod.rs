//! The ways of forging: what the upper layer of a forgery is made of.
//!
//! * **In**: portraits, a place. **Out**: pixels, or whole drafts.
//! * **Not here**: where a forgery goes (`masks`), how it is joined (`pixels::blend`).

pub(in crate::train::forge) mod attribute;
pub(in crate::train::forge) mod composite;
mod facets;
pub(in crate::train::forge) mod fill;
pub(in crate::train::forge) mod generator;
pub(in crate::train::forge) mod geometry;
pub(in crate::train::forge) mod graphics;
pub(in crate::train::forge) mod meshswap;
pub(in crate::train::forge) mod oneshot;
pub(in crate::train::forge) mod patch;
pub(in crate::train::forge) mod swap;
