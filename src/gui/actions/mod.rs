//! Keyboard shortcuts: one table, for the actions and for the list in the help.
//!
//! * **In**: key presses no text field wants. **Out**: [`Action`]s.
//! * **Not here**: carrying actions out (`keys`). The canvas itself watches H held, and Space while
//!   a mask is drawn.

mod action;
mod case;
mod general;
mod mask;
mod pressed;

pub(super) use action::{Action, CaseAction, MaskAction};
pub(super) use pressed::{plays, pressed, shortcuts};
