//! What decoding does not show: colors under transparent pixels, damage that a decoder does not notice.

use crate::base::{NotExamined, Warning};

/// Whether pixels of this format may be transparent.
pub(in crate::media::video) fn has_alpha(format: &str) -> bool {
    ["rgba", "bgra", "argb", "abgr", "yuva", "gbrap", "ya8", "ya16", "pal8"]
        .iter()
        .any(|head| format.starts_with(head))
}

/// What is not seen of frames that may be transparent. `alpha_mode`: `1` where a second picture beside
/// each frame holds its transparency.
pub(in crate::media::video) fn transparency(
    codec: &str,
    pixel_format: &str,
    alpha_mode: &str,
) -> Option<NotExamined> {
    if alpha_mode == "1" {
        return Some(NotExamined::new(
            "the transparency of the video",
            "in all frames",
            "it is left out: colors are examined as they are stored, also where players show the \
             background",
        ));
    }
    // A GIF picture has one transparent color.
    (has_alpha(pixel_format) && codec != "gif").then(|| {
        NotExamined::new(
            "colors under transparent pixels",
            "in all frames, if there are any",
            "the pixels of the video may be transparent: frames are examined over white",
        )
    })
}

/// A warning for codecs whose decoder takes damaged data for pictures. `has_strict_vp9`: there is a decoder
/// of VP9 that does not.
pub(super) fn hidden_damage(codec: &str, has_strict_vp9: bool) -> Option<Warning> {
    let name = match codec {
        "vp8" => "VP8",
        "vp9" if !has_strict_vp9 => "VP9",
        "hevc" => "HEVC",
        "mjpeg" => "Motion JPEG",
        "wmv1" | "wmv2" | "wmv3" | "vc1" => "Windows Media",
        _ => return None,
    };
    Some(Warning(format!(
        "damage within {name} frames may not show: their decoder does not notice every fault of the data"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transparency_is_reported_where_there_may_be_some() {
        let what = |codec, format, mode| {
            transparency(codec, format, mode).map(|part| part.what).unwrap_or_default()
        };
        assert_eq!(what("h264", "yuv420p", ""), "");
        assert_eq!(what("gif", "bgra", ""), "");
        assert_eq!(what("qtrle", "argb", ""), "colors under transparent pixels");
        assert_eq!(what("vp9", "yuv420p", "1"), "the transparency of the video");
        assert_eq!(what("vp9", "yuv420p", "0"), "");
    }

    #[test]
    fn codecs_whose_damage_may_not_show_are_named() {
        let has_warning = |codec, strict| hidden_damage(codec, strict).is_some();
        assert!(has_warning("hevc", true) && has_warning("vp9", false) && has_warning("vp8", true));
        assert!(!has_warning("vp9", true) && !has_warning("h264", false));
    }
}
