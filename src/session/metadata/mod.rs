//! The part that reads what open files say about themselves: metadata, structure, credential.
//!
//! * **In**: a document. **Out**: its [`MetadataState`](values::MetadataState), in the document: the
//!   fields at once, small pictures as they are decoded.
//! * **Not here**: the reading itself (`metadata`), verdicts, other readers of a case.
//!
//! | file | what |
//! |---|---|
//! | `reader` | the part: jobs, events |
//! | `handler` | reading a file, on the thread |
//! | `pictures` | decoding the small pictures in it, by the child process of all stills |
//! | `tree` | a credential as a tree of what the file was made from |
//! | `values` | plain values that a front end shows |

mod handler;
mod pictures;
pub(super) mod reader;
#[cfg(test)]
mod tests;
mod tree;
pub(super) mod values;
