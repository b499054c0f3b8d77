//! Training photos: the manifest, the split by person, the landmark cache.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::base::{Frame, Landmarks, Limits, Mesh, Point, Rect, TaskCtx};
use crate::base::{Phase, Progress};
use crate::dataset::Split;
use crate::faces::Finder;
use crate::media;
use crate::prep::resample;
use crate::train::Error;
use crate::train::data::stock::versions::Versions;
use crate::train::forge::{Picture, Portrait};

/// One real photo of one face.
#[derive(Debug, Clone)]
pub struct Photo {
    /// The file.
    pub path: PathBuf,
    /// Its name in the manifest.
    pub file: String,
    /// The set it belongs to.
    pub set: String,
    /// Same value = same person or same shoot; never split inside it.
    pub group: String,
    /// Face box in the upright picture, from the face finder.
    pub face: Rect,
    /// Five landmarks in the upright picture.
    pub landmarks: Landmarks,
    /// 468 points in the upright picture, where [`crate::train::data::meshes`] found sure ones.
    pub mesh: Option<Box<Mesh>>,
    /// What was made of it beforehand, where [`crate::train::data::stock`] was attached.
    pub versions: Option<Arc<Versions>>,
}

#[cfg(test)]
impl Photo {
    /// A file in which no face was looked for.
    pub(in crate::train) fn unlocated(path: PathBuf, file: &str) -> Self {
        Self {
            path,
            file: file.to_owned(),
            set: String::new(),
            group: file.to_owned(),
            face: Rect::default(),
            landmarks: Landmarks::default(),
            mesh: None,
            versions: None,
        }
    }
}

/// What the photos of a group are used for.
///
/// A hash of its name decides, 80 / 10 / 10, the same on every machine. The optimizer sees the
/// training part, calibration and thresholds use the validation part, reported figures come from
/// the test part.
pub fn split_of_group(group: &str) -> Split {
    // FNV-1a, 64 bits.
    let hash = group
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    match (hash >> 32) % 10 {
        0 => Split::Validation,
        1 => Split::Test,
        _ => Split::Train,
    }
}

