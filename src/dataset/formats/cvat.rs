//! CVAT for images 1.1: `annotations.xml`, pictures in `images/train/` and the like.
//!
//! A mask is the run lengths along the rows of its bounding box. The parts of the split are the
//! subsets of a project. Masks and polygons are read; boxes, points and tracks are skipped with a
//! remark.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use quick_xml::escape::{escape, unescape};
use quick_xml::events::{BytesStart, Event};

use super::classes::{self, CLASSES, class_index, is_background};
use super::foreign_item::{ForeignItem, Shape};
use super::run_lengths;
use super::writer::{FormatWriter, PlacedPicture};
use crate::annotate::{Confidence, Decision, PixelRect};
use crate::dataset::files::{annotation_files, base_folder, find_picture, read_text};
use crate::dataset::staging::{StagedFile, StagingFolder};
use crate::dataset::{Entry, Error, Split};

/// Writes `annotations.xml`.
pub(super) struct CvatWriter {
    stream: StagedFile,
    n_images: u64,
}

impl CvatWriter {
    pub(super) fn new(folder: &mut StagingFolder) -> Result<Self, Error> {
        let mut stream = folder.open_file("annotations.xml")?;
        stream.write(&header())?;
        Ok(Self { stream, n_images: 0 })
    }
}

/// The project with its labels and subsets.
fn header() -> String {
    let confidences: Vec<&str> = Confidence::ALL.iter().map(|c| c.as_str()).collect();
    let attributes = format!(
        "<attributes><attribute><name>confidence</name><mutable>False</mutable>\
         <input_type>select</input_type><default_value></default_value><values>\n{}</values>\
         </attribute><attribute><name>note</name><mutable>False</mutable><input_type>text\
         </input_type><default_value></default_value><values></values></attribute></attributes>",
        confidences.join("\n")
    );
    let (mut labels, mut tasks) = (String::new(), String::new());
    for name in CLASSES {
        let _infallible =
            writeln!(labels, "<label><name>{name}</name><type>any</type>{attributes}</label>");
    }
    let subsets = Split::ALL.map(Split::foreign_name);
    for (i, subset) in subsets.iter().enumerate() {
        let _infallible = writeln!(
            tasks,
            "<task><id>{i}</id><name>{subset}</name><subset>{subset}</subset></task>"
        );
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<annotations>\n<version>1.1</version>\n<meta>\n\
         <project>\n<id>0</id>\n<name>pentimento</name>\n<labels>\n{labels}</labels>\n<subsets>{}\
         </subsets>\n<tasks>\n{tasks}</tasks>\n</project>\n</meta>\n",
        subsets.join("\n")
    )
}

impl FormatWriter for CvatWriter {
    fn image_path(&self, entry: &Entry, stem: &str, extension: &str) -> String {
        format!("images/{}/{stem}.{extension}", entry.record.split.foreign_name())
    }

    fn add(
        &mut self,
        _folder: &mut StagingFolder,
        entry: &Entry,
        placed: &PlacedPicture,
    ) -> Result<(), Error> {
        let Entry { record, mask, .. } = entry;
        let subset = record.split.foreign_name();
        let prefix = format!("images/{subset}/");
        let name = placed.file.strip_prefix(&prefix).unwrap_or(&placed.file);
        let mut text = format!(
            "<image id=\"{}\" name=\"{}\" subset=\"{subset}\" task_id=\"{}\" width=\"{}\" \
             height=\"{}\">\n",
            self.n_images,
            escape(name),
            record.split as usize,
            record.image.width_px,
            record.image.height_px
        );
        self.n_images += 1;
        let class = CLASSES[class_index(record)];
        let attributes = format!(
            "<attribute name=\"confidence\">{}</attribute>\n<attribute name=\"note\">{}</attribute>\n",
            record.confidence.as_deref().unwrap_or_default(),
            escape(xml_text(&record.note))
        );
        if let Some((area, counts)) = run_lengths::boxed_rows(mask) {
            let counts: Vec<String> = counts.iter().map(u32::to_string).collect();
            let _infallible = write!(
                text,
                "<mask label=\"{class}\" source=\"manual\" occluded=\"0\" rle=\"{}\" left=\"{}\" \
                 top=\"{}\" width=\"{}\" height=\"{}\" z_order=\"0\">\n{attributes}</mask>\n",
                counts.join(", "),
                area.x0,
                area.y0,
                area.x1 - area.x0,
                area.y1 - area.y0
            );
        } else if record.decision() == Some(Decision::CannotTell) {
            let _infallible =
                write!(text, "<tag label=\"{class}\" source=\"manual\">\n{attributes}</tag>\n");
        }
        text.push_str("</image>\n");
        self.stream.write(&text)
    }

    fn finish(self: Box<Self>, _folder: &mut StagingFolder) -> Result<(), Error> {
        let mut stream = self.stream;
        stream.write("</annotations>\n")?;
        stream.finish()
    }
}

/// The text without characters that XML forbids.
fn xml_text(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || "\n\r\t".contains(*c)).collect()
}

/// Reads a folder, or one file.
pub(super) fn read(path: &Path, remarks: &mut Vec<String>) -> Result<Vec<ForeignItem>, Error> {
    let mut items = Vec::new();
    let mut skipped = BTreeMap::new();
    for file in annotation_files(path, &["xml"])? {
        let text = read_text(&file)?;
        let mut images = parse(&text, &mut skipped).map_err(|what| Error::damaged(&file, what))?;
        let folder = base_folder(path);
        for (item, subset) in &mut images {
            let images = folder.join("images");
            let picture_folders = [images.join(subset.as_str()), images, folder.to_owned()];
            item.image = find_picture(&picture_folders, &item.name);
        }
        items.extend(images.into_iter().map(|(item, _)| item));
    }
    for (kind, n) in skipped.into_iter().filter(|(_, n)| *n > 0) {
        remarks.push(format!("{n} elements <{kind}> were skipped: they are no masks."));
    }
    Ok(items)
}

