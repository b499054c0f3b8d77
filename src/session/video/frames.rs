//! Decoded frames kept for a while, bounded by bytes: those used longest ago go first.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::clip::Clip;
use crate::base::{Cancel, Frame, Orientation, RgbImage};
use crate::session::document::id::DocumentId;
use crate::session::document::open::Picture;
use crate::session::examine::error::ExamineError;
use crate::session::examine::prepare;

type Key = (DocumentId, usize);

struct Kept {
    picture: Arc<Picture>,
    bytes: usize,
    last_used: u64,
}

/// Frames by document and number.
pub(super) struct Frames {
    kept: BTreeMap<Key, Kept>,
    bytes: usize,
    max_bytes: usize,
    clock: u64,
}

impl Frames {
    pub(super) const fn new(max_bytes: usize) -> Self {
        Self { kept: BTreeMap::new(), bytes: 0, max_bytes, clock: 0 }
    }

    /// The picture of a frame in the best size that was put in.
    pub(super) fn get(&mut self, key: Key) -> Option<Arc<Picture>> {
        self.clock += 1;
        let kept = self.kept.get_mut(&key)?;
        kept.last_used = self.clock;
        Some(Arc::clone(&kept.picture))
    }

    pub(super) fn contains(&self, key: Key) -> bool {
        self.kept.contains_key(&key)
    }

    /// Keeps a picture; a larger one of the same frame stays.
    pub(super) fn insert(&mut self, key: Key, picture: &Arc<Picture>) {
        let bytes: usize = picture.pyramid.levels.iter().map(|level| level.pixels.len()).sum();
        if self.kept.get(&key).is_some_and(|old| old.bytes > bytes) {
            return;
        }
        self.clock += 1;
        let kept = Kept { picture: Arc::clone(picture), bytes, last_used: self.clock };
        self.bytes += bytes;
        self.bytes -= self.kept.insert(key, kept).map_or(0, |old| old.bytes);
        while self.bytes > self.max_bytes {
            let oldest = self.kept.iter().min_by_key(|(_, kept)| kept.last_used);
            let Some(key) = oldest.map(|(key, _)| *key) else { return };
            self.bytes -= self.kept.remove(&key).map_or(0, |old| old.bytes);
        }
    }

    pub(super) fn forget(&mut self, document: DocumentId) {
        self.kept.retain(|(of, _), _| *of != document);
        self.bytes = self.kept.values().map(|kept| kept.bytes).sum();
    }
}

/// A picture as it stands for a frame of the clip, whatever its own size.
pub(super) fn picture(clip: &dyn Clip, image: RgbImage) -> Result<Arc<Picture>, ExamineError> {
    let info = clip.info();
    let frame = Frame::new(image, Orientation::UPRIGHT);
    let full_px = [info.width_px, info.height_px];
    Ok(prepare::picture(frame, Some(full_px), &Cancel::default())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(side_px: u32) -> Arc<Picture> {
        let frame = Frame::new(RgbImage::filled(side_px, side_px, [0; 3]), Orientation::UPRIGHT);
        prepare::picture(frame, None, &Cancel::default()).unwrap()
    }

    #[test]
    fn the_frame_used_longest_ago_goes_first_and_bytes_are_bounded() {
        let one = 100 * 100 * 3;
        let mut frames = Frames::new(3 * one);
        let key = |frame| (DocumentId(1), frame);
        for i in 0..3 {
            frames.insert(key(i), &picture(100));
        }
        assert!(frames.get(key(0)).is_some(), "used anew");
        frames.insert(key(3), &picture(100));
        let kept: Vec<usize> = (0..4).filter(|i| frames.contains(key(*i))).collect();
        assert_eq!(kept, [0, 2, 3]);
        frames.insert(key(3), &picture(10));
        assert_eq!(frames.bytes, 3 * one, "the larger one of a frame stays");
        frames.insert(key(4), &picture(400));
        assert_eq!((frames.kept.len(), frames.bytes), (0, 0), "too large to be kept at all");
        frames.insert(key(5), &picture(100));
        frames.forget(DocumentId(1));
        assert_eq!((frames.kept.len(), frames.bytes), (0, 0));
    }
}
