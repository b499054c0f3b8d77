//! Experiments: the claims of both papers, measured at a size that a processor can afford.
//!
//! * **In**: photos of real faces by split, an engine. **Out**: `results.jsonl`, one line per trained row
//!   and seed, and `RESULTS.md`, rendered from those lines alone.
//! * **Not here**: training the shipped model (`train::fit`), words for the terminal (`cli`).
//!
//! | part | what it does |
//! |---|---|
//! | [`pool`] | a fixed set of forged training pairs, batches under a mask budget |
//! | [`exam`] | test pairs: three tasks, seen and unseen generators, unseen qualities |
//! | [`lab`] | trains and measures one row |
//! | [`video`], [`clips`] | coding pictures; photos as short clips |
//! | [`table`], [`active`] | which rows there are; run what is missing |
//! | [`tuned`] | a detector that had learned, trained on with a game, without one, with its control |
//! | [`record`] | the lines |
//! | [`figures`], [`claims`] | figures, intervals, verdicts |
//! | [`report`] | the page |

pub mod active;
pub mod claims;
pub mod clips;
pub mod exam;
pub mod figures;
pub mod lab;
pub mod pool;
pub mod record;
pub mod report;
pub mod table;
pub mod tuned;
pub mod video;
