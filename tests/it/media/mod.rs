//! Files in, files out.

mod stills;
mod video;
mod video_hostile;
