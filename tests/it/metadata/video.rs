//! Videos: boxes, encoders, edits, judged by ffprobe and by how the files were made.

use pentimento::metadata::{Field, Metadata, contradictions, location};

use super::{answers, assert_tested, evidence, files, read};
use crate::support::skip;

fn video(file: &str) -> Option<Metadata> {
    Some(read(&evidence(&format!("video/{file}"))?))
}

fn value<'a>(ours: &'a Metadata, key: &str) -> Option<&'a str> {
    ours.fields.iter().find(|field| field.key() == key).map(Field::words)
}

#[test]
fn sizes_codecs_rates_and_durations_are_those_of_ffprobe() {
    let mut n = 0;
    for path in files("video") {
        let name = path.file_name().unwrap().to_str().unwrap();
        let answer = format!("video/expected/{name}.ffprobe.json");
        if name.starts_with("nomexif") {
            continue;
        }
        let Some(theirs) = answers(&answer) else { continue };
        let ours = read(&path);
        let stream = &theirs["streams"][0];
        let find = |names: &[&str]| names.iter().find_map(|key| value(&ours, key));
        for (theirs, names) in [
            ("width", ["Track1:SourceImageWidth", "Track1:ImageWidth", "RIFF:ImageWidth"]),
            ("height", ["Track1:SourceImageHeight", "Track1:ImageHeight", "RIFF:ImageHeight"]),
        ] {
            assert_eq!(find(&names), Some(stream[theirs].to_string().as_str()), "{name} {theirs}");
            n += 1;
        }
        let rate = stream["r_frame_rate"].as_str().unwrap();
        let (a, b) = rate.split_once('/').unwrap();
        let rate = a.parse::<f64>().unwrap() / b.parse::<f64>().unwrap();
        let found = find(&["Track1:VideoFrameRate", "RIFF:VideoFrameRate"]).unwrap();
        assert!((found.parse::<f64>().unwrap() - rate).abs() < 0.01, "{name}: {found}, {rate}");
        if let Some(tag) = stream["codec_tag_string"].as_str().filter(|tag| !tag.starts_with('[')) {
            let found = find(&["Track1:CompressorID", "RIFF:VideoCodec"]);
            assert_eq!(found, Some(tag), "{name}");
            n += 1;
        }
        if let Some(frames) = stream["nb_frames"].as_str() {
            let found = find(&["Track1:SampleCount", "RIFF:VideoFrameCount"]);
            assert_eq!(found, Some(frames), "{name}");
            n += 1;
        }
        n += 1;
    }
    println!("{n} values of videos equal to those of ffprobe");
    assert_tested(n, 50, "video");
}

#[test]
fn encoders_are_named_from_container_and_stream() {
    let Some(ours) = video("h264_x264_lavf.mp4") else { return };
    let stream = value(&ours, "Track1:StreamEncoder").unwrap();
    assert!(stream.starts_with("x264 - core 164"), "{stream}");
    assert_eq!(value(&ours, "ItemList:Encoder"), Some("Lavf59.27.100"));
    let ours = video("hevc_x265.mov").unwrap();
    let stream = value(&ours, "Track1:StreamEncoder").unwrap();
    assert!(stream.starts_with("x265 (build") && stream.contains("3.5"), "{stream}");
    let ours = video("h264_no_sei_no_tags.mp4").unwrap();
    assert_eq!(
        (value(&ours, "Track1:StreamEncoder"), value(&ours, "ItemList:Encoder")),
        (None, None)
    );
}

