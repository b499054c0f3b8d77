//! What players may show otherwise than it is examined: fields, colors, placements.
//!
//! Sources: ITU-T H.273 (colors); ISO/IEC 14496-12, section 6.2.2 (the matrix of a track).

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::answer::Stream;
use crate::base::NotExamined;

/// Transfer functions near to that of sRGB, by the names of `ffprobe`.
const USUAL_TRANSFER: [&str; 12] = [
    "",
    "unknown",
    "bt709",
    "bt470m",
    "bt470bg",
    "smpte170m",
    "smpte240m",
    "iec61966-2-1",
    "iec61966-2-4",
    "bt1361e",
    "bt2020-10",
    "bt2020-12",
];
/// Matrices that the colors are converted by.
const USUAL_MATRIX: [&str; 8] =
    ["", "unknown", "bt709", "fcc", "bt470bg", "smpte170m", "smpte240m", "bt2020nc"];
/// One, as a matrix has it, and the deviation that rounding explains.
const ONE: f64 = 65_536.0;
const ROUNDING: f64 = 256.0;

/// Fields of interlaced frames, as pictures of their own. `order`: as `ffprobe` names it.
pub(super) fn fields(order: &str) -> Option<NotExamined> {
    matches!(order, "tt" | "bb" | "tb" | "bt").then(|| {
        NotExamined::new(
            "the two fields of each frame by themselves",
            "in all frames",
            "the video is interlaced: both fields are examined as one picture, and many players show \
             them one after the other",
        )
    })
}

/// Colors that the video asks for and that are not those examined.
pub(super) fn odd_colors(stream: &Stream) -> Option<NotExamined> {
    let has_high_range = matches!(&*stream.color_transfer, "smpte2084" | "arib-std-b67");
    let is_rgb = ["gbr", "rgb", "bgr"].iter().any(|head| stream.pix_fmt.starts_with(head));
    let is_usual = USUAL_TRANSFER.contains(&&*stream.color_transfer)
        && (is_rgb || USUAL_MATRIX.contains(&&*stream.color_space));
    (!is_usual).then(|| {
        NotExamined::new(
            "the video in the colors that its file asks for",
            "in all frames",
            if has_high_range {
                "it has a high dynamic range: its colors are examined without tone mapping"
            } else {
                "its color tags are unusual, so players may show other colors than those examined"
            },
        )
    })
}

/// A placement other than quarter turns.
pub(super) fn odd_placement(stream: &Stream) -> Option<NotExamined> {
    let matrix = stream.side_data_list.iter().find_map(|data| data.displaymatrix.as_deref())?;
    (!is_turn(matrix)).then(|| {
        NotExamined::new(
            "the frames as their file places them",
            "in all frames",
            "the file asks for frames that are mirrored, sheared, scaled or turned by an angle: some \
             players do so, and the frames are examined without that",
        )
    })
}

/// Whether a matrix is one of the four quarter turns.
fn is_turn(matrix: &str) -> bool {
    let lines = matrix.lines().filter_map(|line| line.split_once(':'));
    let numbers: Vec<f64> = lines
        .flat_map(|(_, numbers)| numbers.split_whitespace())
        .filter_map(|number| number.parse().ok())
        .collect();
    let [a, b, u, c, d, v, _, _, w] = *numbers else { return false };
    let turns = [
        [1.0, 0.0, 0.0, 1.0],
        [0.0, 1.0, -1.0, 0.0],
        [-1.0, 0.0, 0.0, -1.0],
        [0.0, -1.0, 1.0, 0.0],
    ];
    let is_near = |turn: &[f64; 4]| {
        turn.iter()
            .zip([a, b, c, d])
            .all(|(wanted, value)| (wanted * ONE - value).abs() <= ROUNDING)
    };
    u == 0.0 && v == 0.0 && w == f64::from(1u32 << 30) && turns.iter().any(is_near)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(numbers: [i32; 4]) -> String {
        let [a, b, c, d] = numbers;
        format!("\n00000000: {a} {b} 0\n00000001: {c} {d} 0\n00000002: 0 720 1073741824\n")
    }

    #[test]
    fn quarter_turns_are_told_from_other_placements() {
        let one = 65_536;
        for turn in [[one, 0, 0, one], [0, one, -one, 0], [-one, 0, 0, -one], [0, -one, one, 0]] {
            assert!(is_turn(&matrix(turn)), "{turn:?}");
        }
        let mirrored = [-one, 0, 0, one];
        for odd in [mirrored, [one, one / 2, 0, one], [one / 8, 0, 0, one], [0; 4], [46_341; 4]] {
            assert!(!is_turn(&matrix(odd)), "{odd:?}");
        }
        assert!(!is_turn("\n00000000: 65536 0 0\n"), "cut off");
    }

    #[test]
    fn unusual_colors_and_fields_are_reported() {
        let reported = |transfer: &str, matrix: &str, format: &str| {
            let [color_transfer, color_space, pix_fmt] =
                [transfer, matrix, format].map(str::to_owned);
            odd_colors(&Stream { pix_fmt, color_space, color_transfer, ..Stream::default() })
        };
        assert_eq!(reported("", "", "yuv420p"), None);
        assert_eq!(reported("bt709", "bt2020nc", "yuv420p10le"), None);
        assert_eq!(reported("iec61966-2-1", "gbr", "gbrp"), None);
        for (transfer, matrix) in
            [("linear", ""), ("bt709", "ycgco"), ("", "gbr"), ("smpte2084", "")]
        {
            assert!(reported(transfer, matrix, "yuv420p").is_some(), "{transfer} {matrix}");
        }
        assert!(fields("tt").is_some() && fields("progressive").is_none());
    }
}
