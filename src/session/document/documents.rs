//! The list of open documents: which is shown, and how many pixels are kept.

use std::path::{Path, PathBuf};

use super::id::{DocumentId, DrawnMaskKey};
use super::mask::DrawnMask;
use super::open::Document;

/// Bytes of decoded pictures kept for documents out of sight.
const KEPT_PICTURE_BYTES: usize = 768 << 20;

/// A document that was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::session) enum Closed {
    /// Another one is shown, or it was closed before.
    OutOfSight,
    Shown {
        /// The document to be shown now, none when it was the last.
        next: Option<DocumentId>,
    },
}

pub(in crate::session) struct Documents {
    /// In the order in which they were opened.
    list: Vec<Document>,
    active: Option<DocumentId>,
    /// In the order in which they were last shown, newest last.
    shown_order: Vec<DocumentId>,
    kept_picture_bytes: usize,
    last_id: u64,
}

impl Default for Documents {
    fn default() -> Self {
        Self {
            list: Vec::new(),
            active: None,
            shown_order: Vec::new(),
            kept_picture_bytes: KEPT_PICTURE_BYTES,
            last_id: 0,
        }
    }
}

impl Documents {
    /// All of them, oldest first.
    pub(in crate::session) fn list(&self) -> &[Document] {
        &self.list
    }

