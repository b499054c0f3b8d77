//! What the program finds on this computer, and what it can install there.

mod bundles;
mod check_item;
pub(in crate::cli) mod doctor;
mod node;
pub(in crate::cli) mod pages;
pub(in crate::cli) mod setup;
pub(in crate::cli) mod version;

pub(in crate::cli) use doctor::DoctorArgs;
pub(in crate::cli) use pages::PagesArgs;
pub(in crate::cli) use setup::SetupSubcommand;
pub(in crate::cli) use version::VersionArgs;
