//! L0, the vocabulary: plain values that every layer shares.
//!
//! * **In / out**: nothing; these are the nouns that travel between stages.
//! * **Not here**: I/O, threads, GPU, file formats, third-party types.
//!
//! Spaces are part of the names: `image` is the stored pixel grid (as decoded, *before* EXIF
//! rotation), `upright` is the picture as a person sees it, `crop` the cut-out given to a network,
//! `map` the grid of a heat map. A transform is called `to_from`, for instance `image_from_crop`.

mod face;
mod finding;
mod frame;
mod geom;
mod heatmap;
mod ijg;
mod image;
mod limits;
pub mod mesh_parts;
mod not_examined;
mod odds;
mod quality;
mod reference;
pub mod release;
#[cfg(test)]
mod skip_test;
mod task;
mod tensor;
pub mod text;
mod video;

pub use face::{Face, FaceOrigin, Landmarks, Mesh};
pub use finding::{
    EngineInfo, FaceFinding, MediaReport, ModelRef, Reconstruction, RemoteServer, UnusedProvider,
    Verdict, Warning,
};
pub use frame::{Frame, Orientation};
pub use geom::{Affine, Point, Rect};
pub use heatmap::Heatmap;
pub use ijg::{IJG_LUMINANCE, ijg_step};
pub use image::{RgbImage, luma};
pub use limits::Limits;
pub use not_examined::NotExamined;
pub use odds::{sigmoid, sigmoid_f64};
pub use quality::{Quality, Reliability};
pub use reference::ReferenceComparison;
#[cfg(test)]
pub(crate) use skip_test::skip_test;
pub use task::{Cancel, Cancelled, Phase, Progress, TaskCtx};
pub use tensor::Tensor;
pub use video::{
    ByteHeatmap, CURVE_PARTS, Damage, FrameRef, FrameTime, MIN_DEFINITE_FRAMES, Moment, Sample,
    Track, TrackSuspicion, VideoInfo, VideoReport, n_examined,
};
