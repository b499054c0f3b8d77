//! One picture as read from a foreign format, and its conversion to a record and a mask.
//!
//! Shapes are kept as written and become masks one entry at a time: a hundred thousand masks would
//! not fit into memory.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{classes, polygons, run_lengths};
use crate::annotate::{
    Change, Confidence, Decision, ForgeryKind, Mask, MaskLabel, Patch, PixelRect, Region,
};
use crate::base::{Limits, TaskCtx};
use crate::dataset::{Error, Record, Split};
use crate::media;

/// A part of a mask, as encoded in a file.
#[derive(Debug, Clone)]
pub(super) enum Shape {
    /// Run lengths down the columns of a picture of this size.
    Columns { counts: Vec<u32>, width_px: u32, height_px: u32 },
    /// The same in COCO's compressed text.
    CompressedColumns { text: String, width_px: u32, height_px: u32 },
    /// Run lengths along the rows of a box.
    BoxedRows { area: PixelRect, counts: Vec<u32> },
    /// A polygon: x, y, x, y, … in pixels.
    Polygon(Vec<f64>),
    /// A polygon in fractions of width and height.
    RelativePolygon(Vec<f64>),
    /// Label Studio's brush strokes.
    Brush(Vec<u8>),
    /// A PNG file with a color per class; pixels of these colors are set.
    Colors { path: PathBuf, set: BTreeSet<[u8; 3]> },
}

/// A shape of the background.
#[derive(Debug, Clone)]
pub(super) struct Cover {
    pub(super) shape: Shape,
    pub(super) layer: i64,
    /// Shapes of the same layer that lie below it: the first ones of the picture.
    pub(super) n_before: usize,
}

/// One picture of a foreign data set.
#[derive(Debug, Clone, Default)]
pub(in crate::dataset) struct ForeignItem {
    /// File name as given, with `/` between folders.
    pub(in crate::dataset) name: String,
    /// Path of the picture, if it was found.
    pub(in crate::dataset) image: Option<PathBuf>,
    /// Width and height as given.
    pub(in crate::dataset) size: Option<[u32; 2]>,
    pub(in crate::dataset) split: Split,
    /// Name of the part if it is unknown; empty when none is given.
    pub(in crate::dataset) unknown_part: Option<String>,
    /// What is wrong with it: it is refused, and others are read.
    pub(in crate::dataset) problem: Option<String>,
    /// Number of annotations that are no masks, such as boxes and points.
    pub(super) n_unread: u64,
    pub(super) shapes: Vec<Shape>,
    /// Where the shapes lie, in their order; empty where the format knows no layers.
    pub(super) layers: Vec<i64>,
    /// Shapes of the background, which take what lies below them away.
    pub(super) covers: Vec<Cover>,
    /// Classes of the shapes and of the whole picture.
    pub(in crate::dataset) classes: BTreeSet<String>,
    /// Decision on the whole picture.
    pub(super) decision: Option<Decision>,
    /// The class that it was read from.
    pub(super) decided_by: Option<String>,
    pub(super) confidence: Option<String>,
    pub(super) note: String,
    pub(super) annotator: Option<String>,
    pub(super) at: Option<String>,
    pub(super) seconds: Option<f64>,
}

impl ForeignItem {
    fn error(&self, what: impl Into<String>) -> Error {
        Error::Entry { id: self.name.clone(), what: what.into() }
    }

    /// Refuses the picture; the first reason counts.
    pub(in crate::dataset) fn refuse(&mut self, what: impl Into<String>) {
        self.problem.get_or_insert_with(|| what.into());
    }

    /// Takes in what a class says of the whole picture.
    ///
    /// # Errors
    ///
    /// A clause where another class said something else.
    pub(super) fn decide(&mut self, class: &str) -> Result<(), String> {
        let Some(decision) = classes::decision_of(class) else { return Ok(()) };
        match &self.decided_by {
            Some(other) if self.decision != Some(decision) => Err(format!(
                "the picture is called {other:?} and {class:?}, which contradict each other: keep one"
            )),
            _ => {
                self.decision = Some(decision);
                self.decided_by = Some(class.to_owned());
                Ok(())
            }
        }
    }

