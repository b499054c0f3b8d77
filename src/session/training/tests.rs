//! Tests of trainings.

use super::child::{TrainerEvent, log_event, next_line, state_of};
use super::retraining::{Training, run_folder};
use super::values::{TrainingCommand, TrainingRun, TrainingState};
use crate::session::workspace::Workspace;

#[test]
fn a_line_of_the_trainer_is_progress_or_words() {
    let line = r#"{"phase": "training", "done": 3, "total": 9}"#;
    let event = log_event(line.to_owned());
    assert!(matches!(event, TrainerEvent::Progress(phase, 3, 9) if phase == "training"));
    assert!(matches!(log_event("{no".to_owned()), TrainerEvent::Line(line) if line == "{no"));
}

#[test]
fn lines_of_any_bytes_and_lengths_are_read_and_shortened() {
    let text = [b"one\r\n\xff two\n\n".as_slice(), &vec![b'x'; 100_000], b"\nlast"].concat();
    let mut pipe = std::io::BufReader::with_capacity(7, text.as_slice());
    let lines: Vec<String> = std::iter::from_fn(|| next_line(&mut pipe, 20)).collect();
    assert_eq!(lines, ["one", "\u{fffd} two", "", &"x".repeat(20), "last"]);
}

#[test]
#[cfg(unix)]
fn a_trainer_that_closes_its_pipes_and_goes_on_is_not_waited_for() {
    use std::os::unix::fs::PermissionsExt;
    use std::time::{Duration, Instant};
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("trainer");
    std::fs::write(&program, "#!/bin/sh\nexec >&- 2>&-\nexec sleep 600\n").unwrap();
    std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
    let (woken, was_woken) = std::sync::mpsc::sync_channel(1);
    let wake = std::sync::Arc::new(move || {
        // The test may be over, or not have seen the last wake yet.
        woken.try_send(()).ok();
    });
    let (mut ws, mut training) = (Workspace::default(), Training::new(wake, None));
    let set = folder.path().join("set");
    while training.shown().is_none() {
        // The system refuses a program while a child of another test still has it open for writing.
        let (set, program) = (set.clone(), Some(program.clone()));
        training.command(&mut ws, TrainingCommand::Start { set, program });
    }
    let start = Instant::now();
    // Both pipes are closed, then the thread looks for the end.
    for _ in 0..5 {
        was_woken.recv_timeout(Duration::from_mins(1)).unwrap();
        training.poll(&mut ws);
        assert_eq!(training.shown().unwrap().state, TrainingState::Running);
    }
    training.command(&mut ws, TrainingCommand::Stop);
    while training.shown().unwrap().state != TrainingState::Stopped {
        was_woken.recv_timeout(Duration::from_mins(1)).unwrap();
        training.poll(&mut ws);
    }
    assert!(start.elapsed() < Duration::from_mins(5), "{:?}", start.elapsed());
}

#[test]
fn the_state_at_the_end_follows_from_result_and_last_words() {
    let done = r#"{"bundle": "/b", "name": "two", "comparison": {}, "sentence": "Better."}"#;
    assert!(matches!(state_of(true, done, None), TrainingState::Done(t) if t.name == "two"));
    assert!(
        matches!(state_of(true, "{", None), TrainingState::Failed(why) if why.contains("damaged"))
    );
    let failed = state_of(false, "", Some("error: the set is empty"));
    assert_eq!(failed, TrainingState::Failed("the set is empty".to_owned()));
    let silent = state_of(false, "", None);
    assert!(matches!(silent, TrainingState::Failed(why) if why.contains("without a word")));
}

#[test]
fn the_log_is_bounded_and_its_last_words_are_found() {
    let mut view = TrainingRun::new("/set".into(), run_folder("/set".as_ref()));
    assert_eq!(view.run, std::path::Path::new("/set.training"));
    (0..300).for_each(|i| view.add_line(format!("line {i}")));
    view.add_line(String::new());
    assert_eq!(view.log.len(), 200);
    assert_eq!(view.last_line(), Some("line 299"));
}

#[test]
fn without_a_library_or_a_program_the_person_is_reported() {
    let mut ws = Workspace::default();
    let mut training = Training::new(std::sync::Arc::new(|| {}), None);
    training.command(&mut ws, TrainingCommand::RollBack);
    let set = "/set".into();
    let program = Some("/nowhere/trainer".into());
    training.command(&mut ws, TrainingCommand::Start { set, program });
    let notices: Vec<&str> = ws.notices.list().iter().map(|n| n.text.as_str()).collect();
    assert!(notices[0].contains("PENTIMENTO_LIBRARY"), "{notices:?}");
    assert!(notices[1].contains("could not be started"), "{notices:?}");
    assert!(training.shown().is_none() && !training.is_detector_changing());
}
