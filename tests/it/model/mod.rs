//! Masks, faces, engines, and the way from a file to a verdict.

mod annotate;
mod apart;
mod endless;
mod faces;
mod infer;
mod mesh;
mod pipeline;
#[cfg(feature = "remote")]
mod remote;
pub(crate) mod watch;
