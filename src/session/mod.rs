//! L5, to be written.
