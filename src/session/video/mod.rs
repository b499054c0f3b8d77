//! Playing clips, and what their examination finds.

pub(super) mod clip;
pub(super) mod frames;
pub(super) mod playback;
pub(super) mod player;
pub(super) mod results;
pub(super) mod thumbnails;
pub(super) mod tracks;
pub(super) mod view;
