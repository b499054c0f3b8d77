//! Sets text in lines: fonts, shapes of letters, writing directions, line breaks.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use parley::{
    Alignment, AlignmentOptions, BaseDirection, FontData, FontFamily, FontFamilyName, FontWeight,
    Layout, LineHeight, OverflowWrap, StyleProperty,
};

use super::block::{Ink, RichText};
use super::fonts::{FAMILY, Fonts, is_isolate};

/// Size of small text, as a share of the text around it.
const SMALL: f32 = 0.88;
/// Height of a line, as a share of the size of its text.
const LINE_HEIGHT: f32 = 1.28;

/// A line of text. Lengths are points; the origin is the left end of the top of the line.
#[derive(Debug, Clone)]
pub(super) struct TextLine {
    pub(super) height: f32,
    /// From the top.
    pub(super) baseline: f32,
    pub(super) width: f32,
    pub(super) runs: Vec<Run>,
}

/// Letters of one font.
#[cfg_attr(not(feature = "report-pdf"), expect(dead_code, reason = "only the PDF reads all of it"))]
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) font: FontData,
    pub(super) size: f32,
    /// From the left end of the line.
    pub(super) x: f32,
    pub(super) glyphs: Vec<Glyph>,
    /// The whole text; glyphs name their part of it.
    pub(super) text: Arc<str>,
}

/// A letter as the font draws it. Offsets are from its place in the run, up and to the right.
#[derive(Debug, Clone)]
pub(super) struct Glyph {
    pub(super) id: u32,
    pub(super) advance: f32,
    pub(super) dx: f32,
    pub(super) dy: f32,
    pub(super) range: Range<usize>,
}

/// How text is set.
#[derive(Debug, Clone, Copy)]
pub(super) struct TextStyle {
    /// Points.
    pub(super) size: f32,
    pub(super) is_bold: bool,
}

impl Fonts {
    /// Sets a text in lines of at most this width, in points.
    pub(super) fn set(&mut self, text: &RichText, style: TextStyle, width: f32) -> Vec<TextLine> {
        let (mut layout, text) = self.readable(text, style);
        layout.break_all_lines(Some(width.max(1.0)));
        layout.align(Alignment::Start, AlignmentOptions::default());
        let whole: Arc<str> = Arc::from(text.text.as_str());
        layout.lines().map(|line| text_line(&line, &whole)).collect()
    }

    /// The widths of a text in points: of its longest word, and in one line.
    pub(super) fn widths(&mut self, text: &RichText, style: TextStyle) -> (f32, f32) {
        let widths = self.readable(text, style).0.calculate_content_widths();
        (widths.min, widths.max)
    }

    /// The text, or that with numbers for letters without a font, not broken into lines yet.
    fn readable<'t>(
        &mut self,
        text: &'t RichText,
        style: TextStyle,
    ) -> (Layout<()>, Cow<'t, RichText>) {
        let mut layout = self.layout(text, style);
        // Letters can be looked at in lines only.
        layout.break_all_lines(None);
        let Some(with_numbers) = without_glyph(&layout, text) else {
            return (layout, Cow::Borrowed(text));
        };
        self.has_missing = true;
        (self.layout(&with_numbers, style), Cow::Owned(with_numbers))
    }

    fn layout(&mut self, text: &RichText, style: TextStyle) -> Layout<()> {
        let mut builder = self.layouts.ranged_builder(&mut self.context, &text.text, 1.0, false);
        builder.set_base_direction(BaseDirection::Ltr);
        let family = FontFamily::Single(FontFamilyName::Named(Cow::Borrowed(FAMILY)));
        builder.push_default(StyleProperty::FontFamily(family));
        builder.push_default(StyleProperty::FontSize(style.size));
        builder.push_default(StyleProperty::LineHeight(LineHeight::FontSizeRelative(LINE_HEIGHT)));
        // Long names and hashes break anywhere, but do not make a column narrow.
        builder.push_default(StyleProperty::OverflowWrap(OverflowWrap::BreakWord));
        if style.is_bold {
            builder.push_default(StyleProperty::FontWeight(FontWeight::BOLD));
        }
        for (range, ink) in &text.marks {
            match ink {
                Ink::Bold => {
                    builder.push(StyleProperty::FontWeight(FontWeight::BOLD), range.clone());
                }
                Ink::Small => {
                    builder.push(StyleProperty::FontSize(style.size * SMALL), range.clone());
                }
            }
        }
        builder.build(&text.text)
    }
}

