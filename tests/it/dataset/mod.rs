//! Data sets of our own and of other tools.

mod disk;
mod doubles;
mod foreign;
mod formats;
pub(crate) mod layouts;
mod odd;
mod packages;
pub(crate) mod samples;
