//! Properties of a video, read by `ffprobe`.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::ffi::OsString;
use std::path::PathBuf;

use super::answer::{Format, ProbeOutput, Stream};
use super::beside::{attached, is_cover, is_data, other_pictures};
use super::cropped::outside;
use super::otherwise::{fields, odd_colors, odd_placement};
use super::unseen::{hidden_damage, transparency};
use crate::base::{NotExamined, TaskCtx, Warning};
use crate::confine::{Reach, ResourceLimits};
use crate::files::FileIdentity;
use crate::media::Error;
use crate::media::decode::check_size;
use crate::media::video::child::{ReadFrom, arguments, file_url, run, start};
use crate::media::video::messages::{first_fault, fraction};
use crate::media::video::{Tools, VideoLimits};

/// The answer is a few kilobytes; tags of a hostile file may be more.
const MAX_ANSWER_BYTES: usize = 4 << 20;

/// A file and what may be done with it.
#[derive(Debug, Clone)]
pub(in crate::media::video) struct Source {
    pub(in crate::media::video) tools: Tools,
    pub(in crate::media::video) path: PathBuf,
    /// The file that was hashed.
    pub(in crate::media::video) identity: FileIdentity,
    /// The only demuxers that may read it.
    pub(in crate::media::video) demuxers: &'static str,
    pub(in crate::media::video) limits: VideoLimits,
}

impl Source {
    /// Input options of both programs, without `-i FILE`.
    pub(in crate::media::video) fn guards(&self) -> Vec<OsString> {
        let mut args = arguments(["-hide_banner", "-protocol_whitelist", "file,pipe"]);
        args.extend(arguments(["-format_whitelist", self.demuxers]));
        if self.demuxers == "apng" {
            // A color profile before the mark of an animation hides that mark from their guess.
            args.extend(arguments(["-f", self.demuxers]));
        }
        // Coded sizes are a little larger than shown ones.
        let pixels = self.limits.pixels.saturating_add(self.limits.pixels / 8);
        args.extend(arguments(["-max_pixels", &pixels.min(i32::MAX as u64).to_string()]));
        args
    }

    /// Its programs open this file and no other.
    pub(in crate::media::video) fn reach(&self) -> Reach<'_> {
        Reach::reads(&self.path).sandboxed(self.tools.runs_sandboxed)
    }

    /// Refuses a file that is no longer the one that was hashed. Asked before and after every child
    /// process, since these open the path by themselves.
    pub(in crate::media::video) fn check_unchanged(&self) -> Result<(), Error> {
        if self.identity.is_still_at(&self.path) { Ok(()) } else { Err(Error::Changed) }
    }

    /// The option that names the file, which must still be the one that was hashed.
    pub(in crate::media::video) fn input(&self) -> Result<Vec<OsString>, Error> {
        self.check_unchanged()?;
        Ok(vec!["-i".into(), file_url(&self.path)?])
    }
}

/// The picture of a video.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::media::video) struct Probe {
    /// Index of its stream in the container.
    pub(in crate::media::video) stream: usize,
    pub(in crate::media::video) container: String,
    pub(in crate::media::video) codec: String,
    pub(in crate::media::video) pixel_format: String,
    /// As shown: rotation and pixel aspect applied.
    pub(in crate::media::video) size: (u32, u32),
    /// Clockwise.
    pub(in crate::media::video) rotation_deg: u16,
    pub(in crate::media::video) time_base: (u32, u32),
    /// Declared frames per second, if any.
    pub(in crate::media::video) rate: Option<f64>,
    /// Start of the container in seconds; `ffmpeg` adds it to seek times.
    pub(in crate::media::video) start_s: f64,
    pub(in crate::media::video) color_space: String,
    pub(in crate::media::video) is_full_range: bool,
    pub(in crate::media::video) has_audio: bool,
    pub(in crate::media::video) declared: DeclaredLength,
    pub(in crate::media::video) warnings: Vec<Warning>,
    pub(in crate::media::video) not_examined: Vec<NotExamined>,
    /// Pictures that stand for the file in lists of files; they are among `not_examined`.
    pub(in crate::media::video) n_covers: u64,
    /// Indices of tracks of no known kind.
    pub(in crate::media::video) data_tracks: Vec<usize>,
    /// Times are those of a decoder that lets them run on where the clock of the file starts anew.
    pub(in crate::media::video) is_restamped: bool,
}

/// Declared number of frames and duration, if the container has them.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(in crate::media::video) struct DeclaredLength {
    /// Packets of the stream, hidden ones included.
    pub(in crate::media::video) n_frames: Option<usize>,
    pub(in crate::media::video) stream_s: Option<f64>,
    /// Seconds of the longest stream.
    pub(in crate::media::video) whole_s: Option<f64>,
    /// There is no other stream.
    pub(in crate::media::video) is_alone: bool,
}

