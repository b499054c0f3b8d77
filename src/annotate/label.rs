//! What a person says of a mask: plain values.

/// What a person says was done where the mask is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForgeryKind {
    /// A face of another person.
    Swap,
    /// Something painted over or filled in.
    Inpainting,
    /// Age, hair, expression or the like was changed.
    Attribute,
    /// Something else; the note may say what.
    Other,
    /// Not to be decided.
    CannotTell,
}

impl ForgeryKind {
    /// All of them, in the order of menus.
    pub const ALL: [Self; 5] =
        [Self::Swap, Self::Inpainting, Self::Attribute, Self::Other, Self::CannotTell];

    /// The stable word of the file beside a mask.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Swap => "swap",
            Self::Inpainting => "inpainting",
            Self::Attribute => "attribute",
            Self::Other => "other",
            Self::CannotTell => "cannot-tell",
        }
    }

    /// The name for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Swap => "Face swap",
            Self::Inpainting => "Inpainting",
            Self::Attribute => "Attribute edit",
            Self::Other => "Other",
            Self::CannotTell => "Cannot tell",
        }
    }
}

/// How sure a person is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confidence {
    /// Rather guessed.
    Low,
    /// Likely.
    Medium,
    /// Sure.
    High,
}

impl Confidence {
    /// All of them, in the order of menus.
    pub const ALL: [Self; 3] = [Self::Low, Self::Medium, Self::High];

    /// The stable word of the file beside a mask.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }

    /// The name for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Low => "Not sure",
            Self::Medium => "Fairly sure",
            Self::High => "Sure",
        }
    }
}

/// What a person says of a mask.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MaskLabel {
    /// What was done there.
    pub kind: Option<ForgeryKind>,
    /// How sure that is.
    pub confidence: Option<Confidence>,
    /// In the person's own words.
    pub note: String,
}

impl ForgeryKind {
    /// The kind of a stable word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

impl Confidence {
    /// The confidence of a stable word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sure| sure.as_str() == word)
    }
}

/// What a person decided about a picture or frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Decision {
    /// Forged where the mask is.
    Forged,
    /// Looked at, and nothing forged was seen: the mask is empty.
    NothingForged,
    /// Looked at, and not to be decided. Never trained on.
    CannotTell,
}

impl Decision {
    /// What a mask and its label amount to.
    pub const fn of(is_empty: bool, kind: Option<ForgeryKind>) -> Self {
        match (is_empty, kind) {
            (_, Some(ForgeryKind::CannotTell)) => Self::CannotTell,
            (true, _) => Self::NothingForged,
            (false, _) => Self::Forged,
        }
    }

    /// The stable word of files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Forged => "forged",
            Self::NothingForged => "nothing-forged",
            Self::CannotTell => "cannot-tell",
        }
    }

    /// The decision of a stable word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Forged, Self::NothingForged, Self::CannotTell]
            .into_iter()
            .find(|decision| decision.as_str() == word)
    }
}
