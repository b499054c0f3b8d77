//! Files in, files out.

mod confined;
mod joined;
mod stills;
mod video;
mod video_hostile;
