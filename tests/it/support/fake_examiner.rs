//! An examiner without models, for session and window: what it does follows from the file's name.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use pentimento::base::{
    Affine, EngineInfo, Face, FaceFinding, FaceOrigin, Frame, Heatmap, Landmarks, Limits,
    MediaReport, Mesh, ModelRef, Orientation, Phase, Point, Quality, Reconstruction, Rect,
    ReferenceComparison, Reliability, RgbImage, TaskCtx, UnusedProvider, Verdict, VideoReport,
    Warning,
};
use pentimento::bundle::{Card, FileSpec, Thresholds};
use pentimento::curate::{Examination, ItemReport, ItemSignals, Signals};
use pentimento::detect::{Degradation, MapAgreement, Rescored};
use pentimento::files::sha256_hex;
use pentimento::media::{Still, StillFormat};
use pentimento::pipeline::video::VideoEvent;
use pentimento::session::{
    Clip, ExamineError, ExamineSettings, Examiner, ForeignModel, ModelFacts, Opened, OpenedStill,
};

use crate::support::fake_clip::{self, FakeClip};
use crate::support::gate::gate;
use crate::support::stand_in_card;

/// Size of every picture.
pub(crate) const WIDTH: u32 = 320;
/// See [`WIDTH`].
pub(crate) const HEIGHT: u32 = 240;
/// Color of every picture.
pub(crate) const GREY: [u8; 3] = [90; 3];
/// The forged face; the heat map covers the same square, 1 in its right half and 0 in its left.
pub(crate) const FORGED: Rect = Rect::new(40.0, 40.0, 112.0, 112.0);
/// The other face.
pub(crate) const CLEAN: Rect = Rect::new(200.0, 120.0, 60.0, 60.0);
/// Color of degraded copies.
pub(crate) const DEGRADED: [u8; 3] = [40, 90, 60];
/// Color of the autoencoder's copy.
pub(crate) const COPY: [u8; 3] = [200, 40, 120];

/// The degradations that faces were examined under, by the names of the pictures.
static RESCORED: LazyLock<Mutex<BTreeMap<String, Vec<Degradation>>>> =
    LazyLock::new(Mutex::default);

/// The degradations that faces of the picture of this name were examined under so far.
pub(crate) fn rescored(name: &str) -> Vec<Degradation> {
    RESCORED.lock().expect("no crash").get(name).cloned().unwrap_or_default()
}

/// Names that contain `unreadable`, `slow`, `gated` (see [`gate`]), `no-face`, `broken`, `foreign`, `panic`, `doubts`, `slow-series`
/// and `series-fails` behave accordingly; all others show two faces. Those that contain `shaded` are
/// brighter by one every two columns, those that contain `decoded` as their files say, all others of one
/// color. Those that contain `clip` are videos, see [`FakeClip`].
#[derive(Default)]
pub(crate) struct FakeExaminer {
    opened: PathBuf,
    was_loaded: bool,
}

impl FakeExaminer {
    fn is(&self, word: &str) -> bool {
        self.opened.file_name().is_some_and(|n| n.to_string_lossy().contains(word))
    }

    /// The file opened last, as a picture.
    fn opened_still(&self) -> OpenedStill {
        let mut image = RgbImage::filled(WIDTH, HEIGHT, GREY);
        if self.is("shaded") {
            for (i, pixel) in image.pixels.chunks_exact_mut(3).enumerate() {
                pixel.fill((i as u32 % WIDTH / 2) as u8);
            }
        }
        if self.is("decoded") {
            let bytes = std::fs::read(&self.opened).expect("it is there");
            let decoded = pentimento::media::decode_still(&bytes, &Limits::default());
            image = (*decoded.expect("it can be decoded").frame.image).clone();
        }
        let sha256 = std::fs::read(&self.opened)
            .map_or_else(|_| "ab".repeat(32), |bytes| sha256_hex(&bytes));
        let still = Still {
            frame: Frame::new(image, Orientation::UPRIGHT),
            format: StillFormat::Png,
            sha256,
            warnings: Vec::new(),
            not_examined: Vec::new(),
            is_reduced_copy: false,
        };
        OpenedStill { still, open_ms: 0 }
    }
}

impl Examiner for FakeExaminer {
    fn examine_clip(
        &mut self,
        clip: &Arc<dyn Clip>,
        is_quick: bool,
        on_event: &mut dyn FnMut(VideoEvent),
        _settings: &ExamineSettings,
        ctx: &TaskCtx<'_>,
    ) -> Result<VideoReport, ExamineError> {
        fake_clip::examine(clip.as_ref(), is_quick, on_event, ctx)
    }

