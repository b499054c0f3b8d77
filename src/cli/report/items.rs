//! Collects the items of a report and writes their pictures into its folder.

use std::path::Path;

use crate::base::text::visible;
use crate::base::{Affine, Frame, Heatmap, Rect, RgbImage, Verdict, VideoReport};
use crate::bundle::Thresholds;
pub(super) use crate::report::build::verdict_from;
use crate::report::build::{FileSays, custody, file_says};
use crate::report::{
    BookmarkRecord, DrawnFace, Error, FaceRecord, FileState, FindingsRecord, JpegPicture,
    PictureRecord, ReadingRecord, ReportFolder, ReportItem, RunRecord, SmallCopy, Typesetter,
    close_up, coded, face_overlay, is_small_in_overlay, moment_picture, thumbnail,
};

/// Faces of a clip whose worst moment or timeline is shown.
pub(super) const MAX_MOMENTS: usize = 3;
/// Small faces of a picture that are shown enlarged.
const MAX_CLOSE_UPS: usize = 6;

/// The items so far, and the folder that holds their pictures.
pub(super) struct ItemCollector {
    pub(super) folder: ReportFolder,
    pub(super) items: Vec<ReportItem>,
    /// Sets the words of charts.
    typesetter: Typesetter,
}

/// A file, and what is known of it beside its pictures.
pub(super) struct ItemParts<'a> {
    pub(super) path: &'a Path,
    pub(super) case_item: Option<i64>,
    /// Hash of the file when it was examined.
    pub(super) sha256_at_entry: Option<&'a str>,
    pub(super) run: Option<RunRecord>,
    pub(super) findings: FindingsRecord,
    pub(super) readings: Vec<ReadingRecord>,
    pub(super) bookmarks: Vec<BookmarkRecord>,
}

impl ItemCollector {
    pub(super) fn new(folder: ReportFolder) -> Self {
        Self { folder, items: Vec::new(), typesetter: Typesetter::for_text("") }
    }

    /// Adds an item without pictures.
    pub(super) fn add(&mut self, parts: ItemParts<'_>) {
        let custody = custody(parts.path, parts.sha256_at_entry);
        let is_there = !matches!(custody.state, FileState::Missing | FileState::Unreadable);
        let FileSays { statements, contradictions, credential, notes, n_fields } =
            if is_there { file_says(parts.path) } else { FileSays::default() };
        let name = parts.path.file_name().unwrap_or(parts.path.as_os_str());
        self.items.push(ReportItem {
            number: self.items.len() + 1,
            case_item: parts.case_item,
            name: name.to_string_lossy().into_owned(),
            path: parts.path.display().to_string(),
            custody,
            run: parts.run,
            findings: parts.findings,
            statements,
            contradictions,
            credential,
            metadata_notes: notes,
            metadata_fields: n_fields,
            pictures: Vec::new(),
            readings: parts.readings,
            bookmarks: parts.bookmarks,
        });
    }

