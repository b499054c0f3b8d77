//! Reads the parts of a page from its HTML.
//!
//! The HTML is that of our own template: well formed, every text escaped. What a record brings
//! cannot be a tag. So this reader knows the tags of the template and nothing else.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::block::{Bar, Cell, Ink, PaperBlock, Picture, RichText, Table};
use crate::report::Error;

/// The parts of a page between `<body>` and `</body>`.
pub(super) fn read_blocks(html: &str) -> Result<Vec<PaperBlock>, Error> {
    let body = html.split_once("<body>").and_then(|(_, rest)| rest.split_once("</body>"));
    let (body, _) = body.ok_or_else(|| Error::Page("it has no body".to_owned()))?;
    let mut reader = Reader::default();
    let mut rest = body;
    while let Some((text, after)) = rest.split_once('<') {
        reader.text(text);
        let (tag, after) =
            after.split_once('>').ok_or_else(|| Error::Page("a tag does not end".to_owned()))?;
        reader.tag(tag)?;
        rest = after;
    }
    reader.text(rest);
    reader.end_paragraph();
    Ok(reader.blocks)
}

/// Where text goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum TextTarget {
    #[default]
    Paragraph,
    Heading(u8),
    Item,
    Cell,
    Caption,
}

#[derive(Default)]
struct Reader {
    blocks: Vec<PaperBlock>,
    /// Blocks outside of a frame, while one is read.
    outside: Option<Vec<PaperBlock>>,
    place: TextTarget,
    text: RichText,
    /// Marks that are open: where they began.
    open: Vec<(usize, Option<Ink>)>,
    bar: Option<Bar>,
    list: Option<(bool, Vec<RichText>)>,
    table: Option<Table>,
    row: Vec<Cell>,
    cell: Cell,
    is_in_head: bool,
    /// Pictures side by side, while such are read.
    pair: Option<Vec<Picture>>,
    picture: Option<Picture>,
}

impl Reader {
    /// Text between tags. White space counts once, as in HTML.
    fn text(&mut self, text: &str) {
        // A number and its unit stay together.
        for c in unescaped(text).replace(" %", "\u{a0}%").chars() {
            let is_space = matches!(c, ' ' | '\n' | '\t' | '\r');
            if !is_space {
                self.text.text.push(c);
            } else if !self.text.text.is_empty() && !self.text.text.ends_with([' ', '\n']) {
                self.text.text.push(' ');
            }
        }
    }

    fn tag(&mut self, tag: &str) -> Result<(), Error> {
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        let class = attribute(attributes, "class").unwrap_or_default();
        let is = |word: &str| class.split(' ').any(|c| c == word);
        match name {
            "section" => {
                self.end_paragraph();
                if is("after-first") || (is("item") && !is("short")) {
                    self.blocks.push(PaperBlock::NewPage);
                }
            }
            "div" => {
                self.end_paragraph();
                if is("caution") {
                    self.outside = Some(std::mem::take(&mut self.blocks));
                } else {
                    self.pair = Some(Vec::new());
                }
            }
            "/div" => self.end_div(),
            "h1" | "h2" | "h3" => {
                self.end_paragraph();
                self.place =
                    TextTarget::Heading(name.as_bytes().last().map_or(1, |digit| digit - b'0'));
            }
            "/h1" | "/h2" | "/h3" | "/p" | "figure" => self.end_paragraph(),
            "p" => {
                self.end_paragraph();
                self.mark(is("small").then_some(Ink::Small));
            }
            "ul" | "ol" => {
                self.end_paragraph();
                self.list = Some((name == "ol", Vec::new()));
            }
            "/ul" | "/ol" => {
                if let Some((is_ordered, items)) = self.list.take() {
                    self.push(PaperBlock::List { is_ordered, items });
                }
                self.place = TextTarget::Paragraph;
            }
            "li" => self.start(TextTarget::Item),
            "/li" => {
                let text = self.taken();
                if let Some((_, items)) = &mut self.list {
                    items.push(text);
                }
            }
            "table" => {
                self.end_paragraph();
                self.table = Some(Table { is_facts: is("facts"), ..Table::default() });
            }
            "/table" => {
                if let Some(table) = self.table.take().filter(|table| !table.rows.is_empty()) {
                    self.push(PaperBlock::Table(table));
                }
                self.place = TextTarget::Paragraph;
                self.taken();
            }
            "caption" | "figcaption" => self.start(TextTarget::Caption),
            "/caption" => {
                let text = self.taken();
                self.push(PaperBlock::Paragraph { text, bar: None });
            }
            "thead" => self.is_in_head = true,
            "/thead" => self.is_in_head = false,
            "tr" => self.row.clear(),
            "/tr" => self.end_row(),
            "th" | "td" => {
                self.start(TextTarget::Cell);
                let span = attribute(attributes, "colspan").and_then(|n| n.parse().ok());
                let span = span.unwrap_or(1);
                self.cell =
                    Cell { is_head: name == "th", is_number: is("num"), span, ..Cell::default() };
            }
            "/th" | "/td" => {
                let text = self.taken();
                self.row.push(Cell { text, ..std::mem::take(&mut self.cell) });
            }
            "img" => self.picture = Some(picture(attributes)?),
            "/figcaption" => {
                let caption = self.taken();
                if let Some(picture) = &mut self.picture {
                    picture.caption = caption;
                }
                self.place = TextTarget::Paragraph;
            }
            "/figure" => self.end_figure(),
            "span" if is("verdict") => {
                self.bar = [
                    ("traces-found", Bar::TracesFound),
                    ("inconclusive", Bar::Inconclusive),
                    ("no-trace-found", Bar::NoTraceFound),
                ]
                .into_iter()
                .find(|(word, _)| is(word))
                .map_or(Some(Bar::NotExamined), |(_, bar)| Some(bar));
                self.mark(Some(Ink::Bold));
            }
            "span" | "code" => {
                self.mark((is("small") || name == "code").then_some(Ink::Small));
            }
            "strong" => self.mark(Some(Ink::Bold)),
            "/span" | "/code" | "/strong" => self.end_mark(),
            // A name is set apart from the direction of the text around it.
            "bdi" => {
                let is_left_to_right = attribute(attributes, "dir").is_some_and(|dir| dir == "ltr");
                self.text.text.push(if is_left_to_right { '\u{2066}' } else { '\u{2068}' });
            }
            "/bdi" => self.text.text.push('\u{2069}'),
            "br" => self.text.text.push('\n'),
            "data" | "/data" | "a" | "/a" | "/section" | "tbody" | "/tbody" => {}
            _ => return Err(Error::Page(format!("the tag {name} cannot be set on paper"))),
        }
        Ok(())
    }

