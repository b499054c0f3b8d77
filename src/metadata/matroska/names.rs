//! Names and kinds of elements.

/// How an element is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It holds elements.
    Master,
    /// Listed only.
    Skipped,
    Unsigned,
    Float,
    Text,
    /// Nanoseconds since 2001.
    Date,
    /// A number that is an identifier, in hex.
    Identifier,
    /// 0 or 1.
    Flag,
}

use Kind::{Date, Flag, Float, Identifier, Master, Skipped, Text, Unsigned};

/// Name and kind of an element; `None` for unknown ones.
pub(super) fn element(id: u32) -> Option<(&'static str, Kind)> {
    ELEMENTS.iter().find(|(known, ..)| *known == id).map(|(_, name, kind)| (*name, *kind))
}

const ELEMENTS: &[(u32, &str, Kind)] = &[
    (0x1A45_DFA3, "EBMLHeader", Master),
    (0x4286, "EBMLVersion", Unsigned),
    (0x42F7, "EBMLReadVersion", Unsigned),
    (0x42F2, "EBMLMaxIDLength", Unsigned),
    (0x42F3, "EBMLMaxSizeLength", Unsigned),
    (0x4282, "DocType", Text),
    (0x4287, "DocTypeVersion", Unsigned),
    (0x4285, "DocTypeReadVersion", Unsigned),
    (0x1853_8067, "Segment", Master),
    (0x114D_9B74, "SeekHead", Skipped),
    (0x1549_A966, "Info", Master),
    (0x73A4, "SegmentUID", Identifier),
    (0x7384, "SegmentFilename", Text),
    (0x3E_B923, "NextUID", Identifier),
    (0x3C_B923, "PrevUID", Identifier),
    (0x2A_D7B1, "TimecodeScale", Unsigned),
    (0x4489, "Duration", Float),
    (0x4461, "DateTimeOriginal", Date),
    (0x7BA9, "Title", Text),
    (0x4D80, "MuxingApp", Text),
    (0x5741, "WritingApp", Text),
    (0x1654_AE6B, "Tracks", Master),
    (0xAE, "TrackEntry", Master),
    (0xD7, "TrackNumber", Unsigned),
    (0x73C5, "TrackUID", Identifier),
    (0x83, "TrackType", Unsigned),
    (0xB9, "TrackUsed", Flag),
    (0x88, "TrackDefault", Flag),
    (0x55AA, "TrackForced", Flag),
    (0x9C, "TrackLacing", Flag),
    (0x6DE7, "MinCache", Unsigned),
    (0x6DF8, "MaxCache", Unsigned),
    (0x23_E383, "DefaultDuration", Unsigned),
    (0x23_314F, "TrackTimecodeScale", Float),
    (0x55EE, "MaxBlockAdditionID", Unsigned),
    (0x536E, "TrackName", Text),
    (0x22_B59C, "TrackLanguage", Text),
    (0x22_B59D, "TrackLanguageIETF", Text),
    (0x86, "CodecID", Text),
    (0x63A2, "CodecPrivate", Skipped),
    (0x25_8688, "CodecName", Text),
    (0xAA, "CodecDecodeAll", Flag),
    (0x56AA, "CodecDelay", Unsigned),
    (0x56BB, "SeekPreRoll", Unsigned),
    (0xE0, "Video", Master),
    (0x9A, "VideoScanType", Unsigned),
    (0x53B8, "Stereo3DMode", Unsigned),
    (0xB0, "ImageWidth", Unsigned),
    (0xBA, "ImageHeight", Unsigned),
    (0x54AA, "CropBottom", Unsigned),
    (0x54BB, "CropTop", Unsigned),
    (0x54CC, "CropLeft", Unsigned),
    (0x54DD, "CropRight", Unsigned),
    (0x54B0, "DisplayWidth", Unsigned),
    (0x54BA, "DisplayHeight", Unsigned),
    (0x54B2, "DisplayUnit", Unsigned),
    (0x55B0, "Color", Skipped),
    (0xE1, "Audio", Master),
    (0xB5, "AudioSampleRate", Float),
    (0x78B5, "OutputAudioSampleRate", Float),
    (0x9F, "AudioChannels", Unsigned),
    (0x6264, "AudioBitsPerSample", Unsigned),
    (0x6D80, "ContentEncodings", Skipped),
    (0x1254_C367, "Tags", Master),
    (0x7373, "Tag", Master),
    (0x63C0, "Targets", Master),
    (0x63C5, "TagTrackUID", Identifier),
    (0x67C8, "SimpleTag", Master),
    (0x1941_A469, "Attachments", Skipped),
    (0x1043_A770, "Chapters", Skipped),
    (0x1C53_BB6B, "Cues", Skipped),
    (0x1F43_B675, "Cluster", Skipped),
    (0xEC, "Void", Skipped),
    (0xBF, "CRC-32", Skipped),
    (0x68CA, "TargetTypeValue", Unsigned),
];
