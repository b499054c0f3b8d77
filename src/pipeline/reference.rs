//! Genuine material of the same source, which the faces of a questioned picture are set against.
//!
//! A card's error rates hold for the photos that it was measured on. Material of the same camera,
//! channel or codec says what is usual in *this* source. It can make a verdict weaker, never
//! stronger.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{Error, Plan, Stages, examine_still, summarize};
use crate::base::{
    FaceFinding, MediaReport, NotExamined, ReferenceComparison, TaskCtx, Verdict, Warning,
};

/// Files that are taken from a folder at most.
pub const MAX_REFERENCES: usize = 2000;

/// The examined faces of genuine files.
#[derive(Debug, Clone, Default)]
pub struct Reference {
    faces: Vec<Genuine>,
    n_files: usize,
    hashes: BTreeSet<String>,
    /// Files of the folder that gave no face.
    pub not_examined: Vec<NotExamined>,
}

#[derive(Debug, Clone, Copy)]
struct Genuine {
    score: f32,
    marked_share: f32,
}

impl Reference {
    /// Examines the pictures that lie directly in a folder, in the order of their names. Links and
    /// folders in it are passed over.
    ///
    /// # Errors
    ///
    /// A folder that cannot be listed; cancellation; failures of the engine.
    pub fn examine(
        stages: &mut Stages,
        folder: &Path,
        plan: &Plan,
        ctx: &TaskCtx<'_>,
    ) -> Result<Self, Error> {
        let mut out = Self::default();
        let plan = Plan { regions: Vec::new(), find_faces: true, ..plan.clone() };
        let (files, passed_over) = listed(folder)?;
        out.not_examined = passed_over;
        for path in files {
            let (report, _) = examine_still(stages, &path, &plan, ctx)?;
            out.add(&path, &report, stages.detector.thresholds().map);
        }
        Ok(out)
    }

    fn add(&mut self, path: &Path, report: &MediaReport, map_threshold: f32) {
        let faces = report.faces.iter().filter_map(|face| {
            Some(Genuine { score: face.score?, marked_share: marked_share(face, map_threshold) })
        });
        let before = self.faces.len();
        self.faces.extend(faces);
        if self.faces.len() > before {
            self.n_files += 1;
            self.hashes.insert(report.sha256.clone());
        } else {
            let why = report.reason.as_deref().unwrap_or("no face was examined");
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            self.not_examined.push(NotExamined::new("reference", name, why));
        }
    }

    /// Faces and files.
    pub fn n(&self) -> (usize, usize) {
        (self.faces.len(), self.n_files)
    }

    /// Whether this very file is among the genuine ones: then nothing can be learned from it.
    pub fn contains(&self, sha256: &str) -> bool {
        self.hashes.contains(sha256)
    }

    /// Where a face stands; `None` for a face that was not examined, or without genuine ones.
    pub fn compare(
        &self,
        finding: &FaceFinding,
        map_threshold: f32,
    ) -> Option<ReferenceComparison> {
        let score = finding.score?;
        let marked = marked_share(finding, map_threshold);
        let mut scores: Vec<f32> = self.faces.iter().map(|f| f.score).collect();
        scores.sort_by(f32::total_cmp);
        let usual_score =
            *scores.get((scores.len() * 95 / 100).min(scores.len().checked_sub(1)?))?;
        Some(ReferenceComparison {
            n_faces: self.faces.len(),
            n_files: self.n_files,
            n_as_high: self.faces.iter().filter(|f| f.score >= score).count(),
            n_as_marked: self.faces.iter().filter(|f| f.marked_share >= marked).count(),
            usual_score,
        })
    }

    /// Sets every face of a report against the genuine ones, and takes back "traces found" where such
    /// scores are usual. A file that is one of the genuine ones is not compared: a warning says so.
    pub fn weaken(&self, report: &mut MediaReport, plan: &Plan, map_threshold: f32) {
        if self.contains(&report.sha256) {
            let text = "this very file is among the reference files: it was not compared";
            report.warnings.push(Warning(text.to_owned()));
            return;
        }
        for face in &mut report.faces {
            face.reference = self.compare(face, map_threshold);
            let Some(comparison) = face.reference else { continue };
            if face.verdict == Verdict::TracesFound && comparison.is_usual() == Some(true) {
                face.verdict = Verdict::Inconclusive;
                face.caveats.push(comparison.sentence());
            }
        }
        if report.faces.is_empty() {
            return;
        }
        let summary = summarize(&report.faces, plan);
        report.verdict = summary.verdict;
        report.score = summary.score;
    }
}

fn marked_share(finding: &FaceFinding, threshold: f32) -> f32 {
    let values = finding.heatmap.as_ref().map(|m| m.values.as_slice()).unwrap_or_default();
    values.iter().filter(|v| **v >= threshold).count() as f32 / values.len().max(1) as f32
}

