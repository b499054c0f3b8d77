//! Parses CVAT's XML: images with their annotations, and tracks over the frames of a clip.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::collections::BTreeMap;

use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};

use super::annotation::{Attributes, add_annotation, attributes, whole};
use crate::dataset::formats::foreign_item::ForeignItem;
use crate::dataset::formats::reading::LeftOut;

#[derive(Default)]
pub(super) struct CvatFile {
    /// Pictures with the names of their subsets.
    pub(super) images: Vec<(ForeignItem, String)>,
    /// Frames with a part of a track, by their numbers.
    pub(super) frames: BTreeMap<u32, ForeignItem>,
    pub(super) n_tracks: u64,
    /// Numbers of annotations that are no masks, by their names.
    pub(super) skipped: BTreeMap<String, u64>,
    /// Images without a name.
    pub(super) left_out: LeftOut,
}

/// What the parser is inside of.
enum Inside {
    Nothing,
    Image(Box<(ForeignItem, String)>),
    /// A track, and the frame of its shape that is open.
    Track {
        label: String,
        frame: Option<u32>,
    },
}

/// The state while a file is parsed.
struct Parser {
    file: CvatFile,
    inside: Inside,
    /// The name of the attribute that is open, and its text.
    attribute: Option<String>,
    value: String,
    /// Size of the frames of a clip.
    size: [Option<u32>; 2],
    /// The elements that are open, from the outermost.
    open: Vec<String>,
}

/// Parses a file; the error is a clause.
pub(super) fn parse(text: &str) -> Result<CvatFile, String> {
    let mut reader = quick_xml::Reader::from_str(text);
    let mut parser = Parser {
        file: CvatFile::default(),
        inside: Inside::Nothing,
        attribute: None,
        value: String::new(),
        size: [None; 2],
        open: Vec::new(),
    };
    let mut is_annotations = false;
    loop {
        let event = reader.read_event();
        let event = event.map_err(|e| format!("at byte {}: {e}", reader.error_position()))?;
        match event {
            Event::Start(start) => {
                let tag = tag_of(&start);
                is_annotations |= tag == "annotations";
                parser.begin(&tag, attributes(&start), false);
                parser.open.push(tag);
            }
            Event::Empty(start) => {
                let tag = tag_of(&start);
                is_annotations |= tag == "annotations";
                parser.begin(&tag, attributes(&start), true);
            }
            Event::Text(text) => parser.text(&text.decode().map_err(|e| e.to_string())?),
            Event::GeneralRef(name) if parser.attribute.is_some() => {
                let name = name.decode().map_err(|e| e.to_string())?;
                parser.text(&unescape(&format!("&{name};")).map_err(|e| e.to_string())?);
            }
            Event::End(_) => {
                if let Some(tag) = parser.open.pop() {
                    parser.end(&tag);
                }
            }
            Event::Eof if !parser.open.is_empty() || !is_annotations => {
                return Err("it is truncated or no CVAT file".to_owned());
            }
            Event::Eof => return Ok(parser.file),
            _ => {}
        }
    }
}

fn tag_of(start: &BytesStart<'_>) -> String {
    String::from_utf8_lossy(start.name().as_ref()).into_owned()
}

impl Parser {
    /// Begins an element. Attributes that cannot be read are the fault of one picture.
    fn begin(&mut self, tag: &str, at: Result<Attributes, String>, is_whole: bool) {
        let what = match at {
            Ok(at) => return self.start(tag, &at, is_whole),
            Err(what) => format!("the attributes of an element {tag:?} cannot be read: {what}"),
        };
        match (tag, &mut self.inside) {
            ("image" | "track", _) => {
                self.file.left_out.add(what);
                self.inside = Inside::Nothing;
            }
            (_, Inside::Image(open)) => open.0.refuse(what),
            _ => self.file.left_out.add(what),
        }
    }

