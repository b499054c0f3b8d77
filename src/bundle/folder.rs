//! Reads, checks and writes a bundle.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::path::{Path, PathBuf};

use super::{Card, Error};
use crate::files::{self, sha256_hex};

/// Models above this size are refused.
const MAX_MODEL_BYTES: u64 = 1 << 30;
/// Cards and other text files above this size are refused.
const MAX_TEXT_BYTES: u64 = 1 << 20;

/// A checked bundle: card and model bytes.
#[derive(Debug, Clone)]
pub struct Bundle {
    pub card: Card,
    /// The bytes of `model.onnx`.
    pub model: Vec<u8>,
    /// The folder it was read from.
    pub folder: PathBuf,
}

fn read_capped(path: &Path, limit: u64) -> Result<Vec<u8>, Error> {
    let read = files::read_capped(path, limit);
    let bytes = read.map_err(|source| Error::Io { source, path: path.to_owned() })?;
    bytes.ok_or_else(|| Error::Limit { limit, path: path.to_owned() })
}

/// Reads a small text file. `Error::Io` when it cannot be read, `Error::Malformed` when it is no
/// UTF-8.
pub(super) fn read_text(path: &Path) -> Result<String, Error> {
    let malformed = |e: std::string::FromUtf8Error| Error::Malformed {
        what: e.to_string(),
        path: path.to_owned(),
    };
    String::from_utf8(read_capped(path, MAX_TEXT_BYTES)?).map_err(malformed)
}

impl Bundle {
    /// Version of the card that this program writes.
    pub const FORMAT: u32 = 1;

    /// Reads a folder and checks the model file against the card.
    ///
    /// # Errors
    ///
    /// [`Error`] by cause; nothing is loaded into an engine here.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let card = Self::read_card(folder)?;
        let model_path = folder.join("model.onnx");
        let model = read_capped(&model_path, MAX_MODEL_BYTES)?;
        let found = sha256_hex(&model);
        if found != card.file.sha256 {
            return Err(Error::Hash { found, expected: card.file.sha256, path: model_path });
        }
        Ok(Self { card, model, folder: folder.to_owned() })
    }

    /// Reads the card of a folder without its model.
    ///
    /// # Errors
    ///
    /// [`Error::Io`], [`Error::Malformed`], [`Error::Limit`].
    pub fn read_card(folder: &Path) -> Result<Card, Error> {
        let card_path = folder.join("card.toml");
        let malformed = |what: String| Error::Malformed { what, path: card_path.clone() };
        let text = read_text(&card_path)?;
        let card: Card = toml::from_str(&text).map_err(|e| malformed(toml_fault(&text, &e)))?;
        if card.format != Self::FORMAT {
            let only = Self::FORMAT;
            return Err(malformed(format!("format {} is not known, only {only}", card.format)));
        }
        Ok(card)
    }

    /// Writes `model.onnx` and `card.toml` into a folder, filling in size and hash.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] when the folder cannot be written.
    pub fn write(folder: &Path, mut card: Card, model: Vec<u8>) -> Result<Self, Error> {
        card.file.sha256 = sha256_hex(&model);
        card.file.bytes = model.len() as u64;
        let io = |path: &Path| {
            let path = path.to_owned();
            move |source| Error::Io { source, path }
        };
        std::fs::create_dir_all(folder).map_err(io(folder))?;
        let model_path = folder.join("model.onnx");
        std::fs::write(&model_path, &model).map_err(io(&model_path))?;
        let card_path = folder.join("card.toml");
        let text = toml::to_string_pretty(&card)
            .map_err(|e| Error::Malformed { what: e.to_string(), path: card_path.clone() })?;
        std::fs::write(&card_path, text).map_err(io(&card_path))?;
        Ok(Self { card, model, folder: folder.to_owned() })
    }
}

