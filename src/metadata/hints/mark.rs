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
