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
    /// Tables before the first scan; those behind it do not count for it. `None` without a scan.
    pub n_tables_before_scan: Option<usize>,
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
    /// The tables that the first scan uses, in the order of their numbers: of each number the last one before
    /// it. Without channels, those of all numbers.
    pub fn tables_in_use(&self) -> Vec<&QuantTable> {
        let before = self.n_tables_before_scan.unwrap_or(self.tables.len());
        let is_used =
            |id: u8| self.components.is_empty() || self.components.iter().any(|c| c.table == id);
        let last = |id: u8| self.tables.iter().take(before).rfind(|table| table.id == id);
        (0..=15u8).filter(|id| is_used(*id)).filter_map(last).collect()
    }

    /// Numbers of tables that are defined more than once before the first scan.
    pub fn redefined_tables(&self) -> Vec<u8> {
        let before = self.n_tables_before_scan.unwrap_or(self.tables.len());
        let n = |id: u8| self.tables.iter().take(before).filter(|table| table.id == id).count();
        (0..=15u8).filter(|id| n(*id) > 1).collect()
    }

    /// Quality and mean deviation of the tables in use, as one statement: the quality of the first of them,
    /// which is that of luminance, and whether every table is exactly that of one quality.
    pub fn quality(&self) -> Option<(u8, f64, bool)> {
        let tables = self.tables_in_use();
        let first = tables.first()?.ijg;
        let is_exact = tables.iter().all(|table| {
            // At quality 100 both kinds are all ones, and others may coincide as well.
            table.ijg.deviation == 0.0 && table.ijg.quality == first.quality
        });
        Some((first.quality, first.deviation, is_exact))
    }

    /// The program of Adobe and the quality that write exactly these tables, where they are known.
    pub fn adobe_tables(&self) -> Option<&'static str> {
        let tables = self.tables_in_use();
        let steps = |id: u8| tables.iter().find(|t| t.id == id).map(|t| t.steps.as_slice());
        adobe_name(steps(0)?, steps(1)?)
    }

    /// The last saving in words.
    pub fn quality_words(&self) -> Option<String> {
        let (quality, deviation, is_exact) = self.quality()?;
        Some(if is_exact {
            format!("the tables are those of the IJG library at quality {quality}, exactly")
        } else if let Some(name) = self.adobe_tables() {
            format!("the tables are those of {name}, exactly")
        } else if deviation == 0.0 {
            format!(
                "the table of luminance is that of the IJG library at quality {quality}, exactly; \
                 another table is not of this quality"
            )
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

#[cfg(test)]
mod tests {
    use super::*;

    fn table(id: u8, quality: u8, deviation: f64) -> QuantTable {
        let ijg = IjgMatch { quality, is_luminance: id == 0, deviation };
        QuantTable { id, is_wide: false, steps: vec![u16::from(quality); 64], offset: 0, ijg }
    }

    #[test]
    fn the_last_table_before_the_scan_counts() {
        let component = |table| Component { id: table, sampling: (1, 1), table };
        let mut coding = JpegCoding {
            components: vec![component(0), component(1)],
            tables: vec![
                table(0, 10, 0.0),
                table(1, 75, 0.0),
                table(0, 75, 0.0),
                table(2, 5, 3.0),
                table(0, 99, 2.0),
            ],
            n_tables_before_scan: Some(4),
            ..JpegCoding::default()
        };
        assert_eq!(coding.quality(), Some((75, 0.0, true)), "one is replaced, two are not used");
        assert_eq!(coding.redefined_tables(), [0]);
        coding.tables[1] = table(1, 80, 0.0);
        let words = coding.quality_words().unwrap();
        assert!(words.ends_with("another table is not of this quality"), "{words}");
    }
}
