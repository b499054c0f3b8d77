//! What a file holds beside the track that is examined.

use super::answer::Stream;
use crate::base::text::counted;
use crate::base::{NotExamined, Warning};

/// Bitmap subtitles, by the names of `ffprobe`.
const BITMAPS: [&str; 4] = ["dvb_subtitle", "dvd_subtitle", "hdmv_pgs_subtitle", "xsub"];
/// Subtitles that hold shapes as well as text.
const SHAPES: [&str; 2] = ["ass", "ssa"];

/// Whether a track stands for the file in lists of files.
pub(super) fn is_cover(stream: &Stream) -> bool {
    stream.codec_type == "video" && stream.disposition.attached_pic != 0
}

/// Whether nobody knows what a track holds.
pub(super) fn is_data(stream: &Stream) -> bool {
    let is_known = ["video", "audio", "subtitle", "attachment"].contains(&&*stream.codec_type);
    let has_codec = !matches!(&*stream.codec_name, "" | "unknown" | "none");
    // Attached files have a kind of file instead of a codec.
    !is_known || !has_codec && stream.codec_type != "attachment"
}

/// Files and text that belong to a video without being frames.
pub(super) fn attached(streams: &[Stream]) -> Vec<Warning> {
    let n_subtitles = streams.iter().filter(|stream| stream.codec_type == "subtitle").count();
    let n_drawn = subtitles(streams, &BITMAPS).saturating_add(subtitles(streams, &SHAPES));
    let n_files = streams.iter().filter(|stream| stream.codec_type == "attachment").count() as u64;
    let mut warnings = Vec::new();
    if n_files > 0 {
        let n = counted(n_files, "attached file");
        warnings.push(format!(
            "{n} in the container, such as fonts or pictures: they were not examined"
        ));
    }
    let n_texts = (n_subtitles as u64).saturating_sub(n_drawn);
    if n_texts > 0 {
        let n = counted(n_texts, "subtitle track");
        warnings.push(format!("{n} in the container: frames are examined without the text"));
    }
    warnings.into_iter().map(Warning).collect()
}

/// Tracks whose pictures are not examined.
pub(super) fn other_pictures(streams: &[Stream]) -> Vec<NotExamined> {
    let n = |is_counted: &dyn Fn(&Stream) -> bool| {
        streams.iter().filter(|stream| is_counted(stream)).count() as u64
    };
    let tracks = n(&|s| s.codec_type == "video" && !is_cover(s)).saturating_sub(1);
    let parts = [
        (
            tracks,
            "more video track",
            "beside the one examined",
            "the file has several video tracks, as programs of a broadcast or views of a scene: \
             only one is examined",
        ),
        (
            n(&is_cover),
            "cover picture",
            "beside the video",
            "only the video is examined; save the cover as a file of its own to examine it",
        ),
        (
            subtitles(streams, &BITMAPS),
            "bitmap subtitle track",
            "laid over the frames by players",
            "frames are examined without it",
        ),
        (
            subtitles(streams, &SHAPES),
            "subtitle track",
            "laid over the frames by players",
            "it may hold drawings: frames are examined without it",
        ),
    ];
    parts
        .into_iter()
        .filter(|(n, ..)| *n > 0)
        .map(|(n, what, place, why)| NotExamined::new(counted(n, what), place, why))
        .collect()
}

/// The number of subtitle tracks in one of these codings.
fn subtitles(streams: &[Stream], codecs: &[&str]) -> u64 {
    let is_counted =
        |stream: &&Stream| stream.codec_type == "subtitle" && codecs.contains(&&*stream.codec_name);
    streams.iter().filter(is_counted).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(kind: &str, codec: &str) -> Stream {
        let (codec_type, codec_name) = (kind.to_owned(), codec.to_owned());
        Stream { codec_type, codec_name, ..Stream::default() }
    }

    #[test]
    fn subtitles_are_reported_by_their_kind() {
        let streams = ["mov_text", "subrip", "dvb_subtitle", "ass"].map(|c| stream("subtitle", c));
        let [text] = &attached(&streams)[..] else { panic!("one warning") };
        assert_eq!(
            text.0,
            "2 subtitle tracks in the container: frames are examined without the text"
        );
        let [bitmaps, shapes] = &other_pictures(&streams)[..] else { panic!("two parts") };
        assert_eq!(bitmaps.what, "1 bitmap subtitle track");
        assert_eq!(shapes.what, "1 subtitle track");
        let plain = [stream("video", "h264"), stream("audio", "aac")];
        assert!(attached(&plain).is_empty() && other_pictures(&plain).is_empty());
    }

    #[test]
    fn tracks_of_no_known_kind_are_data() {
        let is_data = |kind, codec| is_data(&stream(kind, codec));
        assert!(is_data("data", "bin_data") && is_data("", "h264") && is_data("audio", "unknown"));
        assert!(!is_data("video", "h264") && !is_data("subtitle", "subrip"));
        assert!(!is_data("attachment", ""), "an attached file");
    }
}
