//! The user's own bundles, and which of all detectors is in use.
//!
//! ```text
//! FOLDER/choice.toml         the detector in use, and the ones before it
//! FOLDER/NAME/card.toml      a bundle
//! FOLDER/NAME/model.onnx
//! ```

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::folder::{read_text, toml_fault};
use super::{Bundle, Card, Error};
use crate::files::{is_device_name, sync_folder, write_whole};

/// The shipped detector, in use until another one is chosen.
pub const SHIPPED_DETECTOR: &str = "lae";
/// Number of earlier choices that are kept.
const MAX_EARLIER: usize = 50;
/// Further files of a bundle from which others can be trained.
const WEIGHTS: [&str; 4] =
    ["plan.json", "learned.json", "checkpoint/model.bpk", "checkpoint/state.json"];
/// The file with the choice.
const CHOICE: &str = "choice.toml";

/// A folder of bundles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Library {
    folder: PathBuf,
    /// Folders that are searched before this one, if known.
    shipped: Option<Vec<PathBuf>>,
}

/// The choice of the detector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// Version of the file, now 1.
    version: u32,
    /// Name of the bundle.
    pub detector: String,
    /// Earlier choices, newest last.
    #[serde(default)]
    pub earlier: Vec<String>,
}

impl Default for Choice {
    fn default() -> Self {
        Self { version: 1, detector: SHIPPED_DETECTOR.to_owned(), earlier: Vec::new() }
    }
}

/// Where a bundle lies after [`Library::install`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// Its folder.
    pub place: PathBuf,
    /// It was written; else the same bundle was there already.
    pub is_new: bool,
}

