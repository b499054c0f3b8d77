//! L2, to be written.
