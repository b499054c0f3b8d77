//! The packets of a track, as plain values.

use super::class::Class;

/// One packet: one coded frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Packet {
    /// When it is shown, in seconds from the start of the movie, by the first edit that shows something;
    /// negative where that edit leaves it out. In AVI, where no times are stored: when it is decoded.
    pub t_s: f64,
    /// Its bytes in the file.
    pub bytes: u32,
    /// Decoding can begin here.
    pub is_key: bool,
    /// It is shown before a packet that is decoded earlier.
    pub is_reordered: bool,
    /// Frames of one class are predicted alike, so that their sizes can be compared.
    pub(super) class: Class,
}

/// The packets of the first video track.
#[derive(Debug, Clone, PartialEq)]
pub struct PacketChart {
    /// Number of the track, from 1.
    pub track: u32,
    /// Packets that the container declares; of one that declares no number, those that were found.
    pub n_declared: u64,
    /// The track has more packets than are kept here.
    pub is_cut: bool,
    /// The packets in the order of showing.
    pub packets: Vec<Packet>,
    /// What their sizes tell of an earlier coding.
    pub earlier: EarlierCoding,
}

/// What the sizes of packets tell of a coding before the present one.
#[derive(Debug, Clone, PartialEq)]
pub enum EarlierCoding {
    /// Packets stand out at even distances, as frames do that were key frames before.
    Period {
        /// Frames from one to the next.
        frames: usize,
        /// Number of the first one, from 0 in the order of showing.
        first: usize,
        /// Packets that stand out, and how many lie at the distance and can be compared.
        n_high: usize,
        /// See `n_high`.
        n: usize,
        /// Their size as a multiple of packets around them; the median.
        ratio: f64,
        /// How often chance alone would bring as much in a clip of this length.
        expected_by_chance: f64,
    },
    /// No distance stands out. An earlier coding may leave no trace.
    NoneFound,
    /// They cannot tell, for this reason.
    NotExamined(&'static str),
}

impl EarlierCoding {
    /// The period in frames.
    pub const fn period(&self) -> Option<usize> {
        match self {
            Self::Period { frames, .. } => Some(*frames),
            Self::NoneFound | Self::NotExamined(_) => None,
        }
    }

    /// What was found, as a sentence.
    pub fn sentence(&self) -> String {
        match self {
            Self::Period { frames, first, n_high, n, ratio, .. } => format!(
                "Every {frames} frames, from frame {first} on, a packet is larger than those around \
                 it ({n_high} of {n}, by a factor of {ratio:.1}), as where an earlier coding had a \
                 key frame every {frames} frames. Scenes that repeat at this pace look alike."
            ),
            Self::NoneFound => {
                "The sizes of the packets show no period of an earlier coding; it may \
                                leave none."
                    .to_owned()
            }
            Self::NotExamined(why) => {
                format!("A period of an earlier coding was not looked for: {why}.")
            }
        }
    }
}

impl PacketChart {
    /// Numbers of the key frames, from 0 in the order of showing.
    pub fn key_frames(&self) -> impl Iterator<Item = usize> {
        self.packets.iter().enumerate().filter(|(_, packet)| packet.is_key).map(|(i, _)| i)
    }
}
