pub(in crate::session) mod clip;
pub(in crate::session) mod frames;
pub(in crate::session) mod playback;
pub(in crate::session) mod player;
pub(in crate::session) mod results;
pub(in crate::session) mod thumbnails;
pub(in crate::session) mod tracks;
pub(in crate::session) mod view;
