//! One mark of AI, as plain values.

/// Who stands behind a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AiLevel {
    /// Inside a credential that is intact.
    Signed,
    /// Plain metadata, or a credential that was not checked: anyone may write it.
    Declared,
    /// The name of a program that can generate, or notes that such programs leave.
    Hinted,
}

impl AiLevel {
    /// A stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Signed => "signed",
            Self::Declared => "declared",
            Self::Hinted => "hinted",
        }
    }
}

/// A statement of the file about AI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AiMark {
    /// Who stands behind it.
    pub level: AiLevel,
    /// The mark says that AI took part. Other codes, as of a camera, say that it did not.
    pub is_ai: bool,
    /// The code or the name as written.
    pub code: String,
    /// What it means, in words.
    pub meaning: String,
    /// The field that says so, as in `XMP-iptcExt:DigitalSourceType`.
    pub field: String,
    /// Offset of the field in the file.
    pub offset: u64,
    /// How the picture was generated, where a generator wrote it down.
    pub generation: Option<Generation>,
}

/// What stands between the meaning of a mark and the word for a credential that nothing vouches for.
pub(super) const IN_CREDENTIAL: &str = ", in a credential that is ";

impl AiMark {
    /// What it means, without the word for the credential in which it stands.
    pub fn meaning_alone(&self) -> &str {
        self.meaning.split(IN_CREDENTIAL).next().unwrap_or_default()
    }
}

/// The notes of a generator.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Generation {
    /// Name of the program.
    pub generator: String,
    /// Names of the models.
    pub models: Vec<String>,
    /// What was asked for.
    pub prompts: Vec<String>,
    /// The numbers that random values began with.
    pub seeds: Vec<String>,
    /// Names of the samplers.
    pub samplers: Vec<String>,
    /// Bytes of the notes.
    pub n_bytes: usize,
}
