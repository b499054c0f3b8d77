//! Names of the sets of pictures on which detectors are measured.

use super::{CLIP_FIGURES, FILMED_CLIP_FIGURES};

/// Sets of pictures on which detectors are measured: the key in [`Card::measured`](super::Card), and the
/// name for people, in the order of tables.
pub const FIGURE_SETS: [(&str, &str); 29] = [
    ("test-people", "all methods"),
    ("test-people-seen", "methods seen in training"),
    ("test-people-unseen", "methods never seen in training"),
    ("test-people-native", "all methods, JPEG quality 90"),
    ("test-people-varied", "all methods, scaled, blurred, noised and compressed at random"),
    ("test-people-self-blend", "a changed copy of the same face"),
    ("test-people-person-swap", "another person's face"),
    ("test-people-mesh-swap", "another person's face, triangle by triangle (unseen)"),
    ("test-people-inpaint", "a part removed and filled in"),
    ("test-people-patch-fill", "a part filled with patches from elsewhere (unseen)"),
    ("test-people-attribute", "smoothed, made up, relit or reshaped"),
    ("test-people-resynthesis", "repainted by a small network (unseen)"),
    ("test-people-resample", "a part sent through a lower resolution"),
    ("test-people-up-convolve", "a part or all of it taken through up-convolutions"),
    ("ff_deepfakes_519_515", "FaceForensics++ Deepfakes, one clip"),
    ("ff_faceswap_634_660", "FaceForensics++ FaceSwap, one clip"),
    ("landmark_swap", "landmark swaps, five targets"),
    ("stylegan256", "StyleGAN, faces generated as a whole"),
    ("dfdc_crops", "DFDC face crops of 50 to 99 px"),
    ("sd3_portraits", "Stable Diffusion 3, portraits generated as a whole"),
    ("test-people-one-shot", "another person's face, swapped in an aligned square"),
    ("test-people-decoded", "drawn by the decoder of a latent-diffusion autoencoder"),
    ("test-people-composite", "parts of several people"),
    ("test-people-geometry", "bent: mouth, gaze, outline"),
    ("test-people-graphics", "another person's face, rendered on a mesh and relit"),
    ("test-people-coded", "all methods, frames of coded video"),
    ("test-people-coded-unseen", "all methods, frames of HEVC and VP9 video (unseen)"),
    (CLIP_FIGURES, "short clips made of photos"),
    (FILMED_CLIP_FIGURES, "filmed clips, some forged by others"),
];

/// The name of a set for people; a set that is not listed is shown by its key.
pub fn figure_set_name(set: &str) -> &str {
    FIGURE_SETS.iter().find(|(key, _)| *key == set).map_or(set, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_have_names_and_foreign_ones_keep_their_keys() {
        assert_eq!(figure_set_name("test-people"), "all methods");
        assert_eq!(figure_set_name("my own set"), "my own set");
    }
}