impl Library {
    /// A library in this folder, which need not exist yet.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), shipped: None }
    }

    /// Sets the folders that are searched first.
    #[must_use]
    pub fn with_shipped(self, shipped: Vec<PathBuf>) -> Self {
        Self { shipped: Some(shipped), ..self }
    }

    /// The folder of a shipped bundle.
    fn shipped(&self, name: &str) -> Option<PathBuf> {
        let mut folders = self.shipped.iter().flatten().map(|folder| folder.join(name));
        folders.find(|folder| folder.join("card.toml").is_file())
    }

    /// Whether a bundle of that name exists; `true` when the shipped folders are unknown.
    fn may_exist(&self, name: &str) -> bool {
        self.shipped.is_none()
            || self.folder.join(name).join("card.toml").is_file()
            || self.shipped(name).is_some()
    }

    /// The library of the user: the variable `PENTIMENTO_LIBRARY`, or `models` in the data folder of
    /// the program. `None` when the system has no such folder.
    pub fn for_user() -> Option<Self> {
        let folder = std::env::var_os("PENTIMENTO_LIBRARY").filter(|value| !value.is_empty());
        let folder = folder.map(PathBuf::from).or_else(|| {
            directories::ProjectDirs::from("", "", "pentimento")
                .map(|folders| folders.data_dir().join("models"))
                // A relative home would be the working folder, which may be the evidence's.
                .filter(|folder| folder.is_absolute())
        });
        folder.map(Self::at)
    }

    /// The folder of the bundles.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The choice of the detector; the shipped one when nothing was chosen.
    ///
    /// # Errors
    ///
    /// A file of the choice that cannot be read or understood.
    pub fn choice(&self) -> Result<Choice, Error> {
        let path = self.folder.join(CHOICE);
        let text = match read_text(&path) {
            Err(Error::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {
                return Ok(Choice::default());
            }
            // The folder of another user: nothing was chosen here.
            Err(Error::Io { source, .. }) if source.kind() == ErrorKind::PermissionDenied => {
                tracing::warn!("the choice of the detector cannot be read: {source} {path:?}");
                return Ok(Choice::default());
            }
            read => read?,
        };
        let malformed = |what: String| Error::Malformed { what, path: path.clone() };
        let choice: Choice = toml::from_str(&text).map_err(|e| malformed(toml_fault(&text, &e)))?;
        if choice.version != 1 {
            let what = format!("version {} is not known, only 1", choice.version);
            return Err(malformed(what));
        }
        Ok(choice)
    }

    /// Chooses a detector. The caller checks that it exists.
    ///
    /// # Errors
    ///
    /// As [`choice`](Self::choice); a folder that cannot be written.
    pub fn choose(&self, name: &str) -> Result<Choice, Error> {
        let mut choice = self.choice()?;
        if choice.detector != name {
            choice.earlier.push(std::mem::replace(&mut choice.detector, name.to_owned()));
            let surplus = choice.earlier.len().saturating_sub(MAX_EARLIER);
            choice.earlier.drain(..surplus);
            self.write(&choice)?;
        }
        Ok(choice)
    }

    /// Name of the detector that [`rollback`](Self::rollback) would choose.
    ///
    /// # Errors
    ///
    /// As [`choice`](Self::choice).
    pub fn previous(&self) -> Result<Option<String>, Error> {
        Ok(self.before(self.choice()?).map(|choice| choice.detector))
    }

    /// Chooses the previous detector that still exists. Returns `None`, and changes nothing, when
    /// there is none.
    ///
    /// # Errors
    ///
    /// As [`choose`](Self::choose).
    pub fn rollback(&self) -> Result<Option<Choice>, Error> {
        let before = self.before(self.choice()?);
        before.iter().try_for_each(|choice| self.write(choice))?;
        Ok(before)
    }

    /// The newest earlier choice of another detector that still exists.
    fn before(&self, mut choice: Choice) -> Option<Choice> {
        let now = choice.detector.clone();
        loop {
            choice.detector = choice.earlier.pop()?;
            if choice.detector != now && self.may_exist(&choice.detector) {
                return Some(choice);
            }
        }
    }

    /// Copies a bundle into the library, atomically, under the name on its card. An installed bundle
    /// with the same card, which holds the hash of the model, is kept, and nothing is written.
    ///
    /// # Errors
    ///
    /// [`Error::Taken`] when another bundle has the name, [`Error::Shipped`] when a shipped one has it,
    /// [`Error::Malformed`] for a name that cannot be a folder, [`Error::Io`].
    pub fn install(&self, bundle: &Bundle) -> Result<Installed, Error> {
        let name = &bundle.card.name;
        let target = self.folder.join(name);
        if !is_plain(name) {
            let what =
                format!("{name:?} is not a valid bundle name: use letters, digits, '-', '_'");
            return Err(Error::Malformed { what, path: bundle.folder.join("card.toml") });
        }
        if let Some(shipped) = self.shipped(name) {
            return if Bundle::read_card(&shipped)? == bundle.card {
                Ok(Installed { place: shipped, is_new: false })
            } else {
                Err(Error::Shipped { name: name.clone(), path: shipped })
            };
        }
        if target.join("card.toml").is_file() {
            let known = Bundle::read(&target)?;
            return if known.card == bundle.card {
                Ok(Installed { place: target, is_new: false })
            } else {
                Err(Error::Taken { name: name.clone(), path: target })
            };
        }
        let io = |path: &Path| {
            let path = path.to_owned();
            move |source| Error::Io { source, path }
        };
        std::fs::create_dir_all(&self.folder).map_err(io(&self.folder))?;
        let staging = tempfile::Builder::new()
            .prefix(".installing-")
            .tempdir_in(&self.folder)
            .map_err(io(&self.folder))?;
        Bundle::write(staging.path(), bundle.card.clone(), bundle.model.clone())?;
        for name in WEIGHTS {
            let (from, to) = (bundle.folder.join(name), staging.path().join(name));
            if from.is_file() {
                to.parent().map_or(Ok(()), std::fs::create_dir_all).map_err(io(&to))?;
                std::fs::copy(&from, &to).map_err(io(&from))?;
            }
        }
        // Sync the files before the rename, then the rename itself.
        sync_all(staging.path()).map_err(io(staging.path()))?;
        std::fs::rename(staging.path(), &target).map_err(io(&target))?;
        sync_folder(&self.folder);
        Ok(Installed { place: target, is_new: true })
    }

    /// Removes a bundle of this library, also from the earlier choices.
    ///
    /// # Errors
    ///
    /// [`Error::InUse`] for the detector in use, [`Error::NotFound`], [`Error::Io`].
    pub fn remove(&self, name: &str) -> Result<(), Error> {
        let folder = self.folder.join(name);
        if !is_plain(name) || !folder.join("card.toml").is_file() {
            let looked_in = vec![self.folder.clone()];
            return Err(Error::NotFound { name: name.to_owned(), looked_in });
        }
        let mut choice = self.choice()?;
        if choice.detector == name {
            return Err(Error::InUse { name: name.to_owned() });
        }
        if choice.earlier.iter().any(|earlier| earlier == name) && self.shipped(name).is_none() {
            choice.earlier.retain(|earlier| earlier != name);
            choice.earlier.dedup();
            self.write(&choice)?;
        }
        std::fs::remove_dir_all(&folder).map_err(|source| Error::Io { source, path: folder })
    }

    fn write(&self, choice: &Choice) -> Result<(), Error> {
        let path = self.folder.join(CHOICE);
        let io = |source| Error::Io { source, path: path.clone() };
        let text = toml::to_string_pretty(choice)
            .map_err(|e| Error::Malformed { what: e.to_string(), path: path.clone() })?;
        std::fs::create_dir_all(&self.folder).map_err(io)?;
        write_whole(&path, text.as_bytes()).map_err(io)
    }
}

