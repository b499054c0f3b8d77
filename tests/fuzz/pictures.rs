//! Pictures: what a file is, its container, its pixels, and what a decoder process answers.

use pentimento::base::Limits;

use crate::Target;

pub(crate) const TARGETS: &[(&str, Target)] = &[
    ("still", |bytes| {
        let limits = Limits { side_px: 512, pixels: 1 << 16, ..Limits::default() };
        drop(pentimento::media::decode_still(bytes, &limits));
    }),
    ("containers", pentimento::media::fuzz::containers),
    ("picture_replies", pentimento::media::fuzz_replies),
];
