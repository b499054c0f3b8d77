//! The results of a run so far, on disk, so that a stopped run can resume.
//!
//! One text file a run, a JSON object a line: frames, what was damaged, and every few seconds the
//! state from which the run can resume. Only lines before the last state are used; a line cut off by
//! a crash does no harm. The newest state is also written when a run ends or is stopped. The file's
//! name is a hash of clip, models, card, engine, program and plan, so a run only finds results that
//! it would have made itself. The file is locked: a second run of the same kind keeps no journal.

use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::plan::VideoPlan;
use super::track::TrackingState;
use crate::base::{Affine, ByteHeatmap, Damage, Sample, Verdict, Warning};
use crate::faces::FaceState;
use crate::files::sha256_hex;
use crate::media::video::{Tools, Video};
use crate::pipeline::Stages;

/// Raised when lines change their meaning.
const VERSION: u32 = 3;
/// Every so many states one is written, about every ten seconds of an ordinary clip.
const STATES_PER_WRITING: usize = 50;

/// Text of the warning about frames of an earlier run, after their number.
pub const RESUMED_FRAMES: &str =
    "frames were examined in an earlier run with the same model and engine, and reused";

/// One examined frame.
pub(super) struct FrameRecord {
    pub(super) frame: usize,
    pub(super) is_cut: bool,
    pub(super) samples: Vec<(u32, Sample)>,
}

/// Results of an earlier run.
#[derive(Default)]
pub(super) struct ResumeState {
    pub(super) records: Vec<FrameRecord>,
    pub(super) damage: Vec<Damage>,
    pub(super) state: Option<TrackingState>,
}

/// The file of one run.
pub(super) struct Journal {
    file: Option<BufWriter<File>>,
    warning: Option<Warning>,
    path: PathBuf,
    /// Lines since the last state that was written.
    unwritten: Vec<JournalLine>,
    /// The newest state, and how many of the lines come before it.
    newest: Option<(usize, TrackingState)>,
    n_states: usize,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum JournalLine {
    Frame { frame: usize, cut: bool, faces: Vec<FaceLine> },
    Damage { frame: usize, t_s: f64, what: String },
    State(Box<TrackingState>),
}

#[derive(Serialize, Deserialize)]
struct FaceLine {
    track: u32,
    face: FaceState,
    score: Option<f32>,
    verdict: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    caveats: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    region: Option<String>,
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
        stages: &Stages,
        plan: &VideoPlan,
        picks: &[usize],
    ) -> (Self, ResumeState) {
        let name = sha256_hex(fingerprint(video, stages, plan, picks).as_bytes());
        let path = folder.join(format!("{}.jsonl", name.get(..24).unwrap_or(&name)));
        let opened = std::fs::create_dir_all(folder).and_then(|()| {
            let file =
                File::options().create(true).truncate(false).read(true).write(true).open(&path)?;
            file.try_lock().map_err(|e| std::io::Error::other(format!("it is in use ({e})")))?;
            Ok(file)
        });
        let (resumed, file, warning) = match opened {
            Err(error) => {
                let what = format!(
                    "this run cannot be resumed if it is stopped: {error} ({})",
                    path.display()
                );
                (ResumeState::default(), None, Some(Warning(what)))
            }
            Ok(mut file) => {
                let (resumed, whole_bytes) = read(&file, &path, picks);
                let n = resumed.records.len();
                let cut = file.set_len(whole_bytes).and_then(|()| file.seek(SeekFrom::End(0)));
                let warning = (n > 0).then(|| Warning(format!("{n} {RESUMED_FRAMES}")));
                (resumed, cut.is_ok().then(|| BufWriter::new(file)), warning)
            }
        };
        let (unwritten, newest) = (Vec::new(), None);
        (Self { file, warning, path, unwritten, newest, n_states: 0 }, resumed)
    }

    /// A warning for people, if there is one.
    pub(super) fn warning(&self) -> Option<Warning> {
        self.warning.clone()
    }

    /// Adds examined frames.
    pub(super) fn write(&mut self, records: &[FrameRecord]) {
        self.unwritten.extend(records.iter().map(|record| JournalLine::Frame {
            frame: record.frame,
            cut: record.is_cut,
            faces: record.samples.iter().map(|(track, sample)| line(*track, sample)).collect(),
        }));
    }

    /// Adds damage.
    pub(super) fn damage(&mut self, Damage { frame, t_s, what }: &Damage) {
        let what = what.clone();
        self.unwritten.push(JournalLine::Damage { frame: *frame, t_s: *t_s, what });
    }

