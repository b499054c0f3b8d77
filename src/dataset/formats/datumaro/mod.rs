//! Datumaro 1.0: `annotations/train.json` and the like, pictures in `images/train/`.
//!
//! * **In / out**: masks as COCO's compressed run lengths; polygons are read. Pictures without a mask
//!   carry their decision as a label or an attribute.
//! * **Not here**: boxes, points and captions, which are no masks.

mod read;
mod write;

pub(super) use read::read;
pub(super) use write::DatumaroWriter;
