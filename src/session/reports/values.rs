//! Which report, and what there is of it: plain values.

use std::path::Path;

/// A report that a command of this program prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportKind {
    /// Who did what in the open case, and when.
    Log,
    /// Whether the open case was changed by this program only, and its media not at all.
    Verify,
    /// The detectors there are.
    Models,
    /// Engines, providers, models, graphics and ffmpeg.
    Doctor,
    /// What came of installing an engine.
    Engine,
}

impl ReportKind {
    /// The name for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Log => "Log of the case",
            Self::Verify => "Check of the case",
            Self::Models => "Detectors",
            Self::Doctor => "Check of this computer",
            Self::Engine => "Faster engine",
        }
    }

    /// Words of the command line. `models`: the folder of bundles that the window was opened with;
    /// `file`: what is to be installed.
    pub(super) fn arguments(
        self,
        case: Option<&Path>,
        models: Option<&Path>,
        file: Option<&Path>,
    ) -> Option<Vec<std::ffi::OsString>> {
        let arguments: &[&str] = match self {
            Self::Log => &["case", "log"],
            Self::Verify => &["case", "verify", "--media"],
            Self::Models => &["models", "list"],
            Self::Doctor => &["doctor"],
            Self::Engine => &["setup", "engine"],
        };
        let mut arguments: Vec<std::ffi::OsString> = arguments.iter().map(Into::into).collect();
        match self {
            Self::Log | Self::Verify => arguments.push(case?.into()),
            Self::Engine => arguments.push(file?.into()),
            Self::Models | Self::Doctor => {
                arguments.extend(models.into_iter().flat_map(|m| ["--models".into(), m.into()]));
            }
        }
        Some(arguments)
    }
}

/// A report that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub kind: ReportKind,
    /// Its lines; `None` while the command runs.
    pub lines: Option<Vec<String>>,
}