/// The text with numbers for letters that no font has: `U+1F9FF`. `None` when there is none.
fn without_glyph(layout: &Layout<()>, text: &RichText) -> Option<RichText> {
    let mut missing: Vec<Range<usize>> = Vec::new();
    for run in layout.lines().flat_map(|line| line.runs().collect::<Vec<_>>()) {
        for cluster in run.clusters() {
            let is_end = text.text.get(cluster.text_range()) == Some("\n");
            if !is_end && cluster.glyphs().any(|glyph| glyph.id == 0) {
                missing.push(cluster.text_range());
            }
        }
    }
    let private = text.text.char_indices().filter(|(_, c)| is_private(*c));
    missing.extend(private.map(|(at, c)| at..at + c.len_utf8()));
    if missing.is_empty() {
        return None;
    }
    missing.sort_by_key(|range| range.start);
    missing.dedup_by(|later, first| {
        let is_same = later.start <= first.end;
        if is_same {
            first.end = first.end.max(later.end);
        }
        is_same
    });
    let mut out = RichText::default();
    let mut copied = 0;
    // Where a byte of the old text lies in the new one.
    let mut moved: Vec<(usize, usize)> = Vec::new();
    for range in missing {
        out.text.push_str(text.text.get(copied..range.start).unwrap_or_default());
        let numbers = text.text.get(range.clone()).unwrap_or_default().chars();
        let numbers: Vec<String> = numbers.map(|c| format!("U+{:04X}", c as u32)).collect();
        out.text.push('[');
        out.text.push_str(&numbers.join(" "));
        out.text.push(']');
        copied = range.end;
        moved.push((range.end, out.text.len()));
    }
    out.text.push_str(text.text.get(copied..).unwrap_or_default());
    let new_place = |at: usize| {
        let before = moved.iter().rev().find(|(old, _)| *old <= at);
        before.map_or(at, |(old, new)| at - old + new)
    };
    let marks = text.marks.iter();
    out.marks =
        marks.map(|(range, ink)| (new_place(range.start)..new_place(range.end), *ink)).collect();
    // A mark that ends inside of a replaced letter is dropped.
    let n = out.text.len();
    out.marks.retain(|(range, _)| {
        range.end <= n
            && out.text.is_char_boundary(range.start)
            && out.text.is_char_boundary(range.end)
    });
    Some(out)
}

/// Letters whose meaning only their font knows: an archive cannot keep them.
const fn is_private(c: char) -> bool {
    matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{ffffd}' | '\u{100000}'..='\u{10fffd}')
}

