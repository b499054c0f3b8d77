//! Writes set pages as PDF/A-2a: tagged, with every font inside.

use std::collections::BTreeMap;
use std::num::{NonZeroU16, NonZeroU32};

use krilla::color::rgb;
use krilla::configure::{Archival, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::error::KrillaError;
use krilla::geom::{PathBuilder, Point, Rect, Size, Transform};
use krilla::image::Image;
use krilla::metadata::{DateTime, Metadata};
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ArtifactType, ContentTag, Identifier, ListNumbering, Node, SpanTag, TableHeaderScope,
    Tag, TagGroup, TagKind, TagTree,
};
use krilla::text::{Font, GlyphId, KrillaGlyph};
use krilla::{Document, SerializeSettings};

use super::lines::Run;
use super::page::{Chapter, Element, Mark, Role, SetDocument};
use crate::report::Error;

/// What a PDF says about itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct PdfFacts<'a> {
    pub(super) title: &'a str,
    pub(super) author: &'a str,
    /// Program and version.
    pub(super) program: &'a str,
    /// RFC 3339, UTC.
    pub(super) made_at: &'a str,
}

/// Why a PDF could not be written.
pub(super) enum PdfError {
    /// A font of the computer may not be put into files, or is damaged.
    Font,
    Other(Error),
}

/// The file. The same pages and facts give the same bytes.
pub(super) fn write_pdf(set: &SetDocument, facts: &PdfFacts<'_>) -> Result<Vec<u8>, PdfError> {
    let failed = |what: String| PdfError::Other(Error::Page(what));
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A2_A)
        .finish()
        .map_err(|_conflict| failed("PDF/A-2a cannot be written".to_owned()))?;
    let mut document = Document::new_with(SerializeSettings {
        configuration,
        enable_tagging: true,
        ..SerializeSettings::default()
    });
    let mut painter = Painter { fonts: BTreeMap::new(), ids: vec![Vec::new(); set.elements.len()] };
    let [width, height] = set.paper.size();
    for page in &set.pages {
        let settings = PageSettings::from_wh(width, height)
            .ok_or_else(|| failed("the paper has no size".to_owned()))?;
        let mut sheet = document.start_page_with(settings);
        let mut surface = sheet.surface();
        for placed in &page.marks {
            painter.draw(&mut surface, &placed.mark, placed.element)?;
        }
        surface.finish();
        sheet.finish();
    }
    document.set_tag_tree(tag_tree(&set.elements, painter.ids));
    document.set_outline(outline(&set.outline));
    document.set_metadata(metadata(facts));
    document.finish().map_err(|error| match error {
        KrillaError::Font(..) => PdfError::Font,
        KrillaError::Validation(errors) => {
            use krilla::configure::ValidationError as Fault;
            let of_font = |fault: &Fault| {
                matches!(
                    fault,
                    Fault::RestrictedLicense(_)
                        | Fault::ContainsNotDefGlyph(..)
                        | Fault::NoCodepointMapping(..)
                        | Fault::InvalidCodepointMapping(..)
                        | Fault::UnicodePrivateArea(..)
                )
            };
            if errors.iter().any(|(fault, _)| of_font(fault)) {
                return PdfError::Font;
            }
            let first = errors.first().map(|(fault, _)| format!("{fault:?}"));
            failed(format!("it would be no PDF/A-2a: {}", first.unwrap_or_default()))
        }
        other => failed(other.to_string()),
    })
}

struct Painter {
    /// By the number of their bytes and their place in them.
    fonts: BTreeMap<(u64, u32), Font>,
    /// What is drawn of each element.
    ids: Vec<Vec<Identifier>>,
}

impl Painter {
    fn draw(
        &mut self,
        surface: &mut Surface<'_>,
        mark: &Mark,
        element: Option<usize>,
    ) -> Result<(), PdfError> {
        let tag = match (element, mark) {
            (None, _) => ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)),
            (Some(_), Mark::Text { .. }) => ContentTag::Span(SpanTag::empty()),
            (Some(_), _) => ContentTag::Other,
        };
        let id = surface.start_tagged(tag);
        if let Some(ids) = element.and_then(|element| self.ids.get_mut(element)) {
            ids.push(id);
        }
        let drawn = match mark {
            Mark::Text { line, x, y } => {
                line.runs.iter().try_for_each(|run| self.run(surface, run, *x, y + line.baseline))
            }
            Mark::Fill { area: [x, y, w, h], color: [r, g, b] } => {
                surface.set_fill(Some(filled(rgb::Color::new(*r, *g, *b))));
                let mut path = PathBuilder::new();
                if let Some(rect) = Rect::from_xywh(*x, *y, *w, *h) {
                    path.push_rect(rect);
                }
                if let Some(path) = path.finish() {
                    surface.draw_path(&path);
                }
                Ok(())
            }
            Mark::Picture { area: [x, y, w, h], jpeg } => {
                let image = Image::from_jpeg(std::sync::Arc::clone(jpeg).into(), false);
                match (image, Size::from_wh(*w, *h)) {
                    (Ok(image), Some(size)) => {
                        surface.push_transform(&Transform::from_translate(*x, *y));
                        surface.draw_image(image, size);
                        surface.pop();
                        Ok(())
                    }
                    (Err(what), _) => Err(PdfError::Other(Error::Page(what))),
                    (Ok(_), None) => Ok(()),
                }
            }
        };
        surface.end_tagged();
        drawn
    }

    fn run(
        &mut self,
        surface: &mut Surface<'_>,
        run: &Run,
        x: f32,
        y: f32,
    ) -> Result<(), PdfError> {
        if run.glyphs.is_empty() {
            return Ok(());
        }
        let key = (run.font.data.id(), run.font.index);
        let font = if let Some(font) = self.fonts.get(&key) {
            font.clone()
        } else {
            let (bytes, _) = run.font.data.clone().into_raw_parts();
            let font = Font::new(bytes.into(), run.font.index).ok_or(PdfError::Font)?;
            self.fonts.insert(key, font.clone());
            font
        };
        let size = run.size;
        let glyphs: Vec<KrillaGlyph> = run
            .glyphs
            .iter()
            .map(|glyph| {
                KrillaGlyph::new(
                    GlyphId::new(glyph.id),
                    glyph.advance / size,
                    glyph.dx / size,
                    glyph.dy / size,
                    0.0,
                    glyph.range.clone(),
                    None,
                )
            })
            .collect();
        surface.set_fill(Some(filled(rgb::Color::new(17, 17, 17))));
        surface.draw_glyphs(Point::from_xy(x + run.x, y), &glyphs, font, &run.text, size, false);
        Ok(())
    }
}

