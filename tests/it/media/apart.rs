//! The program itself as the decoder of still pictures, in a process of its own.

use std::path::PathBuf;

use pentimento::base::{Limits, TaskCtx};
use pentimento::media::{self, StillDecoder, StillFormat};

use crate::support::portrait;

fn decoder() -> StillDecoder {
    StillDecoder::new(PathBuf::from(env!("CARGO_BIN_EXE_pentimento")))
}

#[test]
fn a_picture_is_the_same_whether_a_child_decodes_it_or_not() {
    let bytes = std::fs::read(portrait()).unwrap();
    let (limits, ctx) = (Limits::default(), TaskCtx::silent());
    let here = media::decode_still(&bytes, &limits).unwrap();
    let decoder = decoder();
    let there = decoder.decode(&bytes, here.format, here.sha256.clone(), &limits, &ctx).unwrap();
    assert_eq!(there.frame.image, here.frame.image);
    assert_eq!((&there.sha256, there.format), (&here.sha256, here.format));
    assert_eq!((there.warnings, there.not_examined), (here.warnings, here.not_examined));
    assert_eq!(there.frame.jpeg_quality, here.frame.jpeg_quality);
}

#[test]
fn a_refusal_is_the_same_as_well() {
    let whole = std::fs::read(portrait()).unwrap();
    let small = Limits { side_px: 10, ..Limits::default() };
    let lean = Limits { alloc_bytes: 1000, ..Limits::default() };
    for (bytes, limits) in [
        (&whole[..whole.len() / 2], Limits::default()),
        (&whole[..40], Limits::default()),
        (&whole[..], small),
        (&whole[..], lean),
    ] {
        let said = |still: Result<media::Still, media::Error>| {
            still.map(|s| s.not_examined).map_err(|e| e.to_string())
        };
        let here = said(media::decode_still(bytes, &limits));
        let sha256 = String::new();
        let ctx = TaskCtx::silent();
        let there = decoder().decode(bytes, StillFormat::Png, sha256, &limits, &ctx);
        assert_eq!(said(there), here);
    }
}
