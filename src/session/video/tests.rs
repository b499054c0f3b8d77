//! Tests of the part without threads.