fn filled(color: rgb::Color) -> Fill {
    Fill { paint: color.into(), ..Fill::default() }
}

/// The elements in the order of reading, each with what is drawn of it.
fn tag_tree(elements: &[Element], mut ids: Vec<Vec<Identifier>>) -> TagTree {
    let mut groups: Vec<Option<TagGroup>> =
        elements.iter().map(|element| Some(TagGroup::new(tag(&element.role)))).collect();
    let mut roots = Vec::new();
    // Children stand after their parents: from the last to the first, every group is complete when it is
    // handed to its parent. Children then come last first, and are turned round at the end.
    for i in (0..elements.len()).rev() {
        let Some(mut group) = groups.get_mut(i).and_then(Option::take) else { continue };
        group.children.reverse();
        let drawn = ids.get_mut(i).map(std::mem::take).unwrap_or_default();
        let drawn = drawn.into_iter().map(Node::from);
        group.children.splice(0..0, drawn);
        if group.children.is_empty() {
            continue;
        }
        let parent = elements.get(i).and_then(|element| element.parent);
        match parent.and_then(|parent| groups.get_mut(parent)?.as_mut()) {
            Some(parent) => parent.push(group),
            None => roots.push(Node::from(group)),
        }
    }
    roots.reverse();
    let mut tree = TagTree::from(roots);
    tree.lang = Some("en".to_owned());
    tree
}

fn tag(role: &Role) -> TagKind {
    let span = |n: usize| NonZeroU32::new(n as u32).filter(|n| n.get() > 1);
    match role {
        Role::Heading { level, text } => {
            let level = NonZeroU16::new(u16::from(*level)).unwrap_or(NonZeroU16::MIN);
            Tag::Hn(level, Some(text.clone())).into()
        }
        Role::Paragraph => Tag::P.into(),
        Role::List { is_ordered: true } => Tag::L(ListNumbering::Decimal).into(),
        Role::List { is_ordered: false } => Tag::L(ListNumbering::Disc).into(),
        Role::Item => Tag::LI.into(),
        Role::Label => Tag::Lbl.into(),
        Role::ItemText => Tag::LBody.into(),
        Role::Table => Tag::Table.into(),
        Role::Row => Tag::TR.into(),
        Role::HeadCell { is_row, span: n } => {
            let scope = if *is_row { TableHeaderScope::Row } else { TableHeaderScope::Column };
            Tag::TH(scope).with_col_span(span(*n)).into()
        }
        Role::Cell { span: n } => Tag::TD.with_col_span(span(*n)).into(),
        Role::Figure { alt } => Tag::Figure(Some(alt.clone())).into(),
        Role::Caption => Tag::Caption.into(),
    }
}

/// Chapters, with the sections of each under it.
fn outline(chapters: &[Chapter]) -> Outline {
    let mut outline = Outline::new();
    for chapter in chapters {
        let place = XyzDestination::new(chapter.page, Point::from_xy(0.0, chapter.y));
        outline.push_child(OutlineNode::new(chapter.text.clone(), place));
    }
    outline
}

fn metadata(facts: &PdfFacts<'_>) -> Metadata {
    let mut metadata = Metadata::new()
        .title(facts.title.to_owned())
        .authors(vec![facts.author.to_owned()])
        .creator(facts.program.to_owned())
        .language("en".to_owned());
    if let Some(time) = date_time(facts.made_at) {
        metadata = metadata.creation_date(time);
    }
    metadata
}

/// From `2026-11-30T05:30:00.000Z`.
fn date_time(text: &str) -> Option<DateTime> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<u16>().ok();
    let small = |from: usize| number(from, from + 2).map(|n| n as u8);
    let time = DateTime::new(number(0, 4)?).month(small(5)?).day(small(8)?);
    let time = time.hour(small(11)?).minute(small(14)?).second(small(17)?);
    Some(time.utc_offset_hour(0).utc_offset_minute(0))
}
