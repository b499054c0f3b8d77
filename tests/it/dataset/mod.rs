//! Data sets of our own and of other tools.

mod disk;
mod foreign;
mod formats;
mod packages;
pub(crate) mod samples;
