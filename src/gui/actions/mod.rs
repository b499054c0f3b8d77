//! Everything the keyboard does: one table for doing it and for the sheet that lists it.
//!
//! * **In**: key presses no text field wants. **Out**: [`Action`]s.
//! * **Not here**: what they mean (`keys`). The canvas itself watches H held, and Space while a
//!   mask is drawn.

mod action;
mod case;
mod general;
mod mask;
mod pressed;

pub(super) use action::{Action, CaseAction, MaskAction};
pub(super) use pressed::{plays, pressed, shortcuts};
