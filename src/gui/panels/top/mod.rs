//! The bar at the top: menus, what is shown over the picture, tools.
//!
//! * **In**: the view, the canvas. **Out**: widgets; commands and requests.
//! * **Not here**: the menu of the case (`case`), the tools of masks (`masks`).

mod file_menu;
mod help_menu;
mod overlay_options;
mod toolbar;
mod view_menu;

pub(in crate::gui) use toolbar::toolbar_ui;
