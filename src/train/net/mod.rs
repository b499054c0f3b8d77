//! The Locality-Aware AutoEncoder.
//!
//! * **In**: `[n, 3, s, s]`, `(value - 127.5) / 127.5`, RGB; `s` a multiple of 16, 224 when shipped.
//! * **Out**: [`Output`]: two activation maps at 1/8 size, the confidence, the latent; from that the
//!   reconstruction.
//! * **Not here**: the loss (`train::fit::loss`), files (`train::publish::export`, [`imagenet`]).
//!
//! Source: LAE (CIKM 2020) gives the parts: an encoder whose latent has a real and a forged half,
//! a decoder, a local interpretation held to the forgery mask. The layer table is ours. Two forms
//! of the interpretation:
//!
//! * [`HeadForm::Conv`] follows ForensicTransfer's latent (Cozzolino et al., arXiv 1812.02510):
//!   `A_j(u, v)` is the mean activation of half `j` at a cell, the heat map is `A_1 - A_0`, and
//!   the image score pools the most suspicious tenth of the cells, so that a small forgery and a
//!   large one both can reach the score 1.
//! * [`HeadForm::Cam`] is nearer to the paper: the latent vector `z` is the spatial mean of the
//!   latent maps `Z`, `a_j` the mean of `|z_k|` over half `j`, and the class activation map of a
//!   half is `mean_k sign(z_k) Z_k(u, v)`, whose spatial mean is `a_j` exactly.

mod critic;
mod decoder;
mod encoder;
mod head;
pub mod imagenet;
mod lae;
mod lean;
mod weights;

pub use critic::Critic;
pub use decoder::Decoder;
pub use encoder::{Backbone, Encoder, MbConv};
pub use head::{Head, HeadForm, Output};
pub use lae::Lae;
pub(in crate::train) use weights::{doubled, initialized};

/// Side of the shipped net's input in pixels.
pub const INPUT_PX: usize = 224;
/// Input pixels per cell of the heat map, along a side.
pub const CELL_PX: usize = 8;
/// Side of the shipped net's heat map in cells.
pub const MAP_CELLS: usize = INPUT_PX / CELL_PX;
/// Side of the shipped net's reconstruction in pixels.
pub const RECONSTRUCTION_PX: usize = INPUT_PX / 2;
/// Channels of one half of the latent.
pub const HALF: usize = 32;
/// Logits per unit of `A_1 - A_0`: activations of 1 and 0 mean a probability of 0.98.
pub const GAIN: f64 = 4.0;

/// The values of a tensor, row-major.
pub(in crate::train) fn floats<const D: usize>(tensor: burn::tensor::Tensor<D>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}

/// Cells that the image score pools in a map of so many: a tenth.
pub const fn pooled_cells(cells: usize) -> usize {
    let tenth = cells / 10;
    if tenth == 0 { 1 } else { tenth }
}
