//! Finds bundles by name in the usual folders.

use std::path::{Path, PathBuf};

use super::{Bundle, Error, Library, SHIPPED_DETECTOR};

/// The folders that are searched for bundles.
#[derive(Debug, Clone)]
pub struct ModelStore {
    /// In order of preference.
    pub folders: Vec<PathBuf>,
    /// The user's own bundles, searched last; it records the detector in use.
    pub library: Option<Library>,
}

impl ModelStore {
    /// Only these folders, with the shipped detector.
    pub const fn from_folders(folders: Vec<PathBuf>) -> Self {
        Self { folders, library: None }
    }

    /// Only the explicit folder if one is given. Else, in order: the variable `PENTIMENTO_MODELS`,
    /// `models` beside the program, `share/pentimento/models` above it, `models` in the working
    /// folder and in the source tree, and the user's [`Library`].
    pub fn discover(explicit: Option<&Path>) -> Self {
        if let Some(folder) = explicit {
            return Self::from_folders(vec![folder.to_owned()]);
        }
        let mut folders = Vec::new();
        if let Some(folder) = std::env::var_os("PENTIMENTO_MODELS") {
            folders.push(PathBuf::from(folder));
        }
        if let Some(beside) =
            std::env::current_exe().ok().and_then(|p| p.parent().map(Path::to_owned))
        {
            folders.push(beside.join("models"));
            folders.push(beside.join("../share/pentimento/models"));
        }
        folders.push(PathBuf::from("models"));
        folders.push(Path::new(env!("CARGO_MANIFEST_DIR")).join("models"));
        let library = Library::for_user().map(|library| library.with_shipped(folders.clone()));
        Self { folders, library }
    }

    /// All folders, that of the library last.
    pub fn all_folders(&self) -> impl Iterator<Item = &Path> {
        let own = self.library.as_ref().map(Library::folder);
        self.folders.iter().map(PathBuf::as_path).chain(own)
    }

    /// Name of the detector in use.
    ///
    /// # Errors
    ///
    /// As [`Library::choice`].
    pub fn detector(&self) -> Result<String, Error> {
        self.library.as_ref().map_or_else(
            || Ok(SHIPPED_DETECTOR.to_owned()),
            |library| library.choice().map(|choice| choice.detector),
        )
    }

    /// Reads the first bundle of that name.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] when no folder has it, or what [`Bundle::read`] says of the first that has.
    pub fn read(&self, name: &str) -> Result<Bundle, Error> {
        let looked_in = || self.all_folders().map(Path::to_owned).collect();
        self.all_folders()
            .map(|folder| folder.join(name))
            .find(|folder| folder.join("card.toml").is_file())
            .map_or_else(
                || Err(Error::NotFound { name: name.to_owned(), looked_in: looked_in() }),
                |folder| Bundle::read(&folder),
            )
    }
}