/// Syncs all files and folders below a folder.
fn sync_all(folder: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sync_all(&path)?;
        } else {
            // Windows syncs only files that are open for writing.
            std::fs::File::options().append(true).open(&path)?.sync_all()?;
        }
    }
    sync_folder(folder);
    Ok(())
}

/// A folder with a card, or why the card cannot be read. The model is not checked.
pub type ListedCard = (PathBuf, Result<Card, Error>);

/// The bundles in a folder, by name.
pub fn cards_in(folder: &Path) -> Vec<ListedCard> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut folders: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.join("card.toml").is_file())
        .filter(|path| !path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.')))
        .collect();
    folders.sort();
    folders.into_iter().map(|path| (path.clone(), Bundle::read_card(&path))).collect()
}

/// Whether a name is a valid folder name on every system, and not that of the file beside the bundles.
pub(super) fn is_plain(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    // Windows drops a dot at the end. Some file systems ignore case.
    let is_reserved = name.starts_with('.')
        || name.ends_with('.')
        || is_device_name(name)
        || name.eq_ignore_ascii_case(CHOICE);
    !name.is_empty() && !is_reserved && name.len() <= 100 && name.chars().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::Calibration;
    use crate::bundle::folder::tests::card;

    fn bundle(name: &str, model: &[u8], folder: &Path) -> Bundle {
        Bundle::write(folder, Card { name: name.to_owned(), ..card() }, model.to_vec()).unwrap()
    }

    #[test]
    fn a_choice_is_kept_and_can_be_rolled_back() {
        let folder = tempfile::tempdir().unwrap();
        let library = Library::at(folder.path().join("not/yet"));
        assert_eq!(library.choice().unwrap().detector, SHIPPED_DETECTOR);
        library.choose("a").unwrap();
        library.choose("a").unwrap();
        library.choose("b").unwrap();
        let choice = library.choice().unwrap();
        assert_eq!((choice.detector.as_str(), choice.earlier.len()), ("b", 2), "{choice:?}");
        assert_eq!(library.rollback().unwrap().unwrap().detector, "a");
        assert_eq!(library.rollback().unwrap().unwrap().detector, SHIPPED_DETECTOR);
        assert_eq!(library.rollback().unwrap(), None);
        std::fs::write(library.folder().join(CHOICE), "version = 2\ndetector = \"x\"\n").unwrap();
        let refused = library.choose("c").unwrap_err().to_string();
        assert!(refused.starts_with("choice.toml is malformed: version 2"), "{refused}");
    }

    #[test]
    fn a_bundle_is_installed_atomically_and_never_over_another() {
        let folder = tempfile::tempdir().unwrap();
        let library = Library::at(folder.path().join("library"));
        let first = bundle("mine-1", &[1, 2], &folder.path().join("run"));
        std::fs::create_dir(first.folder.join("checkpoint")).unwrap();
        std::fs::write(first.folder.join("checkpoint/model.bpk"), [5]).unwrap();
        let Installed { place, is_new } = library.install(&first).unwrap();
        assert!(is_new, "it was written");
        assert_eq!(Bundle::read(&place).unwrap().card, first.card);
        assert!(place.join("checkpoint/model.bpk").is_file(), "others can start from it");
        assert!(!library.install(&first).unwrap().is_new, "it is there already");
        let other = bundle("mine-1", &[3], &folder.path().join("other"));
        assert!(matches!(library.install(&other), Err(Error::Taken { .. })));
        let recalibrated = Calibration { scale: 2.0, offset: 0.5 };
        let other = Card { calibration: Some(recalibrated), ..first.card };
        let other = Bundle::write(&folder.path().join("recalibrated"), other, vec![1, 2]).unwrap();
        assert!(matches!(library.install(&other), Err(Error::Taken { .. })), "another card");
        for name in ["../out", "choice.toml", "Choice.TOML", "con", "nul.1", "a.", ".a", ""] {
            let strange = bundle(name, &[3], &folder.path().join("strange"));
            let refused = library.install(&strange);
            assert!(matches!(refused, Err(Error::Malformed { .. })), "{name}: {refused:?}");
        }
        let names: Vec<String> =
            cards_in(library.folder()).into_iter().map(|(_, card)| card.unwrap().name).collect();
        assert_eq!(names, ["mine-1"], "no unfinished folder is left");
    }

    #[test]
    fn rollback_skips_removed_bundles() {
        let folder = tempfile::tempdir().unwrap();
        let shipped = folder.path().join("models");
        bundle(SHIPPED_DETECTOR, &[0], &shipped.join(SHIPPED_DETECTOR));
        let library = Library::at(folder.path().join("library")).with_shipped(vec![shipped]);
        for (name, model) in [("a", 1), ("b", 2), ("c", 3)] {
            library.install(&bundle(name, &[model], &folder.path().join(name))).unwrap();
            library.choose(name).unwrap();
        }
        library.remove("a").unwrap();
        assert_eq!(library.choice().unwrap().earlier, [SHIPPED_DETECTOR, "b"]);
        // Removed by hand.
        std::fs::remove_dir_all(library.folder().join("b")).unwrap();
        assert_eq!(library.previous().unwrap().as_deref(), Some(SHIPPED_DETECTOR));
        assert_eq!(library.rollback().unwrap().unwrap().detector, SHIPPED_DETECTOR);
        assert_eq!(library.previous().unwrap(), None);
        assert_eq!(library.rollback().unwrap(), None);
    }

    #[test]
    fn the_name_of_a_shipped_bundle_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let shipped = folder.path().join("models");
        let lae = bundle("lae", &[1], &shipped.join("lae"));
        let library = Library::at(folder.path().join("library")).with_shipped(vec![shipped]);
        let other = bundle("lae", &[2], &folder.path().join("other"));
        let refused = library.install(&other).unwrap_err();
        assert!(matches!(refused, Error::Shipped { .. }), "{refused}");
        assert!(!library.folder().join("lae").exists(), "it would never be used");
        let again = library.install(&lae).unwrap();
        assert_eq!(again, Installed { place: lae.folder, is_new: false }, "it is there already");
    }

    #[test]
    fn what_is_in_use_is_not_removed() {
        let folder = tempfile::tempdir().unwrap();
        let library = Library::at(folder.path().join("library"));
        library.install(&bundle("mine", &[1], &folder.path().join("run"))).unwrap();
        library.choose("mine").unwrap();
        assert!(matches!(library.remove("mine"), Err(Error::InUse { .. })));
        library.rollback().unwrap();
        library.remove("mine").unwrap();
        assert!(matches!(library.remove("mine"), Err(Error::NotFound { .. })));
    }
}
