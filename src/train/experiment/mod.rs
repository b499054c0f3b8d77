//! Experiments: the claims of both papers, measured at a size that a processor can afford.
//!
//! * **In**: photos of real faces by split, an engine. **Out**: `results.jsonl`, one line per trained row
//!   and seed, and `RESULTS.md`, rendered from those lines alone.
//! * **Not here**: training the shipped model (`train::fit`), words for the terminal (`cli`).
//!
//! | part | what it does |
//! |---|---|
//! | [`setup`], [`design`], [`cue`] | what decides the figures; forges pairs of photos |
//! | [`pool`], [`budget`] | a fixed set of forged training pairs, batches under a mask budget |
//! | [`test_set`], [`evaluate`] | test pairs: three tasks, seen and unseen generators, unseen qualities |
//! | [`run`] | trains and measures one row |
//! | [`clips`] | photos as short clips |
//! | [`table`], [`active`], [`shortcut`], [`blur_budget`] | which rows there are; run what is missing |
//! | [`tuned`] | a detector that had learned, trained on with a game, without one, with its control |
//! | [`record`] | the lines |
//! | [`figures`], [`claims`] | figures, intervals, verdicts |
//! | [`report`] | the page |

pub mod active;
pub mod blur_budget;
pub mod budget;
pub mod claims;
pub mod clips;
pub mod cue;
pub mod design;
pub mod evaluate;
mod facts;
pub mod figures;
pub mod pool;
pub mod record;
pub mod report;
pub mod run;
pub mod setup;
pub mod shortcut;
pub mod table;
pub mod test_set;
pub mod tuned;
