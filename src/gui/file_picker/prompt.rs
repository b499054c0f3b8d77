//! Which files a person is asked to pick.

use crate::media;

/// Extension of case files.
pub(in crate::gui) const CASE: &str = "pentimento";

/// The purpose of picking files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::gui) enum FilePrompt {
    /// Pictures and videos to open.
    Media,
    /// Pictures and videos for the case.
    AddFiles,
    /// A folder of them.
    AddFolder,
    /// An existing case.
    OldCase,
    NewCase,
    /// A folder for an exported data set.
    Export,
    /// A file of a data set.
    ImportFile,
    /// The folder of a data set.
    ImportFolder,
    /// The data set to train on.
    TrainingSet,
    /// A folder of pictures and videos to open.
    OpenFolder,
    /// A folder of genuine material to compare pictures with.
    Reference,
    /// A folder of genuine files to compare what files say with.
    MetadataReference,
    /// A new PNG file for a picture with its overlay.
    SavePicture,
    /// A new CSV file for the findings of a case.
    SaveFindings,
    /// A PNG file for a mask.
    SaveMask,
    /// A mask.
    LoadMask,
    /// A new folder for a report.
    SaveReport,
    /// The secret key to sign a report with.
    SigningKey,
    /// A wheel of ONNX Runtime to install.
    Engine,
}

/// Kind of file to pick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::gui) enum Selection {
    /// Files, at least one.
    Files,
    File,
    Folder,
    NewName,
}

impl FilePrompt {
    pub(in crate::gui) const fn title(self) -> &'static str {
        match self {
            Self::Media => "Open pictures and videos",
            Self::AddFiles => "Add pictures and videos to the case",
            Self::AddFolder => "Add all pictures and videos of a folder",
            Self::OldCase => "Open a case",
            Self::NewCase => "Choose where to save the new case",
            Self::Export => "Choose where to write the data set",
            Self::ImportFile => "Choose a file of the data set",
            Self::ImportFolder => "Choose the folder of the data set",
            Self::TrainingSet => "Choose the data set to train on",
            Self::OpenFolder => "Open a folder",
            Self::Reference | Self::MetadataReference => "Choose the folder of known genuine files",
            Self::SavePicture => "Save the picture with its overlay",
            Self::SaveFindings => "Save the findings as CSV",
            Self::SaveMask => "Choose where to save the mask",
            Self::LoadMask => "Choose the mask to load",
            Self::SaveReport => "Choose where to write the report",
            Self::SigningKey => "Choose the secret key",
            Self::Engine => "Choose the downloaded wheel of ONNX Runtime",
        }
    }

    pub(in crate::gui) const fn picks(self) -> Selection {
        match self {
            Self::Media | Self::AddFiles => Selection::Files,
            Self::OldCase | Self::ImportFile | Self::LoadMask | Self::SigningKey | Self::Engine => {
                Selection::File
            }
            Self::AddFolder
            | Self::ImportFolder
            | Self::TrainingSet
            | Self::OpenFolder
            | Self::Reference
            | Self::MetadataReference => Selection::Folder,
            Self::NewCase
            | Self::Export
            | Self::SavePicture
            | Self::SaveFindings
            | Self::SaveMask
            | Self::SaveReport => Selection::NewName,
        }
    }

    /// Name and extensions of the file filter; `None` for any file.
    pub(in crate::gui) const fn filter(self) -> Option<(&'static str, &'static [&'static str])> {
        match self {
            Self::Media | Self::AddFiles => Some(("Pictures and videos", &media::ENDINGS)),
            Self::OldCase | Self::NewCase => Some(("Cases", &[CASE])),
            Self::SavePicture | Self::SaveMask | Self::LoadMask => Some(("PNG pictures", &["png"])),
            Self::SaveFindings => Some(("CSV tables", &["csv"])),
            Self::Engine => Some(("Wheels and libraries", &["whl", "dll", "so", "dylib", "0"])),
            Self::ImportFile => Some(("Data sets", &["json", "xml", "yaml", "jsonl"])),
            _ => None,
        }
    }

    /// Whether a file passes the filter.
    pub(in crate::gui) fn has_known_extension(self, path: &std::path::Path) -> bool {
        let Some((_, extensions)) = self.filter() else { return true };
        let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase());
        extension.is_some_and(|e| extensions.contains(&e.as_str()))
    }
}

/// Whether a file is a case, by its name.
pub(in crate::gui) fn is_case(path: &std::path::Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case(CASE))
}