#[test]
fn edits_rotation_unknown_boxes_and_bytes_behind_are_listed() {
    let Some(ours) = video("trimmed_editlist.mp4") else { return };
    let edit = value(&ours, "Track1:EditListEntry").unwrap();
    assert_eq!(edit, "2.70 s shown, from 1.38 s of the media on");
    let raw = &ours.fields.iter().find(|f| f.name == "EditListEntry").unwrap().raw;
    assert!(raw.starts_with("2700 17664 "), "{raw}");
    let turned = video("rotated90.mp4").unwrap();
    let matrix = value(&turned, "Track1:MatrixStructure").unwrap();
    assert!(matrix.contains("turned by"), "{matrix}");
    let unknown = video("unknown_uuid_box.mp4").unwrap();
    let part = unknown.parts.iter().find(|part| part.name == "uuid").unwrap();
    assert!(part.meaning.starts_with("12345678123456781234567812345678"), "{part:?}");
    let field = unknown.fields.iter().find(|f| f.name.starts_with("uuid ")).unwrap();
    assert_eq!(field.length, 64, "{field:?}");
    let behind = video("trailing_bytes.mp4").unwrap();
    let part = behind.parts.last().unwrap();
    assert_eq!((part.name.as_ref(), part.length), ("bytes behind the last box", 82), "{part:?}");
}

#[test]
fn tags_of_phones_on_a_stream_of_a_program_are_a_contradiction() {
    for file in ["apple_like_tags.mov", "android_like_tags.mp4"] {
        let Some(ours) = video(file) else { return };
        let found = contradictions(&ours, &[]);
        assert!(found.iter().any(|c| c.rule == "device-encoder"), "{file}: {found:?}");
        assert!(contradictions(&ours, &["device-encoder"]).is_empty(), "{file}: switched off");
    }
    let ours = video("apple_like_tags.mov").unwrap();
    let place = location(&ours.fields).unwrap();
    assert_eq!((place.decimal(), place.height_m), ("48.857700, 2.295000".to_owned(), Some(35.0)));
    let plain = video("h264_x264_lavf.mp4").unwrap();
    assert_eq!(contradictions(&plain, &[]), []);
}

#[test]
fn boxes_cover_the_file_without_gaps() {
    let mut n = 0;
    for path in files("video") {
        let ours = read(&path);
        if ours.format != pentimento::metadata::Format::IsoMedia {
            continue;
        }
        let mut end = 0;
        for part in ours.parts.iter().filter(|part| part.depth == 0) {
            assert_eq!(part.offset, end, "{}: {part:?}", path.display());
            end = part.offset + part.length;
        }
        assert_eq!(end, ours.length, "{}", path.display());
        n += 1;
    }
    assert_tested(n, 10, "video");
}

/// Transport streams of ffmpeg, with packets of 188 and of 192 bytes: what ffmpeg was told stands in them.
#[test]
fn streams_service_encoder_and_length_of_transport_streams_are_read() {
    let folder = tempfile::tempdir().unwrap();
    for (name, options) in [("a.ts", &[][..]), ("b.m2ts", &["-mpegts_m2ts_mode", "1"][..])] {
        let path = folder.path().join(name);
        let mut command = std::process::Command::new("ffmpeg");
        command.args(["-v", "error", "-threads", "1", "-f", "lavfi", "-i"]);
        command.args(["testsrc=s=64x64:d=4:r=25", "-f", "lavfi", "-i", "sine=d=4"]);
        command.args(["-c:v", "libx264", "-c:a", "ac3", "-metadata", "service_provider=Röhre"]);
        command.args(["-metadata", "service_name=Morgen", "-f", "mpegts"]).args(options);
        if !command.arg(&path).status().is_ok_and(|status| status.success()) {
            return skip("ffmpeg cannot make a clip here");
        }
        let ours = read(&path);
        assert_eq!(value(&ours, "M2TS:VideoStreamType"), Some("H.264 (AVC) Video"), "{name}");
        let sound = value(&ours, "M2TS:AudioStreamType").unwrap();
        assert!(sound.ends_with(" Audio"), "{name}: {sound}");
        assert_eq!(value(&ours, "M2TS:ServiceName"), Some("Morgen"), "{name}");
        assert_eq!(value(&ours, "M2TS:ServiceProvider"), Some("Röhre"), "{name}");
        let encoder = value(&ours, "M2TS:StreamEncoder").unwrap();
        assert!(encoder.starts_with("x264 - core "), "{name}: {encoder}");
        let length = ours.fields.iter().find(|field| field.key() == "M2TS:Duration").unwrap();
        let length: f64 = length.raw.parse().unwrap();
        assert!((length - 4.0).abs() < 0.2, "{name}: {length} s");
        let parts: Vec<&str> = ours.parts.iter().map(|part| part.name.as_ref()).collect();
        assert_eq!(parts.first(), Some(&"packets"), "{parts:?}");
        assert!(["PAT", "PMT", "SDT"].iter().all(|table| parts.contains(table)), "{parts:?}");
        let n_streams = parts.iter().filter(|part| part.starts_with("stream 0x")).count();
        assert_eq!(n_streams, 2, "{parts:?}");
        assert!(ours.warnings.is_empty(), "{:?}", ours.warnings);
        // What lies behind the last packet is told.
        let mut bytes = std::fs::read(&path).unwrap();
        bytes.extend(b"secret");
        std::fs::write(&path, bytes).unwrap();
        let warnings = read(&path).warnings;
        assert!(
            warnings.iter().any(|w| w.0.starts_with("6 bytes behind the last")),
            "{warnings:?}"
        );
    }
}

