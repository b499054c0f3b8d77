//! What the file system says of a file: size and dates.

use std::path::Path;
use std::time::SystemTime;

/// Size and dates of a file. Dates are those of the file system here, which a copy does not keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFacts {
    /// Size in bytes.
    pub bytes: u64,
    /// When its content was changed last, `2026-11-29 17:51:02` in UTC.
    pub modified: Option<String>,
    /// When it was created here, where the system knows.
    pub created: Option<String>,
}

impl FileFacts {
    /// Asks the system; `None` when there is no such file.
    pub fn read(path: &Path) -> Option<Self> {
        let facts = std::fs::metadata(path).ok()?;
        Some(Self {
            bytes: facts.len(),
            modified: facts.modified().ok().and_then(in_words),
            created: facts.created().ok().and_then(in_words),
        })
    }

    /// The size for people: `12,345 bytes`, from a megabyte on also in megabytes.
    pub fn size_text(&self) -> String {
        let digits = self.bytes.to_string();
        let mut grouped = String::new();
        for (i, digit) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        match self.bytes {
            1 => "1 byte".to_owned(),
            0..1_000_000 => format!("{grouped} bytes"),
            bytes => format!("{:.1} MB ({grouped} bytes)", bytes as f64 / 1e6),
        }
    }
}

fn in_words(time: SystemTime) -> Option<String> {
    let time = jiff::Timestamp::try_from(time).ok()?;
    Some(time.strftime("%Y-%m-%d %H:%M:%S").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_and_dates_of_a_file_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        assert_eq!(FileFacts::read(&path), None);
        std::fs::write(&path, vec![0; 12_345]).unwrap();
        let facts = FileFacts::read(&path).unwrap();
        assert_eq!(facts.size_text(), "12,345 bytes");
        assert!(facts.modified.unwrap().starts_with("20"), "a year");
        let large = FileFacts { bytes: 12_345_678, modified: None, created: None };
        assert_eq!(large.size_text(), "12.3 MB (12,345,678 bytes)");
        assert_eq!(FileFacts { bytes: 1, ..large }.size_text(), "1 byte");
        let epoch = in_words(SystemTime::UNIX_EPOCH).unwrap();
        assert_eq!(epoch, "1970-01-01 00:00:00");
    }
}