    /// Adds a shape of a layer, or one of the background that takes away what lies below it.
    pub(super) fn add_layer(&mut self, shape: Shape, layer: i64, is_background: bool) {
        if is_background {
            self.covers.push(Cover { shape, layer, n_before: self.shapes.len() });
        } else {
            self.shapes.push(shape);
            self.layers.push(layer);
        }
    }

    /// Sets the part by its name; an unknown one becomes train and is remembered.
    pub(super) fn set_part(&mut self, name: &str) {
        let split = Split::parse(name);
        self.split = split.unwrap_or_default();
        self.unknown_part = split.is_none().then(|| name.to_owned());
    }

    /// Sets note and confidence, where they are given.
    pub(super) fn set_note(&mut self, note: Option<String>, confidence: Option<String>) {
        if let Some(note) = note.filter(|note| !note.is_empty()) {
            self.note = note;
        }
        if let Some(confidence) = confidence.filter(|name| !name.is_empty()) {
            self.confidence = Some(confidence);
        }
    }

    /// Whether it has annotations, but none that is a mask: then the forged pixels are unknown,
    /// which differs from "none".
    pub(in crate::dataset) fn is_unreadable(&self) -> bool {
        self.n_unread > 0
            && self.problem.is_none()
            && self.shapes.is_empty()
            && !matches!(self.decision, Some(Decision::CannotTell | Decision::NothingForged))
    }

    /// Whether it has neither masks nor a decision.
    pub(in crate::dataset) fn is_bare(&self) -> bool {
        self.shapes.is_empty() && self.decision.is_none() && self.problem.is_none()
    }

    /// Width and height of the stored grid; those of the picture file where it was found.
    pub(in crate::dataset) fn size(&self) -> Result<[u32; 2], Error> {
        if let Some(problem) = &self.problem {
            return Err(self.error(problem));
        }
        let found = match &self.image {
            Some(path) => {
                let head = media::still_head(path, &Limits::default());
                let head = head.map_err(Error::media(path))?;
                Some([head.width_px, head.height_px])
            }
            None => None,
        };
        match (found, self.size) {
            (Some([w, h]), Some([given_w, given_h])) if [w, h] != [given_w, given_h] => {
                let is_rotated = [h, w] == [given_w, given_h];
                let why = if is_rotated {
                    "; the EXIF rotation was applied when it was annotated: annotate a copy without rotation"
                } else {
                    ""
                };
                Err(self.error(format!(
                    "it was annotated at {given_w} x {given_h} pixels, but the picture has {w} x {h}{why}"
                )))
            }
            (Some(size), _) | (None, Some(size)) => {
                let [w, h] = size;
                let is_valid = w > 0 && h > 0 && Limits::default().allows(w, h);
                is_valid
                    .then_some(size)
                    .ok_or_else(|| self.error(format!("invalid size of {w} x {h} pixels")))
            }
            (None, None) => {
                Err(self
                    .error("its picture was not found: put it beside the annotations, in `images`"))
            }
        }
    }

    /// The union of all shapes, without what shapes of the background cover.
    pub(in crate::dataset) fn mask(&self, [w, h]: [u32; 2]) -> Result<Mask, Error> {
        let mut mask = Mask::new(w, h);
        let layer = |i: usize| self.layers.get(i).copied().unwrap_or(0);
        // A cover lies above the shapes before it.
        let mut shapes: Vec<((i64, usize, bool), &Shape)> = Vec::new();
        shapes.extend(self.shapes.iter().enumerate().map(|(i, s)| ((layer(i), i, true), s)));
        shapes.extend(self.covers.iter().map(|c| ((c.layer, c.n_before, false), &c.shape)));
        shapes.sort_by_key(|(at, _)| *at);
        for ((_, _, is_added), shape) in shapes {
            if is_added {
                shape.add_to(&mut mask).map_err(|what| self.error(what))?;
            } else {
                let mut cover = Mask::new(w, h);
                shape.add_to(&mut cover).map_err(|what| self.error(what))?;
                Patch::new(&mask, &Region::whole(cover), Change::TakeAway).apply(&mut mask);
            }
        }
        if mask.is_empty() && self.decision == Some(Decision::Forged) {
            let what =
                "the decision is \"forged\", but there is no mask: draw one or change the decision";
            return Err(self.error(what));
        }
        if !mask.is_empty() && self.decision == Some(Decision::NothingForged) {
            let what =
                "the decision is \"nothing forged\", but there is a mask: one of them is wrong";
            return Err(self.error(what));
        }
        let is_polygon =
            |shape: &Shape| matches!(shape, Shape::Polygon(_) | Shape::RelativePolygon(_));
        if mask.is_empty() && self.covers.is_empty() && self.shapes.iter().any(is_polygon) {
            return Err(self.error("its polygons cover no pixel: draw them again, larger"));
        }
        Ok(mask)
    }