    fn mark(&mut self, ink: Option<Ink>) {
        self.open.push((self.text.text.len(), ink));
    }

    fn end_mark(&mut self) {
        if let Some((start, Some(ink))) = self.open.pop() {
            let end = self.text.text.len();
            // Marks inside of others are not set: the outer one holds.
            self.text.marks.retain(|(range, _)| range.start < start);
            self.text.marks.push((start..end, ink));
        }
    }

    fn start(&mut self, place: TextTarget) {
        self.taken();
        self.place = place;
    }

    /// The text so far, with its open marks closed.
    fn taken(&mut self) -> RichText {
        while !self.open.is_empty() {
            self.end_mark();
        }
        let mut text = std::mem::take(&mut self.text);
        let end = text.text.trim_end().len();
        text.text.truncate(end);
        text.marks.retain_mut(|(range, _)| {
            range.end = range.end.min(end);
            range.start < range.end
        });
        text
    }

    /// Ends a paragraph or heading.
    fn end_paragraph(&mut self) {
        let text = self.taken();
        let bar = self.bar.take();
        let place = std::mem::take(&mut self.place);
        if text.text.is_empty() {
            return;
        }
        match place {
            TextTarget::Heading(level) => self.push(PaperBlock::Heading { level, text }),
            _ => self.push(PaperBlock::Paragraph { text, bar }),
        }
    }

    fn end_row(&mut self) {
        let row = std::mem::take(&mut self.row);
        let Some(table) = &mut self.table else { return };
        if self.is_in_head {
            table.head = row;
        } else if !row.is_empty() {
            table.rows.push(row);
        }
    }

    fn end_figure(&mut self) {
        let Some(picture) = self.picture.take() else { return };
        match &mut self.pair {
            Some(pair) => pair.push(picture),
            None => self.push(PaperBlock::Pictures(vec![picture])),
        }
    }

    fn end_div(&mut self) {
        self.end_paragraph();
        if let Some(pictures) = self.pair.take() {
            if !pictures.is_empty() {
                self.push(PaperBlock::Pictures(pictures));
            }
        } else if let Some(outside) = self.outside.take() {
            let inside = std::mem::replace(&mut self.blocks, outside);
            self.blocks.push(PaperBlock::Caution(inside));
        }
    }

    fn push(&mut self, block: PaperBlock) {
        self.blocks.push(block);
    }
}

/// The value of an attribute, unescaped.
fn attribute(attributes: &str, name: &str) -> Option<String> {
    let start = format!("{name}=\"");
    let mut rest = attributes;
    while let Some(at) = rest.find(&start) {
        let (before, from) = rest.split_at(at);
        let value = from.get(start.len()..)?;
        // No other attribute ends with the name.
        if before.is_empty() || before.ends_with(' ') {
            return value.split_once('"').map(|(value, _)| unescaped(value));
        }
        rest = value;
    }
    None
}

