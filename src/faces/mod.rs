//! L3, to be written.
