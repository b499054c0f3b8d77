//! The 468 points of every training photo, found once and kept in a file.
//!
//! The file lies beside the landmark cache and is called like it, with the ending `meshes`. After
//! the line `MAGIC` and the hash of the network there is one record for every photo: its name, the
//! face box that was looked at, and the points in fractions of that box. A photo whose box has
//! changed is looked at again; a file of another network is made anew; a damaged end is ignored.

use std::collections::BTreeMap;
use std::path::Path;

use crate::base::{Limits, Mesh, Phase, Point, Progress, Rect, TaskCtx};
use crate::bundle::{self, ModelStore};
use crate::faces::MeshFinder;
use crate::files::write_whole;
use crate::infer::Engine;
use crate::media;
use crate::train::Error;
use crate::train::data::Photo;

/// First line of the file, followed by the hash of the network.
const MAGIC: &str = "pentimento meshes 1";
/// Points are kept as 16-bit steps over this many box sides about the middle of the box: 0.02 px
/// for a face of 500 px.
const SPAN: f32 = 3.0;
/// Photos between two writings of the file.
const SAVE_EVERY: usize = 1000;

/// The box that was looked at, and what was found there.
type Record = (Rect, Option<Box<Mesh>>);

/// The shipped mesh finder; `None` where its bundle is not there.
///
/// # Errors
///
/// A damaged bundle, a failing engine.
pub fn finder(engine: &Engine, store: &ModelStore) -> Result<Option<MeshFinder>, Error> {
    match store.read(MeshFinder::BUNDLE) {
        Ok(bundle) => Ok(Some(MeshFinder::load(engine, &bundle)?)),
        Err(bundle::Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Gives every photo its mesh, through a file beside the landmark cache. Returns how many have one.
///
/// Without the bundle `facemesh` the photos stay as they are.
///
/// # Errors
///
/// A damaged bundle, a failing engine, a file that cannot be written, cancellation.
pub fn attach(
    photos: &mut [Photo],
    landmark_cache: &Path,
    engine: &Engine,
    store: &ModelStore,
    ctx: &TaskCtx<'_>,
) -> Result<usize, Error> {
    let Some(mut finder) = finder(engine, store)? else { return Ok(0) };
    let path = landmark_cache.with_extension("meshes");
    let mut known = read(&path, finder.sha256());
    let total = photos.len() as u64;
    let mut unsaved = 0;
    for (done, photo) in photos.iter().enumerate() {
        if known.get(&photo.file).is_none_or(|(face, _)| *face != photo.face) {
            known.insert(photo.file.clone(), (photo.face, look(photo, &mut finder)?));
            unsaved += 1;
        }
        (ctx.on_progress)(Progress { phase: Phase::Finding, done: done as u64 + 1, total });
        let is_cancelled = ctx.cancel.is_cancelled();
        if unsaved == SAVE_EVERY || is_cancelled {
            write(&path, finder.sha256(), &known)?;
            unsaved = 0;
        }
        if is_cancelled {
            break;
        }
    }
    if unsaved > 0 {
        write(&path, finder.sha256(), &known)?;
    }
    ctx.step(Phase::Finding, total, total)?;
    for photo in photos.iter_mut() {
        // What was just found is taken as it is read again: a run goes on as it began.
        photo.mesh = known.get(&photo.file).and_then(|(face, mesh)| {
            Some(Box::new(unpacked(&packed(mesh.as_deref()?, face), face)))
        });
    }
    Ok(photos.iter().filter(|p| p.mesh.is_some()).count())
}

fn look(photo: &Photo, finder: &mut MeshFinder) -> Result<Option<Box<Mesh>>, Error> {
    let Ok(still) = media::open_still(&photo.path, &Limits::default(), &TaskCtx::silent()) else {
        return Ok(None);
    };
    Ok(finder.find(&still.frame.upright, &photo.face, &photo.landmarks)?)
}

/// Coordinates as 16-bit steps, x before y.
fn packed(mesh: &Mesh, face: &Rect) -> Vec<u16> {
    let center = face.center();
    let step = |v: f32, middle: f32, side: f32| {
        (((v - middle) / (side.max(1.0) * SPAN) + 0.5) * 65535.0).round() as u16
    };
    mesh.iter().flat_map(|p| [step(p.x, center.x, face.w), step(p.y, center.y, face.h)]).collect()
}

fn unpacked(steps: &[u16], face: &Rect) -> Mesh {
    let center = face.center();
    let value = |i: usize, middle: f32, side: f32| {
        let step = steps.get(i).copied().unwrap_or_default();
        (f32::from(step) / 65535.0 - 0.5) * side.max(1.0) * SPAN + middle
    };
    std::array::from_fn(|i| Point {
        x: value(2 * i, center.x, face.w),
        y: value(2 * i + 1, center.y, face.h),
    })
}

fn write(path: &Path, sha256: &str, known: &BTreeMap<String, Record>) -> Result<(), Error> {
    let mut bytes = format!("{MAGIC} {sha256}\n").into_bytes();
    for (file, (face, mesh)) in known {
        let name = file.as_bytes();
        bytes.extend((name.len() as u16).to_le_bytes());
        bytes.extend(&name[..usize::from(name.len() as u16)]);
        bytes.extend([face.x, face.y, face.w, face.h].into_iter().flat_map(f32::to_le_bytes));
        bytes.push(u8::from(mesh.is_some()));
        if let Some(mesh) = mesh {
            bytes.extend(packed(mesh, face).into_iter().flat_map(u16::to_le_bytes));
        }
    }
    let io = || Error::io("the mesh cache", path);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(io())?;
    }
    write_whole(path, &bytes).map_err(io())
}

/// What the file holds; nothing where it is not there or of another network.
fn read(path: &Path, sha256: &str) -> BTreeMap<String, Record> {
    let Ok(bytes) = std::fs::read(path) else { return BTreeMap::new() };
    let head = format!("{MAGIC} {sha256}\n");
    let Some(mut rest) = bytes.strip_prefix(head.as_bytes()) else { return BTreeMap::new() };
    let mut known = BTreeMap::new();
    while let Some((file, record)) = read_record(&mut rest) {
        known.insert(file, record);
    }
    known
}

fn read_record(rest: &mut &[u8]) -> Option<(String, Record)> {
    let len = u16::from_le_bytes(*rest.split_off(..2)?.first_chunk()?);
    let file = std::str::from_utf8(rest.split_off(..usize::from(len))?).ok()?.to_owned();
    let (sides, _) = rest.split_off(..16)?.as_chunks();
    let &[x, y, w, h] = sides else { return None };
    let [x, y, w, h] = [x, y, w, h].map(f32::from_le_bytes);
    let face = Rect::new(x, y, w, h);
    let mesh = if *rest.split_off_first()? == 1 {
        let (steps, _) = rest.split_off(..size_of::<Mesh>() / 2)?.as_chunks();
        let steps: Vec<u16> = steps.iter().map(|b| u16::from_le_bytes(*b)).collect();
        Some(Box::new(unpacked(&steps, &face)))
    } else {
        None
    };
    Some((file, (face, mesh)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> BTreeMap<String, Record> {
        let face = Rect::new(100.0, 50.0, 200.0, 260.0);
        let mesh: Mesh = std::array::from_fn(|i| {
            let t = i as f32 / 467.0;
            Point { x: 60.0 + 300.0 * t, y: 330.0 - 310.0 * t * t }
        });
        let photos = [("a/1.jpg", Some(Box::new(mesh))), ("b.jpg", None)];
        photos.map(|(file, mesh)| (file.to_owned(), (face, mesh))).into()
    }

    fn worst(a: &Mesh, b: &Mesh) -> f32 {
        a.iter().zip(b).map(|(a, b)| (a.x - b.x).hypot(a.y - b.y)).fold(0.0, f32::max)
    }

    #[test]
    fn the_file_keeps_what_it_was_given_to_a_fiftieth_of_a_pixel() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sub/x.landmarks.meshes");
        write(&path, "abc", &known()).unwrap();
        let back = read(&path, "abc");
        assert_eq!(back.keys().collect::<Vec<_>>(), ["a/1.jpg", "b.jpg"]);
        let (want, got) = (&known()["a/1.jpg"], &back["a/1.jpg"]);
        assert_eq!(want.0, got.0);
        let off = worst(want.1.as_ref().unwrap(), got.1.as_ref().unwrap());
        assert!(off < 0.02, "{off} px off");
        assert_eq!(back["b.jpg"].1, None, "looked at, nothing sure");
        // Written and read again, nothing moves any more.
        write(&path, "abc", &back).unwrap();
        assert_eq!(read(&path, "abc"), back);
    }

    #[test]
    fn another_network_or_a_damaged_end_is_not_trusted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.meshes");
        write(&path, "abc", &known()).unwrap();
        assert_eq!(read(&path, "abd").len(), 0, "another network");
        assert_eq!(read(&folder.path().join("none"), "abc").len(), 0, "no file");
        let bytes = std::fs::read(&path).unwrap();
        for len in 0..bytes.len() {
            std::fs::write(&path, &bytes[..len]).unwrap();
            let n = read(&path, "abc").len();
            assert!(n <= 1, "cut off at {len}: {n} records");
        }
    }
}
