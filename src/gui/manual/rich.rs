//! Draws runs of text: bold, code, links, and the words that were searched for.

use egui::text::{LayoutJob, TextFormat};
use egui::{Color32, FontId, RichText, TextStyle, Ui};

use super::book;
use super::link::Link;
use super::parse::Span;

/// How text looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct SpanStyle<'a> {
    /// Points.
    pub(super) size: f32,
    pub(super) is_strong: bool,
    /// Words to mark, in lower case.
    pub(super) terms: &'a [String],
}

/// Draws spans as wrapping text; returns the link that was clicked.
pub(super) fn spans_ui<'a>(
    ui: &mut Ui,
    spans: &'a [Span],
    style: SpanStyle<'_>,
) -> Option<&'a Link> {
    if spans.iter().all(|span| span.link.is_none()) {
        ui.label(layout_job(ui, spans, style));
        return None;
    }
    let mut clicked = None;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        let is_link = |span: &Span| span.link.is_some();
        for run in spans.chunk_by(|a, b| !is_link(a) && !is_link(b)) {
            match run {
                [span @ Span { link: Some(link), .. }] => {
                    if link_ui(ui, span, link, style) {
                        clicked = Some(link);
                    }
                }
                run => {
                    ui.label(layout_job(ui, run, style));
                }
            }
        }
    });
    clicked
}

/// Draws a link; true when it was clicked. What the window cannot show is text.
fn link_ui(ui: &mut Ui, span: &Span, link: &Link, style: SpanStyle<'_>) -> bool {
    match link {
        Link::File { path, .. } if book::page_at(path).is_some() => {
            let color = ui.visuals().hyperlink_color;
            let mut text = RichText::new(&span.text).size(style.size).color(color).underline();
            if span.is_code {
                text = text.monospace();
            }
            ui.link(text).clicked()
        }
        Link::File { path, .. } => {
            ui.label(layout_job(ui, std::slice::from_ref(span), style))
                .on_hover_text(format!("In the source tree: {path}"));
            false
        }
        Link::Web(url) => {
            let text =
                if span.text == *url { url.clone() } else { format!("{} ({url})", span.text) };
            ui.label(RichText::new(text).size(style.size));
            false
        }
    }
}

/// The layout of spans without links.
pub(super) fn layout_job(ui: &Ui, spans: &[Span], style: SpanStyle<'_>) -> LayoutJob {
    let mut job = LayoutJob::default();
    for span in spans {
        let format = format_of(ui, span, style);
        for (text, is_hit) in pieces(&span.text, style.terms) {
            let background = if is_hit { hit_color(ui) } else { format.background };
            job.append(text, 0.0, TextFormat { background, ..format.clone() });
        }
    }
    job
}

fn format_of(ui: &Ui, span: &Span, style: SpanStyle<'_>) -> TextFormat {
    let visuals = ui.visuals();
    let is_strong = span.is_strong || style.is_strong;
    let family = if span.is_code { TextStyle::Monospace } else { TextStyle::Body };
    let font = FontId { size: style.size, ..family.resolve(ui.style()) };
    let font = if span.is_code { FontId { size: style.size * 0.93, ..font } } else { font };
    let background = if span.is_code { visuals.code_bg_color } else { Color32::TRANSPARENT };
    let color = if is_strong { visuals.strong_text_color() } else { visuals.text_color() };
    TextFormat { font_id: font, color, background, ..TextFormat::default() }
}

fn hit_color(ui: &Ui) -> Color32 {
    ui.visuals().selection.bg_fill
}

/// Parts of a text, and whether each is one of the words.
fn pieces<'a>(text: &'a str, terms: &[String]) -> Vec<(&'a str, bool)> {
    // Only ASCII letters change their case here, so that places in both texts are the same.
    let lower = text.to_ascii_lowercase();
    let mut pieces = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let next = terms
            .iter()
            .filter_map(|word| Some((at + lower.get(at..)?.find(word.as_str())?, word.len())))
            .min();
        let Some((start, n)) = next.filter(|(_, n)| *n > 0) else { break };
        pieces.push((&text[at..start], false));
        pieces.push((&text[start..start + n], true));
        at = start + n;
    }
    pieces.push((&text[at..], false));
    pieces.retain(|(text, _)| !text.is_empty());
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_marked_wherever_they_stand() {
        let terms = ["map".to_owned(), "a".to_owned()];
        let marked: Vec<(&str, bool)> = pieces("Mäp MAP x", &terms);
        assert_eq!(marked, [("Mäp ", false), ("MAP", true), (" x", false)]);
        assert_eq!(pieces("xaA", &terms), [("x", false), ("a", true), ("A", true)]);
        assert_eq!(pieces("b", &[]), [("b", false)]);
    }
}
