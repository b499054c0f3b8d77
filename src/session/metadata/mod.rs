//! The part that reads what open files say about themselves: metadata, structure, credential.
//!
//! * **In**: a document; the folder of known genuine files. **Out**: its
//!   [`MetadataState`](values::MetadataState), in the document: the fields at once, small pictures as
//!   they are decoded, then comparisons of thumbnails with the picture and of the file with others.
//! * **Not here**: the reading itself (`metadata`), verdicts, other readers of a case.
//!
//! | file | what |
//! |---|---|
//! | `reader` | the part: jobs, events |
//! | `handler` | reading a file, on the thread |
//! | `pictures` | decoding the small pictures in it, by the child process of all stills |
//! | `references` | comparing with known genuine files, on a thread of its own |
//! | `described` | reading a file for a case |
//! | `tree` | a credential as a tree of what the file was made from |
//! | `values` | plain values that a front end shows |

pub(super) mod described;
mod handler;
mod pictures;
pub(super) mod reader;
mod references;
#[cfg(test)]
mod tests;
mod tree;
pub(super) mod values;
