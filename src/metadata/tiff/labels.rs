//! Numbers of EXIF tags in words.
//!
//! Sources: TIFF 6.0, Exif 2.32. The words are those of exiftool, so that both can be compared.

type Labels = &'static [(u32, &'static str)];

/// The words for a number; `None` for tags that have none, and for unknown numbers of others.
pub(super) fn label(tag: u16, value: u32) -> Option<&'static str> {
    table(tag)?.iter().find(|(number, _)| *number == value).map(|(_, words)| *words)
}

/// Whether the numbers of a tag have words.
pub(super) fn has_labels(tag: u16) -> bool {
    table(tag).is_some()
}

const fn table(tag: u16) -> Option<Labels> {
    Some(match tag {
        0x00FE => SUBFILE,
        0x0103 => COMPRESSION,
        0x0106 => PHOTOMETRIC,
        0x0112 => ORIENTATION,
        0x011C => &[(1, "Chunky"), (2, "Planar")],
        0x0128 | 0xA210 => UNIT,
        0x013D => &[(1, "None"), (2, "Horizontal differencing"), (3, "Floating point")],
        0x0213 => &[(1, "Centered"), (2, "Co-sited")],
        0x8822 => PROGRAM,
        0x8830 => SENSITIVITY,
        0x9207 => METERING,
        0x9208 => LIGHT,
        0x9209 => FLASH,
        0xA001 => &[(1, "sRGB"), (2, "Adobe RGB"), (0xFFFF, "Uncalibrated")],
        0xA217 => SENSING,
        0xA300 => &[(1, "Film Scanner"), (2, "Reflection Print Scanner"), (3, "Digital Camera")],
        0xA301 => &[(1, "Directly photographed")],
        0xA401 => RENDERED,
        0xA402 => &[(0, "Auto"), (1, "Manual"), (2, "Auto bracket")],
        0xA403 => &[(0, "Auto"), (1, "Manual")],
        0xA406 => &[(0, "Standard"), (1, "Landscape"), (2, "Portrait"), (3, "Night")],
        0xA407 => GAIN,
        0xA408 | 0xA409 => &[(0, "Normal"), (1, "Low"), (2, "High")],
        0xA40A => &[(0, "Normal"), (1, "Soft"), (2, "Hard")],
        0xA40C => &[(0, "Unknown"), (1, "Macro"), (2, "Close"), (3, "Distant")],
        0xA460 => COMPOSITE,
        _ => return None,
    })
}

const SUBFILE: Labels = &[
    (0, "Full-resolution image"),
    (1, "Reduced-resolution image"),
    (2, "Single page of multi-page image"),
    (3, "Single page of multi-page reduced-resolution image"),
    (4, "Transparency mask"),
];

const COMPRESSION: Labels = &[
    (1, "Uncompressed"),
    (2, "CCITT 1D"),
    (3, "T4/Group 3 Fax"),
    (4, "T6/Group 4 Fax"),
    (5, "LZW"),
    (6, "JPEG (old-style)"),
    (7, "JPEG"),
    (8, "Adobe Deflate"),
    (32_773, "PackBits"),
    (32_946, "Deflate"),
    (34_892, "Lossy JPEG"),
];

const PHOTOMETRIC: Labels = &[
    (0, "WhiteIsZero"),
    (1, "BlackIsZero"),
    (2, "RGB"),
    (3, "RGB Palette"),
    (4, "Transparency Mask"),
    (5, "CMYK"),
    (6, "YCbCr"),
    (8, "CIELab"),
    (32_803, "Color Filter Array"),
    (34_892, "Linear Raw"),
];

const ORIENTATION: Labels = &[
    (1, "Horizontal (normal)"),
    (2, "Mirror horizontal"),
    (3, "Rotate 180"),
    (4, "Mirror vertical"),
    (5, "Mirror horizontal and rotate 270 CW"),
    (6, "Rotate 90 CW"),
    (7, "Mirror horizontal and rotate 90 CW"),
    (8, "Rotate 270 CW"),
];

const UNIT: Labels = &[(1, "None"), (2, "inches"), (3, "cm"), (4, "mm"), (5, "um")];

