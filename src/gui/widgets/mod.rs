//! Widgets that several panels share.
//!
//! * **In**: plain values. **Out**: shapes and responses, with names for screen readers.
//! * **Not here**: the effect of a click (`panels`).

pub(super) mod bar;
pub(super) mod centered;
pub(super) mod code_points;
pub(super) mod floating;
pub(super) mod gauge;
pub(super) mod icons;
pub(super) mod row;
pub(super) mod textures;
pub(super) mod word_order;
