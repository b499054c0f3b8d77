//! Photos of real faces, split by person, for commands that train and measure.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;

use crate::base::TaskCtx;
use crate::bundle::ModelStore;
use crate::dataset::Split;
use crate::faces::Finder;
use crate::infer::Engine;
use crate::pipeline::FINDER;
use crate::train::data::meshes;
use crate::train::data::{self, Photo};

/// The photos to use.
#[derive(Debug, Args)]
pub(in crate::cli) struct PhotoArgs {
    /// Folder with manifest.csv and photos of real faces
    #[arg(long, value_name = "DIR", env = "PENTIMENTO_PHOTOS")]
    pub(in crate::cli) data: Option<PathBuf>,
    /// Use only this set of the manifest; may be repeated
    #[arg(long, value_name = "SET")]
    pub(in crate::cli) set: Vec<String>,
    /// File that caches the faces found in the photos
    #[arg(long, value_name = "FILE", default_value = "runs/photos.landmarks.csv")]
    pub(in crate::cli) landmarks: PathBuf,
}

/// The three parts. Near-duplicates of photos of one part are left out of the later parts.
#[derive(Debug)]
pub(in crate::cli) struct Photos {
    pub(in crate::cli) train: Vec<Photo>,
    pub(in crate::cli) validation: Vec<Photo>,
    pub(in crate::cli) test: Vec<Photo>,
}

impl PhotoArgs {
    /// The sets asked for as arguments, each with a blank before it.
    pub(in crate::cli) fn set_text(&self) -> String {
        self.set.iter().flat_map(|set| [" --set ", set]).collect()
    }

    /// Reads the manifest, finds the faces and their meshes, splits.
    pub(in crate::cli) fn read(
        &self,
        models: &ModelStore,
        engine: &Engine,
        ctx: &TaskCtx<'_>,
    ) -> anyhow::Result<Photos> {
        let folder = self.data.as_deref().context(
            "photos of real faces are needed: name their folder with --data or PENTIMENTO_PHOTOS",
        )?;
        let mut finder = Finder::load(engine, &models.read(FINDER)?)?;
        let mut photos = data::load(folder, &self.set, &self.landmarks, &mut finder, ctx)
            .with_context(|| format!("cannot read the photos in {}", folder.display()))?;
        let n_meshes = meshes::attach(&mut photos, &self.landmarks, engine, models, ctx)?;
        tracing::info!("{n_meshes} of {} photos have a face mesh", photos.len());
        let part = |split| -> Vec<Photo> {
            photos.iter().filter(|p| data::split_of_group(&p.group) == split).cloned().collect()
        };
        let train = part(Split::Train);
        let validation = data::without_copies(part(Split::Validation), &train)?;
        let test = data::without_copies(part(Split::Test), &train)?;
        let test = data::without_copies(test, &validation)?;
        if train.is_empty() || validation.is_empty() || test.is_empty() {
            bail!(
                "{} photos are left for training, {} for validation and {} for testing; each part needs \
                 some. Photos are split by the column group: add photos of more groups",
                train.len(),
                validation.len(),
                test.len()
            );
        }
        Ok(Photos { train, validation, test })
    }
}

impl Photos {
    /// The number of photos per part, as text.
    pub(super) fn summary(&self) -> String {
        let [train, validation, test] = [&self.train, &self.validation, &self.test].map(Vec::len);
        format!(
            "{train} photos for training, {validation} for validation, {test} for testing (split by person)"
        )
    }
}