fn text_line(line: &parley::Line<'_, ()>, text: &Arc<str>) -> TextLine {
    let metrics = line.metrics();
    let mut x = metrics.offset;
    let mut runs = Vec::new();
    for run in line.runs() {
        let mut glyphs: Vec<Glyph> = Vec::new();
        let start = x;
        for cluster in run.visual_clusters() {
            if cluster.is_ligature_continuation() {
                // Its letters belong to the glyph before.
                if let Some(glyph) = glyphs.last_mut() {
                    let range = cluster.text_range();
                    glyph.range =
                        glyph.range.start.min(range.start)..glyph.range.end.max(range.end);
                }
                continue;
            }
            // These have done their work; whoever copies a hash from the paper wants its digits only.
            let is_sign = |c: char| is_isolate(c) || c == '\n';
            if text.get(cluster.text_range()).is_some_and(|part| part.starts_with(is_sign)) {
                continue;
            }
            for glyph in cluster.glyphs() {
                glyphs.push(Glyph {
                    id: glyph.id,
                    advance: glyph.advance,
                    dx: glyph.x,
                    dy: -glyph.y,
                    range: cluster.text_range(),
                });
                x += glyph.advance;
            }
        }
        runs.push(Run {
            font: run.font().clone(),
            size: run.font_size(),
            x: start,
            glyphs,
            text: Arc::clone(text),
        });
    }
    TextLine {
        height: metrics.line_height,
        baseline: metrics.baseline - metrics.block_min_coord,
        width: metrics.advance - metrics.hanging_advance,
        runs,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STYLE: TextStyle = TextStyle { size: 10.0, is_bold: false };

    #[test]
    fn long_names_break_and_marks_change_the_font() {
        let mut fonts = Fonts::new(false);
        let lines = fonts.set(&RichText::plain("a".repeat(400)), STYLE, 200.0);
        assert!(lines.len() > 5 && lines.iter().all(|line| line.width <= 200.5), "{}", lines.len());
        let text = RichText { text: "one two".into(), marks: vec![(4..7, Ink::Bold)] };
        let runs = fonts.set(&text, STYLE, 200.0).remove(0).runs;
        assert_eq!(runs.len(), 2);
        assert_ne!(runs[0].font.data.id(), runs[1].font.data.id());
        let (least, most) = fonts.widths(&RichText::plain("one two three"), STYLE);
        assert!(least < most && least > 10.0, "{least} {most}");
    }

    /// The fonts of the program have these two letters, and nobody else knows what they mean.
    #[test]
    fn private_letters_stand_as_their_numbers() {
        let mut fonts = Fonts::new(false);
        let text = RichText { text: "\u{f400} \u{f401}ab".into(), marks: vec![(7..9, Ink::Bold)] };
        let lines = fonts.set(&text, STYLE, 400.0);
        assert_eq!(&*lines[0].runs[0].text, "[U+F400] [U+F401]ab");
        assert!(fonts.has_missing);
        assert!(lines[0].runs.iter().flat_map(|run| &run.glyphs).all(|glyph| glyph.id != 0));
        let last = lines[0].runs.last().unwrap();
        assert_eq!(last.glyphs.len(), 2, "the mark moved with its letters");
    }

    /// The fonts of the program have no Thai letters; some of these stand above others.
    #[test]
    fn letters_that_no_font_has_stand_as_their_numbers() {
        let mut fonts = Fonts::new(false);
        let text = RichText { text: "ถ่า end".into(), marks: vec![(10..13, Ink::Bold)] };
        let lines = fonts.set(&text, STYLE, 400.0);
        let shown = &*lines[0].runs[0].text;
        let numbers: String = shown.chars().filter(|c| !"[] ".contains(*c)).collect();
        assert_eq!(numbers, "U+0E16U+0E48U+0E32end", "{shown}");
        assert!(fonts.has_missing);
        assert!(lines[0].runs.iter().flat_map(|run| &run.glyphs).all(|glyph| glyph.id != 0));
        assert_eq!(lines[0].runs.last().unwrap().glyphs.len(), 3, "the mark moved");
        let (least, _) = fonts.widths(&text, STYLE);
        assert!(least > 20.0, "the numbers need room: {least}");
    }

    #[test]
    fn names_of_both_directions_keep_their_order() {
        let mut fonts = Fonts::new(false);
        // The number after the name must not move before it.
        let text = RichText::plain("Item 1: \u{2068}تقرير\u{2069} 12: seen");
        let lines = fonts.set(&text, STYLE, 400.0);
        let glyphs = lines[0].runs.iter().flat_map(|run| &run.glyphs);
        let starts: Vec<usize> = glyphs.map(|glyph| glyph.range.start).collect();
        let twelve = text.text.find("12").unwrap();
        let name = text.text.find('ت').unwrap();
        let place = |at| starts.iter().position(|start| *start == at).unwrap();
        assert!(place(twelve) > place(name), "{starts:?}");
        let (before, arabic) = (&starts[..6], &starts[place(name) - 4..=place(name)]);
        assert!(before.is_sorted() && arabic.is_sorted_by(|a, b| a > b), "{starts:?}");
        let isolate = text.text.find('\u{2068}').unwrap();
        assert!(!starts.contains(&isolate), "marks of direction are not set");
        assert!(!fonts.has_missing);
    }
}
