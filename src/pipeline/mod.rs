//! L4, to be written.
