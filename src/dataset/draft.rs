//! What is read from a foreign format, before it is an entry.
//!
//! * **In**: names, sizes and shapes as they stand in a file. **Out**: entries.
//! * **Not here**: the files (each format has a file of its own).
//!
//! Shapes are kept as they were written and become masks one entry at a time: a hundred thousand
//! masks at once would not fit into memory.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::rle;
use super::{Error, Record, Split, classes, outline};
use crate::annotate::{Decision, ForgeryKind, Mask, MaskLabel, PixelRect};
use crate::base::{Limits, TaskCtx};
use crate::media;

/// Pixels of a picture, as a file says it.
#[derive(Debug, Clone)]
pub(super) enum Shape {
    /// Lengths down the columns, of a picture of this size.
    Columns { counts: Vec<u32>, width_px: u32, height_px: u32 },
    /// The same in COCO's letters.
    Letters { text: String, width_px: u32, height_px: u32 },
    /// Lengths along the rows of a box.
    BoxedRows { area: PixelRect, counts: Vec<u32> },
    /// A closed line of x, y, x, y, … in pixels.
    Polygon(Vec<f64>),
    /// The same in shares of width and height.
    Shares(Vec<f64>),
    /// Label Studio's bits.
    Brush(Vec<u8>),
    /// A PNG file of classes, by their colors; those that are set.
    Colors { path: PathBuf, set: BTreeSet<[u8; 3]> },
}

/// One picture of a foreign data set.
#[derive(Debug, Clone, Default)]
pub(super) struct Draft {
    /// As the file names it; `/` between folders.
    pub(super) name: String,
    /// Where it is, if it was found.
    pub(super) image: Option<PathBuf>,
    /// As the file says it.
    pub(super) size: Option<[u32; 2]>,
    pub(super) split: Split,
    /// What the file says of the part, where that is not known; empty when it says nothing.
    pub(super) unknown_part: Option<String>,
    /// Boxes, points and the like: marks of which no mask can be made.
    pub(super) n_unread: u64,
    pub(super) shapes: Vec<Shape>,
    /// Class words of the shapes and of the whole picture.
    pub(super) classes: BTreeSet<String>,
    /// Said of the whole picture.
    pub(super) decision: Option<Decision>,
    pub(super) confidence: Option<String>,
    pub(super) note: String,
    pub(super) annotator: Option<String>,
    pub(super) at: Option<String>,
    pub(super) seconds: Option<f64>,
}

impl Draft {
    fn wrong(&self, what: impl Into<String>) -> Error {
        Error::Entry { id: self.name.clone(), what: what.into() }
    }

    /// Takes the part that a word names.
    pub(super) fn set_part(&mut self, word: &str) {
        let split = Split::parse(word);
        self.split = split.unwrap_or_default();
        self.unknown_part = split.is_none().then(|| word.to_owned());
    }

    /// Takes a note and how sure a person is; nothing said takes nothing away.
    pub(super) fn say(&mut self, note: Option<String>, confidence: Option<String>) {
        if let Some(note) = note.filter(|note| !note.is_empty()) {
            self.note = note;
        }
        if let Some(sure) = confidence.filter(|sure| !sure.is_empty()) {
            self.confidence = Some(sure);
        }
    }

    /// Whether something is marked in it, and nothing of that can be read: then it is not known
    /// which pixels are forged, and that is not the same as that none are.
    pub(super) fn is_unreadable(&self) -> bool {
        self.n_unread > 0
            && self.shapes.is_empty()
            && !matches!(self.decision, Some(Decision::CannotTell | Decision::NothingForged))
    }

    /// Whether the file says nothing of it at all.
    pub(super) fn is_bare(&self) -> bool {
        self.shapes.is_empty() && self.decision.is_none()
    }

    /// The size of the stored grid: of the picture itself where it is at hand.
    pub(super) fn size(&self) -> Result<[u32; 2], Error> {
        let found = match &self.image {
            Some(path) => {
                let head = media::still_head(path, &Limits::default());
                let head = head.map_err(Error::media(path))?;
                Some([head.width_px, head.height_px])
            }
            None => None,
        };
        match (found, self.size) {
            (Some([w, h]), Some([said_w, said_h])) if [w, h] != [said_w, said_h] => {
                let turned = [h, w] == [said_w, said_h];
                let why = if turned {
                    "; it was marked turned by its EXIF rotation: mark a copy without one"
                } else {
                    ""
                };
                Err(self.wrong(format!(
                    "it was marked at {said_w} x {said_h} pixels, and the picture has {w} x {h}{why}"
                )))
            }
            (Some(size), _) | (None, Some(size)) => {
                let [w, h] = size;
                let limits = Limits::default();
                let is_sane = w > 0
                    && h > 0
                    && w.max(h) <= limits.side_px
                    && u64::from(w) * u64::from(h) <= limits.pixels;
                is_sane.then_some(size).ok_or_else(|| self.wrong(format!("{w} x {h} pixels")))
            }
            (None, None) => Err(self.wrong("neither the picture nor its size is known")),
        }
    }

