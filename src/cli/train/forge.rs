//! `forge`: makes forgeries of one photo or of the training photos, to look at.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, bail};
use clap::Args;
use rand::SeedableRng as _;

use super::sheet::Sheet;
use crate::base::{Limits, TaskCtx};
use crate::bundle::ModelStore;
use crate::cli::output;
use crate::cli::tools::ToolArgs;
use crate::faces::Finder;
use crate::infer::Engine;
use crate::media;
use crate::pipeline::FINDER;
use crate::train::batch::loader;
use crate::train::batch::supply::Supply;
use crate::train::data::{self, Photo};
use crate::train::data::{meshes, stock};
use crate::train::forge::{Method, Pair, Portrait, PostProcessing};

/// Arguments of `forge`.
#[derive(Debug, Args)]
pub struct ForgeArgs {
    #[command(flatten)]
    source: SourceArgs,
    /// Forgery method: a name, seen, unseen, all, or mix (as in training)
    #[arg(long, value_name = "METHOD", default_value = "all")]
    method: Methods,
    /// Folder for the pictures; created if missing
    #[arg(long, value_name = "DIR", required_unless_present = "data")]
    out: Option<PathBuf>,
    /// Number of forgeries per method
    #[arg(short = 'n', long, default_value_t = 3)]
    count: u64,
    /// Seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Add the scaling, blur, noise and JPEG compression of training, to both pictures of a pair
    #[arg(long)]
    degrade: bool,
    /// Write one contact sheet per method (rows: real, forged, mask) instead of single pictures
    #[arg(long)]
    contact_sheet: bool,
    /// Print one JSON object per line for each forgery
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    tools: ToolArgs,
}

/// What to forge.
#[derive(Debug, Args)]
struct SourceArgs {
    /// Photo of a real face
    #[arg(value_name = "PHOTO", required_unless_present = "data")]
    photo: Option<PathBuf>,
    /// Photo of another person, for swaps
    #[arg(long, value_name = "PHOTO")]
    donor: Option<PathBuf>,
    /// Forge photos of this folder with manifest.csv instead, drawn as in training
    #[arg(long, value_name = "DIR", conflicts_with_all = ["photo", "donor", "degrade"])]
    data: Option<PathBuf>,
    /// Folder that the command `stock` filled; with --method mix, the wide mix
    #[arg(long, value_name = "DIR", requires = "data")]
    stock: Option<PathBuf>,
    /// File that caches the faces found in the photos of --data
    #[arg(long, value_name = "FILE", default_value = "runs/forge.landmarks.csv")]
    cache: PathBuf,
}

/// Which methods; an empty list is the mix of training.
#[derive(Debug, Clone)]
struct Methods(Vec<Option<Method>>);

impl std::str::FromStr for Methods {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let of = |methods: &[Method]| methods.iter().copied().map(Some).collect();
        Ok(Self(match word {
            "all" => of(&Method::ALL),
            "seen" => of(&Method::TRAINED),
            "unseen" => of(&Method::UNSEEN),
            "mix" => vec![None],
            name => vec![Some(name.parse()?)],
        }))
    }
}

/// Forges and writes `NAME.METHOD.SEED.{forged,mask,real}.png` or `METHOD.png`.
pub(in crate::cli) fn run(args: ForgeArgs) -> anyhow::Result<()> {
    let store = args.tools.models();
    let engine = Engine::start(&args.tools.engine())?;
    let mut finder = Finder::load(&engine, &store.read(FINDER)?)?;
    if let Some(out) = &args.out {
        std::fs::create_dir_all(out)
            .with_context(|| format!("cannot make the folder {}", out.display()))?;
    }
    let mut source = Source::open(&args.source, &mut finder)?;
    source.add_meshes(&args.source, &engine, &store)?;
    for method in &args.method.0 {
        let word = method.map_or("mix", Method::as_str);
        if let Some(missing) = source.lacks(*method) {
            output::eprint_line(&format!("{word} needs {missing}; left out"));
            continue;
        }
        let mut sheet = Sheet::default();
        let (mut wall, mut cpu) = (0.0, 0.0);
        for i in 0..args.count {
            let (started, cpu_before) = (Instant::now(), cpu_secs());
            let (pair, stem) = source.make(*method, args.seed, i, args.degrade)?;
            wall += started.elapsed().as_secs_f64() * 1e3;
            cpu += (cpu_secs() - cpu_before) * 1e3;
            let line = ForgedLine::new(&pair, &stem, args.seed + i);
            if let Some(out) = &args.out {
                if args.contact_sheet {
                    sheet.add(&pair);
                } else {
                    write_single(out, &stem, args.seed + i, &pair)?;
                }
            }
            if args.json {
                output::print_line(&serde_json::to_string(&line)?)?;
            } else if args.out.is_some() {
                output::print_line(&format!("{stem}: {} ({:?})", pair.method.as_str(), pair.kind))?;
            }
        }
        if let (Some(out), true) = (&args.out, args.contact_sheet) {
            let path = out.join(format!("{word}.png"));
            media::write_png(&path, &sheet.render())?;
            output::eprint_line(&path.display().to_string());
        }
        let n = args.count.max(1) as f64;
        output::eprint_line(&format!("{word}: {:.1} ms, {:.1} CPU-ms a pair", wall / n, cpu / n));
    }
    Ok(())
}

/// What is forged.
enum Source {
    One { target: Box<Portrait>, donor: Option<Box<Portrait>>, stem: String },
    Many(Arc<Vec<Photo>>, Option<Supply>),
}

