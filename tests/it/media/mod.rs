//! Files in, files out.

mod apart;
mod confined;
mod hidden;
mod inner;
mod joined;
mod stills;
mod video;
mod video_hostile;
