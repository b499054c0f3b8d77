//! The queue of a case after a retraining, after failures, and when nothing can go out.

use std::path::Path;

use pentimento::base::TaskCtx;
use pentimento::case::{Case, ItemState, Reexamine};
use pentimento::curate::{
    self, CaseExportOptions, Examination, ExamineFailure, ItemReport, QueueStrategy, Quotas,
};
use pentimento::dataset::{self, Format, Pixels};

use crate::case::curate::{CurateFolder, block, drawn, id_of, score, seen};

/// As another model would say it.
fn seen_by(path: &Path, sha256: &str) -> Examination {
    let mut examination = seen(path);
    if let ItemReport::Still(report) = &mut examination.report {
        sha256.clone_into(&mut report.model.sha256);
    }
    if let Some(look) = &mut examination.signals {
        sha256.clone_into(&mut look.signals.model);
    }
    examination
}

#[test]
fn a_new_model_examines_again_what_another_did_and_failures_get_another_try() {
    let curated = CurateFolder::new();
    let mut case = curated.filled();
    let ctx = TaskCtx::silent();
    let (old, new) = ("11".repeat(32), "22".repeat(32));
    let mut one = |path: &Path| match score(path) {
        s if s < 0.1 => Err(ExamineFailure::File("it is cut off".into())),
        _ => Ok(seen_by(path, &old)),
    };
    curate::examine(&mut case, 4, &mut one, &ctx).unwrap();
    let n = |case: &Case, other_than: Option<&str>, failed| {
        case.to_examine(&Reexamine { not_by_model: other_than, failed, quick_looks: false }, 99)
            .unwrap()
            .len()
    };
    // a failed, b, c and d are the old model's, e and f wait.
    assert_eq!(n(&case, None, false), 2);
    assert_eq!(n(&case, Some(&old), false), 2);
    assert_eq!(n(&case, Some(&new), false), 5);
    assert_eq!(n(&case, None, true), 3);
    assert_eq!(n(&case, Some(&new), true), 6);
    assert_eq!(
        case.to_examine(
            &Reexamine { not_by_model: Some(&new), failed: true, quick_looks: false },
            3
        )
        .unwrap()
        .len(),
        3
    );

    // One that fails again is tried once and not for ever.
    let items = case
        .to_examine(&Reexamine { not_by_model: Some(&new), failed: true, quick_looks: false }, 99)
        .unwrap();
    let mut n_tries = 0;
    let mut one = |path: &Path| {
        n_tries += 1;
        match score(path) {
            s if s < 0.1 => Err(ExamineFailure::File("it is cut off".into())),
            _ => Ok(seen_by(path, &new)),
        }
    };
    let done = curate::examine_items(&mut case, &items, &mut one, &ctx).unwrap();
    assert_eq!((done.n_examined, done.n_failed, n_tries), (5, 1, 6));
    assert_eq!((n(&case, Some(&new), false), n(&case, None, true)), (0, 1));
    let b = id_of(&case, &curated, "x/b");
    assert_eq!(case.findings(b).unwrap().len(), 2, "what the old model said stays");
    assert_eq!(case.newest_finding(b).unwrap().unwrap().facts.model.sha256, new);
}

#[test]
fn the_remedy_names_the_command_that_helps() {
    let curated = CurateFolder::new();
    let mut case = curated.filled();
    let ctx = TaskCtx::silent();
    // A hash is known of every item, as after an import; still none was examined.
    for row in case.rows().unwrap() {
        let hash = pentimento::files::sha256_hex(&std::fs::read(&row.path).unwrap());
        case.identify(row.id, &hash).unwrap();
    }
    let refusal = |case: &mut Case, strategy| {
        curate::rank(case, strategy, Quotas::default(), 0, &TaskCtx::silent())
            .unwrap_err()
            .to_string()
    };
    let text = refusal(&mut case, QueueStrategy::Score);
    assert!(text.ends_with("(`pentimento case examine`)"), "{text}");
    let mut broken = |_: &Path| Err(ExamineFailure::File("it is cut off".into()));
    curate::examine(&mut case, 99, &mut broken, &ctx).unwrap();
    let text = refusal(&mut case, QueueStrategy::Score);
    assert!(text.contains("`pentimento case examine --failed`"), "{text}");
    let items = case
        .to_examine(&Reexamine { not_by_model: None, failed: true, quick_looks: false }, 99)
        .unwrap();
    let mut mute = |path: &Path| {
        let mut examination = seen(path);
        if let Some(look) = &mut examination.signals {
            look.signals.concepts.clear();
        }
        Ok(examination)
    };
    curate::examine_items(&mut case, &items, &mut mute, &ctx).unwrap();
    let text = refusal(&mut case, QueueStrategy::Concept);
    assert!(text.contains("`pentimento case examine --again`"), "{text}");
}

