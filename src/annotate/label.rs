//! The label of a mask.

/// The kind of forgery in the masked area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum ForgeryKind {
    /// A face of another person.
    Swap,
    /// Something painted over or filled in.
    Inpainting,
    /// Age, hair, expression or the like was changed.
    Attribute,
    /// Something else; the note may say what.
    Other,
    /// The person cannot tell.
    CannotTell,
}

impl ForgeryKind {
    /// All of them, in the order of menus.
    pub const ALL: [Self; 5] =
        [Self::Swap, Self::Inpainting, Self::Attribute, Self::Other, Self::CannotTell];

    /// The value in files.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Parses [`Self::as_str`].
    pub fn parse(name: &str) -> Option<Self> {
        name.parse().ok()
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

/// Confidence of the annotator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
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

    /// The value in files.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Parses [`Self::as_str`].
    pub fn parse(name: &str) -> Option<Self> {
        name.parse().ok()
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

/// The label that a person gives to a mask.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MaskLabel {
    pub kind: Option<ForgeryKind>,
    /// Confidence in the kind.
    pub confidence: Option<Confidence>,
    /// Free text.
    pub note: String,
}

impl MaskLabel {
    /// From the values in files. A kind or confidence that is not known is left out.
    pub fn from_file(kind: Option<&str>, confidence: Option<&str>, note: &str) -> Self {
        Self {
            kind: kind.and_then(ForgeryKind::parse),
            confidence: confidence.and_then(Confidence::parse),
            note: note.to_owned(),
        }
    }

    /// Kind and confidence as the values in files.
    pub fn to_file(&self) -> [Option<String>; 2] {
        [self.kind.map(ForgeryKind::as_str), self.confidence.map(Confidence::as_str)]
            .map(|value| value.map(str::to_owned))
    }
}

/// A person's decision about a picture or frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Decision {
    /// Forged where the mask is.
    Forged,
    /// Reviewed, and nothing forged was seen: the mask is empty.
    NothingForged,
    /// Reviewed, and undecidable. Never used for training.
    CannotTell,
}

impl Decision {
    /// The decision that a mask and the kind in its label express.
    pub const fn from_mask(is_empty: bool, kind: Option<ForgeryKind>) -> Self {
        match (is_empty, kind) {
            (_, Some(ForgeryKind::CannotTell)) => Self::CannotTell,
            (true, _) => Self::NothingForged,
            (false, _) => Self::Forged,
        }
    }

    /// The value in files.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Parses [`Self::as_str`].
    pub fn parse(name: &str) -> Option<Self> {
        name.parse().ok()
    }
}
