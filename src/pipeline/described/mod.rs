//! What a file says about itself, joined with what its pixels say to that.
//!
//! * **In**: a path, and where it was decoded already the picture. **Out**: a [`Description`]: the
//!   metadata, the row where the data of a cut picture end, thumbnails compared with the picture, runs
//!   of frames that come again; and the same as JSON keys. Reference files of a folder, and what only
//!   one side has.
//! * **Not here**: verdicts. Nothing here changes what the detector says.
//!
//! Reading is cheap. What needs pixels is done only when it is asked for: [`Description::compare`].

mod damaged;
mod describe;
mod gray;
mod json;
mod local;
mod references;
mod repeats;
mod structure_json;
mod thumbnail;

pub use describe::{Description, RepeatCheck, ThumbnailCheck, check_thumbnails, describe};
pub use json::{DescriptionObject, JsonOptions, read_with_hash};
pub use local::LocalDifference;
pub use references::{References, ReferencesError};
pub use repeats::{RepeatedSpan, Repeats};
pub use thumbnail::{DIFFERENCE_GAIN, ThumbnailContent, ThumbnailMatch, difference};