#[test]
fn when_nothing_goes_out_it_is_reported_why() {
    let curated = CurateFolder::new();
    let mut case = curated.filled();
    let (a, b) = (id_of(&case, &curated, "x/a"), id_of(&case, &curated, "x/b"));
    case.save_mask(&drawn(a, "ann", block(0, 8), None)).unwrap();
    case.save_mask(&drawn(b, "ann", block(0, 8), None)).unwrap();
    case.set_state(b, ItemState::Skipped).unwrap();
    let out = curated.path("out");
    let remarks = |case: &Case| {
        let ctx = TaskCtx::silent();
        let handed = curate::export(case, Format::Cvat, &out, &CaseExportOptions::default(), &ctx);
        handed.unwrap_err().to_string()
    };
    let text = remarks(&case);
    assert!(text.contains("nothing to export") && text.contains("items are not done"), "{text}");
    assert!(text.contains("skipped") && !text.contains("no picture has a decision"), "{text}");
    case.set_state(a, ItemState::Done).unwrap();
    std::fs::remove_file(curated.path("media/x/a.png")).unwrap();
    let text = remarks(&case);
    assert!(text.contains("cannot be read") && text.contains("a.png"), "{text}");
}

/// A set of many small entries comes in by few transactions, and one that cannot be taken over
/// stops none of the others.
#[test]
fn an_import_is_written_in_chunks_and_is_whole() {
    let curated = CurateFolder::new();
    let set = curated.path("set");
    let (_dir, _root, samples) = crate::dataset::samples::sample();
    let of = samples.iter().find(|e| e.record.id == "disc").unwrap();
    let Pixels::File(picture) = &of.pixels else { panic!("a file") };
    let many: Vec<dataset::Entry> = (0..150)
        .map(|i| {
            let mut entry = of.clone();
            let path = curated.path(&format!("many{i}.png"));
            std::fs::copy(picture, &path).unwrap();
            entry.record.id = format!("many{i}");
            entry.record.image.origin = path.display().to_string();
            entry.pixels = Pixels::File(path);
            entry
        })
        .collect();
    crate::dataset::samples::write(&many, Format::Pentimento, &set);
    std::fs::remove_file(set.join("masks/many70.png")).unwrap();
    let path = curated.path("many.pentimento");
    let mut case = Case::create(&path, "new").unwrap();
    // Every transaction that ends is a commit that others can see.
    let looks = std::sync::Mutex::new(std::collections::BTreeSet::new());
    let on_progress = |_| {
        looks.lock().unwrap().insert(Case::open_read_only(&path).unwrap().n_items().unwrap());
    };
    let ctx = TaskCtx { cancel: pentimento::base::Cancel::default(), on_progress: &on_progress };
    let taken = curate::import(&mut case, &set, None, &ctx).unwrap();
    assert_eq!((taken.n_new, taken.n_masks), (149, 149));
    assert!(taken.remarks.iter().any(|r| r.contains("many70")), "{:?}", taken.remarks);
    let looks: Vec<u64> = looks.into_inner().unwrap().into_iter().collect();
    assert_eq!((looks.first(), looks.last()), (Some(&0), Some(&149)));
    // On a slow machine a transaction ends before it has 64 entries, because its time is over.
    assert!(looks.windows(2).all(|pair| pair[1] - pair[0] <= 64), "{looks:?}");
    assert!(looks.len() < 100, "many in one: {looks:?}");
    assert!(case.verify(true, &TaskCtx::silent()).unwrap().is_sound());
}