/// Asks `ffprobe`.
///
/// # Errors
///
/// [`Error::Undecodable`], [`Error::NoPicture`], [`Error::Dimensions`], [`Error::Stalled`],
/// [`Error::Cancelled`].
pub(in crate::media::video) fn probe(source: &Source, ctx: &TaskCtx<'_>) -> Result<Probe, Error> {
    let mut args = source.guards();
    args.extend(arguments(["-loglevel", "repeat+level+error", "-of", "json", "-show_data"]));
    args.push("-show_entries".into());
    args.extend(arguments(["format=format_name,start_time,duration:\
         stream=index,codec_type,codec_name,pix_fmt,width,height,sample_aspect_ratio,time_base,\
         avg_frame_rate,nb_frames,duration,color_space,color_range,color_transfer,field_order,\
         coded_width,coded_height,extradata:\
         stream_disposition=default,attached_pic:stream_side_data=rotation,displaymatrix:\
         stream_tags=alpha_mode"]));
    args.extend(source.input()?);
    let limit = source.limits.probe_time;
    let limits =
        ResourceLimits { memory_bytes: source.limits.memory_bytes, cpu_s: limit.as_secs().max(1) };
    let child = start(&source.tools.ffprobe, &args, limits, source.reach())?;
    let mut answer = Vec::new();
    let end = run(child, ReadFrom::Output, limit, ctx, |piece| {
        answer.extend_from_slice(piece);
        answer.len() <= MAX_ANSWER_BYTES
    })?;
    let refused = |otherwise| refused(&end.messages, &source.limits, otherwise);
    match end.status {
        Some(status) if status.success() => {}
        Some(status) if status.code().is_none() => {
            return Err(Error::Stopped { how: status.to_string() });
        }
        _ => return Err(refused("it was refused without a reason")),
    }
    let Ok(answer) = serde_json::from_slice::<ProbeOutput>(&answer) else {
        return Err(refused("its description cannot be understood"));
    };
    let mut probe = interpret(&answer, &source.limits, &end.messages)?;
    probe.warnings.extend(hidden_damage(&probe.codec, source.tools.has_strict_vp9));
    Ok(probe)
}

fn interpret(answer: &ProbeOutput, limits: &VideoLimits, messages: &str) -> Result<Probe, Error> {
    let pictures: Vec<&Stream> = answer
        .streams
        .iter()
        .filter(|stream| stream.codec_type == "video" && !is_cover(stream))
        .collect();
    let by_default = pictures.iter().find(|s| s.disposition.default != 0);
    let stream = by_default.or_else(|| pictures.first()).ok_or(Error::NoPicture)?;
    let undecodable = |otherwise| refused(messages, limits, otherwise);
    if stream.codec_name.is_empty() || stream.codec_name == "unknown" {
        return Err(undecodable("its codec is not known"));
    }
    let coded = (stream.width, stream.height);
    check_size(coded, &limits.of_frame())?;
    if coded.0 == 0 || coded.1 == 0 || stream.pix_fmt.is_empty() {
        return Err(undecodable("it does not say how its pixels are stored"));
    }
    let time_base =
        fraction(&stream.time_base, '/').ok_or_else(|| undecodable("it has no unit of time"))?;

    let mut warnings = Vec::new();
    let mut warn = |text: &str| warnings.push(Warning(text.to_owned()));
    let turned = stream.side_data_list.iter().find_map(|s| s.rotation).unwrap_or(0.0);
    let rotation_deg = clockwise(turned).unwrap_or_else(|| {
        warn("the video is rotated by an angle that is no multiple of 90°: it is examined as it is shown");
        0
    });
    let mut size = wider(coded, fraction(&stream.sample_aspect_ratio, ':').unwrap_or((1, 1)));
    if check_size(size, &limits.of_frame()).is_err() {
        warn("the pixel aspect ratio in the file is absurd and was ignored");
        size = coded;
    }
    warnings.extend(attached(&answer.streams));
    if rotation_deg % 180 == 90 {
        size = (size.1, size.0);
    }
    let whole = (stream.coded_width, stream.coded_height);
    let head = Some(stream.extradata.as_str()).filter(|_| stream.codec_name == "h264");
    let hidden = outside(coded, whole, head).map(|whole| {
        NotExamined::new(
            "part of every frame",
            "outside the part that the stream announces",
            format!(
                "the frames have {} x {} pixels, and players show {} x {} of them; whoever changes the \
                 head of the stream sees the rest",
                whole.0, whole.1, coded.0, coded.1
            ),
        )
    });
    let n_covers = answer.streams.iter().filter(|stream| is_cover(stream)).count() as u64;
    let data_tracks = answer.streams.iter().filter(|s| is_data(s)).map(|s| s.index).collect();
    let pixel_format = stream.pix_fmt.clone();
    Ok(Probe {
        stream: stream.index,
        container: answer.format.demuxers.clone(),
        codec: stream.codec_name.clone(),
        size,
        rotation_deg,
        time_base,
        rate: fraction(&stream.avg_frame_rate, '/')
            .map(|(num, den)| f64::from(num) / f64::from(den)),
        start_s: answer.format.start_time.parse().unwrap_or(0.0),
        color_space: stream.color_space.clone(),
        is_full_range: stream.color_range == "pc" || pixel_format.starts_with("yuvj"),
        pixel_format,
        declared: DeclaredLength {
            n_frames: stream.nb_frames.parse().ok(),
            stream_s: stream.duration.parse().ok(),
            whole_s: whole_s(&answer.format),
            is_alone: answer.streams.len() == 1,
        },
        has_audio: answer.streams.iter().any(|s| s.codec_type == "audio"),
        warnings,
        not_examined: other_pictures(&answer.streams)
            .into_iter()
            .chain(hidden)
            .chain(fields(&stream.field_order))
            .chain(odd_colors(stream))
            .chain(odd_placement(stream))
            .chain(transparency(&stream.codec_name, &stream.pix_fmt, &stream.tags.alpha_mode))
            .collect(),
        n_covers,
        data_tracks,
        is_restamped: false,
    })
}

