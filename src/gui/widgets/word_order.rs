//! The order of words in scripts that are written from right to left.
//!
//! egui shapes each word of Hebrew and Arabic rightly, but puts the words of a line from left to right.
//! This plugin moves them where Unicode's bidirectional algorithm wants them, in the finished drawing:
//! the text itself stays as it is, for screen readers, copying and searching. A line as a whole begins
//! at the left, so the ending of a file name stays at its right.
//!
//! * **Not moved**: what stands in text fields, since the cursor would be elsewhere. Marks of writing
//!   direction have no effect: a hostile name could otherwise read as another one.

use std::ops::Range;
use std::sync::Arc;

use egui::epaint::text::{Galley, Glyph, Row};
use egui::{Context, FullOutput, Plugin, Shape};
use unicode_bidi::{BidiClass, BidiInfo, Level, bidi_class};

/// The plugin.
pub(in crate::gui) struct WordOrder;

impl Plugin for WordOrder {
    fn debug_name(&self) -> &'static str {
        "word order"
    }

    fn output_hook(&mut self, _ctx: &Context, output: &mut FullOutput) {
        for clipped in &mut output.shapes {
            in_shape(&mut clipped.shape);
        }
    }
}

fn in_shape(shape: &mut Shape) {
    match shape {
        Shape::Vec(shapes) => shapes.iter_mut().for_each(in_shape),
        Shape::Text(text) => in_galley(&mut text.galley),
        _ => {}
    }
}

/// Puts the words of a text that is laid out into their order.
pub(in crate::gui) fn in_galley(galley: &mut Arc<Galley>) {
    let text = &galley.job.text;
    // Only text fields keep the spaces at the end of a line.
    if text.is_ascii() || galley.job.keep_trailing_whitespace || !text.chars().any(is_turned) {
        return;
    }
    let galley = Arc::make_mut(galley);
    for placed in &mut galley.rows {
        if placed.row.glyphs.iter().any(|glyph| is_turned(glyph.chr)) {
            in_row(Arc::make_mut(&mut placed.row), galley.pixels_per_point);
        }
    }
}

/// Whether egui draws the letters of a font around this one from right to left. It turns the digits of
/// Arabic and Persian, too.
fn is_turned(c: char) -> bool {
    matches!(bidi_class(c), BidiClass::R | BidiClass::AL | BidiClass::AN)
        || matches!(c, '\u{6f0}'..='\u{6f9}')
}

/// A glyph with the marks on it: they move together.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Cluster {
    glyphs: Range<usize>,
    letter: char,
}

/// A glyph as far as its place depends on it.
#[derive(Debug, Clone, Copy)]
struct LineGlyph {
    letter: char,
    /// The font, by its measures.
    face: [u32; 2],
    /// Marks have none, nor what stands for the rest of a letter that is drawn already.
    has_width: bool,
}

/// The clusters of a line in the order of its text. In the drawing each font has its letters together,
/// and those of right-to-left scripts are turned.
fn clusters(line: &[LineGlyph]) -> Vec<Cluster> {
    let mut all: Vec<Cluster> = Vec::new();
    let mut start = 0;
    for run in line.chunk_by(|a, b| a.face == b.face) {
        let begin = all.len();
        let is_turned = run.iter().any(|glyph| is_turned(glyph.letter));
        // In what is turned a mark stands before its letter.
        let mut n_marks = 0;
        for (i, glyph) in run.iter().enumerate() {
            let glyphs = start + i - n_marks..start + i + 1;
            match all[begin..].last_mut() {
                _ if glyph.has_width => {
                    all.push(Cluster { glyphs, letter: glyph.letter });
                    n_marks = 0;
                }
                Some(last) if !is_turned => last.glyphs.end = start + i + 1,
                _ => n_marks += 1,
            }
        }
        let end = start + run.len();
        match all[begin..].last_mut() {
            Some(last) => last.glyphs.end = end,
            None => all.push(Cluster { glyphs: start..end, letter: run[0].letter }),
        }
        if is_turned {
            all[begin..].reverse();
        }
        start = end;
    }
    all
}

/// The level of each cluster in a line that begins at the left: odd ones run from right to left.
fn levels(clusters: &[Cluster]) -> Vec<Level> {
    let neutral = |cluster: &Cluster| match bidi_class(cluster.letter) {
        BidiClass::B
        | BidiClass::LRE
        | BidiClass::RLE
        | BidiClass::LRO
        | BidiClass::RLO
        | BidiClass::PDF
        | BidiClass::LRI
        | BidiClass::RLI
        | BidiClass::FSI
        | BidiClass::PDI => '\u{200b}',
        _ => cluster.letter,
    };
    let text: String = clusters.iter().map(neutral).collect();
    let info = BidiInfo::new(&text, Some(Level::ltr()));
    text.char_indices().map(|(at, _)| info.levels[at]).collect()
}