#[derive(Debug, Deserialize)]
struct ManifestRow {
    file: String,
    set: String,
    face_x_px: f32,
    face_y_px: f32,
    face_w_px: f32,
    face_h_px: f32,
    group: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct CacheRow {
    file: String,
    face: [f32; 4],
    landmarks: [f32; 10],
}

/// Reads the manifest and finds the face in every photo, through a cache file.
///
/// Photos in which the finder does not confirm the manifest's box (IoU below 0.3) are left out.
/// `sets` keeps only those sets when it is not empty.
///
/// # Errors
///
/// An unreadable or malformed manifest, a failing finder, cancellation.
pub fn load(
    folder: &Path,
    sets: &[String],
    cache: &Path,
    finder: &mut Finder,
    ctx: &TaskCtx<'_>,
) -> Result<Vec<Photo>, Error> {
    let manifest = folder.join("manifest.csv");
    let malformed = |e: csv::Error| Error::malformed_file(&manifest, &e);
    let rows: Vec<ManifestRow> = csv::Reader::from_path(&manifest)
        .map_err(malformed)?
        .deserialize()
        .collect::<Result<_, _>>()
        .map_err(malformed)?;
    let mut known = read_cache(cache);
    let before = known.len();
    let total = rows.len() as u64;
    for (done, row) in rows.iter().enumerate() {
        if !known.contains_key(&row.file) {
            let found = locate(&folder.join(&row.file), row, finder)?;
            known.insert(row.file.clone(), found);
        }
        (ctx.on_progress)(Progress { phase: Phase::Finding, done: done as u64 + 1, total });
        if ctx.cancel.is_cancelled() {
            break;
        }
    }
    if known.len() > before {
        write_cache(cache, &known)?;
    }
    ctx.step(Phase::Finding, total, total)?;
    let wanted = |set: &String| sets.is_empty() || sets.contains(set);
    let photos = rows.into_iter().filter(|row| wanted(&row.set)).filter_map(|row| {
        let (face, landmarks) = (*known.get(&row.file)?)?;
        let path = folder.join(&row.file);
        let ManifestRow { file, set, group, .. } = row;
        Some(Photo { path, file, set, group, face, landmarks, mesh: None, versions: None })
    });
    Ok(photos.collect())
}

type Located = Option<(Rect, Landmarks)>;

fn locate(path: &Path, row: &ManifestRow, finder: &mut Finder) -> Result<Located, Error> {
    let Ok(still) = media::open_still(path, &Limits::default(), &TaskCtx::silent()) else {
        return Ok(None);
    };
    let expected = Rect::new(row.face_x_px, row.face_y_px, row.face_w_px, row.face_h_px);
    let faces = finder.find(&still.frame, &TaskCtx::silent())?;
    let upright = still.frame.upright_from_image();
    Ok(faces
        .into_iter()
        .filter_map(|face| {
            let landmarks = face.landmarks?.map(|p| upright.apply(p));
            Some((upright.apply_rect(&face.box_px), landmarks))
        })
        .max_by(|a, b| a.0.iou(&expected).total_cmp(&b.0.iou(&expected)))
        .filter(|(face, _)| face.iou(&expected) >= 0.3))
}

fn read_cache(path: &Path) -> BTreeMap<String, Located> {
    let Ok(mut reader) = csv::ReaderBuilder::new().has_headers(false).from_path(path) else {
        return BTreeMap::new();
    };
    let rows = reader.deserialize::<CacheRow>().flatten();
    rows.map(|row| {
        let [x, y, w, h] = row.face;
        let l = row.landmarks;
        let landmarks = std::array::from_fn(|i| Point { x: l[2 * i], y: l[2 * i + 1] });
        (row.file, (w > 0.0).then_some((Rect::new(x, y, w, h), landmarks)))
    })
    .collect()
}

fn write_cache(path: &Path, known: &BTreeMap<String, Located>) -> Result<(), Error> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(Error::io("the landmark cache", folder))?;
    }
    let malformed = |e: csv::Error| Error::malformed_file(path, &e);
    let mut writer =
        csv::WriterBuilder::new().has_headers(false).from_path(path).map_err(malformed)?;
    for (file, located) in known {
        let (face, landmarks) = located.unwrap_or_default();
        let mut flat = [0.0; 10];
        for (pair, p) in flat.chunks_exact_mut(2).zip(landmarks) {
            pair.copy_from_slice(&[p.x, p.y]);
        }
        let face = [face.x, face.y, face.w, face.h];
        writer
            .serialize(CacheRow { file: file.clone(), face, landmarks: flat })
            .map_err(malformed)?;
    }
    writer.flush().map_err(Error::io("the landmark cache", path))
}

/// Side of the thumbnails that find copies, in pixels.
const THUMBNAIL_PX: u32 = 16;
/// Correlation of two thumbnails from which on photos count as copies of each other.
const COPY_CORRELATION: f32 = 0.98;

/// Held-out photos of which no copy (re-encoded, noised, mirrored) is among the training photos.
/// Groups alone do not tell: some sets hold copies under other names.
///
/// # Errors
///
/// [`Error::Malformed`] when a photo cannot be decoded any more.
pub fn without_copies(held_out: Vec<Photo>, train: &[Photo]) -> Result<Vec<Photo>, Error> {
    let seen = train.par_iter().map(thumbnail).collect::<Result<Vec<_>, _>>()?;
    let is_copy = |photo: &Photo| -> Result<bool, Error> {
        let own = thumbnail(photo)?;
        let side = THUMBNAIL_PX as usize;
        let mut mirrored = own.clone();
        mirrored.chunks_exact_mut(side).for_each(<[f32]>::reverse);
        let like = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
        Ok(seen.iter().any(|s| like(s, &own).max(like(s, &mirrored)) > COPY_CORRELATION))
    };
    let copies = held_out.par_iter().map(is_copy).collect::<Result<Vec<_>, _>>()?;
    Ok(held_out.into_iter().zip(copies).filter_map(|(p, copy)| (!copy).then_some(p)).collect())
}