    /// Adds a small copy and a picture with marks to the newest item.
    pub(super) fn add_still_pictures(
        &mut self,
        frame: &Frame,
        faces: &[DrawnFace<'_>],
        map_threshold: f32,
    ) -> Result<(), Error> {
        let copy = SmallCopy::new(&frame.upright);
        let alt = format!("As it was examined: {}", self.newest_name());
        self.add_picture("thumbnail", &alt, &thumbnail(&copy)?)?;
        if !faces.is_empty() {
            let drawn = face_overlay(&copy, frame, faces, map_threshold)?;
            let alt = format!("Faces that were examined in {}", self.newest_name());
            self.add_picture("overlay", &self.marked_alt(&alt, faces), &drawn)?;
        }
        let mut small: Vec<(usize, &DrawnFace<'_>)> = faces
            .iter()
            .enumerate()
            .filter(|(_, face)| {
                matches!(face.verdict, Verdict::TracesFound | Verdict::Inconclusive)
                    && is_small_in_overlay(frame, face)
            })
            .collect();
        small.sort_by_key(|(_, face)| std::cmp::Reverse(face.verdict.rank()));
        for (i, face) in small.into_iter().take(MAX_CLOSE_UPS) {
            if let Some(drawn) = close_up(frame, face, map_threshold)? {
                let alt = format!("Face {} of {}, enlarged", i + 1, self.newest_name());
                let alt = self.marked_alt(&alt, std::slice::from_ref(face));
                self.add_picture("close-up", &alt, &drawn)?;
            }
        }
        Ok(())
    }

    /// Adds the worst moment and the timeline of the most suspicious faces of a clip. `picture` decodes a
    /// frame.
    pub(super) fn add_moments(
        &mut self,
        report: &VideoReport,
        thresholds: &Thresholds,
        picture: &mut dyn FnMut(usize) -> anyhow::Result<RgbImage>,
    ) -> anyhow::Result<()> {
        let mut tracks: Vec<_> = report.tracks.iter().filter(|t| !t.worst.is_empty()).collect();
        tracks.sort_by(|a, b| b.suspicion().compare(a.suspicion()));
        for track in tracks.into_iter().take(MAX_MOMENTS) {
            let Some(moment) = track.worst.first() else { continue };
            let Some(sample) = track.at(moment.frame) else { continue };
            let map = sample.map.as_ref().map(|map| map.heatmap());
            let face = DrawnFace {
                box_px: sample.face.box_px,
                verdict: track.verdict,
                map: map.as_ref(),
                reliability: None,
            };
            let drawn = moment_picture(
                picture(moment.frame)?,
                std::slice::from_ref(&face),
                thresholds.map,
            )?;
            let alt =
                format!("Frame {} of {}, face {}", moment.frame, self.newest_name(), track.id);
            self.add_picture("moment", &self.marked_alt(&alt, &[face]), &drawn)?;
            let curve = track.score_curve(report.frames.len());
            let duration_s = report.info.as_ref().map(|info| info.duration_s);
            self.add_timeline(track.id, &curve, thresholds, duration_s)?;
        }
        Ok(())
    }

    /// Adds the scores of a face of a clip as a chart. `curve`: scores of equal parts of the clip of this
    /// length in seconds.
    pub(super) fn add_timeline(
        &mut self,
        face: u32,
        curve: &[Option<f32>],
        thresholds: &Thresholds,
        duration_s: Option<f64>,
    ) -> Result<(), Error> {
        let lines = [thresholds.traces_found, thresholds.no_trace_found];
        let alt = format!(
            "Scores of face {face} over the time of the clip: a bar for each examined part; the whole line is \
             the threshold for traces found, the dashed one that for no trace found"
        );
        let chart = self.typesetter.timeline(curve, lines, duration_s)?;
        self.add_picture("timeline", &alt, &coded(&chart)?)
    }

    /// A sentence about the newest item.
    pub(super) fn warn(&mut self, text: String) {
        if let Some(item) = self.items.last_mut() {
            item.findings.warnings.push(text);
        }
    }

    /// What the marks of a picture of the newest item mean.
    fn marked_alt(&self, what: &str, faces: &[DrawnFace<'_>]) -> String {
        let has_map = faces.iter().any(|face| face.map.is_some());
        let is_drawn = faces.iter().any(|face| face.reliability.is_some());
        let is_unsure =
            |face: &FaceRecord| face.reliability.is_some_and(|r| r.untrusted_share > 0.0);
        let is_unsure =
            self.items.last().is_some_and(|item| item.findings.faces.iter().any(is_unsure));
        let map =
            if has_map { "; color: strength of traces, outlined where they count" } else { "" };
        let doubt = match (is_drawn, has_map && is_unsure) {
            (true, _) => "; hatched: the map is unreliable",
            (false, true) => {
                "; unreliable places are not hatched, because a case does not keep them"
            }
            (false, false) => "",
        };
        format!("{what}{map}{doubt}")
    }

    fn newest_name(&self) -> String {
        self.items.last().map(|item| visible(&item.name).into_owned()).unwrap_or_default()
    }

    /// Adds a picture to the newest item. `alt` says what it shows.
    pub(super) fn add_picture(
        &mut self,
        role: &str,
        alt: &str,
        picture: &JpegPicture,
    ) -> Result<(), Error> {
        let Some(item) = self.items.last_mut() else { return Ok(()) };
        let file = format!("pictures/{}-{}-{role}.jpg", item.number, item.pictures.len() + 1);
        let sha256 = self.folder.add(&file, &picture.bytes)?;
        item.pictures.push(PictureRecord {
            role: role.to_owned(),
            file,
            sha256,
            width_px: picture.width_px,
            height_px: picture.height_px,
            alt: alt.to_owned(),
        });
        Ok(())
    }
}

/// Faces of stored findings with their stored maps.
pub(super) fn stored_faces<'a>(
    findings: &FindingsRecord,
    maps: &'a [Option<Heatmap>],
) -> Vec<DrawnFace<'a>> {
    let is_plane = |map: &&Heatmap| map.image_from_map != Affine::IDENTITY;
    let face = |(i, face): (usize, &FaceRecord)| {
        let [x, y, w, h] = face.box_px;
        DrawnFace {
            box_px: Rect::new(x, y, w, h),
            verdict: verdict_from(&face.verdict),
            map: maps.get(i).and_then(Option::as_ref).filter(is_plane),
            reliability: None,
        }
    };
    findings.faces.iter().enumerate().map(face).collect()
}