type Attributes = BTreeMap<String, String>;

fn attributes(start: &BytesStart<'_>) -> Result<Attributes, String> {
    let mut found = Attributes::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|e| e.to_string())?;
        let key = String::from_utf8_lossy(attribute.key.as_ref()).into_owned();
        let raw = std::str::from_utf8(&attribute.value).map_err(|e| e.to_string())?;
        found.insert(key, unescape(raw).map_err(|e| e.to_string())?.into_owned());
    }
    Ok(found)
}

fn number<T: std::str::FromStr>(from: &Attributes, key: &str) -> Result<T, String> {
    let text = from.get(key).ok_or_else(|| format!("{key} is missing"))?;
    text.trim().parse().map_err(|_not_a_number| format!("{key} is {text:?}, not a number"))
}

/// Parses all pictures, each with the name of its subset.
fn parse(
    text: &str,
    skipped: &mut BTreeMap<String, u64>,
) -> Result<Vec<(ForeignItem, String)>, String> {
    let mut reader = quick_xml::Reader::from_str(text);
    let mut images = Vec::new();
    let mut image: Option<(ForeignItem, String)> = None;
    let mut attribute: Option<String> = None;
    let mut value = String::new();
    let mut is_annotations = false;
    loop {
        let event = reader.read_event();
        let event = event.map_err(|e| format!("at byte {}: {e}", reader.error_position()))?;
        let is_whole = matches!(event, Event::Empty(_));
        match event {
            Event::Start(start) | Event::Empty(start) => {
                let tag = String::from_utf8_lossy(start.name().as_ref()).into_owned();
                is_annotations |= tag == "annotations";
                let at = attributes(&start)?;
                match (tag.as_str(), &mut image) {
                    ("image", _) => {
                        let subset = at.get("subset").cloned().unwrap_or_default();
                        let mut item = ForeignItem {
                            name: at.get("name").ok_or("an image has no name")?.clone(),
                            size: Some([number(&at, "width")?, number(&at, "height")?]),
                            ..ForeignItem::default()
                        };
                        item.set_part(&subset);
                        if is_whole {
                            images.push((item, subset));
                        } else {
                            image = Some((item, subset));
                        }
                    }
                    ("attribute", Some(_)) if !is_whole => attribute = at.get("name").cloned(),
                    ("attribute", _) => {}
                    (_, Some((item, _))) => {
                        let is_mask = add_annotation(item, &tag, &at);
                        let is_mask = is_mask.map_err(|e| format!("{}: {e}", item.name))?;
                        *skipped.entry(tag).or_insert(0) += u64::from(!is_mask);
                    }
                    ("track", None) => *skipped.entry(tag).or_insert(0) += 1,
                    _ => {}
                }
            }
            Event::Text(text) if attribute.is_some() => {
                value.push_str(&text.decode().map_err(|e| e.to_string())?);
            }
            Event::GeneralRef(name) if attribute.is_some() => {
                let name = name.decode().map_err(|e| e.to_string())?;
                value.push_str(&unescape(&format!("&{name};")).map_err(|e| e.to_string())?);
            }
            Event::End(end) => match end.name().as_ref() {
                b"image" => images.extend(image.take()),
                b"attribute" => {
                    if let (Some(name), Some((item, _))) = (attribute.take(), &mut image) {
                        let value = std::mem::take(&mut value);
                        match name.as_str() {
                            "note" => item.set_note(Some(value), None),
                            "confidence" => item.set_note(None, Some(value)),
                            _ => {}
                        }
                    }
                }
                _ => {}
            },
            Event::Eof if image.is_some() || !is_annotations => {
                return Err("it is truncated or no CVAT file".to_owned());
            }
            Event::Eof => return Ok(images),
            _ => {}
        }
    }
}

/// Adds one annotation to a picture; `false` when it is no mask.
fn add_annotation(item: &mut ForeignItem, tag: &str, at: &Attributes) -> Result<bool, String> {
    let label = at.get("label").cloned().unwrap_or_default();
    match tag {
        "tag" => {
            item.decision = classes::decision_of(&label).or(item.decision);
            return Ok(true);
        }
        _ if is_background(&label) => return Ok(true),
        "mask" => {
            let counts = at.get("rle").ok_or("a mask has no rle")?;
            let counts: Result<Vec<u32>, _> = counts.split(',').map(|n| n.trim().parse()).collect();
            let counts =
                counts.map_err(|_not_a_number| "its rle is not a list of numbers".to_owned())?;
            let (x0, y0): (u32, u32) = (number(at, "left")?, number(at, "top")?);
            let (w, h): (u32, u32) = (number(at, "width")?, number(at, "height")?);
            let area = PixelRect { x0, y0, x1: x0.saturating_add(w), y1: y0.saturating_add(h) };
            item.shapes.push(Shape::BoxedRows { area, counts });
        }
        "polygon" => {
            let points = at.get("points").ok_or("a polygon has no points")?;
            let values: Result<Vec<f64>, _> =
                points.split([';', ',']).map(|n| n.trim().parse()).collect();
            let values = values.map_err(|_not_a_number| "its points are not numbers".to_owned())?;
            item.shapes.push(Shape::Polygon(values));
        }
        _ => {
            item.n_unread += 1;
            return Ok(false);
        }
    }
    item.classes.insert(label);
    Ok(true)
}
