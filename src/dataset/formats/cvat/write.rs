//! Writes CVAT for images 1.1. The parts of the split are the subsets of a project.

use std::fmt::Write as _;

use quick_xml::escape::escape;

use crate::annotate::{Confidence, Decision};
use crate::dataset::formats::classes::{CLASSES, class_of};
use crate::dataset::formats::run_lengths;
use crate::dataset::formats::writer::{FormatWriter, PlacedPicture};
use crate::dataset::staging::{StagedFile, StagingFolder};
use crate::dataset::{Entry, Error, Split};

/// Writes `annotations.xml`.
pub(in crate::dataset::formats) struct CvatWriter {
    stream: StagedFile,
    n_images: u64,
}

impl CvatWriter {
    pub(in crate::dataset::formats) fn new(folder: &mut StagingFolder) -> Result<Self, Error> {
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
    fn add(
        &mut self,
        _folder: &mut StagingFolder,
        entry: &Entry,
        placed: &PlacedPicture,
    ) -> Result<(), Error> {
        let Entry { record, mask, .. } = entry;
        let subset = record.split.foreign_name();
        let mut text = format!(
            "<image id=\"{}\" name=\"{}\" subset=\"{subset}\" task_id=\"{}\" width=\"{}\" \
             height=\"{}\">\n",
            self.n_images,
            escape(placed.file_in_part(record.split)),
            record.split as usize,
            record.image.width_px,
            record.image.height_px
        );
        self.n_images = self.n_images.saturating_add(1);
        let class = class_of(record);
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
                area.width(),
                area.height()
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
