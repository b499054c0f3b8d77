//! The program as a user runs it: exit codes, the JSON contract, every bad input.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use pentimento::base::{Limits, RgbImage, TaskCtx};
use pentimento::files::sha256_hex;
use pentimento::media;
use serde_json::Value;

use crate::support::{no_face, portrait, root, skip, stand_in_store, stand_in_with_doubts};

/// A folder of its own per test, with a model store in it.
pub(crate) struct CliFolder {
    folder: tempfile::TempDir,
}

impl CliFolder {
    pub(crate) fn new(gain: f32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        stand_in_store(&folder.path().join("models"), gain);
        Self { folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pentimento"));
        command
            .current_dir(self.folder.path())
            .env("PENTIMENTO_MODELS", self.path("models"))
            .env("HOME", self.folder.path())
            .env_remove("RUST_LOG")
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> CliOutput {
        CliOutput::from_output(&self.command().args(arguments).output().unwrap())
    }

    /// `inspect --engine rten`, which is everywhere and the same everywhere.
    pub(crate) fn inspect(&self, arguments: &[&str]) -> CliOutput {
        self.run(&[&["inspect", "--engine", "rten"], arguments].concat())
    }
}

#[derive(Debug)]
pub(crate) struct CliOutput {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl CliOutput {
    pub(crate) fn from_output(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let printed = Self {
            code: output.status.code().unwrap_or(-1),
            out: text(&output.stdout),
            err: text(&output.stderr),
        };
        assert!(!printed.err.contains("panicked"), "{printed:?}");
        printed
    }

    pub(crate) fn json(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// Keys in the order in which they are printed.
pub(crate) fn keys(object: &str) -> Vec<String> {
    let (mut depth, mut keys, mut rest) = (0, Vec::new(), object);
    while let Some(at) = rest.find(['{', '[', '}', ']', '"']) {
        let found = rest.as_bytes()[at];
        rest = &rest[at + 1..];
        match found {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ => {
                let end = rest.find('"').unwrap();
                let word = &rest[..end];
                rest = &rest[end + 1..];
                if depth == 1 && rest.starts_with(':') {
                    keys.push(word.to_owned());
                }
            }
        }
    }
    keys
}

const KEYS: [&str; 18] = [
    "path",
    "sha256",
    "kind",
    "width_px",
    "height_px",
    "verdict",
    "score",
    "faces",
    "not_examined",
    "model",
    "engine",
    "provider",
    "elapsed_ms",
    "warnings",
    "metadata",
    "provenance",
    "structure",
    "hints",
];

#[test]
fn help_and_version_exit_with_code_0() {
    let place = CliFolder::new(1.0);
    for arguments in
        [&["--help"][..], &["--version"], &["inspect", "--help"], &["doctor", "--help"]]
    {
        let output = place.run(arguments);
        assert_eq!((output.code, output.err.as_str()), (0, ""), "{arguments:?}");
        assert!(!output.out.is_empty(), "{arguments:?}");
    }
    let help = place.run(&["inspect", "--help"]).out;
    for word in ["--json", "--out", "--provider", "--region", "Exit codes", "NOT mean authentic"] {
        assert!(help.contains(word), "{word} is not explained");
    }
    assert!(!place.run(&["--help"]).out.contains("probe-provider"), "an inner command is shown");
}

#[test]
fn wrong_use_exits_with_code_1_and_prints_nothing_on_stdout() {
    let place = CliFolder::new(1.0);
    fs::write(place.path("file"), "x").unwrap();
    let portrait = portrait();
    let portrait = portrait.to_str().unwrap();
    let bad: [&[&str]; 7] = [
        &["inspect"],
        &["inspect", "--no-such-option", "a"],
        &["inspect", "--provider", "gpu", "a"],
        &["inspect", "--region", "1,2,3", "a"],
        &["inspect", "--only-regions", "a"],
        &["inspect", "--out", "file", portrait],
        &["doctor", "--frobnicate"],
    ];
    for arguments in bad {
        let output = place.run(arguments);
        assert_eq!((output.code, output.out.as_str()), (1, ""), "{arguments:?}: {}", output.err);
        assert!(output.err.contains("error:"), "{arguments:?}: {}", output.err);
    }
}

#[test]
fn the_json_contract_holds_for_a_portrait() {
    let place = CliFolder::new(1.0);
    let portrait = portrait();
    let output = place.inspect(&["--json", portrait.to_str().unwrap()]);
    assert_eq!(output.code, 0, "{output:?}");
    assert_eq!(output.out.lines().count(), 1, "{}", output.out);
    assert_eq!(keys(&output.out), KEYS);
    let file = &output.json()[0];
    assert_eq!(file["path"], portrait.to_str().unwrap());
    let sha256 = "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5";
    assert_eq!(file["sha256"], sha256);
    assert_eq!(file["kind"], "image");
    assert_eq!((file["width_px"].as_u64(), file["height_px"].as_u64()), (Some(512), Some(512)));
    let faces = file["faces"].as_array().unwrap();
    assert_eq!(faces.len(), 1, "{file}");
    assert_eq!(faces[0]["score"], file["score"]);
    assert_eq!(faces[0]["verdict"], file["verdict"]);
    let score = file["score"].as_f64().unwrap();
    assert!((0.0..=1.0).contains(&score), "{score}");
    let [x, y, w, h] = [0, 1, 2, 3].map(|i| faces[0]["box_px"][i].as_f64().unwrap());
    assert!(x < 224.0 && 224.0 < x + w && y < 120.0 && 120.0 < y + h, "the nose is in the box");
    let known = ["box_px", "score", "verdict", "region", "quality"];
    assert!(keys(&faces[0].to_string()).iter().all(|k| known.contains(&k.as_str())), "{file}");
    let quality = &faces[0]["quality"];
    assert_eq!(quality["face_px"].as_f64(), Some(w.max(h)));
    assert!(quality["jpeg_quality"].is_null(), "a PNG");
    for measure in ["blur", "blockiness", "noise"] {
        let value = quality[measure].as_f64().unwrap();
        assert!(value > 0.0 && value < 20.0, "{measure}: {value}");
    }
    let model = file["model"].as_object().unwrap();
    let names: BTreeSet<&str> = model.keys().map(String::as_str).collect();
    assert_eq!(names, BTreeSet::from(["name", "origin", "sha256"]), "in any order");
    assert_eq!((model["name"].as_str(), file["provider"].as_str()), (Some("lae"), Some("cpu")));
    assert!(file["engine"].as_str().unwrap().starts_with("rten"), "{file}");
    assert!(file["elapsed_ms"].as_u64().is_some() && file["warnings"].is_array(), "{file}");
}

/// The header of a PNG of that size, and nothing behind it that could be decoded.
fn huge_png(side: u32) -> Vec<u8> {
    let crc = |bytes: &[u8]| {
        !bytes.iter().fold(!0u32, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |c, _| (c >> 1) ^ (0xEDB8_8320 * (c & 1)))
        })
    };
    let chunk = |kind: &[u8], data: &[u8]| {
        let body = [kind, data].concat();
        [&(data.len() as u32).to_be_bytes(), body.as_slice(), &crc(&body).to_be_bytes()].concat()
    };
    let header = [&side.to_be_bytes()[..], &side.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    let data = [0x78, 0x01, 0x63, 0x00, 0x00, 0x00, 0x01, 0x00, 0x01];
    let chunks = [chunk(b"IHDR", &header), chunk(b"IDAT", &data), chunk(b"IEND", &[])].concat();
    [b"\x89PNG\r\n\x1a\n", chunks.as_slice()].concat()
}

#[test]
fn every_bad_input_gets_one_clear_sentence_and_exit_code_2() {
    let place = CliFolder::new(1.0);
    fs::write(place.path("empty.jpg"), "").unwrap();
    fs::create_dir(place.path("folder")).unwrap();
    fs::write(place.path("huge.png"), huge_png(40_000)).unwrap();
    fs::write(place.path("letter.txt"), "Dear Sir or Madam,\n").unwrap();
    fs::write(place.path("letter.jpg"), "Dear Sir or Madam,\n").unwrap();
    fs::write(place.path("cut.png"), &fs::read(portrait()).unwrap()[..60]).unwrap();
    no_face(&place.path("gradient.png"), 320, 240);
    let cases = [
        ("empty.jpg", "empty"),
        ("missing.jpg", "no such file"),
        ("folder", "folder"),
        ("huge.png", "40000 x 40000"),
        ("letter.txt", "text file"),
        ("letter.jpg", "text file"),
        ("cut.png", "damaged"),
        ("gradient.png", "no face was found"),
    ];
    for (name, expected) in cases {
        let result = place.inspect(&["--json", name]);
        assert_eq!((result.code, result.out.lines().count()), (2, 1), "{name}: {result:?}");
        let file = &result.json()[0];
        let reason = file["reason"].as_str().unwrap();
        assert!(reason.contains(expected), "{name}: {reason}");
        assert!(!reason.contains('\n') && reason.len() < 200, "one sentence: {reason}");
        assert_eq!(file["verdict"], "not-examined", "{name}");
        assert_eq!((&file["score"], &file["faces"]), (&Value::Null, &Value::Array(vec![])));
        let mut expected = KEYS.to_vec();
        expected.insert(6, "reason");
        assert_eq!(keys(&result.out), expected, "{name}");
        assert!(result.err.contains(name) && result.err.contains(reason), "{name}: {}", result.err);
        let output = place.inspect(&[name]);
        assert!(output.code == 2 && output.out.contains("Not examined: "), "{name}: {output:?}");
    }
}

#[test]
fn a_wrong_extension_does_not_mislead() {
    let place = CliFolder::new(1.0);
    fs::copy(portrait(), place.path("portrait.jpg")).unwrap();
    fs::copy(portrait(), place.path("portrait")).unwrap();
    let output = place.inspect(&["--json", "portrait.jpg", "portrait"]);
    assert_eq!(output.code, 0, "the content decides: {output:?}");
    let files = output.json();
    assert_eq!(files[0]["score"], files[1]["score"]);
}

#[cfg(unix)]
#[test]
fn a_file_without_read_permission_is_reported() {
    use std::os::unix::fs::PermissionsExt as _;
    use std::os::unix::process::CommandExt as _;
    let place = CliFolder::new(1.0);
    let secret = place.path("secret.png");
    fs::copy(portrait(), &secret).unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o000)).unwrap();
    let arguments = ["inspect", "--engine", "rten", "--json", "secret.png"];
    let output = if fs::read(&secret).is_ok() {
        // The superuser may read everything: become nobody, with a program nobody can reach.
        fs::set_permissions(place.folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let program = place.path("pentimento");
        if fs::hard_link(env!("CARGO_BIN_EXE_pentimento"), &program).is_err() {
            fs::copy(env!("CARGO_BIN_EXE_pentimento"), &program).unwrap();
        }
        let nobody = 65_534;
        let mut command = Command::new(program);
        command.current_dir(place.folder.path()).env("PENTIMENTO_MODELS", place.path("models"));
        match command.args(arguments).uid(nobody).gid(nobody).output() {
            Ok(output) => output,
            Err(error) => return skip(&format!("no other user can be taken on: {error}")),
        }
    } else {
        place.command().args(arguments).output().unwrap()
    };
    let result = CliOutput::from_output(&output);
    assert_eq!(result.code, 2, "{result:?}");
    let reason = result.json()[0]["reason"].as_str().unwrap().to_owned();
    assert!(reason.contains("permission") && reason.contains("denied"), "{reason}");
}

#[test]
fn good_and_bad_files_each_get_their_line_in_order() {
    let place = CliFolder::new(1.0);
    let portrait = portrait();
    let portrait = portrait.to_str().unwrap();
    let output = place.inspect(&["--json", "missing", portrait, "missing too"]);
    assert_eq!(output.code, 2, "{output:?}");
    let paths: Vec<String> =
        output.json().iter().map(|f| f["path"].as_str().unwrap().to_owned()).collect();
    assert_eq!(paths, ["missing", portrait, "missing too"]);
    assert!(output.json()[1]["score"].is_number(), "the good one was examined");
}

#[test]
fn heat_maps_are_written_and_the_original_is_unchanged() {
    let place = CliFolder::new(50.0);
    let original = place.path("face.png");
    fs::copy(portrait(), &original).unwrap();
    let before = fs::read(&original).unwrap();
    let output = place.inspect(&["--json", "--out", ".", "face.png"]);
    assert_eq!(output.code, 0, "{output:?}");
    assert_eq!(fs::read(&original).unwrap(), before, "the original was touched");
    let file = &output.json()[0];
    let heat = file["faces"][0]["heatmap"].as_str().unwrap();
    assert!(heat.ends_with("face.88431cd9.heat0.png"), "{heat}");
    let read = |name: &str| {
        let bytes = fs::read(place.path(name)).unwrap();
        media::decode_still(&bytes, &Limits::default()).unwrap().frame
    };
    let heat = read(heat).image;
    assert_eq!((heat.width_px, heat.height_px), (512, 512));
    // The stand-in marks the lower half of its crop.
    let [x, y, w, h] = [0, 1, 2, 3].map(|i| file["faces"][0]["box_px"][i].as_f64().unwrap() as i64);
    let at = |image: &RgbImage, x, y| i32::from(image.get(x, y)[0]);
    let (high, low) = (at(&heat, x + w / 2, y + h), at(&heat, x + w / 2, y));
    assert!(high > 200 && low < 60 && at(&heat, 0, 511) == 0, "{high} {low}");
    let overlay = read("face.88431cd9.overlay.png").image;
    let plain = media::decode_still(&before, &Limits::default()).unwrap().frame.image;
    assert_eq!(overlay.get(0, 511), plain.get(0, 511), "outside the map the picture stays");
    assert_ne!(overlay.get(x + w / 2, y + h), plain.get(x + w / 2, y + h), "the map is drawn");
}

#[test]
fn rotated_pictures_get_their_map_in_the_stored_grid() {
    let place = CliFolder::new(50.0);
    let bytes = fs::read(portrait()).unwrap();
    let upright = media::decode_still(&bytes, &Limits::default()).unwrap().frame.image;
    // Stored as EXIF 8 wants it: turned clockwise, to be turned back by 270 degrees.
    let stored = pentimento::base::Orientation::from_exif(6).upright(&upright);
    let jpeg = media::encode_jpeg(&stored, 95).unwrap();
    let exif = [
        &[0xFF, 0xE1, 0x00, 0x22][..],
        b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x08\0\0\0\0\0\0",
    ]
    .concat();
    let turned = [&jpeg[..2], &exif, &jpeg[2..]].concat();
    fs::write(place.path("turned.jpg"), turned).unwrap();
    let output = place.inspect(&["--json", "--out", "maps", "turned.jpg"]);
    assert_eq!(output.code, 0, "{output:?}");
    let file = &output.json()[0];
    let heat = fs::read(place.path(file["faces"][0]["heatmap"].as_str().unwrap())).unwrap();
    let heat = media::decode_still(&heat, &Limits::default()).unwrap().frame.image;
    let [x, y, w, h] = [0, 1, 2, 3].map(|i| file["faces"][0]["box_px"][i].as_f64().unwrap() as i64);
    // The chin of the portrait points to the left in the stored grid.
    let (chin, hair) = (heat.get(x, y + h / 2)[0], heat.get(x + w, y + h / 2)[0]);
    assert!(chin > 200 && hair < 60, "chin {chin}, hair {hair}: {file}");
}

#[test]
fn drawn_regions_are_examined_or_refused_with_the_reason() {
    let place = CliFolder::new(1.0);
    no_face(&place.path("gradient.png"), 320, 240);
    let only = |region: &str| {
        place.inspect(&["--json", "--only-regions", "--region", region, "gradient.png"])
    };
    let result = only("100,80,60,70");
    // Nobody looked for faces elsewhere.
    assert_eq!(result.code, 2, "{result:?}");
    let left_out = &result.json()[0]["not_examined"][0];
    assert_eq!(left_out["where"], "outside the regions that were named", "{left_out}");
    let face = &result.json()[0]["faces"][0];
    assert_eq!(face["box_px"], serde_json::json!([100.0, 80.0, 60.0, 70.0]));
    assert!(face["score"].is_number(), "{face}");
    let edge = only("-20,200,100,100");
    assert_eq!(edge.json()[0]["faces"][0]["box_px"], serde_json::json!([0.0, 200.0, 80.0, 40.0]));
    for (region, expected) in [("0,0,31,90", "smaller than 32 px"), ("900,0,50,50", "outside")] {
        let output = only(region);
        let reason = output.json()[0]["reason"].as_str().unwrap().to_owned();
        assert!(output.code == 2 && reason.contains(expected), "{region}: {reason}");
    }
    let both = [portrait().to_str().unwrap().to_owned(), "20,300,100,100".to_owned()];
    let output = place.inspect(&["--json", "--region", &both[1], &both[0]]);
    assert_eq!(output.json()[0]["faces"].as_array().unwrap().len(), 2, "the face and the region");
}

#[test]
fn small_faces_are_skipped_with_their_size() {
    let place = CliFolder::new(1.0);
    let portrait = portrait();
    let output = place.inspect(&["--json", "--min-face", "400", portrait.to_str().unwrap()]);
    assert_eq!(output.code, 2, "{output:?}");
    let file = &output.json()[0];
    let reason = file["reason"].as_str().unwrap();
    assert!(reason.starts_with("the face is 1") && reason.ends_with("smaller than 400 px"));
    assert_eq!(file["faces"][0]["verdict"], "not-examined");
    assert_eq!(file["faces"][0]["score"], Value::Null);
}

#[test]
fn a_missing_model_is_reported_for_every_file() {
    let place = CliFolder::new(1.0);
    fs::remove_dir_all(place.path("models/lae")).unwrap();
    let arguments = ["--models", "models", "--json", "a.jpg", "b.jpg"];
    let output = place.inspect(&arguments);
    assert_eq!((output.code, output.out.lines().count()), (1, 2), "{output:?}");
    for file in output.json() {
        assert_eq!((&file["engine"], &file["model"]["sha256"]), (&Value::Null, &Value::Null));
        assert!(file["reason"].as_str().unwrap().contains("\"lae\""), "{file}");
    }
    assert!(output.err.contains("--models"), "what to do is said: {}", output.err);
}

#[test]
fn text_output_never_promises_authenticity() {
    // A dark portrait and a bright one: the stand-in judges by brightness.
    let place = CliFolder::new(50.0);
    let still = media::open_still(&portrait(), &Limits::default(), &TaskCtx::silent()).unwrap();
    for (name, darkest, share) in [("dark.png", 0.0, 0.35), ("bright.png", 150.0, 0.4)] {
        let mut picture = RgbImage::clone(&still.frame.image);
        picture.pixels.iter_mut().for_each(|v| *v = (darkest + share * f32::from(*v)) as u8);
        media::write_png(&place.path(name), &picture).unwrap();
    }
    for (name, gray) in [("middle.png", 128), ("no-face.png", 20)] {
        media::write_png(&place.path(name), &RgbImage::filled(400, 400, [gray; 3])).unwrap();
    }
    let say =
        |name: &str| place.inspect(&["--only-regions", "--region", "165,55,130,150", name]).out;
    let bare = say("no-face.png");
    assert!(bare.contains("Inconclusive") && bare.contains("no face was found in this"), "{bare}");
    let clear = say("dark.png");
    assert!(clear.contains("No trace found"), "{clear}");
    assert!(clear.contains("This does not mean the picture is authentic."), "{clear}");
    assert!(clear.contains("12 %"), "the miss rate: {clear}");
    let found = say("bright.png");
    assert!(found.contains("Traces of forgery found"), "{found}");
    assert!(found.contains("5.1 %") && found.contains("model lae"), "{found}");
    assert!(found.contains("bottom of the region"), "the place: {found}");
    let unsure = say("middle.png");
    assert!(unsure.contains("Inconclusive") && unsure.contains("cannot tell"), "{unsure}");
}

#[test]
fn a_closed_stdout_is_no_failure() {
    let place = CliFolder::new(1.0);
    let mut command = place.command();
    command.args(["inspect", "--engine", "rten", "--json", "a", "b", "c"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = CliOutput::from_output(&child.wait_with_output().unwrap());
    assert!(output.code == 0 || output.code == 2, "{output:?}");
    assert!(!output.err.to_lowercase().contains("broken pipe"), "{output:?}");
}

#[test]
fn doctor_lists_what_works_and_what_is_missing() {
    let place = CliFolder::new(1.0);
    let arguments = ["doctor", "--json", "--engine", "rten", "--models", "models"];
    let result = place.run(&arguments);
    assert_eq!(result.code, 0, "{result:?}");
    let checkup = &result.json()[0];
    assert_eq!(checkup["can_examine"], true);
    let state = |name: &str| {
        let items = checkup["items"].as_array().unwrap();
        items.iter().find(|i| i["name"] == name).map(|i| i["state"].clone())
    };
    assert_eq!(state("lae"), Some(Value::from("ok")));
    assert_eq!(state("yunet"), Some(Value::from("ok")));
    assert!(state("ffmpeg").is_some() && state("telemetry") == Some(Value::from("ok")));
    // Half a model, with a card that fits it.
    let [model, card] = ["model.onnx", "card.toml"].map(|name| place.path("models/lae").join(name));
    let bytes = fs::read(&model).unwrap();
    let half = &bytes[..bytes.len() / 2];
    let text = fs::read_to_string(&card).unwrap();
    fs::write(&card, text.replace(&sha256_hex(&bytes), &sha256_hex(half))).unwrap();
    fs::write(&model, half).unwrap();
    let output = place.run(&["doctor", "--engine", "rten", "--models", "models"]);
    assert!(output.code == 1 && output.out.contains("MISSING  lae"), "{}", output.out);
    assert!(output.out.contains("cannot be loaded"), "{}", output.out);
    fs::remove_file(place.path("models/yunet/model.onnx")).unwrap();
    let output = place.run(&["doctor", "--engine", "rten", "--models", "models"]);
    assert_eq!(output.code, 1, "{output:?}");
    assert!(
        output.out.contains("MISSING  yunet") && output.out.contains("to fix"),
        "{}",
        output.out
    );
}

#[test]
fn the_shipped_sample_matches_its_origin() {
    let notes = fs::read_to_string(root().join("assets/samples/README.md")).unwrap();
    let bytes = fs::read(Path::new(&portrait())).unwrap();
    let still = media::decode_still(&bytes, &Limits::default()).unwrap();
    assert!(notes.contains(&still.sha256), "{}", still.sha256);
}

/// The first command of README.md, with the shipped model and no help from ONNX Runtime.
#[test]
fn the_command_of_the_readme_finds_and_locates_the_forgery() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let command = readme.lines().find_map(|l| l.strip_prefix("cargo run --release -- ")).unwrap();
    let arguments: Vec<&str> = command.split_whitespace().collect();
    let home = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pentimento"));
        command
            .current_dir(root())
            .env("HOME", home.path())
            .env("PENTIMENTO_MODELS", root().join("models"));
        CliOutput::from_output(
            &command.args(arguments).args(["--engine", "rten"]).output().unwrap(),
        )
    };
    let output = run(&arguments);
    assert_eq!(output.code, 0, "{output:?}");
    assert!(output.out.contains("Traces of forgery found"), "{}", output.out);
    assert!(output.out.contains("mouth"), "the forged part is not named: {}", output.out);
    // The portrait it was made from is not accused.
    let original = run(&["inspect", "--json", "assets/samples/astronaut.png"]);
    let verdict = original.json()[0]["verdict"].clone();
    assert!(original.code == 0 && verdict != "traces-found", "{original:?}");
}

#[test]
fn robustness_is_printed_as_table_and_json() {
    let place = CliFolder::new(1.0);
    let portrait = portrait();
    let portrait = portrait.to_str().unwrap();
    let output = place.inspect(&["--json", "--robustness", portrait]);
    assert_eq!(output.code, 0, "{output:?}");
    let face = &output.json()[0]["faces"][0];
    let steps = face["robustness"]["steps"].as_array().unwrap();
    let tried: Vec<&str> = steps.iter().map(|s| s["degradation"].as_str().unwrap()).collect();
    assert_eq!(tried.len(), 10, "{tried:?}");
    assert_eq!(
        (tried[0], tried[3], tried[6], tried[9]),
        ("jpeg-90", "jpeg-30", "blur-2", "scale-0.33")
    );
    for step in steps {
        // The logit of the stand-in is the mean brightness, which no degradation changes much.
        let (score, first) = (step["score"].as_f64().unwrap(), face["score"].as_f64().unwrap());
        assert!((score - first).abs() < 0.05, "{step}");
        assert_eq!(step["map_iou"].as_f64(), Some(1.0), "{step}");
    }
    assert!(face["robustness"]["summary"].as_str().unwrap().contains("holds under all"), "{face}");
    let text = place.inspect(&["--robustness", portrait]).out;
    for expected in ["original", "JPEG quality 30", "scaling to 33 % and back", "holds under all"] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    let plain = place.inspect(&["--json", portrait]).json();
    assert!(plain[0]["faces"][0]["robustness"].is_null(), "only when asked for");
}

#[test]
fn unreliable_parts_are_reported_and_hatched() {
    let place = CliFolder::new(-80.0);
    let portrait = portrait();
    let portrait = portrait.to_str().unwrap();
    let overlay = |folder: &str| {
        let output = place.inspect(&["--json", "--out", folder, portrait]);
        assert_eq!(output.code, 0, "{output:?}");
        let mut files =
            fs::read_dir(place.path(folder)).unwrap().map(|entry| entry.unwrap().path());
        let overlay = files.find(|p| p.to_string_lossy().contains("overlay")).unwrap();
        let still = media::decode_still(&fs::read(overlay).unwrap(), &Limits::default()).unwrap();
        (output.json().remove(0), still.frame.image)
    };
    let (sure, plain) = overlay("plain");
    stand_in_with_doubts(&place.path("models"), "lae", -80.0);
    let (doubting, hatched) = overlay("doubts");
    let score = |file: &Value| file["score"].as_f64().unwrap();
    assert_eq!(score(&sure), score(&doubting), "the score is the same");
    // Small faces of forgeries were missed: a low score proves nothing any more.
    let low = score(&sure) < 0.2;
    assert!(low && sure["verdict"] == "no-trace-found", "{sure}");
    assert_eq!(doubting["verdict"], "inconclusive", "{doubting}");
    let face = &doubting["faces"][0];
    assert!(face["out_of_scope"][0].as_str().unwrap().contains("below 300 px"), "{face}");
    assert!(doubting["warnings"].to_string().contains("40 % of the forgeries"), "{doubting}");
    assert_eq!(face["reliability"]["untrusted_share"].as_f64(), Some(0.5));
    // The lower half is marked, and half of it is sure: the mean of 0.9 and 0.3.
    assert_eq!(face["reliability"]["mean_in_marked"].as_f64(), Some(0.6));
    let differ =
        |x: u32| (0..512).any(|y| plain.get(i64::from(x), y) != hatched.get(i64::from(x), y));
    let bounds = [0, 1, 2, 3].map(|i| face["box_px"][i].as_f64().unwrap());
    let middle = (bounds[0] + bounds[2] / 2.0) as u32;
    assert!(differ(middle + 30) && !differ(middle - 30), "the right half of the map alone");
    let text = place.inspect(&[portrait]).out;
    for expected in ["unreliable in 50 %", "lies below 0.20", "see the warnings", "blur 0."] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
}

/// A picture with another one behind its end.
fn two_in_one(place: &CliFolder) {
    let picture = image::open(portrait()).unwrap().to_rgb8();
    let mut jpeg = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut jpeg, image::ImageFormat::Jpeg).unwrap();
    fs::write(place.path("two.jpg"), jpeg.into_inner().repeat(2)).unwrap();
}

#[test]
fn what_was_not_examined_stands_with_the_verdict_and_in_the_exit_code() {
    let place = CliFolder::new(1.0);
    two_in_one(&place);
    let output = place.inspect(&["--json", "two.jpg"]);
    assert_eq!(output.code, 2, "{output:?}");
    let file = &output.json()[0];
    let part = &file["not_examined"][0];
    assert_eq!(part["what"], "1 more picture");
    assert!(part["where"].as_str().is_some_and(|w| w.contains("byte")), "{part}");
    assert!(part["why"].as_str().is_some_and(|w| w.contains("only the first")), "{part}");
    assert!(file["score"].is_number(), "the first one is examined: {file}");
    let text = place.inspect(&["two.jpg"]);
    let lines: Vec<&str> = text.out.lines().collect();
    assert!(lines.iter().any(|l| l.contains("not examined: 1 more picture (")), "{}", text.out);
    assert!(!text.out.contains("warning: not examined"), "said once: {}", text.out);
    if file["verdict"] == "no-trace-found" {
        assert!(lines[1].contains("No trace found in what was examined"), "{}", text.out);
    }
}
