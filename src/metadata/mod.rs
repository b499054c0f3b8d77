//! L2, what a file says about itself: metadata, structure, credential, marks of AI.
//!
//! * **In**: a path or bytes from anywhere, hostile ones included.
//! * **Out**: [`Metadata`]: fields with offsets, parts of the structure, a [`Credential`] with one
//!   plain word, [`AiMark`]s, and a summary that names a field for each sentence.
//! * **Not here**: pixels (`media`), verdicts, networks: nothing is fetched.
//!
//! One folder is one container or one kind of block; `packets` is what all containers of videos share. Containers hand blocks to `sink`, and `read`
//! gives each to its reader, so that no reader knows another. Makers' notes are listed, not read.
//! Nothing here says that a picture is authentic or forged: the file says what its writer wrote.

mod bmff;
mod credential;
mod error;
mod field;
mod hints;
mod iptc;
mod jpeg;
mod matroska;
mod packets;
mod png;
mod read;
mod riff;
mod simple;
mod sink;
mod sniff;
mod source;
mod summary;
mod tiff;
mod xmp;

pub use credential::{
    Action, CheckResults, Credential, CredentialAnswer, CredentialState, Ingredient, ListUse,
    Manifest, Misfit, Signer, StoredPicture, TrustList, TrustListRef, TrustLists, answers,
    code_meaning,
};
pub use error::Error;
pub use field::{Field, Part, Thumbnail};
pub use hints::{AiLevel, AiMark, Generation, source_type_label};
pub use jpeg::{Component, IjgMatch, JpegCoding, QuantTable};
pub use packets::{EarlierCoding, Packet, PacketChart};
pub use read::{Metadata, metadata_of_bytes, read_metadata, read_metadata_with_lists};
#[cfg(fuzzing)]
#[doc(hidden)]
pub use read::{fuzz_block, fuzz_container, fuzz_note};
pub use sniff::Format;
pub use summary::{
    Comparison, Contradiction, Location, RULES, ReferenceSet, Rule, Statement, contradictions,
    location, summary,
};
