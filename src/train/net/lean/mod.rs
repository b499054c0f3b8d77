//! Depthwise and 1×1 convolution with bias and ReLU as one differentiable operation.
//!
//! * **In**: activations `[n, c, h, w]`, a `Conv2d`. **Out**: what the layer gives, after ReLU if
//!   asked for; gradients of the same values as burn's own layer gives.
//! * **Not here**: which layers a net has (`train::net::encoder`), dense convolutions (burn's).
//!
//! burn 0.22 walks back through a depthwise convolution group by group and through a 1×1
//! convolution by way of columns, which is most of what a training step of this net would cost on a
//! processor (`tests/benches/train_step.rs`). On burn's CPU backend both are done directly here
//! (`depthwise`, `pointwise`); every other backend composes them of its own operations (`generic`).

#![expect(
    clippy::inline_always,
    reason = "vector instructions reach only what is inlined into the function that has them"
)]

mod depthwise;
mod generic;
mod layer;
mod operation;
mod pointwise;
mod spec;

pub(super) use layer::forward;
