//! Work on masks that takes more than a blink, on a thread of its own.
//!
//! * **In**: a mask as it is, what is wanted. **Out**: what changes; a call of `wake` for each.
//! * **Not here**: what becomes of it (`masks`).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use rayon::prelude::*;

use crate::annotate::{
    Change, Mask, MaskLabel, Patch, PixelRect, Region, Superpixels, connected, grown, marked,
    shrunk, similar_color, superpixel_window, transformed, with_holes_filled, without_islands,
};
use crate::base::{Affine, Heatmap, RgbImage};
use crate::session::DocumentId;
use crate::session::examine::worker::Wake;
use crate::session::masks::file::{self, NotSaved, Sidecar, ToSave};

/// Jobs under way: one that changes a mask or a file, one that only looks; and room to spare.
const MAX_JOBS: usize = 4;

/// A document and a frame of it.
pub(in crate::session) type Key = (DocumentId, usize);

/// Where a mask is to be carried on to.
pub(in crate::session) struct Move {
    pub(in crate::session) frame: usize,
    pub(in crate::session) to_from: Affine,
    /// What is there and may go.
    pub(in crate::session) old: Option<Arc<Mask>>,
}

/// The mask carried on.
pub(in crate::session) struct Copied {
    pub(in crate::session) frame: usize,
    pub(in crate::session) mask: Arc<Mask>,
    /// What it changes there.
    pub(in crate::session) patch: Patch,
    pub(in crate::session) n_set: u64,
}

/// What is wanted.
pub(in crate::session) enum Task {
    WandOnPicture {
        picture: Arc<RgbImage>,
        at: (u32, u32),
        tolerance: u8,
        change: Change,
    },
    WandOnMap {
        maps: Vec<Arc<Heatmap>>,
        threshold: f32,
        at: (u32, u32),
        change: Change,
    },
    Superpixel {
        picture: Arc<RgbImage>,
        at: (u32, u32),
        side_px: u32,
        change: Change,
    },
    Follow {
        moves: Vec<Move>,
        /// Why no further, for people.
        ended: String,
    },
    FillHoles,
    RemoveIslands(u32),
    Grow(i32),
    AcceptMap {
        maps: Vec<Arc<Heatmap>>,
        threshold: f32,
    },
    Load {
        path: PathBuf,
        sha256: Option<String>,
        is_frame: bool,
    },
    Save(Box<ToSave>),
    /// Only to be looked at.
    Mark {
        maps: Vec<Arc<Heatmap>>,
        threshold: f32,
    },
}

pub(in crate::session) struct Job {
    pub(in crate::session) key: Key,
    pub(in crate::session) mask: Arc<Mask>,
    /// Of the mask as it is shown.
    pub(in crate::session) version: u64,
    /// `mask` is the one before the newest step, which is to be done otherwise.
    pub(in crate::session) replaces: bool,
    pub(in crate::session) task: Task,
}

/// What came of it.
pub(in crate::session) enum Outcome {
    Changed {
        patch: Patch,
        tool: &'static str,
        threshold: Option<f32>,
    },
    Loaded {
        patch: Patch,
        path: PathBuf,
        sidecar: Option<Box<Sidecar>>,
        remarks: Vec<String>,
    },
    Followed {
        copies: Vec<Copied>,
        ended: String,
    },
    Saved(PathBuf, MaskLabel),
    NotSaved(PathBuf, NotSaved),
    Marked {
        mask: Arc<Mask>,
        threshold: f32,
    },
    /// A sentence for people.
    Failed(String),
}

pub(in crate::session) struct Done {
    pub(in crate::session) key: Key,
    pub(in crate::session) version: u64,
    /// Nobody waits for it.
    pub(in crate::session) is_mark: bool,
    /// It takes the place of the newest step.
    pub(in crate::session) replaces: bool,
    pub(in crate::session) outcome: Outcome,
}

/// The thread and the ways to it.
pub(in crate::session) struct MaskWorker {
    jobs: Option<SyncSender<Job>>,
    done: Receiver<Done>,
    thread: Option<JoinHandle<()>>,
}

impl MaskWorker {
    pub(in crate::session) fn start(wake: Wake) -> std::io::Result<Self> {
        let (jobs, their_jobs) = sync_channel::<Job>(MAX_JOBS);
        let (their_done, done) = sync_channel(MAX_JOBS);
        let thread = std::thread::Builder::new().name("masks".into()).spawn(move || {
            let mut kept = None;
            while let Ok(job) = their_jobs.recv() {
                let (key, version, replaces) = (job.key, job.version, job.replaces);
                let is_mark = matches!(job.task, Task::Mark { .. });
                let worked = catch_unwind(AssertUnwindSafe(|| work(job, &mut kept)));
                let outcome = worked.unwrap_or_else(|_| {
                    kept = None;
                    Outcome::Failed("The work on the mask crashed; the mask is as it was.".into())
                });
                let done = Done { key, version, is_mark, replaces, outcome };
                if their_done.send(done).is_err() {
                    return;
                }
                wake();
            }
        })?;
        Ok(Self { jobs: Some(jobs), done, thread: Some(thread) })
    }

