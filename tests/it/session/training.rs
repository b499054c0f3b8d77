//! Retraining from the window, with a stand-in for the trainer.
#![cfg(unix)]

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use pentimento::base::TaskCtx;
use pentimento::bundle::{Library, ModelStore};
use pentimento::infer::EngineOptions;
use pentimento::session::{
    Command, ExamineSettings, Examiner as _, PipelineExaminer, TrainingCommand, TrainingState,
};

use crate::session::picture::Bench;
use crate::support::stand_in_detector;

/// A program that says what a trainer says.
pub(crate) fn trainer(folder: &Path, script: &str) -> PathBuf {
    let path = folder.join("trainer");
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

fn start(bench: &mut Bench, folder: &Path, script: &str) {
    let program = Some(trainer(folder, script));
    let set = folder.join("export");
    bench.session.apply(Command::Training(TrainingCommand::Start { set, program }));
}

fn until(bench: &mut Bench, is_so: impl Fn(&TrainingState) -> bool) -> TrainingState {
    let start = Instant::now();
    loop {
        bench.session.poll();
        let view = bench.session.view();
        if let Some(training) = view.training.as_ref().filter(|t| is_so(&t.state)) {
            return training.state.clone();
        }
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "{:?} {:?}",
            view.training,
            view.notices
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Until the detector in use is what was wished for, or it was said why not.
fn settle(bench: &mut Bench) {
    let start = Instant::now();
    while bench.session.view().is_detector_changing {
        assert!(start.elapsed() < Duration::from_secs(20), "it never ends");
        bench.session.poll();
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn is_over(state: &TrainingState) -> bool {
    *state != TrainingState::Running
}

#[test]
fn a_trained_detector_is_used_only_when_the_person_agrees() {
    let folder = tempfile::tempdir().unwrap();
    stand_in_detector(folder.path(), "lae-new", 2.0);
    let mut bench = Bench::new(Some(folder.path()));
    let library = Library::at(folder.path().join("library"));
    let answer = format!(
        r#"{{"bundle":"{}","name":"lae-new","comparison":{{}},"sentence":"It is better."}}"#,
        folder.path().join("lae-new").display()
    );
    let event = r#"{"event":"progress","path":"","phase":"training","done":3,"total":9}"#;
    let script = format!("echo '{event}' >&2\necho 60 steps >&2\necho \"$@\" >&2\necho '{answer}'");
    start(&mut bench, folder.path(), &script);
    let state = until(&mut bench, is_over);
    assert!(matches!(&state, TrainingState::Done(t) if t.sentence == "It is better."), "{state:?}");
    let training = bench.session.view().training.unwrap();
    assert_eq!(training.progress, Some(("training".to_owned(), 3, 9)));
    assert!(training.log.iter().any(|line| line == "60 steps"), "{:?}", training.log);
    let text = training.log.back().unwrap();
    assert!(text.contains("--from") && text.contains("export.training"), "{text}");
    assert_eq!(library.choice().unwrap().detector, "lae", "nobody was asked yet");
    bench.session.apply(Command::Training(TrainingCommand::Install));
    let view = bench.session.view();
    assert!(view.is_detector_changing, "nobody waits for the disk");
    assert!(matches!(&view.training.as_ref().unwrap().state, TrainingState::Done(_)));
    bench.session.apply(Command::Training(TrainingCommand::RollBack));
    assert!(bench.session.view().notices.iter().any(|n| n.text.starts_with("One moment")));
    settle(&mut bench);
    assert_eq!(library.choice().unwrap().detector, "lae-new");
    assert!(matches!(until(&mut bench, is_over), TrainingState::Installed(_)));
    bench.session.apply(Command::Training(TrainingCommand::RollBack));
    settle(&mut bench);
    assert_eq!(library.choice().unwrap().detector, "lae");
}

#[test]
fn only_a_detector_that_can_be_read_is_taken_into_use() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(Some(folder.path()));
    let library = Library::at(folder.path().join("library"));
    stand_in_detector(library.folder(), "sound", 2.0);
    stand_in_detector(library.folder(), "torn", 2.0);
    std::fs::write(library.folder().join("torn/model.onnx"), [9]).unwrap();
    let used = |bench: &mut Bench, name: &str| {
        bench.session.apply(Command::Training(TrainingCommand::Use(name.to_owned())));
        settle(bench);
        library.choice().unwrap().detector
    };
    for name in ["torn", "none", "yunet"] {
        assert_eq!(used(&mut bench, name), "lae", "{name}");
        let notices = &bench.session.view().notices;
        assert!(notices.iter().any(|n| n.text.starts_with(name)), "{notices:?}");
    }
    assert_eq!(used(&mut bench, "sound"), "sound");
    std::fs::remove_dir_all(library.folder().join("torn")).unwrap();
    library.choose("torn").unwrap();
    library.choose("sound").unwrap();
    bench.session.apply(Command::Training(TrainingCommand::RollBack));
    settle(&mut bench);
    assert_eq!(library.choice().unwrap().detector, "sound", "what is gone is not gone back to");
}

#[test]
fn the_examiner_takes_a_detector_that_was_chosen_since() {
    let folder = tempfile::tempdir().unwrap();
    let library = Library::at(folder.path().join("library"));
    stand_in_detector(library.folder(), "one", 2.0);
    stand_in_detector(library.folder(), "two", 3.0);
    library.choose("one").unwrap();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    let store = ModelStore::from_folders(vec![shipped]).with_library(library.clone());
    let mut examiner = PipelineExaminer::new(store, EngineOptions::default());
    examiner.load(&ExamineSettings::default(), &TaskCtx::silent()).unwrap();
    assert_eq!(examiner.model().unwrap().card.name, "one");
    library.choose("two").unwrap();
    examiner.load(&ExamineSettings::default(), &TaskCtx::silent()).unwrap();
    assert_eq!(examiner.model().unwrap().card.name, "two");
}

#[test]
fn a_training_can_be_stopped_and_what_breaks_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(Some(folder.path()));
    // `until` does not wait that long.
    start(&mut bench, folder.path(), "exec sleep 600");
    bench.session.poll();
    bench.session.apply(Command::Training(TrainingCommand::Stop));
    assert_eq!(until(&mut bench, is_over), TrainingState::Stopped);
    start(&mut bench, folder.path(), "echo 'error: no forged face in it' >&2\nexit 1");
    let state = until(&mut bench, is_over);
    assert_eq!(state, TrainingState::Failed("no forged face in it".to_owned()));
    start(&mut bench, folder.path(), "echo nonsense");
    let state = until(&mut bench, is_over);
    assert!(matches!(&state, TrainingState::Failed(what) if what.contains("damaged")), "{state:?}");
}
