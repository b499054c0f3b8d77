//! Rows of tables that people open with a spreadsheet program.

use csv::{QuoteStyle, WriterBuilder};

/// A row of a CSV table with its end. No cell is taken for a formula, and none is parted by a program that
/// expects semicolons between cells, as in many countries.
pub fn csv_row<C: AsRef<str>>(cells: impl IntoIterator<Item = C>) -> Vec<u8> {
    let cells: Vec<String> = cells.into_iter().map(|cell| no_formula(cell.as_ref())).collect();
    let has_semicolon = cells.iter().any(|cell| cell.contains(';'));
    let style = if has_semicolon { QuoteStyle::Always } else { QuoteStyle::Necessary };
    let mut row = WriterBuilder::new().quote_style(style).from_writer(Vec::new());
    // Writing into memory does not fail.
    row.write_record(&cells).unwrap_or_default();
    row.into_inner().unwrap_or_default()
}

/// The text of a cell. A spreadsheet takes a cell that begins with one of these for a formula, some also
/// behind spaces or in full width, or behind a semicolon: an apostrophe before it keeps it a text.
fn no_formula(cell: &str) -> String {
    const SIGNS: [char; 8] = ['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];
    let kept = |part: &str| {
        let is_formula = part.starts_with(['\t', '\r']) || part.trim_start().starts_with(SIGNS);
        if is_formula { format!("'{part}") } else { part.to_owned() }
    };
    cell.split(';').map(kept).collect::<Vec<_>>().join(";")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: &[&str]) -> String {
        String::from_utf8(csv_row(cells)).unwrap()
    }

    #[test]
    fn no_cell_is_a_formula() {
        for (cell, kept) in [
            ("=1+1", "'=1+1"),
            (" @x", "' @x"),
            ("\u{ff1d}1", "'\u{ff1d}1"),
            ("\tx", "'\tx"),
            ("a=1", "a=1"),
            ("a;=1;b; -2", "a;'=1;b;' -2"),
            ("", ""),
        ] {
            assert_eq!(no_formula(cell), kept, "{cell:?}");
        }
    }

    #[test]
    fn rows_with_a_semicolon_are_quoted() {
        assert_eq!(row(&["a", "b c", "1,2"]), "a,b c,\"1,2\"\n");
        assert_eq!(row(&["a;b", "2"]), "\"a;b\",\"2\"\n");
        assert_eq!(row(&["a \"x\";=b"]), "\"a \"\"x\"\";'=b\"\n");
    }
}
