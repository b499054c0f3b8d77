//! L6, the window.
//!
//! * **In**: what a person does. **Out**: commands to the session, its view on the screen.
//! * **Not here**: truth. All that is shown is rebuilt from [`Session::view`] in every frame; only
//!   where the canvas is zoomed to and what is being dragged live here.
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
mod keys;
mod labels;
mod layout;
mod mask_tools;
mod panels;
mod requests;
mod run;
mod theme;
mod widgets;

pub use app::{App, AppOptions};
pub use run::{Options, run};