const PROGRAM: Labels = &[
    (0, "Not Defined"),
    (1, "Manual"),
    (2, "Program AE"),
    (3, "Aperture-priority AE"),
    (4, "Shutter speed priority AE"),
    (5, "Creative (Slow speed)"),
    (6, "Action (High speed)"),
    (7, "Portrait"),
    (8, "Landscape"),
    (9, "Bulb"),
];

const SENSITIVITY: Labels = &[
    (0, "Unknown"),
    (1, "Standard Output Sensitivity"),
    (2, "Recommended Exposure Index"),
    (3, "ISO Speed"),
    (4, "Standard Output Sensitivity and Recommended Exposure Index"),
    (5, "Standard Output Sensitivity and ISO Speed"),
    (6, "Recommended Exposure Index and ISO Speed"),
    (7, "Standard Output Sensitivity, Recommended Exposure Index and ISO Speed"),
];

const METERING: Labels = &[
    (0, "Unknown"),
    (1, "Average"),
    (2, "Center-weighted average"),
    (3, "Spot"),
    (4, "Multi-spot"),
    (5, "Multi-segment"),
    (6, "Partial"),
    (255, "Other"),
];

const LIGHT: Labels = &[
    (0, "Unknown"),
    (1, "Daylight"),
    (2, "Fluorescent"),
    (3, "Tungsten (Incandescent)"),
    (4, "Flash"),
    (9, "Fine Weather"),
    (10, "Cloudy"),
    (11, "Shade"),
    (12, "Daylight Fluorescent"),
    (13, "Day White Fluorescent"),
    (14, "Cool White Fluorescent"),
    (15, "White Fluorescent"),
    (16, "Warm White Fluorescent"),
    (17, "Standard Light A"),
    (18, "Standard Light B"),
    (19, "Standard Light C"),
    (20, "D55"),
    (21, "D65"),
    (22, "D75"),
    (23, "D50"),
    (24, "ISO Studio Tungsten"),
    (255, "Other"),
];

const FLASH: Labels = &[
    (0x00, "No Flash"),
    (0x01, "Fired"),
    (0x05, "Fired, Return not detected"),
    (0x07, "Fired, Return detected"),
    (0x08, "On, Did not fire"),
    (0x09, "On, Fired"),
    (0x0D, "On, Return not detected"),
    (0x0F, "On, Return detected"),
    (0x10, "Off, Did not fire"),
    (0x14, "Off, Did not fire, Return not detected"),
    (0x18, "Auto, Did not fire"),
    (0x19, "Auto, Fired"),
    (0x1D, "Auto, Fired, Return not detected"),
    (0x1F, "Auto, Fired, Return detected"),
    (0x20, "No flash function"),
    (0x30, "Off, No flash function"),
    (0x41, "Fired, Red-eye reduction"),
    (0x45, "Fired, Red-eye reduction, Return not detected"),
    (0x47, "Fired, Red-eye reduction, Return detected"),
    (0x49, "On, Red-eye reduction"),
    (0x4D, "On, Red-eye reduction, Return not detected"),
    (0x4F, "On, Red-eye reduction, Return detected"),
    (0x50, "Off, Red-eye reduction"),
    (0x58, "Auto, Did not fire, Red-eye reduction"),
    (0x59, "Auto, Fired, Red-eye reduction"),
    (0x5D, "Auto, Fired, Red-eye reduction, Return not detected"),
    (0x5F, "Auto, Fired, Red-eye reduction, Return detected"),
];

const SENSING: Labels = &[
    (1, "Not defined"),
    (2, "One-chip color area"),
    (3, "Two-chip color area"),
    (4, "Three-chip color area"),
    (5, "Color sequential area"),
    (7, "Trilinear"),
    (8, "Color sequential linear"),
];

const RENDERED: Labels = &[
    (0, "Normal"),
    (1, "Custom"),
    (2, "HDR (no original saved)"),
    (3, "HDR (original saved)"),
    (4, "Original (for HDR)"),
    (6, "Panorama"),
    (7, "Portrait HDR"),
    (8, "Portrait"),
];

const GAIN: Labels = &[
    (0, "None"),
    (1, "Low gain up"),
    (2, "High gain up"),
    (3, "Low gain down"),
    (4, "High gain down"),
];

const COMPOSITE: Labels = &[
    (0, "Unknown"),
    (1, "Not a Composite Image"),
    (2, "General Composite Image"),
    (3, "Composite Image Captured While Shooting"),
];
