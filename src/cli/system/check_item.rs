//! One line of `doctor`.

use serde::Serialize;

/// One checked component.
#[derive(Debug, Serialize)]
pub(super) struct CheckItem {
    /// `engine`, `provider`, `gpu`, `video`, `confinement`, `model`, `privacy`, `node`.
    pub(super) area: &'static str,
    pub(super) name: String,
    pub(super) state: CheckState,
    /// What was found.
    pub(super) detail: String,
    /// How to fix it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) remedy: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum CheckState {
    Ok,
    /// The program works without it.
    Absent,
    /// Pictures cannot be examined without it.
    Missing,
}

impl CheckItem {
    pub(super) fn new(
        area: &'static str,
        name: impl Into<String>,
        state: CheckState,
        detail: String,
    ) -> Self {
        Self { area, name: name.into(), state, detail, remedy: None }
    }

    pub(super) fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }
}