/// Seconds from the first to the last picture or sound. Flash Video counts from time 0 instead,
/// even where its first tag comes later.
fn whole_s(format: &Format) -> Option<f64> {
    let declared: f64 = format.duration.parse().ok()?;
    let start_s = format.start_time.parse().unwrap_or(0.0);
    Some(if format.demuxers == "flv" { declared - f64::max(start_s, 0.0) } else { declared })
}

/// In the words of the program if there are any.
fn refused(messages: &str, limits: &VideoLimits, otherwise: &str) -> Error {
    let what = first_fault(messages).unwrap_or_else(|| otherwise.to_owned());
    // The message of `-max_pixels`.
    let size = what.strip_prefix("Picture size ").and_then(|s| s.strip_suffix(" is invalid"));
    let too_large =
        size.and_then(|size| check_size(fraction(size, 'x')?, &limits.of_frame()).err());
    too_large.unwrap_or(Error::Undecodable { what })
}

/// Square pixels; the side that is too short grows, so that nothing is lost.
fn wider((w, h): (u32, u32), (num, den): (u32, u32)) -> (u32, u32) {
    let stretch = |side: u32, by: f64| (f64::from(side) * by).round().max(1.0) as u32;
    let ratio = f64::from(num) / f64::from(den);
    if num > den { (stretch(w, ratio), h) } else { (w, stretch(h, ratio.recip())) }
}

/// From counter-clockwise degrees to a clockwise quarter turn, as exactly as `ffmpeg` demands it.
fn clockwise(counter_clockwise: f64) -> Option<u16> {
    let turn = (-counter_clockwise).rem_euclid(360.0);
    let nearest = (turn / 90.0).round() * 90.0;
    ((turn - nearest).abs() < 1.0).then_some(nearest as u16 % 360)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quarter_turns_and_pixel_shapes() {
        assert_eq!(
            [-90.0, 90.0, 180.0, -180.0, 0.4, -0.4].map(clockwise).map(Option::unwrap),
            [90, 270, 180, 180, 0, 0]
        );
        assert_eq!(clockwise(45.0), None);
        assert_eq!(wider((720, 576), (16, 11)), (1047, 576));
        assert_eq!(wider((720, 480), (8, 9)), (720, 540));
        assert_eq!(wider((7, 5), (1, 1)), (7, 5));
    }

    #[test]
    fn covers_are_no_video_and_huge_headers_are_refused() {
        let limits = VideoLimits::default();
        let ask = |text: &str| {
            let answer: ProbeOutput = serde_json::from_str(text).unwrap();
            interpret(&answer, &limits, "[x @ 1] [error] bad header").map_err(|e| e.to_string())
        };
        let cover = r#"{"streams":[{"codec_type":"video","disposition":{"attached_pic":1}},
            {"codec_type":"audio"}],"format":{}}"#;
        assert_eq!(ask(cover).unwrap_err(), "the file has no video track");
        let stream = |w: u32, pix: &str| {
            format!(
                r#"{{"streams":[{{"index":1,"codec_type":"video","codec_name":"h264","width":{w},
                "height":9,"pix_fmt":"{pix}","time_base":"1/25"}}]}}"#
            )
        };
        assert!(ask(&stream(60_000, "")).unwrap_err().contains("60000 x 9"), "huge");
        assert!(ask(&stream(9, "")).unwrap_err().ends_with("bad header"), "no pixels");
        let alone = ask(&stream(9, "yuv420p")).unwrap();
        assert_eq!((alone.stream, alone.not_examined), (1, Vec::new()));
        let cover = r#"{"streams":[{"codec_type":"video","disposition":{"attached_pic":1}},"#;
        let both = ask(&stream(9, "yuv420p").replace(r#"{"streams":["#, cover)).unwrap();
        let sentences: Vec<String> = both.not_examined.iter().map(ToString::to_string).collect();
        assert!(sentences.join("; ").contains("1 cover picture"), "{sentences:?}");
    }
}
