//! The formats, by name.

use strum::VariantArray as _;

/// A format of data sets.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    strum::VariantArray,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[strum(serialize_all = "kebab-case")]
pub enum Format {
    /// Our own format.
    Pentimento,
    /// COCO, masks as compressed run lengths.
    CocoRle,
    /// COCO, masks as polygons.
    CocoPolygons,
    Datumaro,
    /// CVAT for images 1.1, masks as run lengths.
    Cvat,
    /// Label Studio, masks as brush strokes.
    LabelStudio,
    /// Pascal VOC, masks as PNG.
    #[strum(serialize = "voc")]
    VocPng,
    /// YOLO, masks as polygons.
    YoloSeg,
}

impl Format {
    pub const ALL: &'static [Self] = Self::VARIANTS;

    /// The name on the command line; stable.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Parses [`Self::as_str`].
    pub fn parse(name: &str) -> Option<Self> {
        name.parse().ok()
    }

    /// The name in text for people.
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

    /// Whether a mask comes back with every pixel.
    pub const fn is_lossless(self) -> bool {
        match self {
            Self::Pentimento
            | Self::CocoRle
            | Self::Datumaro
            | Self::Cvat
            | Self::LabelStudio
            | Self::VocPng => true,
            Self::CocoPolygons | Self::YoloSeg => false,
        }
    }

    /// Whether a picture without marks may be one that nobody has looked at. In the other formats
    /// it has an empty file or mask of its own.
    pub(super) const fn is_silent_without_marks(self) -> bool {
        match self {
            Self::CocoRle
            | Self::CocoPolygons
            | Self::Datumaro
            | Self::Cvat
            | Self::LabelStudio => true,
            Self::Pentimento | Self::VocPng | Self::YoloSeg => false,
        }
    }
}
