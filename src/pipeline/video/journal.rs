//! What a run has done so far, on disk, so that a stopped one goes on.
//!
//! * **In**: frames as they are done. **Out**: those of an earlier run of the same clip, model and
//!   plan.
//! * **Not here**: whether a run is worth keeping: the caller names a folder or none.
//!
//! One text file a run, a JSON object a line: first what it is about, then frames, and now and then
//! the state of the tracker. Only what lies before the last such state is taken over; a line cut off
//! by a crash is no harm. The file's name follows from clip, model, engine and plan, so another
//! model never meets results of this one.

use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::VideoPlan;
use crate::base::{Affine, Face, FaceOrigin, Point, Rect, Sample, SmallMap, Verdict, Warning};
use crate::bundle::sha256_hex;
use crate::detect::Detector;
use crate::faces::TrackerState;
use crate::media::video::Video;

/// Raised when lines change their meaning.
const VERSION: u32 = 1;

/// One examined frame.
pub(super) struct Entry {
    pub(super) frame: usize,
    pub(super) is_cut: bool,
    pub(super) samples: Vec<(u32, Sample)>,
}

/// What an earlier run left.
#[derive(Default)]
pub(super) struct Left {
    pub(super) entries: Vec<Entry>,
    pub(super) tracker: Option<TrackerState>,
}

/// The file of one run.
pub(super) struct Journal {
    file: Option<BufWriter<File>>,
    warning: Option<Warning>,
    path: PathBuf,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Frame { frame: usize, cut: bool, faces: Vec<FaceLine> },
    Checkpoint(TrackerState),
}

#[derive(Serialize, Deserialize)]
struct FaceLine {
    track: u32,
    box_px: [f32; 4],
    landmarks: Option<[[f32; 2]; 5]>,
    confidence: f32,
    score: Option<f32>,
    verdict: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    caveats: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    map: Option<MapLine>,
}

#[derive(Serialize, Deserialize)]
struct MapLine {
    width: u32,
    height: u32,
    image_from_map: [f32; 6],
    values: Box<[u8]>,
}

impl Journal {
    /// Opens the journal of this run and reads what it holds. A journal that cannot be written is
    /// a warning: the run goes on without.
    pub(super) fn open(
        folder: &Path,
        video: &Video,
        detector: &Detector,
        plan: &VideoPlan,
        picks: &[usize],
    ) -> (Self, Left) {
        let engine = detector.engine();
        let about = format!(
            "{VERSION} {} {} {} {} {} {} {picks:?}",
            video.sha256(),
            detector.model().sha256,
            engine.engine,
            engine.provider,
            plan.plan.min_face_px,
            plan.keeps_maps,
        );
        let name = sha256_hex(about.as_bytes());
        let path = folder.join(format!("{}.jsonl", name.get(..24).unwrap_or(&name)));
        let (left, whole_bytes) = read(&path, picks);
        let opened = std::fs::create_dir_all(folder).and_then(|()| {
            let file = File::options().create(true).truncate(false).write(true).open(&path)?;
            file.set_len(whole_bytes)?;
            let mut file = file;
            std::io::Seek::seek(&mut file, std::io::SeekFrom::End(0))?;
            Ok(BufWriter::new(file))
        });
        let n = left.entries.len();
        let warning = match &opened {
            Err(error) => Some(Warning(format!(
                "this run cannot be taken up again if it is stopped: {error} ({})",
                path.display()
            ))),
            Ok(_) if n > 0 => Some(Warning(format!(
                "{n} frames were examined in an earlier run with the same model and engine, and \
                 taken over"
            ))),
            Ok(_) => None,
        };
        (Self { file: opened.ok(), warning, path }, left)
    }

    /// What a person should know of it.
    pub(super) fn warning(&self) -> Option<Warning> {
        self.warning.clone()
    }

    /// Keeps frames.
    pub(super) fn write(&mut self, entries: &[Entry]) {
        for entry in entries {
            let faces = entry.samples.iter().map(|(track, sample)| line(*track, sample)).collect();
            self.put(&Line::Frame { frame: entry.frame, cut: entry.is_cut, faces });
        }
    }

