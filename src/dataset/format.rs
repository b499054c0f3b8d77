//! The formats, by name.

use super::Error;
use super::export::Sink;
use super::stage::Stage;

/// A format of data sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Our own folder.
    Pentimento,
    /// COCO, masks as compressed run lengths.
    CocoRle,
    /// COCO, masks as polygons.
    CocoPolygons,
    /// Datumaro.
    Datumaro,
    /// CVAT for images 1.1, masks as run lengths.
    Cvat,
    /// Label Studio, brush masks.
    LabelStudio,
    /// PNG masks as in Pascal VOC.
    VocPng,
    /// YOLO polygons.
    YoloSeg,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Pentimento,
        Self::CocoRle,
        Self::CocoPolygons,
        Self::Datumaro,
        Self::Cvat,
        Self::LabelStudio,
        Self::VocPng,
        Self::YoloSeg,
    ];

    /// The stable word of the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pentimento => "pentimento",
            Self::CocoRle => "coco-rle",
            Self::CocoPolygons => "coco-polygons",
            Self::Datumaro => "datumaro",
            Self::Cvat => "cvat",
            Self::LabelStudio => "label-studio",
            Self::VocPng => "voc",
            Self::YoloSeg => "yolo-seg",
        }
    }

    /// The format of a stable word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == word)
    }

    /// The name for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Pentimento => "Pentimento data set",
            Self::CocoRle => "COCO (run lengths)",
            Self::CocoPolygons => "COCO (polygons)",
            Self::Datumaro => "Datumaro",
            Self::Cvat => "CVAT for images 1.1",
            Self::LabelStudio => "Label Studio (brush)",
            Self::VocPng => "Pascal VOC (PNG masks)",
            Self::YoloSeg => "YOLO (polygons)",
        }
    }

    /// Whether every pixel of a mask comes back.
    pub const fn is_lossless(self) -> bool {
        !matches!(self, Self::CocoPolygons | Self::YoloSeg)
    }

    pub(super) fn sink(self, stage: &mut Stage) -> Result<Box<dyn Sink>, Error> {
        Ok(match self {
            Self::Pentimento => Box::<super::folder::Folder>::default(),
            Self::CocoRle => Box::new(super::coco::Coco::new(false)),
            Self::CocoPolygons => Box::new(super::coco::Coco::new(true)),
            Self::Datumaro => Box::<super::datumaro::Datumaro>::default(),
            Self::Cvat => Box::new(super::cvat::Cvat::new(stage)?),
            Self::LabelStudio => Box::new(super::label_studio::LabelStudio::new(stage)?),
            Self::VocPng => Box::<super::voc::Voc>::default(),
            Self::YoloSeg => Box::<super::yolo::Yolo>::default(),
        })
    }
}
