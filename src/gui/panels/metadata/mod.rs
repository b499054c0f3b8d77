//! The window with what a file says about itself.
//!
//! * **In**: the metadata of the document shown, in [`View`](crate::session::View). **Out**: six tabs;
//!   commands to read the file and to compare it when nobody has.
//! * **Not here**: reading (`session::metadata`), verdicts, readers of a case.
//!
//! | file | what |
//! |---|---|
//! | `window`, `state` | the window, its tabs and its keys |
//! | `summary`, `marks`, `links` | sentences, marks of AI, contradictions, what was not read |
//! | `provenance`, `tree` | the credential and what the file was made from |
//! | `fields`, `structure` | the two tables; `table` draws both, `rows` filters and copies |
//! | `packet_chart` | the packets of a video over time |
//! | `thumbnail` | the small pictures beside the picture |
//! | `reference` | what sets the file apart from known genuine ones |
//! | `target` | where a field that a sentence names stands |
//! | `shown` | text of a file, harmless and cut |

mod fields;
mod links;
mod marks;
mod packet_chart;
mod provenance;
mod reference;
mod rows;
mod shown;
mod state;
mod structure;
mod summary;
mod table;
mod target;
mod thumbnail;
mod tree;
mod window;

pub(in crate::gui) use state::MetadataUiState;
pub(in crate::gui) use window::metadata_window_ui;
