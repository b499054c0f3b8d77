//! Markdown as the manual uses it: headings, paragraphs, lists, tables, code, links.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::link::{Link, anchor};

/// A run of text that looks the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) text: String,
    pub(super) is_strong: bool,
    pub(super) is_code: bool,
    pub(super) link: Option<Link>,
}

/// One cell of a table.
pub(super) type Cell = Vec<Span>;

/// A part of a page that stands below the one before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ManualBlock {
    Heading {
        /// From 1.
        level: u8,
        text: Vec<Span>,
        anchor: String,
    },
    Paragraph(Vec<Span>),
    Item {
        /// Lists around this one.
        depth: usize,
        /// `•` or a number.
        marker: String,
        text: Vec<Span>,
    },
    Code(String),
    Table {
        /// The first row is the head.
        rows: Vec<Vec<Cell>>,
    },
    Picture,
}

/// The blocks of the file at `path`, a path in the repository.
pub(super) fn parse(path: &str, text: &str) -> Vec<ManualBlock> {
    let mut reader = Reader { path, ..Reader::default() };
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        reader.take(event);
    }
    reader.blocks
}

/// The words of spans without their looks.
pub(super) fn plain(spans: &[Span]) -> String {
    spans.iter().map(|span| span.text.as_str()).collect()
}

#[derive(Default)]
struct Reader<'a> {
    path: &'a str,
    blocks: Vec<ManualBlock>,
    spans: Vec<Span>,
    strong: usize,
    link: Option<Link>,
    /// Next number of every open list; `None` where it has no numbers.
    lists: Vec<Option<u64>>,
    /// Marker of the item whose text has not come yet.
    marker: Option<String>,
    code: Option<String>,
    rows: Vec<Vec<Cell>>,
    cells: Vec<Cell>,
    is_picture: bool,
}

impl Reader<'_> {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.is_picture => drop(text),
            Event::Text(text) => match &mut self.code {
                Some(code) => code.push_str(&text),
                None => self.push(&text, false),
            },
            Event::Code(text) => self.push(&text, true),
            Event::SoftBreak => self.push(" ", false),
            Event::HardBreak => self.push("\n", false),
            _ => {}
        }
    }

    fn push(&mut self, text: &str, is_code: bool) {
        let span = Span {
            text: text.to_owned(),
            is_strong: self.strong > 0,
            is_code,
            link: self.link.clone(),
        };
        match self.spans.last_mut() {
            Some(last)
                if (last.is_strong, last.is_code) == (span.is_strong, is_code)
                    && last.link == span.link =>
            {
                last.text.push_str(text);
            }
            _ => self.spans.push(span),
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::List(first) => {
                self.flush();
                self.lists.push(first);
            }
            Tag::Item => {
                let next = self.lists.last_mut().and_then(Option::as_mut);
                self.marker = Some(next.map_or_else(
                    || "•".to_owned(),
                    |n| {
                        *n += 1;
                        format!("{}.", *n - 1)
                    },
                ));
            }
            Tag::Strong => self.strong += 1,
            Tag::Link { dest_url, .. } => self.link = Some(Link::resolve(self.path, &dest_url)),
            Tag::Image { .. } => self.is_picture = true,
            Tag::CodeBlock(_) => self.code = Some(String::new()),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(level) => {
                let text = std::mem::take(&mut self.spans);
                let anchor = anchor(&plain(&text));
                self.blocks.push(ManualBlock::Heading { level: level as u8, text, anchor });
            }
            TagEnd::Paragraph | TagEnd::Item => self.flush(),
            TagEnd::List(_) => {
                self.lists.pop();
            }
            TagEnd::Strong => self.strong = self.strong.saturating_sub(1),
            TagEnd::Link => self.link = None,
            TagEnd::Image => {
                self.is_picture = false;
                self.blocks.push(ManualBlock::Picture);
            }
            TagEnd::CodeBlock => {
                let code = self.code.take().unwrap_or_default();
                self.blocks.push(ManualBlock::Code(code.trim_end().to_owned()));
            }
            TagEnd::TableCell => self.cells.push(std::mem::take(&mut self.spans)),
            TagEnd::TableHead | TagEnd::TableRow => {
                self.rows.push(std::mem::take(&mut self.cells));
            }
            TagEnd::Table => {
                self.blocks.push(ManualBlock::Table { rows: std::mem::take(&mut self.rows) });
            }
            _ => {}
        }
    }

    /// Ends the text that came last: an item where one has begun, else a paragraph.
    fn flush(&mut self) {
        let text = std::mem::take(&mut self.spans);
        if text.is_empty() {
            return;
        }
        self.blocks.push(match (self.marker.take(), self.lists.len()) {
            (Some(marker), n) => ManualBlock::Item { depth: n.saturating_sub(1), marker, text },
            (None, 0) => ManualBlock::Paragraph(text),
            // A second paragraph of an item.
            (None, n) => {
                ManualBlock::Item { depth: n.saturating_sub(1), marker: String::new(), text }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_that_the_manual_uses_is_read() {
        let text = "# A `b`\n\nOne **two**\nthree [four](c.md#d).\n\n- x\n- y\n\n1. z\n\n| h | i |\n\
                    |---|---|\n| j | k |\n\n```sh\nl\n```\n\n![m](n.png)\n";
        let blocks = parse("a/b.md", text);
        let [heading, paragraph, x, y, z, table, code, picture] = &blocks[..] else {
            panic!("{blocks:?}")
        };
        assert!(
            matches!(heading, ManualBlock::Heading { level: 1, anchor, .. } if anchor == "a-b")
        );
        let ManualBlock::Paragraph(spans) = paragraph else { panic!("{paragraph:?}") };
        assert_eq!(plain(spans), "One two three four.");
        assert!(spans[1].is_strong && spans[1].text == "two", "{spans:?}");
        let link = Link::File { path: "a/c.md".into(), anchor: Some("d".into()) };
        assert_eq!(spans[3].link, Some(link));
        let marker = |block: &ManualBlock| match block {
            ManualBlock::Item { depth: 0, marker, .. } => marker.clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!([x, y, z].map(marker), ["•", "•", "1."]);
        let ManualBlock::Table { rows } = table else { panic!("{table:?}") };
        assert_eq!(rows.iter().map(|row| plain(&row.concat())).collect::<Vec<_>>(), ["hi", "jk"]);
        assert_eq!(*code, ManualBlock::Code("l".into()));
        assert_eq!(*picture, ManualBlock::Picture);
    }
}