fn picture(attributes: &str) -> Result<Picture, Error> {
    let refused = || Error::Page("a picture of the page cannot be read".to_owned());
    let source = attribute(attributes, "src").ok_or_else(refused)?;
    let code = source.strip_prefix("data:image/jpeg;base64,").ok_or_else(refused)?;
    let jpeg = STANDARD.decode(code).map_err(|e| Error::Page(e.to_string()))?;
    let size = |name| attribute(attributes, name).and_then(|n| n.parse::<u32>().ok());
    let (width_px, height_px) = size("width").zip(size("height")).ok_or_else(refused)?;
    Ok(Picture {
        jpeg: Arc::new(jpeg),
        width_px: width_px.max(1),
        height_px: height_px.max(1),
        alt: attribute(attributes, "alt").unwrap_or_default(),
        caption: RichText::default(),
    })
}

/// The text of escaped HTML: the escapes of minijinja.
fn unescaped(text: &str) -> String {
    let escapes = [
        ("&lt;", '<'),
        ("&gt;", '>'),
        ("&quot;", '"'),
        ("&#x27;", '\''),
        ("&#x2f;", '/'),
        ("&amp;", '&'),
    ];
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, _)) = rest.split_once('&') {
        out.push_str(before);
        let from = rest.get(before.len()..).unwrap_or_default();
        let known = escapes.iter().find(|(code, _)| from.starts_with(code));
        let (code, c) = known.copied().unwrap_or(("&", '&'));
        out.push(c);
        rest = from.get(code.len()..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Vec<PaperBlock> {
        read_blocks(&format!("<html><body>{body}</body></html>")).unwrap()
    }

    #[test]
    fn texts_lists_and_tables_keep_their_order_and_marks() {
        let blocks = read(
            "<h1>A &lt;b&gt; &amp;amp;</h1>\n<p>one\n  <strong>two</strong></p><ul><li>x</li>\n</ul>\
             <table class=\"facts\"><thead><tr><th scope=\"col\">h</th></tr></thead><tbody><tr><td \
             class=\"num\">1</td></tr></tbody></table><section class=\"item\" id=\"a\"><p><span \
             class=\"verdict inconclusive\">odd</span></p></section>",
        );
        assert_eq!(
            blocks[0],
            PaperBlock::Heading { level: 1, text: RichText::plain("A <b> &amp;") }
        );
        let two = RichText { text: "one two".into(), marks: vec![(4..7, Ink::Bold)] };
        assert_eq!(blocks[1], PaperBlock::Paragraph { text: two, bar: None });
        assert!(
            matches!(&blocks[2], PaperBlock::List { is_ordered: false, items } if items.len() == 1)
        );
        let PaperBlock::Table(table) = &blocks[3] else { panic!("{:?}", blocks[3]) };
        assert!(table.is_facts && table.head[0].is_head && table.rows[0][0].is_number);
        assert_eq!(blocks[4], PaperBlock::NewPage);
        assert!(
            matches!(&blocks[5], PaperBlock::Paragraph { bar: Some(Bar::Inconclusive), text } if text.text == "odd")
        );
    }

    /// A new tag in a template has to be taught to the reader, else there is no report on paper.
    #[test]
    fn every_tag_of_the_templates_is_known() {
        let pages = [
            include_str!("../../../assets/report/report.html"),
            include_str!("../../../assets/report/card.html"),
        ];
        for page in pages {
            let (_, body) = page.split_once("<body>").unwrap();
            let tags = body.split('<').skip(1).map(|rest| rest.split(['>', ' ']).next().unwrap());
            for tag in tags.filter(|tag| !matches!(*tag, "img" | "/body" | "/html")) {
                Reader::default().tag(tag).unwrap_or_else(|error| panic!("{tag}: {error}"));
            }
        }
    }

    #[test]
    fn frames_and_pictures_come_back_and_unknown_tags_are_refused() {
        let figure = "<figure><img src=\"data:image/jpeg;base64,/9j/\" width=\"4\" height=\"3\" \
                      alt=\"a &quot;b&quot;\"><figcaption>c</figcaption></figure>";
        let blocks = read(&format!(
            "<div class=\"caution\"><p>see</p></div><div class=\"pair\">{figure}{figure}</div>{figure}"
        ));
        assert!(matches!(&blocks[0], PaperBlock::Caution(inside) if inside.len() == 1));
        let PaperBlock::Pictures(pair) = &blocks[1] else { panic!("{:?}", blocks[1]) };
        assert_eq!((pair.len(), pair[0].alt.as_str(), pair[0].jpeg.len()), (2, "a \"b\"", 3));
        assert!(matches!(&blocks[2], PaperBlock::Pictures(one) if one.len() == 1));
        let table = read("<table><caption>of what</caption><tr><td>1</td></tr></table>");
        assert!(
            matches!(&table[..], [PaperBlock::Paragraph { .. }, PaperBlock::Table(_)]),
            "{table:?}"
        );
        let name = read("<p>a <bdi dir=\"ltr\">b</bdi> <bdi>c</bdi></p>");
        let text = RichText::plain("a \u{2066}b\u{2069} \u{2068}c\u{2069}");
        assert_eq!(name, [PaperBlock::Paragraph { text, bar: None }]);
        assert!(read_blocks("<body><video></body>").is_err());
        assert!(read_blocks("no page").is_err());
    }
}