/// The files of a folder by name, and what of it is passed over.
fn listed(folder: &Path) -> Result<(Vec<PathBuf>, Vec<NotExamined>), Error> {
    let failed = |source: std::io::Error| Error::GenuineFiles { folder: folder.to_owned(), source };
    let (mut files, mut passed_over) = (Vec::new(), Vec::new());
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let kind = entry.file_type().map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if kind.is_file() {
            files.push(entry.path());
        } else {
            let why = if kind.is_dir() { "it is a folder" } else { "it is a link" };
            passed_over.push(NotExamined::new("reference", name, why));
        }
    }
    files.sort();
    for path in files.split_off(files.len().min(MAX_REFERENCES)) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let why = format!("only {MAX_REFERENCES} files are taken");
        passed_over.push(NotExamined::new("reference", name, why));
    }
    Ok((files, passed_over))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{EngineInfo, Face, FaceOrigin, ModelRef, Rect};

    fn finding(score: f32, verdict: Verdict) -> FaceFinding {
        let box_px = Rect::new(0.0, 0.0, 50.0, 50.0);
        let face = Face { box_px, landmarks: None, confidence: 1.0, origin: FaceOrigin::Found };
        FaceFinding {
            face,
            score: Some(score),
            verdict,
            reason: None,
            heatmap: None,
            reliability: None,
            region: None,
            quality: None,
            caveats: Vec::new(),
            reconstruction: None,
            embedding: None,
            reference: None,
        }
    }

    fn report(sha256: &str, faces: Vec<FaceFinding>) -> MediaReport {
        let engine = EngineInfo {
            engine: String::new(),
            provider: String::new(),
            unused_providers: Vec::new(),
            remote: None,
        };
        MediaReport {
            sha256: sha256.to_owned(),
            width_px: 50,
            height_px: 50,
            verdict: Verdict::TracesFound,
            reason: None,
            score: Some(0.9),
            faces,
            model: ModelRef { name: String::new(), sha256: String::new() },
            engine,
            not_examined: Vec::new(),
            elapsed_ms: 0,
            warnings: Vec::new(),
        }
    }

    fn reference(scores: &[f32]) -> Reference {
        let mut out = Reference::default();
        for (i, score) in scores.iter().enumerate() {
            let one = report(&i.to_string(), vec![finding(*score, Verdict::NoTraceFound)]);
            out.add(Path::new("a.jpg"), &one, 0.5);
        }
        out
    }

    #[test]
    fn traces_are_taken_back_where_such_scores_are_usual_and_only_there() {
        let noisy: Vec<f32> = (0..40).map(|i| if i < 8 { 0.95 } else { 0.1 }).collect();
        let quiet = vec![0.1; 40];
        let few = vec![0.95; 5];
        let after = |scores: &[f32], verdict| {
            let mut questioned = report("q", vec![finding(0.9, verdict)]);
            let plan = Plan::default();
            reference(scores).weaken(&mut questioned, &plan, 0.5);
            let face = &questioned.faces[0];
            (questioned.verdict, face.caveats.len(), face.reference.unwrap())
        };
        let (verdict, n_caveats, compared) = after(&noisy, Verdict::TracesFound);
        assert_eq!((verdict, n_caveats), (Verdict::Inconclusive, 1));
        assert_eq!((compared.n_faces, compared.n_files, compared.n_as_high), (40, 40, 8));
        assert!(compared.sentence().contains("usual in this source"), "{}", compared.sentence());
        let (verdict, _, compared) = after(&quiet, Verdict::TracesFound);
        assert_eq!((verdict, compared.is_usual()), (Verdict::TracesFound, Some(false)));
        assert!(compared.sentence().contains("does not show"), "{}", compared.sentence());
        assert_eq!(after(&few, Verdict::TracesFound).0, Verdict::TracesFound, "too few");
        assert_eq!(after(&quiet, Verdict::NoTraceFound).0, Verdict::NoTraceFound, "never stronger");
    }

    #[test]
    fn files_without_a_face_and_the_questioned_file_are_known() {
        let mut known = reference(&[0.2, 0.3]);
        known.add(Path::new("x/empty.jpg"), &report("none", Vec::new()), 0.5);
        assert_eq!((known.n(), known.not_examined.len()), ((2, 2), 1));
        assert!(known.contains("1") && !known.contains("none"));
        let mut itself = report("1", vec![finding(0.9, Verdict::TracesFound)]);
        known.weaken(&mut itself, &Plan::default(), 0.5);
        assert_eq!(itself.faces[0].reference, None);
        assert!(itself.warnings[0].0.contains("this very file"), "{:?}", itself.warnings);
        let none = Reference::default();
        assert_eq!(none.compare(&finding(0.5, Verdict::Inconclusive), 0.5), None);
    }

    #[test]
    fn folders_and_links_are_passed_over_by_name() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("b.jpg"), "b").unwrap();
        std::fs::write(folder.path().join("a.jpg"), "a").unwrap();
        std::fs::create_dir(folder.path().join("more")).unwrap();
        let (files, passed_over) = listed(folder.path()).unwrap();
        let names: Vec<_> = files.iter().filter_map(|f| f.file_name()?.to_str()).collect();
        assert_eq!((names, passed_over.len()), (vec!["a.jpg", "b.jpg"], 1));
        assert!(listed(&folder.path().join("nowhere")).is_err());
    }
}
