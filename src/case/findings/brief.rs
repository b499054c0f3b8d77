//! What a list shows of a finding, read from its report.

use std::fmt::Write as _;

use serde::Deserialize;
use serde::de::IgnoredAny;

/// What the newest finding of an item covers. A hundred thousand are held in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingBrief {
    /// Faces of a picture, or of a whole clip.
    pub n_faces: u32,
    /// Counts of a clip; `None` for a picture.
    pub clip: Option<ClipBrief>,
    /// What was not examined, a sentence for each part; mostly empty.
    pub not_examined: Vec<String>,
    /// It was taken from the results of a scan, without heat maps.
    pub is_scanned: bool,
}

/// How much of a clip was examined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClipBrief {
    /// A quick look: only some frames spread over the clip.
    pub is_quick: bool,
    /// Frames that were examined.
    pub n_examined: u64,
    pub n_frames: u64,
}

/// The keys of a report that are wanted.
#[derive(Deserialize)]
struct ReportHead {
    kind: String,
    #[serde(default)]
    faces: Vec<IgnoredAny>,
    #[serde(default)]
    tracks: Vec<IgnoredAny>,
    #[serde(default)]
    quick: bool,
    #[serde(default)]
    frames: u64,
    #[serde(default)]
    frames_examined: u64,
    #[serde(default)]
    not_examined: Vec<PartHead>,
    #[serde(default)]
    scanned: bool,
}

#[derive(Deserialize)]
struct PartHead {
    #[serde(default)]
    what: String,
    #[serde(default, rename = "where")]
    place: String,
    #[serde(default)]
    why: String,
}

impl FindingBrief {
    /// From the text of a report; `None` when it is none that this program writes.
    pub(in crate::case) fn from_report(report: &str) -> Option<Self> {
        let head: ReportHead = serde_json::from_str(report).ok()?;
        let is_clip = head.kind == "video";
        let (is_quick, n_examined, n_frames) = (head.quick, head.frames_examined, head.frames);
        let sentence = |part: &PartHead| {
            let mut text = part.what.clone();
            // Writing into a String cannot fail.
            write!(text, " ({}): {}", part.place, part.why).unwrap_or_default();
            text
        };
        Some(Self {
            n_faces: head.faces.len().max(head.tracks.len()) as u32,
            clip: is_clip.then_some(ClipBrief { is_quick, n_examined, n_frames }),
            not_examined: head.not_examined.iter().map(sentence).collect(),
            is_scanned: head.scanned,
        })
    }

    /// Whether only some frames of a clip were examined.
    pub fn is_quick(&self) -> bool {
        self.clip.is_some_and(|clip| clip.is_quick)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_knows_quick_looks_and_what_was_left_out() {
        let clip = r#"{"kind":"video","quick":true,"frames":300,"frames_examined":24,
            "tracks":[{"id":1},{"id":2}],
            "not_examined":[{"what":"12 frames","where":"at 00:01","why":"damaged"}]}"#;
        let brief = FindingBrief::from_report(clip).unwrap();
        assert!(brief.is_quick());
        assert_eq!(brief.n_faces, 2);
        assert_eq!(brief.clip.unwrap().n_examined, 24);
        assert_eq!(brief.not_examined, ["12 frames (at 00:01): damaged"]);
        let still = FindingBrief::from_report(r#"{"kind":"image","faces":[{}]}"#).unwrap();
        assert_eq!((still.n_faces, still.clip, still.is_quick()), (1, None, false));
        assert!(!still.is_scanned);
        let scanned = FindingBrief::from_report(r#"{"kind":"image","scanned":true}"#).unwrap();
        assert!(scanned.is_scanned);
        assert_eq!(FindingBrief::from_report("[]"), None, "of another program");
        assert_eq!(FindingBrief::from_report("{"), None, "damaged");
    }
}