    fn start(&mut self, tag: &str, at: &Attributes, is_whole: bool) {
        match (tag, &mut self.inside) {
            ("image", _) => {
                let Some(name) = at.get("name").filter(|name| !name.is_empty()) else {
                    let id = at.get("id").map_or("without an id", String::as_str);
                    self.file.left_out.add(format!("image {id} has no name"));
                    self.inside = Inside::Nothing;
                    return;
                };
                let subset = at.get("subset").cloned().unwrap_or_default();
                let mut item = ForeignItem { name: name.clone(), ..ForeignItem::default() };
                if at.contains_key("width") || at.contains_key("height") {
                    match (whole(at, "width"), whole(at, "height")) {
                        (Ok(w), Ok(h)) => item.size = Some([w, h]),
                        (Err(what), _) | (_, Err(what)) => item.refuse(what),
                    }
                }
                item.set_part(&subset);
                if is_whole {
                    self.file.images.push((item, subset));
                } else {
                    self.inside = Inside::Image(Box::new((item, subset)));
                }
            }
            ("track", _) => {
                self.file.n_tracks = self.file.n_tracks.saturating_add(1);
                let label = at.get("label").cloned().unwrap_or_default();
                if !is_whole {
                    self.inside = Inside::Track { label, frame: None };
                }
            }
            ("attribute", Inside::Image(_) | Inside::Track { .. }) => {
                self.attribute = at.get("name").filter(|_| !is_whole).cloned();
                self.value.clear();
            }
            (_, Inside::Image(open)) => {
                let label = at.get("label").map(String::as_str).unwrap_or_default();
                let (item, skipped) = (&mut open.0, &mut self.file.skipped);
                add_to(item, skipped, tag, label, at);
            }
            (_, Inside::Track { label, frame }) => {
                *frame = None;
                let is_outside = at.get("outside").is_some_and(|outside| outside == "1");
                let Some(number) = whole(at, "frame").ok().filter(|_| !is_outside) else { return };
                *frame = Some(number).filter(|_| !is_whole);
                let item = self.file.frames.entry(number).or_default();
                add_to(item, &mut self.file.skipped, tag, label, at);
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        if self.attribute.is_some() {
            self.value.push_str(text);
        }
        let is_size = self.open.iter().any(|tag| tag == "original_size");
        let [width, height] = &mut self.size;
        let side = match self.open.last().map(String::as_str) {
            Some("width") => width,
            Some("height") => height,
            _ => return,
        };
        if is_size {
            *side = text.trim().parse().ok();
        }
    }

    fn end(&mut self, tag: &str) {
        match (tag, &mut self.inside) {
            ("image", _) => {
                if let Inside::Image(image) = std::mem::replace(&mut self.inside, Inside::Nothing) {
                    self.file.images.push(*image);
                }
            }
            ("track", _) => self.inside = Inside::Nothing,
            ("attribute", inside) => {
                let (name, value) = (self.attribute.take(), std::mem::take(&mut self.value));
                let item = match inside {
                    Inside::Image(open) => Some(&mut open.0),
                    Inside::Track { frame, .. } => {
                        frame.and_then(|number| self.file.frames.get_mut(&number))
                    }
                    Inside::Nothing => None,
                };
                match (name.as_deref(), item) {
                    (Some("note"), Some(item)) => item.set_note(Some(value), None),
                    (Some("confidence"), Some(item)) => item.set_note(None, Some(value)),
                    _ => {}
                }
            }
            ("annotations", _) => {
                if let [Some(w), Some(h)] = self.size {
                    self.file.frames.values_mut().for_each(|frame| frame.size = Some([w, h]));
                }
            }
            _ => {}
        }
    }
}

/// Adds an annotation to a picture, or refuses the picture.
fn add_to(
    item: &mut ForeignItem,
    skipped: &mut BTreeMap<String, u64>,
    tag: &str,
    label: &str,
    at: &Attributes,
) {
    match add_annotation(item, tag, label, at) {
        Ok(true) => {}
        Ok(false) => {
            let n = skipped.entry(tag.to_owned()).or_insert(0);
            *n = n.saturating_add(1);
        }
        Err(what) => item.refuse(what),
    }
}
