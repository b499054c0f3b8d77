//! The packets of a video track: time, size, key frames; and what their sizes tell of an earlier
//! coding.
//!
//! * **In**: the tables of samples, as the container has them. **Out**: a [`PacketChart`].
//! * **Not here**: what is in the packets: nothing is decoded. Files in fragments have no such tables.
//!
//! Sources: ISO/IEC 14496-12, 8.6 and 8.7. The idea of the search for a period: frames that were key
//! frames once are harder to predict when they are coded again (D. Vázquez-Padín et al., 2012).

mod binomial;
mod chart;
mod class;
mod period;
mod tables;

pub use chart::{EarlierCoding, Packet, PacketChart};
pub(super) use tables::{SampleTables, read};
