//! L6, the window.
//!
//! * **In**: user input, the view of the session. **Out**: commands to the session; the screen.
//! * **Not here**: application state. Everything shown is rebuilt from [`Session::view`] in every
//!   frame; only zoom, open dialogs and drags live here.
//!
//! Panels read `&View<'_>` and push [`Command`]s; they never change anything and never block.
//!
//! [`Session::view`]: crate::session::Session::view
//! [`Command`]: crate::session::Command

mod actions;
mod app;
mod canvas;
mod case_state;
mod file_picker;
mod findings_state;
mod icon;
mod keys;
mod labels;
mod layout;
mod manual;
mod mask_tools;
mod panels;
mod requests;
mod result;
mod run;
mod search_state;
mod theme;
mod widgets;

pub use app::{App, AppOptions};
pub use manual::keys_page;
pub use run::{Options, run};
