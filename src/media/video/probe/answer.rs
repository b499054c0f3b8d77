//! What `ffprobe` answers: the part of its JSON form that is read here.

use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ProbeOutput {
    pub(super) streams: Vec<Stream>,
    pub(super) format: Format,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Format {
    #[serde(rename = "format_name")]
    pub(super) demuxers: String,
    pub(super) start_time: String,
    pub(super) duration: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Stream {
    pub(super) index: usize,
    pub(super) codec_type: String,
    pub(super) codec_name: String,
    pub(super) pix_fmt: String,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) sample_aspect_ratio: String,
    pub(super) time_base: String,
    pub(super) avg_frame_rate: String,
    pub(super) nb_frames: String,
    pub(super) duration: String,
    pub(super) color_space: String,
    pub(super) color_range: String,
    pub(super) color_transfer: String,
    pub(super) field_order: String,
    pub(super) coded_width: u32,
    pub(super) coded_height: u32,
    /// The head of the stream as lines of hexadecimal numbers.
    pub(super) extradata: String,
    pub(super) disposition: Disposition,
    pub(super) side_data_list: Vec<SideData>,
    pub(super) tags: Tags,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Tags {
    /// `1` where a second picture beside each frame holds its transparency.
    #[serde(alias = "ALPHA_MODE")]
    pub(super) alpha_mode: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Disposition {
    pub(super) default: u8,
    pub(super) attached_pic: u8,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SideData {
    /// Counter-clockwise degrees.
    pub(super) rotation: Option<f64>,
    /// Nine numbers in lines of three, each line behind its number.
    pub(super) displaymatrix: Option<String>,
}