    fn load(&mut self, _settings: &ExamineSettings, ctx: &TaskCtx<'_>) -> Result<(), ExamineError> {
        ctx.step(Phase::Loading, 0, 1)?;
        self.was_loaded = true;
        Ok(())
    }

    fn open(&mut self, path: &Path, ctx: &TaskCtx<'_>) -> Result<Opened, ExamineError> {
        path.clone_into(&mut self.opened);
        ctx.step(Phase::Reading, 1, 1)?;
        let is_clip = FakeClip::is_meant(path);
        if self.is("unreadable") {
            let what = if is_clip { "this video has no picture" } else { "this is no picture" };
            return Err(ExamineError::Unreadable(what.to_owned()));
        }
        if is_clip {
            return Ok(Opened::Clip(Arc::new(FakeClip::new(path))));
        }
        Ok(Opened::Still(self.opened_still()))
    }

    fn examine_still(
        &mut self,
        opened: OpenedStill,
        settings: &ExamineSettings,
        ctx: &TaskCtx<'_>,
    ) -> Result<MediaReport, ExamineError> {
        assert!(!self.is("panic"), "a crash on purpose");
        if self.is("foreign") && settings.trusted.is_empty() {
            return Err(ExamineError::Foreign(ForeignModel {
                name: "theirs".to_owned(),
                origin: "a friend".to_owned(),
                fingerprint: "ab".repeat(32),
            }));
        }
        if self.is("broken") {
            return Err(ExamineError::Failed("no model bundle named \"lae\"".to_owned()));
        }
        self.was_loaded = true;
        let is_slow = self.is("slow") && !self.is("slow-series") && !self.is("slow-mesh");
        let n_steps = if is_slow || self.is("gated") { 4000 } else { 1 };
        for step in 0..n_steps {
            ctx.step(Phase::Examining, step, n_steps)?;
            if is_slow {
                std::thread::sleep(Duration::from_millis(5));
            } else if self.is("gated") {
                gate(&self.opened.file_name().unwrap_or_default().to_string_lossy()).pass();
            }
        }
        let facts = facts();
        let mut report = MediaReport {
            sha256: opened.still.sha256,
            width_px: WIDTH,
            height_px: HEIGHT,
            verdict: Verdict::NotExamined,
            reason: Some("no face was found".to_owned()),
            score: None,
            faces: Vec::new(),
            model: ModelRef { name: facts.card.name, sha256: facts.card.file.sha256 },
            engine: facts.engine,
            not_examined: Vec::new(),
            elapsed_ms: 12,
            warnings: vec![Warning("the file goes on after its end".to_owned())],
        };
        if !self.is("no-face") {
            report.verdict = Verdict::TracesFound;
            report.reason = None;
            report.score = Some(0.93);
            report.faces = vec![
                finding(FORGED, 0.93, Verdict::TracesFound, FaceOrigin::Found),
                finding(CLEAN, 0.08, Verdict::NoTraceFound, FaceOrigin::Found),
            ];
        }
        if self.is("doubts") {
            report.faces.iter_mut().for_each(doubt);
        }
        // Of forty genuine faces a fifth score as high as the forged one.
        if settings.reference.is_some() && !report.faces.is_empty() {
            let among = |n_as_high| ReferenceComparison {
                n_faces: 40,
                n_files: 40,
                n_as_high,
                n_as_marked: 3,
                usual_score: 0.95,
            };
            for (face, n_as_high) in report.faces.iter_mut().zip([8, 32]) {
                face.reference = Some(among(n_as_high));
            }
            report.faces[0].verdict = Verdict::Inconclusive;
            report.faces[0].caveats.push(among(8).sentence());
            report.verdict = Verdict::Inconclusive;
        }
        Ok(report)
    }

