//! The preferences in use, kept on disk as they change.

use std::path::{Path, PathBuf};

use super::saver::Saver;
use super::settings::{self, Loaded, Settings};

/// Settings and recent files. By default nothing is kept on disk.
#[derive(Default)]
pub(in crate::session) struct Preferences {
    settings: Settings,
    /// Newest first.
    recent: Vec<PathBuf>,
    /// All that `settings.toml` holds, keys of newer versions of the program included.
    table: toml::Table,
    /// Where they are kept.
    folder: Option<(PathBuf, Saver)>,
}

impl Preferences {
    /// Reads the preferences of a folder; `None` keeps none. The sentences say what was wrong with
    /// them.
    pub(in crate::session) fn load(folder: Option<PathBuf>) -> (Self, Vec<String>) {
        let Some(folder) = folder else { return (Self::default(), Vec::new()) };
        let Loaded { settings, recent, table, warnings } = settings::load(&folder);
        let folder = Some((folder, Saver::start()));
        (Self { settings, recent, table, folder }, warnings)
    }

    pub(in crate::session) const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Files opened last, newest first.
    pub(in crate::session) fn recent(&self) -> &[PathBuf] {
        &self.recent
    }

    /// Changes the settings; the file follows.
    pub(in crate::session) fn change(&mut self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.settings);
        if let Some((folder, saver)) = &self.folder {
            let text = settings::settings_text(&self.settings, &self.table);
            saver.save(settings::settings_path(folder), text);
        }
    }

    /// Puts a file at the head of the recent ones.
    pub(in crate::session) fn add_recent(&mut self, path: &Path) {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        settings::remember(&mut self.recent, &path);
        self.save_recent();
    }

    /// Takes one file from the recent ones, or all of them.
    pub(in crate::session) fn forget_recent(&mut self, path: Option<&Path>) {
        self.recent.retain(|old| path.is_some_and(|path| old != path));
        self.save_recent();
    }

    fn save_recent(&self) {
        if let Some((folder, saver)) = &self.folder {
            saver.save(settings::recent_path(folder), settings::recent_text(&self.recent));
        }
    }
}
