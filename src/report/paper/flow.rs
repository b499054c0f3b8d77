//! Lets the parts of a document flow over pages.

use super::block::{Bar, Ink, PaperBlock, Picture, RichText};
use super::fonts::Fonts;
use super::lines::{TextLine, TextStyle};
use super::page::{Chapter, Element, Mark, Page, Paper, PlacedMark, Role, SetDocument};

/// Sizes of text in points: of page 1, which has to hold much, and of all others.
const BODY: [f32; 2] = [8.2, 8.4];
/// Headings of level 1, 2 and 3.
const HEADINGS: [f32; 3] = [15.0, 10.6, 9.2];
/// Tallest picture of page 1 and of other pages, points.
const PICTURE_HEIGHT: [f32; 2] = [150.0, 250.0];
/// A heading never stands alone at the end of a page: there has to be room for it and this.
const AFTER_HEADING: f32 = 40.0;
const PICTURES_IN_A_ROW: usize = 3;
const GAP: f32 = 3.0;
const INDENT: f32 = 11.0;
pub(super) const LINE: [u8; 3] = [110; 3];

/// Pages that are being filled.
pub(super) struct Flow<'a> {
    pub(super) fonts: &'a mut Fonts,
    paper: Paper,
    pages: Vec<Page>,
    elements: Vec<Element>,
    outline: Vec<Chapter>,
    pub(super) y: f32,
    /// Left and right end of what is set.
    pub(super) left: f32,
    pub(super) right: f32,
    /// Page 1 is being set.
    is_first: bool,
    /// Height of its pictures, as a share of the greatest.
    shrink: f32,
    /// Page 1 took more than one page.
    is_over: bool,
}

/// Shares of the height of the pictures of page 1: as much as leaves it on one page.
const SHRINK: [f32; 3] = [1.0, 0.7, 0.45];

/// Sets a document. `is_first`: it begins with page 1 of a report, whose pictures shrink if they leave
/// no room for its words.
pub(super) fn set_blocks(
    blocks: &[PaperBlock],
    paper: Paper,
    is_first: bool,
    fonts: &mut Fonts,
) -> SetDocument {
    let [largest, smaller @ ..] = SHRINK;
    let mut set = set_once(blocks, paper, is_first, largest, fonts);
    for shrink in smaller {
        if !set.1 {
            break;
        }
        set = set_once(blocks, paper, is_first, shrink, fonts);
    }
    set.0
}

/// The document, and whether its page 1 took more than one.
fn set_once(
    blocks: &[PaperBlock],
    paper: Paper,
    is_first: bool,
    shrink: f32,
    fonts: &mut Fonts,
) -> (SetDocument, bool) {
    let [width, _] = paper.size();
    let [left, top, right, _] = paper.margins();
    let mut flow = Flow {
        fonts,
        paper,
        pages: vec![Page::default()],
        elements: Vec::new(),
        outline: Vec::new(),
        y: top,
        left,
        right: width - right,
        is_first,
        shrink,
        is_over: false,
    };
    flow.blocks(blocks);
    if flow.fonts.has_missing {
        let note = "This computer has no font for some letters. They stand as their numbers: U+…";
        flow.paragraph(
            &RichText { text: note.to_owned(), marks: vec![(0..note.len(), Ink::Small)] },
            None,
        );
    }
    let Flow { pages, elements, outline, is_over, .. } = flow;
    (SetDocument { paper, pages, elements, outline }, is_over)
}