    pub(in crate::dataset) fn label(&self) -> MaskLabel {
        let kinds: BTreeSet<&str> = (self.classes.iter())
            .filter_map(|class| classes::kind_of(class))
            .map(ForgeryKind::as_str)
            .collect();
        let mut kind = match kinds.len() {
            0 => None,
            1 => kinds.first().copied().and_then(ForgeryKind::parse),
            _ => Some(ForgeryKind::Other),
        };
        if self.decision == Some(Decision::CannotTell) {
            kind = Some(ForgeryKind::CannotTell);
        }
        let confidence = self.confidence.as_deref().and_then(Confidence::parse);
        MaskLabel { kind, confidence, note: self.note.clone() }
    }

    /// Its name without extension.
    pub(in crate::dataset) fn id(&self) -> &str {
        self.name.rsplit_once('.').map_or(self.name.as_str(), |(stem, _)| stem)
    }

    /// A record with what the file says.
    pub(in crate::dataset) fn record(
        &self,
        [width_px, height_px]: [u32; 2],
        is_empty: bool,
    ) -> Record {
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
    fn add_to(&self, mask: &mut Mask) -> Result<(), String> {
        let (w, h) = (mask.width_px(), mask.height_px());
        let fits = |width_px: u32, height_px: u32| {
            ([width_px, height_px] == [w, h]).then_some(()).ok_or_else(|| {
                format!("a mask has {width_px} x {height_px} pixels, the picture {w} x {h}")
            })
        };
        let damaged = || "the run lengths do not fill the picture".to_owned();
        match self {
            Self::Columns { counts, width_px, height_px } => {
                fits(*width_px, *height_px)?;
                run_lengths::add_columns(mask, counts).ok_or_else(damaged)
            }
            Self::CompressedColumns { text, width_px, height_px } => {
                fits(*width_px, *height_px)?;
                let counts = run_lengths::decompress(text).ok_or_else(damaged)?;
                run_lengths::add_columns(mask, &counts).ok_or_else(damaged)
            }
            Self::BoxedRows { area, counts } => {
                run_lengths::add_boxed_rows(mask, *area, counts).ok_or_else(damaged)
            }
            Self::Polygon(values) => polygons::add_polygon(mask, values)
                .ok_or_else(|| "a polygon has fewer than three corners".to_owned()),
            Self::RelativePolygon(values) => {
                let side = |i: usize| f64::from(if i.is_multiple_of(2) { w } else { h });
                let values: Vec<f64> =
                    values.iter().enumerate().map(|(i, v)| v * side(i)).collect();
                polygons::add_polygon(mask, &values)
                    .ok_or_else(|| "a polygon has fewer than three corners".to_owned())
            }
            Self::Brush(bytes) => run_lengths::add_brush(mask, bytes)
                .ok_or_else(|| "the brush strokes are damaged".to_owned()),
            Self::Colors { path, set } => add_colors(mask, path, set),
        }
    }
}

/// Adds the pixels of a PNG file that have one of these colors.
fn add_colors(mask: &mut Mask, path: &Path, set: &BTreeSet<[u8; 3]>) -> Result<(), String> {
    let still = media::open_still(path, &Limits::default(), &TaskCtx::silent());
    let image = still.map_err(|e| format!("{}: {e}", path.display()))?.frame.image;
    let (w, h) = (mask.width_px(), mask.height_px());
    if [image.width_px, image.height_px] != [w, h] {
        let (found_w, found_h) = (image.width_px, image.height_px);
        return Err(format!("the mask has {found_w} x {found_h} pixels, the picture {w} x {h}"));
    }
    let rows = image.pixels.as_chunks::<3>().0.chunks(w.max(1) as usize);
    for (y, row) in (0..h).zip(rows) {
        for (x, _) in (0..w).zip(row).filter(|(_, color)| set.contains(*color)) {
            mask.set_span(y, x..x.saturating_add(1));
        }
    }
    Ok(())
}
