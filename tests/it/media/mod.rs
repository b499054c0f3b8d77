//! Files in, files out.

mod joined;
mod stills;
mod video;
mod video_hostile;
