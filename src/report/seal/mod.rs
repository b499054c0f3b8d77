//! What binds a report to a person and a time: signatures of minisign, time stamps of RFC 3161.
//!
//! * **In**: the text of `SHA256SUMS`, which stands for all files of a report; keys, answers of a
//!   time-stamp authority. **Out**: signatures, requests, and what an answer says.
//! * **Not here**: asking for passwords and fetching anything: an answer is fetched by a person.

mod der;
mod signature;
mod time_stamp;

pub use signature::{KeyPairTexts, SealError, SignatureFacts, check_signature, new_key_pair, sign};
pub use time_stamp::{TimeStampFacts, read_answer, time_stamp_request};
