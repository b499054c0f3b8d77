//! Finds words in all pages.

use super::book::Page;
use super::parse::{Cell, ManualBlock, plain};

/// Longest line that a hit shows, in characters.
const MAX_CHARS: usize = 110;

/// A place in the manual: a block of a page, and its row where it is a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) page: usize,
    pub(super) block: usize,
    pub(super) row: usize,
}

/// A line that holds all words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hit {
    pub(super) spot: Spot,
    pub(super) line: String,
}

/// The words of a query, in lower case.
pub(super) fn terms(query: &str) -> Vec<String> {
    query.split_whitespace().map(str::to_lowercase).collect()
}

/// Every line of the pages that holds all words, headings first within a page.
pub(super) fn find(pages: &[Page], query: &str) -> Vec<Hit> {
    let terms = terms(query);
    if terms.is_empty() {
        return Vec::new();
    }
    let mut hits = Vec::new();
    for (i, page) in pages.iter().enumerate() {
        let (mut headings, mut others) = (Vec::new(), Vec::new());
        for (j, block) in page.blocks.iter().enumerate() {
            for (row, line) in lines(block) {
                let lower = line.to_lowercase();
                if terms.iter().all(|word| lower.contains(word)) {
                    let spot = Spot { page: i, block: j, row };
                    let hit = Hit { spot, line: shortened(&line, &terms) };
                    let is_heading = matches!(block, ManualBlock::Heading { .. });
                    if is_heading { headings.push(hit) } else { others.push(hit) }
                }
            }
        }
        hits.append(&mut headings);
        hits.append(&mut others);
    }
    hits
}

/// The lines of a block with their rows.
fn lines(block: &ManualBlock) -> Vec<(usize, String)> {
    let joined =
        |row: &Vec<Cell>| row.iter().map(|cell| plain(cell)).collect::<Vec<_>>().join(" · ");
    match block {
        ManualBlock::Heading { text, .. }
        | ManualBlock::Paragraph(text)
        | ManualBlock::Item { text, .. } => {
            vec![(0, plain(text))]
        }
        ManualBlock::Code(code) => code.lines().map(|line| (0, line.to_owned())).collect(),
        ManualBlock::Table { rows } => rows.iter().map(joined).enumerate().collect(),
        ManualBlock::Picture => Vec::new(),
    }
}

/// The part of a line around its first match.
fn shortened(line: &str, terms: &[String]) -> String {
    let lower = line.to_lowercase();
    let at = terms.iter().filter_map(|word| lower.find(word)).min().unwrap_or(0);
    let before = lower.get(..at).map_or(0, |text| text.chars().count());
    let n_chars = line.chars().count();
    if n_chars <= MAX_CHARS {
        return line.to_owned();
    }
    let start = before.saturating_sub(MAX_CHARS / 3).min(n_chars - MAX_CHARS);
    let part: String = line.chars().skip(start).take(MAX_CHARS).collect();
    let head = if start > 0 { "…" } else { "" };
    let tail = if start + MAX_CHARS < n_chars { "…" } else { "" };
    format!("{head}{}{tail}", part.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(text: &str) -> Page {
        Page::new("a.md", text)
    }

    #[test]
    fn all_words_must_stand_in_one_line_and_rows_are_lines() {
        let pages = [
            page("# One\n\nThe blind reader.\n\n| a | b |\n|---|---|\n| x | blind Reader |\n"),
            page("# Blind reader\n\nNothing.\n"),
        ];
        let spots: Vec<(usize, usize, usize)> = find(&pages, "READER blind")
            .iter()
            .map(|hit| (hit.spot.page, hit.spot.block, hit.spot.row))
            .collect();
        assert_eq!(spots, [(0, 1, 0), (0, 2, 1), (1, 0, 0)]);
        assert!(find(&pages, "blind nothing").is_empty() && find(&pages, " ").is_empty());
    }

    #[test]
    fn a_long_line_is_shown_around_the_match() {
        let line = format!("{} needle {}", "ä ".repeat(200), "b ".repeat(200));
        let shown = shortened(&line, &terms("needle"));
        assert!(shown.contains("needle") && shown.chars().count() < MAX_CHARS + 3, "{shown}");
        assert!(shown.starts_with('…') && shown.ends_with('…'), "{shown}");
    }
}