    fn examine_item(
        &mut self,
        path: &Path,
        every_frame: bool,
        settings: &ExamineSettings,
        ctx: &TaskCtx<'_>,
    ) -> Result<Examination, ExamineError> {
        self.open(path, ctx)?;
        let mut report = self.examine_still(self.opened_still(), settings, ctx)?;
        if FakeClip::is_meant(path) {
            let clip: Arc<dyn Clip> = Arc::new(FakeClip::new(path));
            let seen = fake_clip::examine(clip.as_ref(), !every_frame, &mut |_| {}, ctx)?;
            return self.clip_examination(&clip, &seen, settings, ctx);
        } else if let Ok(bytes) = std::fs::read(path) {
            report.sha256 = sha256_hex(&bytes);
        }
        // Which file it is decides the score: ranks can be told apart.
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let n: f32 =
            name.chars().filter_map(|c| c.to_digit(10)).fold(0.0, |n, d| 10.0 * n + d as f32);
        let signals = Signals {
            model: report.model.sha256.clone(),
            score: (n / 100.0).fract(),
            middle: 0.5,
            margin: Some(n / 100.0 - 0.5),
            map_peak: 0.5,
            map_area: 0.1,
            blurred: None,
            concepts: Vec::new(),
            hash: None,
        };
        let signals = Some(ItemSignals { signals, embedding: Vec::new() });
        let parameters = serde_json::Value::Null;
        Ok(Examination { report: ItemReport::Still(Box::new(report)), signals, parameters })
    }

    fn clip_examination(
        &mut self,
        _clip: &Arc<dyn Clip>,
        report: &VideoReport,
        _settings: &ExamineSettings,
        ctx: &TaskCtx<'_>,
    ) -> Result<Examination, ExamineError> {
        ctx.step(Phase::Examining, 1, 1)?;
        let parameters = serde_json::json!({ "every_frame": !report.is_quick });
        let report = ItemReport::Clip(Box::new(report.clone()));
        Ok(Examination { report, signals: None, parameters })
    }

    fn examine_region(
        &mut self,
        _frame: &Frame,
        region: Rect,
        _settings: &ExamineSettings,
        ctx: &TaskCtx<'_>,
    ) -> Result<Vec<FaceFinding>, ExamineError> {
        ctx.step(Phase::Examining, 0, 1)?;
        if region.w < 32.0 {
            return Err(ExamineError::Failed("too small for the fake".to_owned()));
        }
        self.was_loaded = true;
        Ok(vec![finding(region, 0.55, Verdict::Inconclusive, FaceOrigin::Drawn)])
    }

    /// The score falls with strength: the finding survives JPEG and blur up to 1 px, not more.
    fn rescore(
        &mut self,
        frame: &Frame,
        original: &FaceFinding,
        degradation: Degradation,
        _settings: &ExamineSettings,
        ctx: &TaskCtx<'_>,
    ) -> Result<Rescored, ExamineError> {
        ctx.step(Phase::Examining, 0, 1)?;
        let name = self.opened.file_name().unwrap_or_default().to_string_lossy().into_owned();
        RESCORED.lock().expect("no crash").entry(name).or_default().push(degradation);
        if self.is("slow-series") {
            std::thread::sleep(Duration::from_millis(30));
        }
        if self.is("series-fails") {
            return Err(ExamineError::Failed("the engine gave up".to_owned()));
        }
        let score = match degradation {
            Degradation::Jpeg(quality) => 0.8 + f32::from(quality) / 1000.0,
            Degradation::Blur(sigma) if sigma <= 1.0 => 0.85,
            Degradation::Blur(_) => 0.1,
            Degradation::Scale(factor) => 0.3 + 0.5 * factor,
        };
        let verdict = match score {
            0.8.. => Verdict::TracesFound,
            0.2.. => Verdict::Inconclusive,
            _ => Verdict::NoTraceFound,
        };
        let area = original.face.box_px;
        let copy = RgbImage::filled(area.w as u32, area.h as u32, DEGRADED);
        // The hot half changes sides.
        let mut found = finding(area, score, verdict, original.face.origin);
        if let Some(map) = &mut found.heatmap {
            map.values.chunks_exact_mut(28).for_each(<[f32]>::reverse);
        }
        Ok(Rescored {
            degradation,
            finding: found,
            agreement: MapAgreement { iou: 0.5, correlation: Some(0.75) },
            copy,
            upright_from_copy: frame
                .upright_from_image()
                .after(&Affine { m: [1.0, 0.0, area.x, 0.0, 1.0, area.y] }),
        })
    }