impl Flow<'_> {
    pub(super) fn width(&self) -> f32 {
        self.right - self.left
    }

    /// The lower end of what may be set on a page.
    pub(super) fn bottom(&self) -> f32 {
        let [_, height] = self.paper.size();
        let [_, _, _, bottom] = self.paper.margins();
        height - bottom
    }

    fn top(&self) -> f32 {
        let [_, top, _, _] = self.paper.margins();
        top
    }

    /// Height of what a page holds.
    pub(super) fn page_height(&self) -> f32 {
        self.bottom() - self.top()
    }

    pub(super) fn size(&self) -> f32 {
        BODY[usize::from(!self.is_first)]
    }

    pub(super) fn element(&mut self, role: Role, parent: Option<usize>) -> usize {
        self.elements.push(Element { role, parent });
        self.elements.len() - 1
    }

    pub(super) fn mark(&mut self, mark: Mark, element: Option<usize>) {
        if let Some(page) = self.pages.last_mut() {
            page.marks.push(PlacedMark { mark, element });
        }
    }

    pub(super) fn new_page(&mut self) {
        self.pages.push(Page::default());
        self.y = self.top();
    }

    pub(super) fn is_at_top(&self) -> bool {
        self.y <= self.top() + 0.5
    }

    fn is_page_empty(&self) -> bool {
        self.pages.last().is_none_or(|page| page.marks.is_empty())
    }

    /// Starts a new page unless so much fits on this one.
    pub(super) fn need(&mut self, height: f32) {
        if self.y + height > self.bottom() && !self.is_page_empty() {
            self.new_page();
        }
    }

    fn blocks(&mut self, blocks: &[PaperBlock]) {
        for block in blocks {
            match block {
                PaperBlock::Heading { level, text } => self.heading(*level, text),
                PaperBlock::Paragraph { text, bar } => self.paragraph(text, *bar),
                PaperBlock::List { is_ordered, items } => self.list(*is_ordered, items),
                PaperBlock::Table(table) => self.table(table),
                PaperBlock::Pictures(pictures) => {
                    pictures.chunks(PICTURES_IN_A_ROW).for_each(|row| self.pictures(row));
                }
                PaperBlock::Caution(inside) => self.caution(inside),
                PaperBlock::NewPage => {
                    self.is_over |= self.is_first && self.pages.len() > 1;
                    self.is_first = false;
                    if !self.is_page_empty() {
                        self.new_page();
                    }
                }
            }
        }
    }

    /// Sets lines one below the other, over pages if they do not fit.
    fn text(&mut self, lines: Vec<TextLine>, x: f32, element: usize) {
        let n = lines.len();
        for (i, line) in lines.into_iter().enumerate() {
            // Two lines at least stay together, at the end of a page and at the top of the next.
            let together = if n > 1 && (i == 0 || i == n - 2) { 2.0 } else { 1.0 };
            self.need(line.height * together);
            let height = line.height;
            self.mark(Mark::Text { line, x, y: self.y }, Some(element));
            self.y += height;
        }
    }

    fn heading(&mut self, level: u8, text: &RichText) {
        let index = usize::from(level.clamp(1, 3)) - 1;
        let shrink = if self.paper == Paper::A5 { 0.86 } else { 1.0 };
        let style = TextStyle { size: HEADINGS[index] * shrink, is_bold: true };
        let lines = self.fonts.set(text, style, self.width());
        let height: f32 = lines.iter().map(|line| line.height).sum();
        if !self.is_page_empty() {
            self.y += [0.0, 5.0, 4.0][index];
        }
        self.need(height + AFTER_HEADING);
        let title = text.text.replace(super::fonts::is_isolate, "");
        let role = Role::Heading { level: level.clamp(1, 3), text: title.clone() };
        let element = self.element(role, None);
        if level < 3 {
            let page = self.pages.len() - 1;
            self.outline.push(Chapter { page, y: self.y, level, text: title });
        }
        self.text(lines, self.left, element);
        if level == 2 {
            let area = [self.left, self.y + 0.6, self.width(), 0.6];
            self.mark(Mark::Fill { area, color: LINE }, None);
            self.y += 2.0;
        }
        self.y += 1.5;
    }

    fn paragraph(&mut self, text: &RichText, bar: Option<Bar>) {
        let style = TextStyle { size: self.size(), is_bold: false };
        let inset = if bar.is_some() { 9.0 } else { 0.0 };
        let lines = self.fonts.set(text, style, self.width() - inset);
        if let Some(bar) = bar {
            self.bar(bar, lines.iter().map(|line| line.height).sum());
        }
        let element = self.element(Role::Paragraph, None);
        self.text(lines, self.left + inset, element);
        self.y += GAP;
    }

    /// The bar beside a verdict: double, thick, thin or hollow.
    fn bar(&mut self, bar: Bar, height: f32) {
        self.need(height);
        let (color, parts): ([u8; 3], &[(f32, f32)]) = match bar {
            Bar::TracesFound => ([160, 0, 0], &[(0.0, 2.0), (3.6, 2.0)]),
            Bar::Inconclusive => ([176, 128, 0], &[(0.0, 5.6)]),
            Bar::NoTraceFound => ([51, 102, 170], &[(0.0, 2.0)]),
            Bar::NotExamined => ([120, 120, 120], &[(0.0, 0.8), (4.8, 0.8)]),
        };
        for (x, width) in parts {
            let area = [self.left + x, self.y, *width, height];
            self.mark(Mark::Fill { area, color }, None);
        }
    }

    fn list(&mut self, is_ordered: bool, items: &[RichText]) {
        let style = TextStyle { size: self.size(), is_bold: false };
        let list = self.element(Role::List { is_ordered }, None);
        for (i, item) in items.iter().enumerate() {
            let sign = if is_ordered { format!("{}.", i + 1) } else { "•".to_owned() };
            let sign = self.fonts.set(&RichText::plain(sign), style, INDENT);
            let lines = self.fonts.set(item, style, self.width() - INDENT);
            let together = lines.iter().take(2).map(|line| line.height).sum();
            self.need(together);
            let node = self.element(Role::Item, Some(list));
            let label = self.element(Role::Label, Some(node));
            for line in sign {
                self.mark(Mark::Text { line, x: self.left + 2.0, y: self.y }, Some(label));
            }
            let text = self.element(Role::ItemText, Some(node));
            self.text(lines, self.left + INDENT, text);
            self.y += 0.8;
        }
        self.y += GAP - 0.8;
    }

    /// Pictures side by side, none taller than allowed, each with its caption.
    fn pictures(&mut self, pictures: &[Picture]) {
        let n = pictures.len().max(1) as f32;
        let gap = 10.0;
        let column = (self.width() - gap * (n - 1.0)) / n;
        let tallest =
            if self.is_first { PICTURE_HEIGHT[0] * self.shrink } else { PICTURE_HEIGHT[1] };
        let style = TextStyle { size: self.size() * 0.9, is_bold: false };
        let mut set = Vec::new();
        for picture in pictures {
            let (w, h) = (picture.width_px as f32, picture.height_px as f32);
            // A pixel is never larger than a point.
            let scale = (column / w).min(tallest / h).min(1.0);
            let lines = self.fonts.set(&picture.caption, style, column);
            let caption: f32 = lines.iter().map(|line| line.height).sum();
            set.push((picture, [w * scale, h * scale], lines, caption));
        }
        let tallest = set.iter().map(|(_, [_, h], _, caption)| h + caption).fold(0.0, f32::max);
        self.need(tallest + 2.0 * GAP);
        let top = self.y + 1.0;
        for (i, (picture, [w, h], lines, _)) in set.into_iter().enumerate() {
            let x = self.left + i as f32 * (column + gap);
            let figure = self.element(Role::Figure { alt: picture.alt.clone() }, None);
            let edge = [x - 0.5, top - 0.5, w + 1.0, h + 1.0];
            self.mark(Mark::Fill { area: edge, color: LINE }, None);
            let jpeg = std::sync::Arc::clone(&picture.jpeg);
            self.mark(Mark::Picture { area: [x, top, w, h], jpeg }, Some(figure));
            let caption = self.element(Role::Caption, None);
            let mut y = top + h + 2.0;
            for line in lines {
                let height = line.height;
                self.mark(Mark::Text { line, x, y }, Some(caption));
                y += height;
            }
        }
        self.y = top + tallest + 2.0 + GAP;
    }

    /// A frame around what has to be seen first. It is drawn in parts where it goes over pages.
    fn caution(&mut self, inside: &[PaperBlock]) {
        let (first, top) = (self.pages.len() - 1, self.y);
        self.left += 7.0;
        self.right -= 7.0;
        self.y += 4.0;
        self.blocks(inside);
        self.left -= 7.0;
        self.right += 7.0;
        let last = self.pages.len() - 1;
        let end = self.y + 1.0;
        let (page_top, page_bottom) = (self.top(), self.bottom());
        for page in first..=last {
            let from = if page == first { top } else { page_top };
            let to = if page == last { end } else { page_bottom };
            self.frame(page, [self.left, from, self.width(), to - from]);
        }
        self.y = end + 4.0;
    }

    fn frame(&mut self, page: usize, [x, y, w, h]: [f32; 4]) {
        let line = 1.3;
        let sides = [
            [x, y, w, line],
            [x, y + h - line, w, line],
            [x, y, line, h],
            [x + w - line, y, line, h],
        ];
        let Some(page) = self.pages.get_mut(page) else { return };
        for area in sides {
            let mark = Mark::Fill { area, color: [20; 3] };
            page.marks.push(PlacedMark { mark, element: None });
        }
    }
}
