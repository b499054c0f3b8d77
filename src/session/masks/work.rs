//! Doing the jobs of the mask worker.

use std::sync::{Arc, Weak};

use rayon::prelude::*;

use super::file;
use super::job::{Copied, Finished, MaskJob, MaskTask, Move, Outcome};
use crate::annotate::{
    Change, Mask, Patch, PixelRect, Region, Superpixels, connected, grown, marked, shrunk,
    similar_color, superpixel_window, transformed, with_holes_filled, without_islands,
};
use crate::base::{Heatmap, RgbImage};
use crate::session::worker::{EventSender, Handler};

/// Does jobs one after the other.
#[derive(Default)]
pub(super) struct MaskHandler {
    kept: Option<KeptSuperpixels>,
}

impl Handler<MaskJob, Finished> for MaskHandler {
    fn handle(&mut self, job: &MaskJob, events: &EventSender<Finished>) {
        let outcome = run_job(job, &mut self.kept);
        events.send(Finished::new(job, outcome));
    }

    fn on_crash(job: &MaskJob, events: &EventSender<Finished>) {
        let what = "The work on the mask crashed; the mask is as it was.".to_owned();
        events.send(Finished::new(job, Outcome::Failed(what)));
    }
}

/// The part of a picture that was cut into superpixels last. It does not keep the picture: that
/// goes when its document is closed.
pub(super) struct KeptSuperpixels {
    picture: Weak<RgbImage>,
    window: PixelRect,
    side_px: u32,
    superpixels: Superpixels,
}

/// Does a task. `kept` are the superpixels of the last one.
pub(super) fn run_job(job: &MaskJob, kept: &mut Option<KeptSuperpixels>) -> Outcome {
    let MaskJob { key: (_, frame), mask, task, replaces, .. } = job;
    let (w, h) = (mask.width_px(), mask.height_px());
    let changed = |region: &Region, change: &Change, tool| Outcome::Changed {
        patch: Patch::new(mask, region, *change),
        tool,
        threshold: None,
    };
    let replaced = |new: &Mask, tool| Outcome::Changed {
        patch: Patch::between(mask, new),
        tool,
        threshold: None,
    };
    let marked_by = |maps: &[Arc<Heatmap>], threshold| {
        let maps: Vec<&Heatmap> = maps.iter().map(AsRef::as_ref).collect();
        marked(&maps, threshold, w, h)
    };
    match task {
        MaskTask::WandOnPicture { picture, at: (x, y), tolerance, change } => {
            let region = Region::whole(similar_color(picture, *x, *y, *tolerance));
            changed(&region, change, "wand-on-picture")
        }
        MaskTask::WandOnMap { maps, threshold, at: (x, y), change } => {
            let part = connected(&marked_by(maps, *threshold), *x, *y);
            if part.is_empty() && !replaces {
                let what =
                    format!("The model's map stays below the threshold of {threshold:.2} here.");
                return Outcome::Failed(what);
            }
            changed(&Region::whole(part), change, "wand-on-map")
        }
        MaskTask::Superpixel { picture, at: (x, y), side_px, change } => {
            let superpixels = superpixels(kept, picture, (*x, *y), *side_px);
            match superpixels.at(*x, *y) {
                Some(region) => changed(&region, change, "superpixel"),
                None => Outcome::Failed("There is no superpixel outside the picture.".into()),
            }
        }
        MaskTask::Propagate { moves, ended } => {
            let copies = moves.par_iter().filter_map(|place| propagated(mask, place));
            Outcome::Propagated { copies: copies.collect(), ended: ended.clone() }
        }
        MaskTask::FillHoles => replaced(&with_holes_filled(mask), "fill-holes"),
        MaskTask::RemoveIslands(min_px) => {
            replaced(&without_islands(mask, u64::from(*min_px)), "remove-islands")
        }
        MaskTask::Grow(by_px) if *by_px < 0 => {
            replaced(&shrunk(mask, by_px.unsigned_abs()), "shrink")
        }
        MaskTask::Grow(by_px) => replaced(&grown(mask, by_px.unsigned_abs()), "grow"),
        MaskTask::AcceptMap { maps, threshold } => Outcome::Changed {
            patch: Patch::between(mask, &marked_by(maps, *threshold)),
            tool: "accept-map",
            threshold: Some(*threshold),
        },
        MaskTask::Mark { maps, threshold } => {
            Outcome::Marked { mask: Arc::new(marked_by(maps, *threshold)), threshold: *threshold }
        }
        MaskTask::Load { path, sha256, is_frame } => {
            let frame = is_frame.then_some(*frame);
            match file::load(path, [w, h], sha256.as_deref(), frame) {
                Ok(loaded) => Outcome::Loaded {
                    patch: Patch::between(mask, &loaded.mask),
                    path: path.clone(),
                    sidecar: loaded.sidecar.map(Box::new),
                    remarks: loaded.remarks,
                },
                Err(what) => Outcome::Failed(what),
            }
        }
        MaskTask::Save(mask_file) => match file::save(mask_file) {
            Ok(()) => Outcome::Saved(mask_file.path.clone(), mask_file.sidecar.label()),
            Err(why) => Outcome::NotSaved(mask_file.path.clone(), why),
        },
    }
}

/// Cuts the part of a picture round a pixel into superpixels, unless that was done last.
fn superpixels<'a>(
    kept: &'a mut Option<KeptSuperpixels>,
    picture: &Arc<RgbImage>,
    (x, y): (u32, u32),
    side_px: u32,
) -> &'a Superpixels {
    let window = superpixel_window(picture.width_px, picture.height_px, x, y);
    let known = kept.take_if(|kept| {
        let is_same = std::ptr::eq(kept.picture.as_ptr(), Arc::as_ptr(picture));
        is_same && kept.window == window && kept.side_px == side_px
    });
    let known = known.unwrap_or_else(|| KeptSuperpixels {
        picture: Arc::downgrade(picture),
        window,
        side_px,
        superpixels: Superpixels::compute(picture, window, side_px),
    });
    &kept.insert(known).superpixels
}

/// The mask moved to another frame; `None` where nothing of it is left in the picture.
fn propagated(mask: &Mask, Move { frame, to_from, old }: &Move) -> Option<Copied> {
    let new = transformed(mask, to_from);
    let patch = if let Some(old) = old {
        Patch::between(old, &new)
    } else {
        let nothing = Mask::new(mask.width_px(), mask.height_px());
        Patch::new(&nothing, &Region::whole(new.clone()), Change::Add)
    };
    let n_set = new.count();
    (n_set > 0).then(|| Copied { frame: *frame, mask: Arc::new(new), patch, n_set })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn superpixels_are_kept_and_their_picture_is_not() {
        let picture = Arc::new(RgbImage::filled(32, 32, [90; 3]));
        let mut kept = None;
        assert!(superpixels(&mut kept, &picture, (4, 4), 8).at(4, 4).is_some());
        assert_eq!((Arc::strong_count(&picture), Arc::weak_count(&picture)), (1, 1));
    }
}
