//! How a JPEG picture is coded, as plain values.

use super::adobe::adobe_name;

/// The coder's choices, read from the headers alone.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct JpegCoding {
    /// Name of the start-of-frame marker, for instance `SOF0`.
    pub marker: String,
    /// The coding process in words.
    pub process: String,
    /// Bits a sample.
    pub precision: u8,
    /// Width in pixels.
    pub width_px: u32,
    /// Height in pixels; 0 when it follows the first scan.
    pub height_px: u32,
    /// The channels in the order of the file.
    pub components: Vec<Component>,
    /// Quantization tables in the order of the file, repeated ones included.
    pub tables: Vec<QuantTable>,
    /// Whether all Huffman tables are those of annex K; `None` without any.
    pub has_standard_huffman: Option<bool>,
    /// Blocks between two restart markers; 0 for none.
    pub restart_interval: u32,
    /// Start-of-scan markers.
    pub n_scans: u32,
    /// Offset behind the end-of-image marker; `None` when it is missing.
    pub end: Option<u64>,
}

/// One channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Component {
    /// Number in the file.
    pub id: u8,
    /// Horizontal and vertical sampling factor.
    pub sampling: (u8, u8),
    /// Number of its quantization table.
    pub table: u8,
}

/// One quantization table.
#[derive(Debug, Clone, PartialEq)]
pub struct QuantTable {
    /// Number of the table, 0 to 3.
    pub id: u8,
    /// Entries have 16 bits in the file.
    pub is_wide: bool,
    /// 64 steps in zigzag order.
    pub steps: Vec<u16>,
    /// Offset of the first entry.
    pub offset: u64,
    /// The nearest table of the Independent JPEG Group.
    pub ijg: IjgMatch,
}

/// The nearest table of libjpeg's two kinds and 100 qualities.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IjgMatch {
    /// Quality, 1 to 100.
    pub quality: u8,
    /// The kind for luminance is nearer than that for chrominance.
    pub is_luminance: bool,
    /// Mean absolute difference of the 64 entries; 0 when they are equal.
    pub deviation: f64,
}

impl JpegCoding {
    /// Quality and mean deviation of the first table of each number, as one statement: the quality
    /// of the luminance table, and whether every table is exactly that of one quality.
    pub fn quality(&self) -> Option<(u8, f64, bool)> {
        let first = self.tables.iter().find(|table| table.id == 0)?.ijg;
        let is_exact = self.tables.iter().all(|table| {
            // At quality 100 both kinds are all ones, and others may coincide as well.
            table.ijg.deviation == 0.0 && table.ijg.quality == first.quality
        });
        Some((first.quality, first.deviation, is_exact))
    }

    /// The program of Adobe and the quality that write exactly these tables, where they are known.
    pub fn adobe_tables(&self) -> Option<&'static str> {
        let steps = |id: u8| self.tables.iter().find(|t| t.id == id).map(|t| t.steps.as_slice());
        adobe_name(steps(0)?, steps(1)?)
    }

    /// The last saving in words.
    pub fn quality_words(&self) -> Option<String> {
        let (quality, deviation, is_exact) = self.quality()?;
        Some(if is_exact {
            format!("the tables are those of the IJG library at quality {quality}, exactly")
        } else if let Some(name) = self.adobe_tables() {
            format!("the tables are those of {name}, exactly")
        } else {
            format!(
                "no IJG table; the nearest is that of quality {quality}, with a mean deviation of \
                 {deviation:.2}"
            )
        })
    }

    /// Sampling as `4:2:0`, where it has such a name.
    pub fn sampling(&self) -> Option<&'static str> {
        let [first, rest @ ..] = self.components.as_slice() else { return None };
        if rest.len() != 2 || rest.iter().any(|c| c.sampling != (1, 1)) {
            return None;
        }
        match first.sampling {
            (1, 1) => Some("4:4:4"),
            (1, 2) => Some("4:4:0"),
            (1, 4) => Some("4:4:1"),
            (2, 1) => Some("4:2:2"),
            (2, 2) => Some("4:2:0"),
            (2, 4) => Some("4:2:1"),
            (4, 1) => Some("4:1:1"),
            (4, 2) => Some("4:1:0"),
            _ => None,
        }
    }
}
