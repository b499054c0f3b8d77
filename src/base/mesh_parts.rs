//! Which of the 468 points of a face mesh mark which part of the face.
//!
//! The lists are our own, by the public numbering of Google's Face Mesh, and were looked at drawn
//! over a portrait. "Right" is the person's. Lists of a side begin at the person's right; for most
//! of them the left one is the mirror image.

/// The rim of the face, from the top of the forehead by the person's left to the chin and back.
pub const OVAL: [usize; 36] = [
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152,
    148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
];
/// The last place in [`OVAL`] beside the left ear on the way down.
pub const OVAL_LEFT_EAR: usize = 9;
/// The first place in [`OVAL`] beside the right ear on the way up.
pub const OVAL_RIGHT_EAR: usize = 27;
/// The right brow: the upper rim, then the lower one.
pub const RIGHT_BROW: [usize; 10] = [70, 63, 105, 66, 107, 46, 53, 52, 65, 55];
/// The left brow, mirrored.
pub const LEFT_BROW: [usize; 10] = [300, 293, 334, 296, 336, 276, 283, 282, 295, 285];
/// The rim of the right eye.
pub const RIGHT_EYE: [usize; 16] =
    [33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246];
/// The rim of the left eye, mirrored.
pub const LEFT_EYE: [usize; 16] =
    [263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466];
/// The bag under the right eye.
pub const RIGHT_LOWER_LID: [usize; 5] = [226, 31, 229, 231, 244];
/// The bag under the left eye, mirrored.
pub const LEFT_LOWER_LID: [usize; 5] = [446, 261, 449, 451, 464];
/// Root, wings and base of the nose.
pub const NOSE: [usize; 14] = [168, 193, 417, 122, 351, 198, 420, 129, 358, 98, 327, 2, 64, 294];
/// Below the nose.
pub const NOSE_BASE: [usize; 3] = [98, 2, 327];
/// The outer rim of the lips, from the person's right corner along the lower lip.
pub const LIPS: [usize; 20] =
    [61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185];
/// The inner rim of the lips, from the person's right corner along the upper lip.
pub const INNER_LIPS: [usize; 20] =
    [78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_point_is_one_of_the_mesh_and_no_list_names_one_twice() {
        let lists: [&[usize]; 11] = [
            &OVAL,
            &RIGHT_BROW,
            &LEFT_BROW,
            &RIGHT_EYE,
            &LEFT_EYE,
            &RIGHT_LOWER_LID,
            &LEFT_LOWER_LID,
            &NOSE,
            &NOSE_BASE,
            &LIPS,
            &INNER_LIPS,
        ];
        for list in lists {
            let mut sorted = list.to_vec();
            sorted.sort_unstable();
            sorted.dedup();
            assert_eq!(sorted.len(), list.len(), "{list:?}");
            assert!(sorted.iter().all(|point| *point < 468), "{list:?}");
        }
    }
}