/// What a camcorder noted beside its picture becomes the device and the time of the summary.
#[test]
fn notes_of_a_camcorder_stand_in_the_summary() {
    let Some(path) = evidence("metadata/M2TS.mts") else { return };
    let sentences = pentimento::metadata::summary(&read(&path), &[]);
    let text = |about: &str| sentences.iter().find(|s| s.about == about).map(|s| s.text.as_str());
    assert_eq!(text("device"), Some("The file says that its device is Canon (H264:Make)."));
    let time = text("time").unwrap();
    assert!(time.contains("2008-12-31 23:16:24+01:00 (H264:DateTimeOriginal)"), "{time}");
}

/// Programs show one movie of a file; what a second one holds is not seen.
#[test]
fn several_movies_and_none_are_told() {
    let ftyp = b"\0\0\0\x10ftypisom\0\0\0\0".to_vec();
    let moov = b"\0\0\0\x08moov".to_vec();
    let warnings = |parts: &[&Vec<u8>]| {
        let bytes: Vec<u8> = parts.iter().flat_map(|part| part.iter().copied()).collect();
        let read = pentimento::metadata::metadata_of_bytes(&bytes).unwrap();
        read.warnings.iter().map(|warning| warning.0.clone()).collect::<Vec<_>>()
    };
    assert_eq!(warnings(&[&ftyp, &moov]), [""; 0]);
    let two = "the file has 2 movies (boxes moov): programs may show only one of them";
    assert_eq!(warnings(&[&ftyp, &moov, &moov]), [two]);
    let appended = "the file has 2 beginnings (boxes ftyp), as when a second file is appended";
    assert_eq!(warnings(&[&ftyp, &moov, &ftyp, &moov]), [appended, two]);
    assert_eq!(warnings(&[&ftyp]), ["the file has no movie: the box moov is missing"]);
}

/// A movie whose coded data are not in the file has frames in its tables only.
#[test]
fn a_movie_without_its_frames_is_told() {
    let Some(cut) = video("nomexif_sony-a7-xavc.MP4") else { return };
    let says = |read: &Metadata, words: &str| {
        let is_said = read.warnings.iter().any(|warning| warning.0.contains(words));
        assert!(is_said, "{words}: {:?}", read.warnings);
    };
    says(&cut, "the samples of the track 1 begin at byte 729088, behind the end of the file");
    let beginning = read(&evidence("c2pa/dashinit.mp4").unwrap());
    says(&beginning, "the track 1 has no samples: its fragments are not in this file");
    let whole = video("h264_x264_lavf.mp4").unwrap();
    assert_eq!(whole.warnings, []);
    assert_eq!(value(&cut, "Track1:CompressorName"), Some("AVC Coding"));
    let sentences = pentimento::metadata::summary(&cut, &[]);
    let programs = sentences.iter().find(|s| s.about == "programs").unwrap();
    assert!(
        programs.text.starts_with("The file names as its kind of coding: AVC Coding"),
        "{sentences:?}"
    );
}