    /// Adds a state: a run can resume from everything before it.
    pub(super) fn checkpoint(&mut self, state: TrackingState) {
        self.newest = Some((self.unwritten.len(), state));
        self.n_states += 1;
        if self.n_states >= STATES_PER_WRITING {
            self.flush();
        }
    }

    /// Writes the newest state and the lines before it.
    fn flush(&mut self) {
        let Some((n, state)) = self.newest.take() else { return };
        self.n_states = 0;
        let mut lines: Vec<JournalLine> = self.unwritten.drain(..n).collect();
        lines.push(JournalLine::State(Box::new(state)));
        let Some(file) = &mut self.file else { return };
        let written = lines.iter().try_for_each(|line| {
            serde_json::to_writer(&mut *file, line)?;
            file.write_all(b"\n")
        });
        if let Err(error) = written.and_then(|()| file.flush()) {
            // A full disk ends the journal, not the run.
            tracing::warn!("the journal {} ends here: {error}", self.path.display());
            self.file = None;
        }
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.flush();
    }
}

/// Everything that determines the results of a run.
fn fingerprint(video: &Video, stages: &Stages, plan: &VideoPlan, picks: &[usize]) -> String {
    let detector = &stages.detector;
    let engine = detector.engine();
    let card = serde_json::to_string(detector.card()).unwrap_or_default();
    format!(
        "{VERSION} {} {} {card} {} {} {} {} {} {} {picks:?}",
        env!("CARGO_PKG_VERSION"),
        video.sha256(),
        stages.finder.model_sha256(),
        engine.engine,
        engine.provider,
        Tools::find().map(|tools| tools.version().to_owned()).unwrap_or_default(),
        plan.plan.min_face_px,
        plan.keeps_maps,
    )
}

/// The results up to the last state in a file, and how many bytes they take.
fn read(file: &File, path: &Path, picks: &[usize]) -> (ResumeState, u64) {
    let mut resumed = ResumeState::default();
    let (mut bytes, mut whole_bytes) = (0u64, 0u64);
    let (mut frames, mut damage) = (Vec::new(), Vec::new());
    let mut reader = BufReader::new(file);
    let mut text = String::new();
    loop {
        text.clear();
        match reader.read_line(&mut text) {
            Ok(n) if n > 0 && text.ends_with('\n') => bytes += n as u64,
            _ => break,
        }
        match serde_json::from_str(&text) {
            Ok(JournalLine::Frame { frame, cut, faces }) => {
                let samples = faces.into_iter().map(|f| (f.track, sample(frame, f))).collect();
                frames.push(FrameRecord { frame, is_cut: cut, samples });
            }
            Ok(JournalLine::Damage { frame, t_s, what }) => {
                damage.push(Damage { frame, t_s, what });
            }
            Ok(JournalLine::State(state)) => {
                resumed.records.append(&mut frames);
                resumed.damage.append(&mut damage);
                resumed.state = Some(*state);
                whole_bytes = bytes;
            }
            Err(error) => {
                tracing::debug!("{}: {error}", path.display());
                break;
            }
        }
    }
    // Behind a damaged place frames may be others than those picked, but never out of order.
    let is_rising = resumed.records.windows(2).all(|pair| pair[0].frame < pair[1].frame);
    let last = resumed.records.last().map_or(0, |record| record.frame);
    if is_rising && picks.last().is_some_and(|end| last <= *end) {
        (resumed, whole_bytes)
    } else {
        (ResumeState::default(), 0)
    }
}

fn line(track: u32, sample: &Sample) -> FaceLine {
    FaceLine {
        track,
        face: FaceState::from(&sample.face),
        score: sample.score,
        verdict: sample.verdict.as_str().to_owned(),
        reason: sample.reason.clone(),
        caveats: sample.caveats.clone(),
        region: sample.region.clone(),
        map: sample.map.as_ref().map(|map| MapLine {
            width: map.width,
            height: map.height,
            image_from_map: map.image_from_map.m,
            values: map.values.clone(),
        }),
    }
}

fn sample(frame: usize, line: FaceLine) -> Sample {
    let verdicts = [Verdict::TracesFound, Verdict::Inconclusive, Verdict::NoTraceFound];
    let verdict = verdicts.into_iter().find(|v| v.as_str() == line.verdict);
    Sample {
        frame,
        face: line.face.into(),
        score: line.score,
        verdict: verdict.unwrap_or(Verdict::NotExamined),
        reason: line.reason,
        caveats: line.caveats,
        region: line.region,
        map: line.map.map(|map| {
            Arc::new(ByteHeatmap {
                width: map.width,
                height: map.height,
                values: map.values,
                image_from_map: Affine { m: map.image_from_map },
            })
        }),
    }
}