fn in_row(row: &mut Row, pixels_per_point: f32) {
    let placed = |glyph: &Glyph| LineGlyph {
        letter: glyph.chr,
        face: [glyph.font_face_ascent.to_bits(), glyph.font_face_height.to_bits()],
        has_width: glyph.advance_width > 0.0,
    };
    let line: Vec<LineGlyph> = row.glyphs.iter().map(placed).collect();
    let clusters = clusters(&line);
    let levels = levels(&clusters);
    let left_of = |glyphs: &Range<usize>| {
        let letter = glyphs.clone().find(|i| line[*i].has_width).unwrap_or(glyphs.start);
        row.glyphs[letter].pos.x
    };
    // By the drawing: where each cluster ends.
    let mut drawn: Vec<&Cluster> = clusters.iter().collect();
    drawn.sort_by_key(|cluster| cluster.glyphs.start);
    let end = row.glyphs.last().map_or(0.0, Glyph::max_x);
    let right_of = |cluster: &Cluster| {
        let at = drawn.partition_point(|other| other.glyphs.start <= cluster.glyphs.start);
        drawn.get(at).map_or(end, |next| left_of(&next.glyphs))
    };
    let mut pen = drawn.first().map_or(0.0, |first| left_of(&first.glyphs));
    let mut moves = Vec::with_capacity(clusters.len());
    for i in BidiInfo::reorder_visual(&levels) {
        let left = left_of(&clusters[i].glyphs);
        moves.push((i, pen - left));
        // On whole pixels, as the letters were.
        let width = right_of(&clusters[i]) - left;
        pen += (width * pixels_per_point).round() / pixels_per_point;
    }
    for (i, by) in moves {
        let is_mirrored = levels[i].is_rtl() && is_bracket(clusters[i].letter);
        shift(row, clusters[i].glyphs.clone(), by, is_mirrored);
    }
}

/// Moves the letters and their pictures sideways, in points.
fn shift(row: &mut Row, glyphs: Range<usize>, by: f32, is_mirrored: bool) {
    let all = row.visuals.glyph_vertex_range.clone();
    let vertex = |i: usize| row.glyphs.get(i).map_or(all.end, |glyph| glyph.first_vertex as usize);
    let vertices = vertex(glyphs.start)..vertex(glyphs.end).min(all.end);
    for glyph in &mut row.glyphs[glyphs] {
        glyph.pos.x += by;
    }
    let Some(vertices) = row.visuals.mesh.vertices.get_mut(vertices) else { return };
    for vertex in vertices.iter_mut() {
        vertex.pos.x += by;
    }
    if let (true, [left_top, right_top, left_bottom, right_bottom]) = (is_mirrored, vertices) {
        std::mem::swap(&mut left_top.uv.x, &mut right_top.uv.x);
        std::mem::swap(&mut left_bottom.uv.x, &mut right_bottom.uv.x);
    }
}

/// Brackets open towards what they hold, whichever way it is read.
fn is_bracket(c: char) -> bool {
    "()[]{}<>«»‹›".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is seen from the left. Letters of right-to-left scripts have a font of their own.
    fn seen(text: &str) -> String {
        let glyph = |letter: char| LineGlyph {
            letter,
            face: [u32::from(is_turned(letter)), 0],
            has_width: true,
        };
        let mut line: Vec<LineGlyph> = text.chars().map(glyph).collect();
        for run in line.chunk_by_mut(|a, b| a.face == b.face) {
            if run[0].face[0] == 1 {
                run.reverse();
            }
        }
        let clusters = clusters(&line);
        let order = BidiInfo::reorder_visual(&levels(&clusters));
        order.into_iter().map(|i| clusters[i].letter).collect()
    }

    #[test]
    fn words_run_from_right_to_left_and_the_ending_stays_at_the_right() {
        assert_eq!(seen("plain text.png"), "plain text.png");
        assert_eq!(seen("שלום עולם.png"), "םלוע םולש.png");
        assert_eq!(seen("a שלום, עולם 12 b"), "a 12 םלוע ,םולש b", "numbers are not turned");
        assert_eq!(seen("صورة ١٢.png"), "١٢ ةروص.png", "nor those in Arabic digits");
        assert_eq!(seen("x ۱۲ y"), "x ۱۲ y", "nor those of Persian alone");
    }

    #[test]
    fn marks_stay_on_their_letters() {
        let glyph = |letter, face, has_width| LineGlyph { letter, face: [face, 0], has_width };
        // As drawn: a word of two letters with a mark on each and one more glyph at its end.
        let line = [
            glyph('a', 0, true),
            glyph('\u{301}', 0, false),
            glyph('\u{5b8}', 1, false),
            glyph('ב', 1, true),
            glyph('\u{5b0}', 1, false),
            glyph('א', 1, true),
            glyph('ב', 1, false),
        ];
        let glyphs: Vec<Range<usize>> =
            clusters(&line).into_iter().map(|cluster| cluster.glyphs).collect();
        assert_eq!(glyphs, [0..2, 4..7, 2..4]);
        let two = [glyph('א', 1, true), glyph('a', 0, true), glyph('ב', 1, true)];
        assert_eq!(clusters(&two).len(), 3, "each font for itself");
    }

    #[test]
    fn marks_of_direction_turn_nothing() {
        let name = "\u{202e}gnp.exe שלום\u{2067}x";
        let shown: String = seen(name).chars().filter(|c| c.is_alphanumeric()).collect();
        assert_eq!(shown, "gnpexeםולשx");
    }
}
