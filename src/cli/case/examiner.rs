//! How the commands on cases examine a file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::bail;
use clap::Args;

use crate::base::TaskCtx;
use crate::base::text::visible_path;
use crate::cli::tools::ToolArgs;
use crate::curate::{Examination, ExamineFailure};
use crate::pipeline::{MIN_FACE_PX, Plan, Reference, Stages};
use crate::session::{QueuePlan, examination};

/// Options of an examination.
#[derive(Debug, Args)]
pub(super) struct ExaminerArgs {
    /// Examine every frame of videos, instead of some frames spread over the video; case examine then
    /// examines videos again of which only some frames were examined
    #[arg(long)]
    pub(super) every_frame: bool,
    /// Folder of pictures known to be genuine, of the same source: their faces show which scores are
    /// usual in it. Videos are not compared
    #[arg(long, value_name = "DIR")]
    reference: Option<PathBuf>,
    /// Skip faces whose longer side has fewer pixels
    #[arg(long, value_name = "PX", default_value_t = MIN_FACE_PX)]
    min_face: f32,
    /// Do not store what the files say about themselves
    #[arg(long)]
    pub(super) no_metadata: bool,
    /// Name of the detector's model bundle. Default: the one in use
    #[arg(long, value_name = "NAME")]
    detector: Option<String>,
    #[command(flatten)]
    tools: ToolArgs,
}

/// Loaded models, and how files are examined with them.
pub(super) struct CaseExaminer {
    stages: Stages,
    plan: QueuePlan,
}

impl ExaminerArgs {
    /// Loads the models and examines the files of the reference.
    pub(super) fn load(self) -> anyhow::Result<CaseExaminer> {
        let silent = TaskCtx::silent();
        let detector = self.tools.detector(self.detector.as_deref())?;
        let models = self.tools.models();
        let mut stages = Stages::load(&models, &detector, &self.tools.engine(), &silent)?;
        let reference = self.reference.as_deref().map(|folder| {
            let reference = Reference::examine(&mut stages, folder, &Plan::default(), &silent)?;
            if reference.n().0 == 0 {
                bail!("no face was examined in the reference files of {}", visible_path(folder));
            }
            Ok(Arc::new(reference))
        });
        let plan = QueuePlan {
            plan: Plan { min_face_px: self.min_face, ..Plan::default() },
            watches_all: self.every_frame,
            reference: reference.transpose()?,
        };
        Ok(CaseExaminer { stages, plan })
    }
}

impl CaseExaminer {
    /// SHA-256 of the detector.
    pub(super) fn model_sha256(&self) -> String {
        self.stages.detector.model().sha256
    }

    /// Examines a file.
    pub(super) fn examine(
        &mut self,
        path: &Path,
        ctx: &TaskCtx<'_>,
    ) -> Result<Examination, ExamineFailure> {
        examination(&mut self.stages, path, &self.plan, ctx)
    }
}