    /// All shapes together.
    pub(super) fn mask(&self, [w, h]: [u32; 2]) -> Result<Mask, Error> {
        let mut mask = Mask::new(w, h);
        for shape in &self.shapes {
            shape.add(&mut mask).map_err(|what| self.wrong(what))?;
        }
        if mask.is_empty() && self.decision == Some(Decision::Forged) {
            let what =
                "it is said to be forged, and no mask says where: draw one, or decide otherwise";
            return Err(self.wrong(what));
        }
        if !mask.is_empty() && self.decision == Some(Decision::NothingForged) {
            let what = "it is said that nothing in it is forged, and a mask is drawn: one of both is \
                        wrong";
            return Err(self.wrong(what));
        }
        let is_line = |shape: &Shape| matches!(shape, Shape::Polygon(_) | Shape::Shares(_));
        if mask.is_empty() && self.shapes.iter().any(is_line) {
            return Err(self.wrong("what is marked in it covers no pixel: mark it again, larger"));
        }
        Ok(mask)
    }

    /// What is said of the mask.
    pub(super) fn label(&self) -> MaskLabel {
        let kinds: BTreeSet<&str> = (self.classes.iter())
            .filter_map(|class| classes::kind_of(class))
            .map(ForgeryKind::as_str)
            .collect();
        let mut kind = match kinds.len() {
            0 => None,
            1 => kinds.first().copied().and_then(ForgeryKind::of),
            _ => Some(ForgeryKind::Other),
        };
        if self.decision == Some(Decision::CannotTell) {
            kind = Some(ForgeryKind::CannotTell);
        }
        let confidence = self.confidence.as_deref().and_then(crate::annotate::Confidence::of);
        MaskLabel { kind, confidence, note: self.note.clone() }
    }

    /// Its name without an ending.
    pub(super) fn id(&self) -> &str {
        self.name.rsplit_once('.').map_or(self.name.as_str(), |(stem, _)| stem)
    }

    /// A record of what the file says, and nothing else.
    pub(super) fn record(&self, [width_px, height_px]: [u32; 2], is_empty: bool) -> Record {
        let mut record = Record {
            id: self.id().to_owned(),
            split: self.split,
            annotator: self.annotator.clone(),
            at: self.at.clone(),
            seconds: self.seconds,
            ..Record::default()
        };
        record.image.width_px = width_px;
        record.image.height_px = height_px;
        record.image.origin =
            self.image.as_ref().map_or_else(|| self.name.clone(), |p| p.display().to_string());
        record.set_label(&self.label(), is_empty);
        record
    }
}

impl Shape {
    fn add(&self, mask: &mut Mask) -> Result<(), String> {
        let (w, h) = (mask.width_px(), mask.height_px());
        let fits = |width_px: u32, height_px: u32| {
            ([width_px, height_px] == [w, h]).then_some(()).ok_or_else(|| {
                format!("a mask has {width_px} x {height_px} pixels, its picture {w} x {h}")
            })
        };
        let damaged = || "its run lengths do not fill the picture".to_owned();
        match self {
            Self::Columns { counts, width_px, height_px } => {
                fits(*width_px, *height_px)?;
                rle::add_columns(mask, counts).ok_or_else(damaged)
            }
            Self::Letters { text, width_px, height_px } => {
                fits(*width_px, *height_px)?;
                let counts = rle::unpack(text).ok_or_else(damaged)?;
                rle::add_columns(mask, &counts).ok_or_else(damaged)
            }
            Self::BoxedRows { area, counts } => {
                rle::add_boxed_rows(mask, *area, counts).ok_or_else(damaged)
            }
            Self::Polygon(values) => outline::add_polygon(mask, values)
                .ok_or_else(|| "a polygon has fewer than three corners".to_owned()),
            Self::Shares(values) => {
                let side = |i: usize| f64::from(if i.is_multiple_of(2) { w } else { h });
                let values: Vec<f64> =
                    values.iter().enumerate().map(|(i, v)| v * side(i)).collect();
                outline::add_polygon(mask, &values)
                    .ok_or_else(|| "a polygon has fewer than three corners".to_owned())
            }
            Self::Brush(bytes) => rle::add_brush(mask, bytes)
                .ok_or_else(|| "its brush strokes are damaged".to_owned()),
            Self::Colors { path, set } => add_colors(mask, path, set),
        }
    }
}

/// The pixels of a picture of classes that have one of these colors.
fn add_colors(mask: &mut Mask, path: &Path, set: &BTreeSet<[u8; 3]>) -> Result<(), String> {
    let still = media::open_still(path, &Limits::default(), &TaskCtx::silent());
    let image = still.map_err(|e| format!("{}: {e}", path.display()))?.frame.image;
    let (w, h) = (mask.width_px(), mask.height_px());
    if [image.width_px, image.height_px] != [w, h] {
        let (found_w, found_h) = (image.width_px, image.height_px);
        return Err(format!("its mask has {found_w} x {found_h} pixels, its picture {w} x {h}"));
    }
    for (i, p) in image.pixels.chunks_exact(3).enumerate() {
        if set.contains(&[p[0], p[1], p[2]]) {
            let (x, y) = (i as u32 % w, i as u32 / w);
            mask.set_span(y, x..x + 1);
        }
    }
    Ok(())
}