/// What is wrong with a TOML file, on one line.
pub(super) fn toml_fault(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count().saturating_add(1);
    format!("line {line}: {}", error.message())
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::*;

    pub(crate) fn card() -> Card {
        Card {
            format: 1,
            name: "t".into(),
            kind: ModelKind::Lae,
            summary: "test".into(),
            license: "MIT".into(),
            source: Source {
                origin: "test".into(),
                rebuild: "none".into(),
                terms: "none".into(),
                commit: String::new(),
                date: String::new(),
                seed: Some(1),
                steps: None,
            },
            file: FileSpec { sha256: String::new(), bytes: 0 },
            input: InputSpec {
                name: "input".into(),
                channels: ChannelOrder::Rgb,
                size: InputSize::SquarePx(8),
                mean: [127.5; 3],
                std: [127.5; 3],
                crop_scale: Some(1.3),
                looks: Vec::new(),
            },
            outputs: vec!["logit".into()],
            correction: None,
            calibration: Some(Calibration { scale: 1.0, offset: 0.0 }),
            thresholds: None,
            scope: None,
            reliability: None,
            concepts: None,
            error_rates: ErrorRates::default(),
            measured: std::collections::BTreeMap::default(),
        }
    }

    #[test]
    fn a_bundle_is_read_back_and_a_changed_model_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let written = Bundle::write(folder.path(), card(), vec![1, 2, 3]).unwrap();
        assert_eq!(Bundle::read(folder.path()).unwrap().card, written.card);
        std::fs::write(folder.path().join("model.onnx"), [9]).unwrap();
        let refused = Bundle::read(folder.path());
        assert!(matches!(refused, Err(Error::Hash { .. })), "{refused:?}");
        std::fs::write(folder.path().join("card.toml"), vec![b' '; 2 << 20]).unwrap();
        let refused = Bundle::read(folder.path()).unwrap_err().to_string();
        assert!(refused.starts_with("card.toml has more than 1048576 bytes"), "{refused}");
    }

    #[test]
    fn cards_without_the_later_tables_are_read_and_all_survive_a_round() {
        let plain = toml::to_string_pretty(&card()).unwrap();
        for table in ["scope", "reliability", "concepts"] {
            assert!(!plain.contains(table), "{plain}");
        }
        let limit = ScopeLimit {
            measure: Measure::JpegQuality,
            error: ErrorKind::FalseAlarms,
            limit: 40.0,
            rate_within: 0.05,
            rate_beyond: 0.2,
            n_within: 300,
            n_beyond: 80,
        };
        let facts = ReliabilityFacts {
            threshold: 0.5,
            right_below: 0.6,
            right_above: 0.9,
            share_below: 0.1,
        };
        let scope = Some(Scope { rise: 0.1, limits: vec![limit] });
        let concepts = Some(Concepts {
            n_forgeries: 512,
            channels: vec![Concept { channel: 37, sensitivity: 0.25, mean_peak: 1.5 }],
        });
        let full = Card { scope, reliability: Some(facts), concepts, ..card() };
        let text = toml::to_string_pretty(&full).unwrap();
        assert_eq!(toml::from_str::<Card>(&text).unwrap(), full, "{text}");
        assert!(text.contains("measure = \"jpeg-quality\""), "{text}");
        let unknown = text.replace("rise =", "raise =");
        assert!(toml::from_str::<Card>(&unknown).is_err(), "unknown keys are refused");
    }

    #[test]
    fn calibration_is_a_sigmoid() {
        let c = Calibration { scale: 2.0, offset: 0.0 };
        assert!((c.apply(0.0) - 0.5).abs() < 1e-6 && c.apply(3.0) > 0.99, "{}", c.apply(3.0));
        let shifted = Calibration { scale: 0.7, offset: -0.05 };
        for logit in [-4.0, -0.2, 0.0, 0.3, 5.0] {
            let back = shifted.invert(shifted.apply(logit));
            assert!((back - logit).abs() < 1e-3, "{logit} came back as {back}");
        }
        assert!(shifted.invert(1.0) > 20.0 && shifted.invert(0.0) < -20.0, "large, but numbers");
    }
}