    /// All before this can be taken over.
    pub(super) fn checkpoint(&mut self, state: &TrackerState) {
        self.put(&Line::Checkpoint(state.clone()));
        self.try_file(BufWriter::flush);
    }

    fn put(&mut self, line: &Line) {
        self.try_file(|file| {
            serde_json::to_writer(&mut *file, line)?;
            file.write_all(b"\n")
        });
    }

    /// A full disk ends the journal, not the run.
    fn try_file(&mut self, write: impl FnOnce(&mut BufWriter<File>) -> std::io::Result<()>) {
        let Some(file) = &mut self.file else { return };
        if let Err(error) = write(file) {
            tracing::warn!("the journal {} ends here: {error}", self.path.display());
            self.file = None;
        }
    }
}

/// What a file holds up to its last checkpoint, and how many bytes that is.
fn read(path: &Path, picks: &[usize]) -> (Left, u64) {
    let mut left = Left::default();
    let Ok(file) = File::open(path) else { return (left, 0) };
    let (mut bytes, mut whole_bytes) = (0u64, 0u64);
    let mut since = Vec::new();
    let mut reader = BufReader::new(file);
    let mut text = String::new();
    loop {
        text.clear();
        match reader.read_line(&mut text) {
            Ok(n) if n > 0 && text.ends_with('\n') => bytes += n as u64,
            _ => break,
        }
        match serde_json::from_str(&text) {
            Ok(Line::Frame { frame, cut, faces }) => {
                let samples = faces.into_iter().map(|f| (f.track, sample(frame, f))).collect();
                since.push(Entry { frame, is_cut: cut, samples });
            }
            Ok(Line::Checkpoint(state)) => {
                left.entries.append(&mut since);
                left.tracker = Some(state);
                whole_bytes = bytes;
            }
            Err(error) => {
                tracing::debug!("{}: {error}", path.display());
                break;
            }
        }
    }
    // Damaged frames may be missing, but none may be there that this run would not have done.
    let is_wanted = |entry: &Entry| picks.binary_search(&entry.frame).is_ok();
    if left.entries.iter().all(is_wanted) && left.entries.is_sorted_by_key(|e| e.frame) {
        (left, whole_bytes)
    } else {
        (Left::default(), 0)
    }
}

fn line(track: u32, sample: &Sample) -> FaceLine {
    let Rect { x, y, w, h } = sample.face.box_px;
    FaceLine {
        track,
        box_px: [x, y, w, h],
        landmarks: sample.face.landmarks.map(|l| l.map(|p| [p.x, p.y])),
        confidence: sample.face.confidence,
        score: sample.score,
        verdict: sample.verdict.as_str().to_owned(),
        reason: sample.reason.clone(),
        caveats: sample.caveats.clone(),
        map: sample.map.as_ref().map(|map| MapLine {
            width: map.width,
            height: map.height,
            image_from_map: map.image_from_map.m,
            values: map.values.clone(),
        }),
    }
}

fn sample(frame: usize, line: FaceLine) -> Sample {
    let [x, y, w, h] = line.box_px;
    let verdicts = [Verdict::TracesFound, Verdict::Inconclusive, Verdict::NoTraceFound];
    let verdict = verdicts.into_iter().find(|v| v.as_str() == line.verdict);
    Sample {
        frame,
        face: Face {
            box_px: Rect::new(x, y, w, h),
            landmarks: line.landmarks.map(|l| l.map(|[x, y]| Point { x, y })),
            confidence: line.confidence,
            origin: FaceOrigin::Found,
        },
        score: line.score,
        verdict: verdict.unwrap_or(Verdict::NotExamined),
        reason: line.reason,
        caveats: line.caveats,
        map: line.map.map(|map| {
            Arc::new(SmallMap {
                width: map.width,
                height: map.height,
                values: map.values,
                image_from_map: Affine { m: map.image_from_map },
            })
        }),
    }
}
