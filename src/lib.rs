//! Pentimento, the library: everything but the arguments.
#![cfg_attr(doc, doc = include_str!("ARCHITECTURE.md"))]

// L0: vocabulary.
pub mod base;
pub mod confine;
pub mod files;

// L1: our files.
pub mod bundle;

// L2: stages and tools; none knows another.
pub mod annotate;
pub mod eval;
pub mod infer;
pub mod media;
pub mod metadata;
pub mod prep;
pub mod signal;

// L3: compounds.
pub mod case;
pub mod dataset;
pub mod detect;
pub mod faces;
#[cfg(feature = "gui")]
pub mod gpu;

// L4: composition.
pub mod curate;
pub mod pipeline;
pub mod report;
pub mod scan;
#[cfg(feature = "train")]
pub mod train;

// L5: the application without a window.
pub mod session;

// L6: front ends.
pub mod cli;
#[cfg(feature = "gui")]
pub mod gui;
