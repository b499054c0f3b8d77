//! Photos of real faces, split by person, as the commands that train and measure need them.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;

use crate::base::TaskCtx;
use crate::bundle::ModelStore;
use crate::faces::Finder;
use crate::infer::Engine;
use crate::pipeline::FINDER;
use crate::train::data::{self, Photo, Split};
use crate::train::meshes;

/// Where photos are looked for unless a folder is named.
pub(super) const DEFAULT_DATA: &str = "../shared/data/faces";

/// Which photos.
#[derive(Debug, Args)]
pub(in crate::cli) struct PhotoArgs {
    /// Folder with manifest.csv and photos of real faces
    #[arg(long, value_name = "DIR", default_value = DEFAULT_DATA)]
    pub(in crate::cli) data: PathBuf,
    /// Use these sets of the manifest only; may be repeated
    #[arg(long, value_name = "SET")]
    pub(in crate::cli) set: Vec<String>,
    /// File that keeps the places of the faces found in the photos
    #[arg(long, value_name = "FILE", default_value = "runs/photos.landmarks.csv")]
    pub(in crate::cli) landmarks: PathBuf,
}

/// The three parts; near-copies of photos of one part are left out of the later ones.
#[derive(Debug)]
pub(in crate::cli) struct Photos {
    pub(in crate::cli) train: Vec<Photo>,
    pub(in crate::cli) validation: Vec<Photo>,
    pub(in crate::cli) test: Vec<Photo>,
}

impl PhotoArgs {
    /// Reads the manifest, finds the faces and their meshes, splits.
    pub(in crate::cli) fn read(
        &self,
        models: &ModelStore,
        engine: &Engine,
        ctx: &TaskCtx<'_>,
    ) -> anyhow::Result<Photos> {
        let mut finder = Finder::load(engine, &models.read(FINDER)?)?;
        let mut photos = data::load(&self.data, &self.set, &self.landmarks, &mut finder, ctx)
            .with_context(|| format!("cannot read the photos in {}", self.data.display()))?;
        let n_meshes = meshes::attach(&mut photos, &self.landmarks, engine, models, ctx)?;
        tracing::info!("{n_meshes} of {} photos have a face mesh", photos.len());
        let of = |split| -> Vec<Photo> {
            photos.iter().filter(|p| Split::of_group(&p.group) == split).cloned().collect()
        };
        let train = of(Split::Train);
        let validation = data::without_copies(of(Split::Validation), &train)?;
        let test = data::without_copies(of(Split::Test), &train)?;
        let test = data::without_copies(test, &validation)?;
        if train.is_empty() || validation.is_empty() || test.is_empty() {
            bail!(
                "{} photos to train, {} to validate and {} to test are left; none may be 0. \
                 Photos are split by the column group: are there enough groups?",
                train.len(),
                validation.len(),
                test.len()
            );
        }
        Ok(Photos { train, validation, test })
    }
}

impl Photos {
    /// How many there are, in words.
    pub(super) fn words(&self) -> String {
        let [train, validation, test] = [&self.train, &self.validation, &self.test].map(Vec::len);
        format!(
            "{train} photos to train, {validation} to validate, {test} to test (split by person)"
        )
    }
}