impl Source {
    fn open(args: &SourceArgs, finder: &mut Finder) -> anyhow::Result<Self> {
        if let Some(folder) = &args.data {
            let photos = data::load(folder, &[], &args.cache, finder, &TaskCtx::silent())
                .with_context(|| format!("cannot read the photos in {}", folder.display()))?;
            return Ok(Self::Many(Arc::new(photos), None));
        }
        let Some(photo) = &args.photo else { bail!("no photo was named") };
        let target = Box::new(portrait(photo, finder)?);
        let donor = args.donor.as_deref().map(|p| portrait(p, finder).map(Box::new)).transpose()?;
        let stem = photo.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self::One { target, donor, stem })
    }

    /// The 468 points of the faces, where the bundle for them is there.
    fn add_meshes(
        &mut self,
        args: &SourceArgs,
        engine: &Engine,
        store: &ModelStore,
    ) -> anyhow::Result<()> {
        match self {
            Self::Many(photos, supply) => {
                let mut with_all = photos.to_vec();
                meshes::attach(&mut with_all, &args.cache, engine, store, &TaskCtx::silent())?;
                if let Some(folder) = &args.stock {
                    stock::attach(&mut with_all, folder)?;
                }
                *photos = Arc::new(with_all);
                if let Some(folder) = &args.stock {
                    let pairs = stock::stored_pairs(folder)?;
                    *supply = Some(Supply::new(Arc::clone(photos), pairs));
                }
            }
            Self::One { target, donor, .. } => {
                let Some(mut finder) = meshes::finder(engine, store)? else { return Ok(()) };
                for p in std::iter::once(target).chain(donor) {
                    p.mesh = finder.find(&p.picture.to_rgb(), &p.face, &p.landmarks)?;
                }
            }
        }
        Ok(())
    }

    /// What is missing for a method, in words.
    const fn lacks(&self, method: Option<Method>) -> Option<&'static str> {
        match (self, method) {
            (Self::One { donor: None, .. }, Some(method)) if method.needs_donor() => {
                Some("--donor")
            }
            _ => None,
        }
    }

    fn make(
        &self,
        method: Option<Method>,
        seed: u64,
        index: u64,
        degrade: bool,
    ) -> anyhow::Result<(Pair, String)> {
        match self {
            Self::Many(photos, supply) => {
                let post = PostProcessing::Wild;
                let (pair, _) = match (supply, method) {
                    (Some(supply), Some(method)) => supply.pair_of(method, post, seed, index)?,
                    (Some(supply), None) => supply.pair(post, seed, index)?,
                    (None, _) => loader::make_pair(photos, method, seed, index)?,
                };
                Ok((pair, format!("pair-{index}")))
            }
            Self::One { target, donor, stem } => {
                let post = if degrade { PostProcessing::Varied } else { PostProcessing::None };
                let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(seed + index);
                let method = method.unwrap_or_else(|| Method::draw(&mut rng));
                let pair = loader::forge_any(target, donor.as_deref(), method, post, &mut rng)?;
                Ok((pair, stem.clone()))
            }
        }
    }
}

/// One line of `--json`.
#[derive(Debug, serde::Serialize)]
struct ForgedLine {
    name: String,
    seed: u64,
    method: &'static str,
    mask: String,
    steps: Vec<&'static str>,
    /// Share of the picture under the mask.
    covered: f32,
    /// Mean absolute difference of the two pictures under the mask, in gray levels.
    change: f32,
}

impl ForgedLine {
    fn new(pair: &Pair, stem: &str, seed: u64) -> Self {
        let differences = pair.real.pixels.chunks_exact(3).zip(pair.forged.pixels.chunks_exact(3));
        let (mut sum, mut weight) = (0.0, 0.0);
        for ((real, forged), mask) in differences.zip(&pair.mask.data) {
            let d: u16 = real.iter().zip(forged).map(|(a, b)| u16::from(a.abs_diff(*b))).sum();
            sum += mask * f32::from(d) / 3.0;
            weight += mask;
        }
        Self {
            name: stem.to_owned(),
            seed,
            method: pair.method.as_str(),
            mask: format!("{:?}", pair.kind),
            steps: pair.steps.clone(),
            covered: pair.mask.mean(),
            change: sum / weight.max(1e-3),
        }
    }
}

fn write_single(out: &Path, stem: &str, seed: u64, pair: &Pair) -> anyhow::Result<()> {
    let name = |what: &str| out.join(format!("{stem}.{}.{seed}.{what}.png", pair.method.as_str()));
    media::write_png(&name("forged"), &pair.forged)?;
    media::write_png(&name("real"), &pair.real)?;
    let mask: Vec<u8> = pair.mask.data.iter().map(|m| (m * 255.0).round() as u8).collect();
    let (w, h) = (pair.forged.width_px, pair.forged.height_px);
    media::write_png_gray(&name("mask"), w, h, &mask)?;
    Ok(())
}

fn portrait(path: &Path, finder: &mut Finder) -> anyhow::Result<Portrait> {
    let ctx = TaskCtx::silent();
    let still = media::open_still(path, &Limits::default(), &ctx)
        .with_context(|| format!("cannot read {}", path.display()))?;
    let faces = finder.find(&still.frame, &ctx)?;
    let upright = still.frame.upright_from_image();
    for face in faces {
        if let Some(landmarks) = face.landmarks {
            let landmarks = landmarks.map(|p| upright.apply(p));
            return Ok(data::portrait(&still.frame, landmarks, upright.apply_rect(&face.box_px)));
        }
    }
    bail!("no face was found in {}", path.display())
}

/// User and system time of this thread in seconds; `NaN` where the system does not say.
fn cpu_secs() -> f64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = stat.split_whitespace().next().and_then(|v| v.parse::<f64>().ok());
    nanos.map_or(f64::NAN, |n| n / 1e9)
}
