//! Tests of trainings, without a child process.

use super::child::{TrainerEvent, log_event, state_of};
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
fn without_a_library_or_a_program_the_person_is_told() {
    let mut ws = Workspace::default();
    let mut training = Training::new(std::sync::Arc::new(|| {}), None);
    training.command(&mut ws, TrainingCommand::RollBack);
    let set = "/set".into();
    let program = Some("/nowhere/trainer".into());
    training.command(&mut ws, TrainingCommand::Start { set, program });
    let said: Vec<&str> = ws.notices.list().iter().map(|n| n.text.as_str()).collect();
    assert!(said[0].contains("PENTIMENTO_LIBRARY"), "{said:?}");
    assert!(said[1].contains("could not be started"), "{said:?}");
    assert!(training.shown().is_none() && !training.is_detector_changing());
}
