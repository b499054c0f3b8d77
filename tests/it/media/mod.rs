//! Files in, files out.

mod apart;
mod confined;
mod hidden;
mod joined;
mod stills;
mod video;
mod video_hostile;