    /// False when the thread is gone.
    pub(in crate::session) fn send(&self, job: Job) -> bool {
        self.jobs.as_ref().is_some_and(|jobs| jobs.try_send(job).is_ok())
    }

    pub(in crate::session) fn take(&self) -> Option<Done> {
        self.done.try_recv().ok()
    }
}

impl Drop for MaskWorker {
    /// A mask that is being saved is saved to its end.
    fn drop(&mut self) {
        self.jobs = None;
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread of masks crashed");
        }
    }
}

/// The picture cut up last.
struct Kept {
    picture: Arc<RgbImage>,
    window: PixelRect,
    side_px: u32,
    superpixels: Superpixels,
}

fn work(job: Job, kept: &mut Option<Kept>) -> Outcome {
    let Job { key: (_, frame), mask, task, replaces, .. } = job;
    let (w, h) = (mask.width_px(), mask.height_px());
    let changed = |region: Mask, change, tool| Outcome::Changed {
        patch: Patch::new(&mask, &Region::whole(region), change),
        tool,
        threshold: None,
    };
    let replaced = |new: &Mask, tool| Outcome::Changed {
        patch: Patch::between(&mask, new),
        tool,
        threshold: None,
    };
    let marks = |maps: &[Arc<Heatmap>], threshold| {
        let maps: Vec<&Heatmap> = maps.iter().map(AsRef::as_ref).collect();
        marked(&maps, threshold, w, h)
    };
    match task {
        Task::WandOnPicture { picture, at: (x, y), tolerance, change } => {
            changed(similar_color(&picture, x, y, tolerance), change, "wand-on-picture")
        }
        Task::WandOnMap { maps, threshold, at: (x, y), change } => {
            let part = connected(&marks(&maps, threshold), x, y);
            if part.is_empty() && !replaces {
                let what =
                    format!("The model's map stays below the threshold of {threshold:.2} here.");
                return Outcome::Failed(what);
            }
            changed(part, change, "wand-on-map")
        }
        Task::Superpixel { picture, at: (x, y), side_px, change } => {
            let window = superpixel_window(w, h, x, y);
            let is_known = kept.as_ref().is_some_and(|kept| {
                Arc::ptr_eq(&kept.picture, &picture)
                    && kept.window == window
                    && kept.side_px == side_px
            });
            if !is_known {
                let superpixels = Superpixels::compute(&picture, window, side_px);
                *kept = Some(Kept { picture, window, side_px, superpixels });
            }
            let region = kept.as_ref().and_then(|kept| kept.superpixels.at(x, y));
            match region {
                Some(region) => Outcome::Changed {
                    patch: Patch::new(&mask, &region, change),
                    tool: "superpixel",
                    threshold: None,
                },
                None => Outcome::Failed("There is no superpixel outside the picture.".into()),
            }
        }
        Task::Follow { moves, ended } => {
            let copies = moves.into_par_iter().filter_map(|Move { frame, to_from, old }| {
                let new = transformed(&mask, &to_from);
                let patch = match old {
                    Some(old) => Patch::between(&old, &new),
                    None => Patch::new(&Mask::new(w, h), &Region::whole(new.clone()), Change::Add),
                };
                let n_set = new.count();
                (n_set > 0).then(|| Copied { frame, mask: Arc::new(new), patch, n_set })
            });
            Outcome::Followed { copies: copies.collect(), ended }
        }
        Task::FillHoles => replaced(&with_holes_filled(&mask), "fill-holes"),
        Task::RemoveIslands(min_px) => {
            replaced(&without_islands(&mask, u64::from(min_px)), "remove-islands")
        }
        Task::Grow(by_px) if by_px < 0 => replaced(&shrunk(&mask, by_px.unsigned_abs()), "shrink"),
        Task::Grow(by_px) => replaced(&grown(&mask, by_px.unsigned_abs()), "grow"),
        Task::AcceptMap { maps, threshold } => Outcome::Changed {
            patch: Patch::between(&mask, &marks(&maps, threshold)),
            tool: "accept-map",
            threshold: Some(threshold),
        },
        Task::Mark { maps, threshold } => {
            Outcome::Marked { mask: Arc::new(marks(&maps, threshold)), threshold }
        }
        Task::Load { path, sha256, is_frame } => {
            let frame = is_frame.then_some(frame);
            match file::load(&path, [w, h], sha256.as_deref(), frame) {
                Ok(loaded) => Outcome::Loaded {
                    patch: Patch::between(&mask, &loaded.mask),
                    path,
                    sidecar: loaded.sidecar.map(Box::new),
                    remarks: loaded.remarks,
                },
                Err(what) => Outcome::Failed(what),
            }
        }
        Task::Save(to_save) => match file::save(&to_save) {
            Ok(()) => Outcome::Saved(to_save.path, to_save.sidecar.label()),
            Err(why) => Outcome::NotSaved(to_save.path, why),
        },
    }
}
