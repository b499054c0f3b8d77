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
}

impl ReportKind {
    /// The name for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Log => "Log of the case",
            Self::Verify => "Check of the case",
            Self::Models => "Detectors",
            Self::Doctor => "Check of this computer",
        }
    }

    /// Whether it is about the open case.
    pub const fn needs_case(self) -> bool {
        matches!(self, Self::Log | Self::Verify)
    }

    /// Words of the command line. `models`: the folder of bundles that the window was opened with.
    pub(super) fn arguments(
        self,
        case: Option<&Path>,
        models: Option<&Path>,
    ) -> Option<Vec<std::ffi::OsString>> {
        let arguments: &[&str] = match self {
            Self::Log => &["case", "log"],
            Self::Verify => &["case", "verify", "--media"],
            Self::Models => &["models", "list"],
            Self::Doctor => &["doctor"],
        };
        let mut arguments: Vec<std::ffi::OsString> = arguments.iter().map(Into::into).collect();
        if self.needs_case() {
            arguments.push(case?.into());
        }
        if let Some(models) = models.filter(|_| !self.needs_case()) {
            arguments.extend(["--models".into(), models.into()]);
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
