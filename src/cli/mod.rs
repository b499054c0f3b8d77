//! L6, to be written.
