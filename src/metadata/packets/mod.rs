//! The packets of a video track: time, size, key frames; and what their sizes tell of an earlier
//! coding.
//!
//! * **In**: packets in the order of decoding, as the reader of a container found them. **Out**: a
//!   [`PacketChart`].
//! * **Not here**: containers; what is in the packets: nothing is decoded.
//!
//! Source: the idea of the search for a period. Frames that were key frames once are harder to predict
//! when they are coded again (D. Vázquez-Padín et al., 2012).

mod binomial;
mod chart;
mod class;
mod collect;
mod period;

pub use chart::{EarlierCoding, Packet, PacketChart};
pub(super) use collect::{CodedPacket, MAX_PACKETS, PacketTrack, collect};
