//! Placeholder for tests.