    /// Every point in the middle of the box but the lips, which are a line round its lower half.
    /// Names that contain `turned` show faces without a sure mesh, `no-mesh` lack the bundle,
    /// `slow-mesh` take 200 ms.
    fn mesh(
        &mut self,
        frame: &Frame,
        face: &Face,
        _settings: &ExamineSettings,
        ctx: &TaskCtx<'_>,
    ) -> Result<Option<Box<Mesh>>, ExamineError> {
        ctx.step(Phase::Examining, 0, 1)?;
        if self.is("no-mesh") {
            return Err(ExamineError::Failed("no model bundle named \"facemesh\"".to_owned()));
        }
        if self.is("slow-mesh") {
            std::thread::sleep(Duration::from_millis(200));
            ctx.step(Phase::Examining, 0, 1)?;
        }
        let area = frame.upright_from_image().apply_rect(&face.box_px);
        let mut mesh = Box::new([area.center(); 468]);
        let (left, right, bottom) = (area.x, area.x + area.w, area.y + area.h);
        for (points, x, y) in [
            (&[61, 146, 91, 181, 84][..], left, bottom),
            (&[17, 314, 405, 321, 375], right, bottom),
            (&[291, 409, 270, 269, 267], right, area.center().y),
            (&[0, 37, 39, 40, 185], left, area.center().y),
        ] {
            for i in points {
                mesh[*i] = Point { x, y };
            }
        }
        Ok((!self.is("turned")).then_some(mesh))
    }

    fn model(&self) -> Option<ModelFacts> {
        self.was_loaded.then(facts)
    }
}

/// Where the five landmarks of a face lie in its box; regions drawn by hand have none.
pub(crate) fn landmarks(face: &Rect, origin: FaceOrigin) -> Option<Landmarks> {
    let at = |x: f32, y: f32| Point { x: face.x + face.w * x, y: face.y + face.h * y };
    let points = [at(0.3, 0.4), at(0.7, 0.4), at(0.5, 0.6), at(0.35, 0.8), at(0.65, 0.8)];
    (origin == FaceOrigin::Found).then_some(points)
}

fn finding(box_px: Rect, score: f32, verdict: Verdict, origin: FaceOrigin) -> FaceFinding {
    let side = 28;
    let hot = |x: u32| if score > 0.5 && x >= side / 2 { 1.0 } else { 0.0 };
    let grid = Rect::new(0.0, 0.0, side as f32, side as f32);
    FaceFinding {
        face: Face { box_px, landmarks: landmarks(&box_px, origin), confidence: 0.99, origin },
        score: Some(score),
        verdict,
        reason: None,
        heatmap: Some(Heatmap {
            width: side,
            height: side,
            values: (0..side * side).map(|i| hot(i % side)).collect(),
            image_from_map: Affine::rect_to_rect(&grid, &box_px),
        }),
        reliability: None,
        quality: None,
        caveats: Vec::new(),
        region: (score > 0.5).then(|| "left cheek and mouth".to_owned()),
        reconstruction: Some(Reconstruction {
            input: RgbImage::filled(56, 56, GREY),
            output: RgbImage::filled(56, 56, COPY),
            residual: vec![20; 56 * 56],
        }),
        embedding: None,
        reference: None,
    }
}

/// The upper half of the map is not to be trusted, and the face lies beyond a limit.
fn doubt(finding: &mut FaceFinding) {
    let Some(heatmap) = &finding.heatmap else { return };
    let half = heatmap.values.len() / 2;
    let values = (0..heatmap.values.len()).map(|i| if i < half { 0.2 } else { 0.9 }).collect();
    finding.reliability = Some(Reliability {
        map: Heatmap { values, ..heatmap.clone() },
        threshold: 0.5,
        in_marked: Some(0.55),
        untrusted_share: 0.5,
    });
    finding.quality = Some(Quality {
        face_px: 60.0,
        blur: 0.81,
        blockiness: 0.1,
        noise: 2.0,
        color: 30.0,
        shades: 90.0,
        jpeg: Some(35),
    });
    finding.caveats = vec!["the face is blurred beyond what was tested".to_owned()];
}

pub(crate) fn facts() -> ModelFacts {
    let card = stand_in_card("fake", 224);
    let card = Card {
        file: FileSpec { sha256: "cd".repeat(32), bytes: 0 },
        thresholds: card.thresholds.map(|t| Thresholds {
            false_positive_rate: 0.05,
            miss_rate: 0.21,
            map: 0.4,
            ..t
        }),
        ..card
    };
    let unused_providers =
        vec![UnusedProvider { provider: "cuda".to_owned(), reason: "no library".to_owned() }];
    let engine = EngineInfo {
        engine: "fake 1.0".to_owned(),
        provider: "cpu".to_owned(),
        unused_providers,
        remote: None,
    };
    ModelFacts { card, engine }
}
