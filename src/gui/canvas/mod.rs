//! The canvas: picture and overlays, zoom, panning, drawing regions and masks.
//!
//! * **In**: the document shown, pointer and keys. **Out**: a scene for `gpu`, commands.
//! * **Not here**: pixels (`gpu`), verdicts in words (`panels`).

mod beside;
mod callback;
mod camera;
mod draw;
mod hatch;
mod input;
mod loupe;
mod marks;
mod mask;
mod note;
mod region;
mod scene;
mod state;

pub(super) use beside::{beside_ui, file_beside, name_ui};
pub(super) use callback::install;
pub(super) use camera::Request;
pub(super) use draw::canvas_ui;
pub(super) use state::{CanvasState, Drawing, canvas_id};
