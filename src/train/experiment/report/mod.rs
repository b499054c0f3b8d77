//! `RESULTS.md`: tables and words, computed from the lines of results and nothing else.
//!
//! * **In**: records of one setup, [`About`] the run. **Out**: Markdown.
//! * **Not here**: figures (`super::figures`), what the claims are (`super::claims`).
//!
//! | part | what it renders |
//! |---|---|
//! | `page` | the page of the table |
//! | `rows` | its tables |
//! | `verdicts` | what the papers claim and what holds |
//! | `curve` | active learning |
//! | [`blur_budget`] | the section of `experiment blur-budget` |
//! | [`shortcut`] | the section of `experiment shortcut` |
//! | [`tuned`] | the section of `experiment game` |
//! | `sections` | replaces one section of a page |

pub mod blur_budget;
mod cells;
mod curve;
mod page;
mod rows;
mod sections;
pub mod shortcut;
pub mod tuned;
mod verdicts;

pub use page::{About, render};
pub use sections::{
    BUDGET_HEADING, GAME_HEADING, LOOP_HEADING, SHORTCUT_HEADING, with_section, with_table,
};