    pub(in crate::session) fn iter(&self) -> std::slice::Iter<'_, Document> {
        self.list.iter()
    }

    pub(in crate::session) fn iter_mut(&mut self) -> std::slice::IterMut<'_, Document> {
        self.list.iter_mut()
    }

    pub(in crate::session) fn get(&self, id: DocumentId) -> Option<&Document> {
        self.list.iter().find(|d| d.id == id)
    }

    pub(in crate::session) fn get_mut(&mut self, id: DocumentId) -> Option<&mut Document> {
        self.list.iter_mut().find(|d| d.id == id)
    }

    pub(in crate::session) fn contains(&self, id: DocumentId) -> bool {
        self.get(id).is_some()
    }

    pub(in crate::session) const fn active_id(&self) -> Option<DocumentId> {
        self.active
    }

    pub(in crate::session) fn active(&self) -> Option<&Document> {
        self.get(self.active?)
    }

    pub(in crate::session) fn active_mut(&mut self) -> Option<&mut Document> {
        self.get_mut(self.active?)
    }

    /// A mask that is there.
    pub(in crate::session) fn mask(&self, (id, frame): DrawnMaskKey) -> Option<&DrawnMask> {
        self.get(id)?.masks.get(&frame)
    }

    /// A mask, made when there is none; see [`Document::mask_mut`].
    pub(in crate::session) fn mask_mut(
        &mut self,
        (id, frame): DrawnMaskKey,
    ) -> Option<&mut DrawnMask> {
        self.get_mut(id)?.mask_mut(frame)
    }

    /// The mask of what is shown.
    pub(in crate::session) fn shown_mask_key(&self) -> Option<DrawnMaskKey> {
        let document = self.active()?;
        Some((document.id, document.mask_frame()?))
    }

    /// Which mask the stroke being drawn belongs to.
    pub(in crate::session) fn stroke_key(&self) -> Option<DrawnMaskKey> {
        let mut masks = self.list.iter().flat_map(|d| d.masks.iter().map(|mask| (d.id, mask)));
        masks.find(|(_, (_, mask))| mask.is_drawn_on()).map(|(id, (frame, _))| (id, *frame))
    }

    /// Lifts the brush, wherever it is down.
    pub(in crate::session) fn end_strokes(&mut self) {
        self.iter_mut().flat_map(Document::masks_mut).for_each(DrawnMask::end_stroke);
    }

    /// The document of a file, added to the list when it is not open; and whether it is new.
    pub(in crate::session) fn open(&mut self, path: &Path) -> (DocumentId, bool) {
        if let Some(known) = self.list.iter().find(|d| d.path == path) {
            return (known.id, false);
        }
        self.last_id += 1;
        let id = DocumentId(self.last_id);
        self.list.push(Document::new(id, path.to_owned()));
        (id, true)
    }

    /// Shows a document; `None` when it is not open, else whether another one was shown before.
    pub(in crate::session) fn show(&mut self, id: DocumentId) -> Option<bool> {
        if !self.contains(id) {
            return None;
        }
        let is_new = self.active.replace(id) != Some(id);
        self.shown_order.retain(|other| *other != id);
        self.shown_order.push(id);
        Some(is_new)
    }

    /// The document this many places below the one shown (negative: above), around the ends.
    pub(in crate::session) fn neighbor(&self, steps: i32) -> Option<DocumentId> {
        let at = self.list.iter().position(|d| Some(d.id) == self.active).unwrap_or(0);
        let n = self.list.len() as i64;
        (n > 0).then(|| {
            let next = (at as i64 + i64::from(steps)).rem_euclid(n) as usize;
            self.list[next].id
        })
    }

    /// Drops a document with everything that belongs to it.
    pub(in crate::session) fn close(&mut self, id: DocumentId) -> Closed {
        let Some(at) = self.list.iter().position(|d| d.id == id) else { return Closed::OutOfSight };
        self.list.remove(at);
        self.shown_order.retain(|other| *other != id);
        if self.active.take_if(|active| *active == id).is_none() {
            return Closed::OutOfSight;
        }
        let neighbor = at.min(self.list.len().saturating_sub(1));
        Closed::Shown { next: self.list.get(neighbor).map(|d| d.id) }
    }

    /// Bounds the bytes of decoded pictures kept; the picture shown is kept in any case.
    pub(in crate::session) fn set_kept_picture_bytes(&mut self, bytes: usize) {
        self.kept_picture_bytes = bytes;
        self.drop_old_pictures();
    }

    /// Drops pixels of the documents not shown for longest, until the rest fits.
    pub(in crate::session) fn drop_old_pictures(&mut self) {
        let mut kept: usize = self.list.iter().map(Document::picture_bytes).sum();
        let Self { list, active, shown_order, kept_picture_bytes, .. } = self;
        let rank = |id: DocumentId| shown_order.iter().position(|other| *other == id);
        let mut candidates: Vec<&mut Document> =
            list.iter_mut().filter(|d| Some(d.id) != *active && d.is_idle()).collect();
        candidates.sort_by_key(|d| (rank(d.id), d.id));
        for document in candidates {
            if kept <= *kept_picture_bytes {
                break;
            }
            kept -= document.picture_bytes();
            document.put_picture_away();
        }
    }

    /// Paths of all files that are open: they are never written to.
    pub(in crate::session) fn paths(&self) -> Vec<PathBuf> {
        self.list.iter().map(|d| d.path.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Closed;
    use crate::annotate::{Brush, Change};
    use crate::base::Point;
    use crate::session::test_support::{add_picture, with_clip};

    #[test]
    fn closing_a_document_drops_everything_that_belongs_to_it() {
        let (mut ws, id) = with_clip();
        let document = ws.documents.get_mut(id).unwrap();
        let at = Point { x: 9.0, y: 9.0 };
        let mask = document.mask_mut(0).unwrap();
        mask.begin_stroke(Brush::default(), Change::Add, at, 1.0);
        let clip = std::sync::Arc::downgrade(document.video.as_ref().unwrap().clip());
        let mask = std::sync::Arc::downgrade(&document.masks[&0].mask);
        let picture = std::sync::Arc::downgrade(document.picture.as_ref().unwrap());
        assert_eq!(ws.documents.close(id), Closed::Shown { next: None });
        assert!(clip.upgrade().is_none() && mask.upgrade().is_none());
        assert!(picture.upgrade().is_none());
        assert_eq!((ws.documents.stroke_key(), ws.documents.active_id()), (None, None));
        assert!(ws.documents.shown_order.is_empty());
    }

    #[test]
    fn the_neighbor_of_a_closed_document_is_shown() {
        let (mut ws, a) = with_clip();
        let (b, c) = (add_picture(&mut ws, "/b.png"), add_picture(&mut ws, "/c.png"));
        ws.documents.show(b);
        assert_eq!(ws.documents.close(a), Closed::OutOfSight, "another one is shown");
        assert_eq!(ws.documents.close(b), Closed::Shown { next: Some(c) });
        assert_eq!(ws.documents.close(b), Closed::OutOfSight, "it is closed already");
    }

    #[test]
    fn pixels_of_documents_not_shown_for_longest_go_first() {
        let (mut ws, a) = with_clip();
        let (b, c) = (add_picture(&mut ws, "/b.png"), add_picture(&mut ws, "/c.png"));
        for id in [b, a, c] {
            ws.documents.show(id);
        }
        let bytes = ws.documents.get(a).unwrap().picture_bytes();
        ws.documents.set_kept_picture_bytes(2 * bytes);
        let has = |ws: &crate::session::workspace::Workspace, id| {
            ws.documents.get(id).is_some_and(|d| d.picture.is_some())
        };
        assert_eq!([a, b, c].map(|id| has(&ws, id)), [true, false, true]);
        ws.documents.set_kept_picture_bytes(0);
        assert_eq!([a, c].map(|id| has(&ws, id)), [false, true], "what is shown stays");
    }
}
