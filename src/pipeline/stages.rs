//! The loaded models, and the plan for examining a picture.

use super::Error;
use crate::base::{Limits, Phase, Rect, TaskCtx};
use crate::bundle::ModelStore;
use crate::detect::Detector;
use crate::faces::{self, Finder};
use crate::infer::{Engine, EngineOptions};

/// Faces whose longer side is shorter than this are not examined.
///
/// A detector input of 224 pixels would be more than four times the face: what it would judge is
/// the enlargement, not the picture.
pub const MIN_FACE_PX: f32 = 48.0;

/// Drawn regions with a side shorter than this are refused.
pub const MIN_REGION_PX: f32 = 32.0;

/// Name of the bundle that finds faces.
pub const FINDER: &str = "yunet";

/// Engine and networks, loaded. One per thread: running the networks needs `&mut self`.
pub struct Stages {
    /// The engine both networks run in.
    pub engine: Engine,
    /// Finds faces.
    pub finder: Finder,
    /// Examines them.
    pub detector: Detector,
}

impl Stages {
    /// Starts the engine and loads the face finder and the detector named `detector`.
    ///
    /// # Errors
    ///
    /// [`Error`] by cause; nothing is half loaded.
    pub fn load(
        store: &ModelStore,
        detector: &str,
        options: &EngineOptions,
        ctx: &TaskCtx<'_>,
    ) -> Result<Self, Error> {
        ctx.step(Phase::Loading, 0, 3)?;
        // Bundles first, so that a missing one is reported before an engine is tried.
        let (finder, detector) = (store.read(FINDER)?, store.read(detector)?);
        let engine = Engine::start(options)?;
        ctx.step(Phase::Loading, 1, 3)?;
        let loading = engine.loading_until(ctx.cancel.clone());
        let finder = Finder::load(&loading, &finder).map_err(|error| match error {
            faces::Error::Cancelled(cancelled) => Error::Cancelled(cancelled),
            other => Error::Faces(other),
        })?;
        ctx.step(Phase::Loading, 2, 3)?;
        let detector = Detector::load(&loading, &detector)?;
        ctx.step(Phase::Loading, 3, 3)?;
        Ok(Self { engine, finder, detector })
    }
}

/// Options for the examination of a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Faces whose longer side is shorter are not examined; in pixels of the stored picture.
    pub min_face_px: f32,
    /// Regions drawn by hand, in image space.
    pub regions: Vec<Rect>,
    pub find_faces: bool,
    /// Limits for files.
    pub limits: Limits,
}

impl Default for Plan {
    /// All faces from [`MIN_FACE_PX`] on, no drawn regions, the default limits.
    fn default() -> Self {
        Self {
            min_face_px: MIN_FACE_PX,
            regions: Vec::new(),
            find_faces: true,
            limits: Limits::default(),
        }
    }
}
