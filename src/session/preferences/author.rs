//! The default author: the one used last in the window, else the name of the account.

use std::path::PathBuf;

use super::settings::{self, Settings};

/// The folder of the preferences: the variable `PENTIMENTO_CONFIG`, or where the system keeps
/// settings of programs, if it says.
pub fn config_folder() -> Option<PathBuf> {
    let named = std::env::var_os("PENTIMENTO_CONFIG").filter(|folder| !folder.is_empty());
    named.map(PathBuf::from).or_else(|| {
        let folders = directories::ProjectDirs::from("", "", "pentimento")?;
        Some(folders.config_dir().to_owned())
    })
}

/// The name of a person who gives none; empty when the system knows none either.
pub fn usual_author(settings: &Settings) -> String {
    settings.author.clone().or_else(account).unwrap_or_default()
}

/// The preferences for a program without a window, and what was wrong with them: a sentence each.
pub fn stored_settings() -> (Settings, Vec<String>) {
    config_folder().map(|folder| settings::load_settings(&folder)).unwrap_or_default()
}

/// Name of the user account, else of the home folder.
fn account() -> Option<String> {
    let names = ["USER", "LOGNAME", "USERNAME"].into_iter();
    let named = names.filter_map(|name| std::env::var(name).ok()).find(|n| !n.trim().is_empty());
    named.or_else(|| {
        let folders = directories::UserDirs::new()?;
        Some(folders.home_dir().file_name()?.to_string_lossy().into_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_worked_last_comes_before_the_account() {
        let settings = Settings { author: Some("Ada".to_owned()), ..Settings::default() };
        assert_eq!(usual_author(&settings), "Ada");
        assert_eq!(usual_author(&Settings::default()), account().unwrap_or_default());
    }
}
