//! The forger: from a photo of a real face to a forged one, its exact mask, and the real partner.
//!
//! * **In**: a decoded photo with five landmarks, perhaps a second one as donor, a random source.
//! * **Out**: a [`Pair`] of two 8-bit pictures of one size that went through the same
//!   post-processing, and the mask of what was forged.
//! * **Not here**: choosing photos (`train::data`), network input (`train::batch`).
//!
//! Nothing third-party and forged is used. Deterministic in its random source.

mod draft;
mod draw;
mod kinds;
mod make;
mod masks;
mod method;
mod pair;
mod pixels;
mod portrait;
mod site;
mod tops;
mod treat;

pub use kinds::oneshot::{Square, swapped_square};
pub use make::{
    Given, appearance_distance, augmented, forge, forge_composite, forge_with_square,
    forge_with_top, pose_distance, post_processed,
};
pub use masks::kind::MaskKind;
pub use masks::mask::{hard_mask, picture_from_canonical};
pub use method::{Method, Task};
pub use pair::{Pair, PostProcessing};
pub use pixels::picture::Picture;
pub use pixels::raster::{Plane, Window};
pub use portrait::Portrait;
pub use treat::{laid_over, recoded, resized, sourced, with_bands_of};
