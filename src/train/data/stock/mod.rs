//! Material made once and kept on disk: what is too slow for every step of a training.
//!
//! * **In**: a folder with `coded` (photos through video codecs), `decoded` (faces drawn by the
//!   autoencoder), `squares` (one-shot swaps in their aligned squares) and `pairs` (forgeries and
//!   their real partners through one codec), each with a table.
//! * **Out**: [`versions::Versions`] of photos, [`pairs::StoredPair`]s.
//! * **Not here**: making it (`train::data::prepare`), which of it a step takes
//!   (`train::batch::supply`).
//!
//! A photo's material carries the photo's name, so every split has its own. Nothing here is ever
//! committed: the pictures are of real people.

mod attach;
pub mod pairs;
pub(in crate::train) mod table;
pub mod versions;

pub use attach::attach;
pub(in crate::train) use attach::stem;
pub use pairs::stored_pairs;
