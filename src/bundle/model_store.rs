//! Finds bundles by name in the usual folders.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::path::{Path, PathBuf};

use super::library::is_plain;
use super::{Bundle, Error, Library, Origin, SHIPPED_DETECTOR};

/// The folders that are searched for bundles, in this order.
#[derive(Debug, Clone)]
pub struct ModelStore {
    /// Folders that the user named: whatever lies there is used.
    named: Vec<PathBuf>,
    /// Folders that belong to the program: only bundles that it was built with are used.
    installed: Vec<PathBuf>,
    /// The user's own bundles; it records the detector in use.
    library: Option<Library>,
}

impl ModelStore {
    /// Only these folders, with the shipped detector.
    pub const fn from_folders(named: Vec<PathBuf>) -> Self {
        Self { named, installed: Vec::new(), library: None }
    }

    /// Only the explicit folder if one is given. Else, in order: the variable `PENTIMENTO_MODELS`,
    /// `models` beside the program, `share/pentimento/models` above it, `models` of the source tree
    /// for a program in its `target` folder, and the user's [`Library`]. Never the working folder:
    /// whoever sent the evidence may have written it.
    pub fn discover(explicit: Option<&Path>) -> Self {
        if let Some(folder) = explicit {
            return Self::from_folders(vec![folder.to_owned()]);
        }
        let named = std::env::var_os("PENTIMENTO_MODELS").filter(|value| !value.is_empty());
        let named: Vec<PathBuf> = named.into_iter().map(PathBuf::from).collect();
        let program = std::env::current_exe().ok();
        let installed = program.as_deref().map(folders_of_program).unwrap_or_default();
        let store = Self { named, installed, library: None };
        match Library::for_user() {
            Some(library) => store.with_library(library),
            None => store,
        }
    }

    /// With this library, searched last.
    #[must_use]
    pub fn with_library(self, library: Library) -> Self {
        let before = self.named.iter().chain(&self.installed).cloned().collect();
        Self { library: Some(library.with_shipped(before)), ..self }
    }

    /// The folder, where it is the only one.
    pub fn only_folder(&self) -> Option<&Path> {
        match (self.named.as_slice(), self.installed.as_slice(), &self.library) {
            ([only], [], None) => Some(only.as_path()),
            _ => None,
        }
    }

    /// The user's own bundles.
    pub const fn library(&self) -> Option<&Library> {
        self.library.as_ref()
    }

    /// All folders, that of the library last.
    pub fn all_folders(&self) -> impl Iterator<Item = &Path> {
        let own = self.library.as_ref().map(Library::folder);
        self.named.iter().chain(&self.installed).map(PathBuf::as_path).chain(own)
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
    /// [`Error::NotFound`] when no folder has it, [`Error::Foreign`] when the first that has belongs
    /// to the program and the bundle does not, [`Error::Malformed`] when its card has another name, or
    /// what [`Bundle::read`] says of it.
    pub fn read(&self, name: &str) -> Result<Bundle, Error> {
        // A name is no path: it never leads out of the folders.
        let has_it =
            |folder: &&Path| is_plain(name) && folder.join(name).join("card.toml").is_file();
        let Some(folder) = self.all_folders().find(has_it) else {
            let looked_in = self.all_folders().map(Path::to_owned).collect();
            return Err(Error::NotFound { name: name.to_owned(), looked_in });
        };
        let bundle = Bundle::read(&folder.join(name))?;
        if bundle.card.name != name {
            let what = format!("its folder is {name:?}, its name {:?}", bundle.card.name);
            return Err(Error::Malformed { what, path: bundle.folder.join("card.toml") });
        }
        let is_named = self.named.iter().any(|named| named == folder);
        let is_own = self.library.as_ref().is_some_and(|library| library.folder() == folder);
        if !is_named && !is_own && bundle.card.origin() == Origin::Foreign {
            return Err(Error::Foreign { name: name.to_owned(), path: bundle.folder });
        }
        Ok(bundle)
    }
}

/// Where a program finds bundles by its own path.
fn folders_of_program(program: &Path) -> Vec<PathBuf> {
    let Some(beside) = program.parent() else { return Vec::new() };
    let installed = [beside.join("models"), beside.join("../share/pentimento/models")];
    installed.into_iter().chain(source_tree(program).map(|tree| tree.join("models"))).collect()
}

/// The source tree whose `target` folder, as cargo makes it, holds the program.
fn source_tree(program: &Path) -> Option<&Path> {
    let target =
        program.ancestors().find(|folder| folder.file_name().is_some_and(|n| n == "target"))?;
    let tree = target.parent()?;
    let is_ours = |manifest: String| manifest.contains("name = \"pentimento\"");
    let manifest = std::fs::read_to_string(tree.join("Cargo.toml")).ok()?;
    (target.join("CACHEDIR.TAG").is_file() && is_ours(manifest)).then_some(tree)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_finds_the_models_of_the_tree_that_built_it_and_of_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("target/release/pentimento");
        std::fs::create_dir_all(program.parent().unwrap()).unwrap();
        assert_eq!(source_tree(&program), None, "a folder that is only called target");
        std::fs::write(folder.path().join("target/CACHEDIR.TAG"), "Signature: 8a47").unwrap();
        std::fs::write(folder.path().join("Cargo.toml"), "name = \"other\"").unwrap();
        assert_eq!(source_tree(&program), None, "another project");
        std::fs::write(folder.path().join("Cargo.toml"), "name = \"pentimento\"").unwrap();
        assert_eq!(source_tree(&program), Some(folder.path()));
        let found = folders_of_program(&program);
        assert_eq!(found.last(), Some(&folder.path().join("models")));
        assert!(found.iter().all(|f| f.is_absolute()), "{found:?}");
    }

    #[test]
    fn names_lead_to_no_other_folder_and_cards_have_the_name_of_theirs() {
        let folder = tempfile::tempdir().unwrap();
        let card = crate::bundle::folder::tests::card();
        Bundle::write(&folder.path().join("t"), card.clone(), vec![1]).unwrap();
        Bundle::write(&folder.path().join("models/other"), card, vec![1]).unwrap();
        let store = ModelStore::from_folders(vec![folder.path().join("models")]);
        let absolute = folder.path().join("t");
        for name in ["../t", absolute.to_str().unwrap(), "", "t"] {
            let refused = store.read(name);
            assert!(matches!(refused, Err(Error::NotFound { .. })), "{name}: {refused:?}");
        }
        let refused = store.read("other").unwrap_err();
        assert!(matches!(refused, Error::Malformed { .. }), "{refused}");
    }

    #[test]
    fn a_changed_bundle_is_used_only_where_the_user_named_it() {
        let folder = tempfile::tempdir().unwrap();
        let card = crate::bundle::folder::tests::card();
        Bundle::write(&folder.path().join("t"), card, vec![1]).unwrap();
        let folders = vec![folder.path().to_owned()];
        let installed = ModelStore { named: Vec::new(), installed: folders.clone(), library: None };
        let refused = installed.read("t").unwrap_err();
        assert!(matches!(refused, Error::Foreign { .. }), "{refused}");
        let named = ModelStore::from_folders(folders).read("t").unwrap();
        assert_eq!(named.card.origin(), Origin::Foreign);
        let own = ModelStore::from_folders(Vec::new()).with_library(Library::at(folder.path()));
        assert!(own.read("t").is_ok(), "installing is naming");
    }
}
