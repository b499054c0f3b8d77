//! CVAT for images 1.1: `annotations.xml`, pictures in `images/train/` and so on.
//!
//! * **In / out**: entries, and the file of the format. A mask is the run lengths along the rows of
//!   the box around it.
//! * **Not here**: run lengths (`rle`).
//!
//! The parts of the split are the subsets of a project. Reads masks and polygons; boxes, points and
//! tracks are skipped, and that is said.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use quick_xml::escape::{escape, unescape};
use quick_xml::events::{BytesStart, Event};

use super::classes::{self, CLASSES, class_of, is_background};
use super::coco::{find, word};
use super::draft::{Draft, Shape};
use super::export::{Placed, Sink};
use super::stage::{Stage, Stream};
use super::{Entry, Error, Split, input, rle};
use crate::annotate::{Confidence, Decision, PixelRect};

/// Writes one file.
pub(super) struct Cvat {
    stream: Stream,
    n_images: u64,
}

impl Cvat {
    pub(super) fn new(stage: &mut Stage) -> Result<Self, Error> {
        let mut stream = stage.stream("annotations.xml")?;
        stream.text(&head())?;
        Ok(Self { stream, n_images: 0 })
    }
}

/// The project with its labels and subsets.
fn head() -> String {
    let sure: Vec<&str> = Confidence::ALL.iter().map(|c| c.as_str()).collect();
    let attributes = format!(
        "<attributes><attribute><name>confidence</name><mutable>False</mutable>\
         <input_type>select</input_type><default_value></default_value><values>\n{}</values>\
         </attribute><attribute><name>note</name><mutable>False</mutable><input_type>text\
         </input_type><default_value></default_value><values></values></attribute></attributes>",
        sure.join("\n")
    );
    let (mut labels, mut tasks) = (String::new(), String::new());
    for name in CLASSES {
        let _infallible =
            writeln!(labels, "<label><name>{name}</name><type>any</type>{attributes}</label>");
    }
    let subsets = Split::ALL.map(word);
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

impl Sink for Cvat {
    fn image_path(&self, entry: &Entry, stem: &str, extension: &str) -> String {
        format!("images/{}/{stem}.{extension}", word(entry.record.split))
    }

    fn add(&mut self, _stage: &mut Stage, entry: &Entry, placed: &Placed) -> Result<(), Error> {
        let Entry { record, mask, .. } = entry;
        let subset = word(record.split);
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
        let class = CLASSES[class_of(record)];
        let attributes = format!(
            "<attribute name=\"confidence\">{}</attribute>\n<attribute name=\"note\">{}</attribute>\n",
            record.confidence.as_deref().unwrap_or_default(),
            escape(plain(&record.note))
        );
        if let Some((area, counts)) = rle::boxed_rows(mask) {
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
        self.stream.text(&text)
    }

    fn finish(self: Box<Self>, _stage: &mut Stage) -> Result<(), Error> {
        let mut stream = self.stream;
        stream.text("</annotations>\n")?;
        stream.finish()
    }
}

/// Without the characters that XML cannot hold.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || "\n\r\t".contains(*c)).collect()
}

/// Reads a folder, or one file.
pub(super) fn read(path: &Path, remarks: &mut Vec<String>) -> Result<Vec<Draft>, Error> {
    let mut drafts = Vec::new();
    let mut skipped = BTreeMap::new();
    for file in input::files(path, &["xml"])? {
        let text = input::text(&file)?;
        let mut images = parse(&text, &mut skipped).map_err(|what| Error::damaged(&file, what))?;
        let folder = input::root(path);
        for (draft, subset) in &mut images {
            let images = folder.join("images");
            let places = [images.join(subset.as_str()), images, folder.to_owned()];
            draft.image = find(&places, &draft.name);
        }
        drafts.extend(images.into_iter().map(|(draft, _)| draft));
    }
    for (kind, n) in skipped.into_iter().filter(|(_, n)| *n > 0) {
        remarks.push(format!("{n} elements <{kind}> were skipped: they are no masks."));
    }
    Ok(drafts)
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
    text.trim().parse().map_err(|_not_a_number| format!("{key} is {text:?}, no number"))
}

/// All pictures, each with its subset.
fn parse(text: &str, skipped: &mut BTreeMap<String, u64>) -> Result<Vec<(Draft, String)>, String> {
    let mut reader = quick_xml::Reader::from_str(text);
    let mut images = Vec::new();
    let mut image: Option<(Draft, String)> = None;
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
                        let mut draft = Draft {
                            name: at.get("name").ok_or("an image has no name")?.clone(),
                            size: Some([number(&at, "width")?, number(&at, "height")?]),
                            ..Draft::default()
                        };
                        draft.set_part(&subset);
                        if is_whole {
                            images.push((draft, subset));
                        } else {
                            image = Some((draft, subset));
                        }
                    }
                    ("attribute", Some(_)) if !is_whole => attribute = at.get("name").cloned(),
                    ("attribute", _) => {}
                    (_, Some((draft, _))) => {
                        let taken = take(draft, &tag, &at);
                        let taken = taken.map_err(|e| format!("{}: {e}", draft.name))?;
                        *skipped.entry(tag).or_insert(0) += u64::from(!taken);
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
                    if let (Some(name), Some((draft, _))) = (attribute.take(), &mut image) {
                        let value = std::mem::take(&mut value);
                        match name.as_str() {
                            "note" => draft.say(Some(value), None),
                            "confidence" => draft.say(None, Some(value)),
                            _ => {}
                        }
                    }
                }
                _ => {}
            },
            Event::Eof if image.is_some() || !is_annotations => {
                return Err("it ends early or is no file of CVAT".to_owned());
            }
            Event::Eof => return Ok(images),
            _ => {}
        }
    }
}

/// Takes one mark of a picture; `false` when it is no mask.
fn take(draft: &mut Draft, tag: &str, at: &Attributes) -> Result<bool, String> {
    let label = at.get("label").cloned().unwrap_or_default();
    match tag {
        "tag" => {
            draft.decision = classes::decision_of(&label).or(draft.decision);
            return Ok(true);
        }
        _ if is_background(&label) => return Ok(true),
        "mask" => {
            let counts = at.get("rle").ok_or("a mask has no rle")?;
            let counts: Result<Vec<u32>, _> = counts.split(',').map(|n| n.trim().parse()).collect();
            let counts =
                counts.map_err(|_not_a_number| "its rle is no list of numbers".to_owned())?;
            let (x0, y0): (u32, u32) = (number(at, "left")?, number(at, "top")?);
            let (w, h): (u32, u32) = (number(at, "width")?, number(at, "height")?);
            let area = PixelRect { x0, y0, x1: x0.saturating_add(w), y1: y0.saturating_add(h) };
            draft.shapes.push(Shape::BoxedRows { area, counts });
        }
        "polygon" => {
            let points = at.get("points").ok_or("a polygon has no points")?;
            let values: Result<Vec<f64>, _> =
                points.split([';', ',']).map(|n| n.trim().parse()).collect();
            let values = values.map_err(|_not_a_number| "its points are no numbers".to_owned())?;
            draft.shapes.push(Shape::Polygon(values));
        }
        _ => {
            draft.n_unread += 1;
            return Ok(false);
        }
    }
    draft.classes.insert(label);
    Ok(true)
}