/// Gray values of the shrunken photo with mean 0 and length 1.
fn thumbnail(photo: &Photo) -> Result<Vec<f32>, Error> {
    let still = media::open_still(&photo.path, &Limits::default(), &TaskCtx::silent())
        .map_err(|e| Error::malformed_file(&photo.path, &e))?;
    let picture = &still.frame.upright;
    let small = resample(picture, &picture.bounds(), THUMBNAIL_PX, THUMBNAIL_PX);
    let gray = small.pixels.chunks_exact(3).map(|p| p.iter().map(|v| f32::from(*v)).sum());
    let mut values: Vec<f32> = gray.collect();
    let mean = values.iter().sum::<f32>() / values.len() as f32;
    for v in &mut values {
        *v -= mean;
    }
    let length = values.iter().map(|v| v * v).sum::<f32>().sqrt().max(1e-6);
    for v in &mut values {
        *v /= length;
    }
    Ok(values)
}

/// Decodes a photo for the forger.
///
/// # Errors
///
/// [`Error::Malformed`] when it cannot be decoded any more.
pub fn decode(photo: &Photo) -> Result<Portrait, Error> {
    decode_version(photo, &photo.path)
}

/// As [`decode`], with the pixels of another file of the same size.
///
/// # Errors
///
/// As [`decode`].
pub fn decode_version(photo: &Photo, path: &Path) -> Result<Portrait, Error> {
    let still = media::open_still(path, &Limits::default(), &TaskCtx::silent())
        .map_err(|e| Error::malformed_file(path, &e))?;
    let portrait = portrait(&still.frame, photo.landmarks, photo.face);
    Ok(Portrait { mesh: photo.mesh.clone(), ..portrait })
}

/// A frame with a known face as the forger wants it. `landmarks` and `face` in upright space.
pub fn portrait(frame: &Frame, landmarks: Landmarks, face: Rect) -> Portrait {
    Portrait { picture: Picture::from_rgb(&frame.upright), landmarks, face, mesh: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_keep_their_split_and_shares_are_about_right() {
        let mut n = [0; 3];
        for i in 0..5000 {
            match split_of_group(&format!("set/{i}")) {
                Split::Train => n[0] += 1,
                Split::Validation => n[1] += 1,
                Split::Test => n[2] += 1,
            }
        }
        assert!((3800..4200).contains(&n[0]) && (400..600).contains(&n[1]), "{n:?}");
        assert_eq!(split_of_group("ffhq/0"), split_of_group("ffhq/0"));
    }

    #[test]
    fn copies_of_training_photos_are_reported() {
        let folder = tempfile::tempdir().unwrap();
        let photo = |name: &str, f: &dyn Fn(u32, u32) -> u8| {
            let pixels = (0..40).flat_map(|y| (0..40).flat_map(move |x| [f(x, y); 3])).collect();
            let path = folder.path().join(name);
            media::write_png(&path, &crate::base::RgbImage::new(40, 40, pixels).unwrap()).unwrap();
            Photo::unlocated(path, name)
        };
        let scene = |x: u32, y: u32| ((x / 7 * 53 + y / 5 * 91) % 200) as u8;
        let train = [photo("seen", &scene)];
        let held_out = vec![
            photo("noised", &|x, y| scene(x, y) + ((x * 7 + y * 3) % 9) as u8),
            photo("mirrored", &|x, y| scene(39 - x, y)),
            photo("other", &|x, y| ((x / 5 * 37 + y / 9 * 71) % 200) as u8),
        ];
        let kept = without_copies(held_out, &train).unwrap();
        let names: Vec<&str> = kept.iter().map(|p| p.file.as_str()).collect();
        assert_eq!(names, ["other"]);
    }

    #[test]
    fn the_cache_keeps_what_it_was_given() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sub/cache.csv");
        let mut known = BTreeMap::new();
        let landmarks = std::array::from_fn(|i| Point { x: i as f32, y: 2.5 });
        known.insert("a.jpg".to_owned(), Some((Rect::new(1.0, 2.0, 3.0, 4.5), landmarks)));
        known.insert("b.jpg".to_owned(), None);
        write_cache(&path, &known).unwrap();
        assert_eq!(read_cache(&path), known);
    }
}
