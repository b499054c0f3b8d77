//! The window of a case: two readers, a hundred thousand rows, retraining.

use std::path::Path;
use std::time::{Duration, Instant};

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use pentimento::base::TaskCtx;
use pentimento::case::{Case, ItemId, NewItem};
use pentimento::session::View;

use crate::gui::case::pictures;
use crate::gui::window::Window;

#[test]
fn a_second_reader_reads_blind_then_both_are_compared_and_agreed_with() {
    let folder = pictures(&["1.png"]);
    let path = folder.path().join("a.pentimento");
    let mut case = Case::create(&path, "ada").expect("a case");
    let file = folder.path().join("in/1.png");
    let item = NewItem { path: file, source: None, person: None };
    case.add(&mut std::iter::once(item), &TaskCtx::silent()).expect("added");
    drop(case);
    let Some(mut window) = Window::open_case(&path, "ada") else { return };
    let draw = |window: &mut Window, from: (f32, f32), to: (f32, f32)| {
        window.click(Role::Button, "Next item");
        window.shown("1.png");
        window.press(Key::Num1);
        if !window.view().masks.is_editing {
            window.press(Key::E);
        }
        window.settle();
        window.drag(from, to);
        window.mask().expect("a mask")
    };
    let first = draw(&mut window, (30.0, 200.0), (130.0, 200.0));
    window.until_case("kept", |case| case.rows[0].n_masks == 1);
    drop(window);

    let Some(mut window) = Window::open_case(&path, "bob") else { return };
    window.click(Role::Button, "Next item");
    window.shown("1.png");
    window.until("ada's mask", |view| n_set(view) > 0);
    assert!(window.says("Also read by ada"));
    window.click(Role::Button, "Agree with ada");
    window.until_case("agreed", |case| !case.agreed.is_empty());
    let masks = || Case::open_read_only(&path).expect("a case").masks(ItemId(1)).expect("masks");
    let reviewer = |author: &str| masks().into_iter().find(|m| m.author == author)?.reviewer;
    assert_eq!((reviewer("ada").as_deref(), masks().len()), (Some("bob"), 1));
    window.press(Key::F8);
    window.until_case("taken back", |case| case.agreed.is_empty());
    window.press(Key::F7);
    window.until("hidden", |view| n_set(view) == 0);
    assert!(window.says("Other readers are hidden") && !window.says("masks: 1"), "not even that");
    let second = draw(&mut window, (80.0, 200.0), (180.0, 200.0));
    assert_ne!(first, second);
    window.until_case("kept", |case| case.rows[0].n_masks == 2);
    window.press(Key::F9);
    window.until_case("compared", |case| case.agreement.is_some());
    assert!(window.says("Two readers") && window.says("ada and bob"));
    assert!(window.says("Kappa of the decisions") && window.says("n = 1"));
    let iou = window.case().agreement.as_ref().and_then(|two| two.agreement.mean_iou());
    let iou = iou.expect("both drew");
    assert!(iou > 0.2 && iou < 0.8 && window.says(&format!("{iou:.3}")), "{iou}");

    window.press(Key::F7);
    window.until_case("seen again", |case| !case.other_readers.is_empty());
    // Nobody agrees with what they do not see.
    let agree = window.harness.get_by_role_and_label(Role::Button, "Agree with ada");
    assert!(agree.accesskit_node().is_disabled());
    assert!(!window.says("What is shown is your own mask"));
    window.harness.get_by_role_and_label(Role::Button, "Agree with ada").hover();
    window.until("why not", |_| true);
    for _ in 0..60 {
        window.harness.step();
    }
    assert!(window.says("What is shown is your own mask"));
    window.press(Key::F8);
    window.settle();
    assert_eq!((reviewer("ada"), reviewer("bob")), (None, None));
}

fn n_set(view: &View<'_>) -> u64 {
    view.document().and_then(|document| document.mask()).map_or(0, |mask| mask.n_set)
}

/// The time of a frame in which nothing new happens: the shortest one, which other programs on the
/// machine have delayed least.
fn frame_time(window: &mut Window) -> Duration {
    for _ in 0..5 {
        window.harness.step();
    }
    let times = (0..21).map(|_| {
        let start = Instant::now();
        window.harness.step();
        start.elapsed()
    });
    times.min().expect("21 frames")
}

/// Items of files that are not there: only the list is looked at.
fn long_case(path: &Path, n: usize) {
    let mut case = Case::create(path, "ada").expect("a case");
    let folder = path.parent().expect("a folder").to_owned();
    let mut items = (0..n).map(|i| NewItem {
        path: folder.join(format!("picture {i:06}.jpg")),
        source: Some(format!("source {}", i % 100)),
        person: None,
    });
    case.add(&mut items, &TaskCtx::silent()).expect("added");
    let ranks: Vec<(ItemId, u32, String)> =
        (0..n).map(|i| (ItemId(i as i64 + 1), (n - i) as u32, format!("score {i}"))).collect();
    case.set_ranks("score", &ranks).expect("ranked");
}

#[test]
fn a_hundred_thousand_rows_cost_a_frame_no_more_than_a_hundred() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut times = Vec::new();
    for n in [100, 100_000] {
        let path = folder.path().join(format!("{n}.pentimento"));
        long_case(&path, n);
        let Some(mut window) = Window::open_case(&path, "ada") else { return };
        window.until_case("open", |case| case.rows.len() == n);
        let resting = frame_time(&mut window);
        // The far end of the list.
        let last = window.case().order[n - 1];
        assert_eq!(last, 0, "ranked backwards");
        window.harness.get_by_label_contains(", rank 1").focus();
        window.harness.run_ok();
        window.press(Key::ArrowDown);
        assert!(window.harness.get_by_label_contains(", rank 2").is_focused());
        let rows = window.harness.query_all_by_label_contains(".jpg: to do").count();
        assert!(rows < 30, "{rows} rows are laid out");
        let start = Instant::now();
        window.fill("Find in the queue", "picture 000077");
        let found = window.harness.query_all_by_label_contains(".jpg: to do").count();
        assert_eq!(found, 1, "of all");
        println!("{n} rows: a frame takes {resting:?}, finding {:?}", start.elapsed());
        times.push(resting);
    }
    let [few, many] = times[..] else { panic!("two times") };
    assert!(many < few * 2 + Duration::from_millis(4), "{few:?} with few, {many:?} with many");
}

#[cfg(unix)]
#[test]
fn a_detector_is_retrained_compared_installed_and_rolled_back() {
    use pentimento::bundle::Library;

    use crate::session::training::trainer;
    use crate::support::stand_in_detector;

    let folder = pictures(&[]);
    stand_in_detector(folder.path(), "lae-new", 2.0);
    let library = || Library::at(folder.path().join("library"));
    let exam = |auc: f64| {
        format!(r#"{{"n_real":12,"n_forged":9,"auc":{auc},"iou":0.25,"pixel_auc":null}}"#)
    };
    let answer = format!(
        r#"{{"bundle":"{}","name":"lae-new","sentence":"On 21 pictures held out the new detector is better.",
        "comparison":{{"before":{{"name":"lae","held_out":{},"photos":null}},
        "after":{{"name":"lae-new","held_out":{},"photos":null}}}}}}"#,
        folder.path().join("lae-new").display(),
        exam(0.711),
        exam(0.822)
    )
    .replace('\n', " ");
    let event = r#"{"event":"progress","path":"","phase":"training","done":3,"total":9}"#;
    let gate = folder.path().join("gate");
    let script = format!(
        "echo '{event}' >&2\necho 'step 3: loss 0.5' >&2\n\
         while [ ! -e '{}' ]; do sleep 0.05; done\necho '{answer}'",
        gate.display()
    );
    let program = trainer(folder.path(), &script);
    let Some(mut window) = Window::start_with(&[], Some(library()), Some(program)) else { return };
    window.new_case(&folder.path().join("a"), "ada");
    window.press_with(Modifiers::COMMAND, Key::R);
    assert!(window.says("Nothing is installed before you have seen"));
    let start = window.harness.get_by_role_and_label(Role::Button, "Start the training");
    assert!(start.accesskit_node().is_disabled(), "nothing to learn from yet");
    window.fill_path("Training data set", &folder.path().join("export"));
    window.click(Role::Button, "Start the training");
    let progress = |view: &View<'_>| view.training.and_then(|t| t.progress.clone());
    let has_log = |view: &View<'_>| view.training.is_some_and(|t| !t.log.is_empty());
    window.until("under way", |view| progress(view).is_some() && has_log(view));
    assert!(
        window.says("training: 3 of 9") && window.says("step 3: loss 0.5"),
        "how far, and the log"
    );
    assert!(window.says("Retraining: training, 33 %"), "in the bar at the bottom, too");
    window.click(Role::Button, "Stop the training");
    window.until("stopped", |view| is(view, "Stopped"));
    std::fs::write(&gate, "").expect("the gate opens");
    window.click(Role::Button, "Continue");
    window.until("done", |view| is(view, "Done"));
    for text in
        ["0.711", "0.822", "12 real, 9 forged", "the new detector is better", "not measured"]
    {
        assert!(window.says(text), "{text}");
    }
    assert_eq!(library().choice().expect("a choice").detector, "lae", "nobody has agreed yet");
    window.click(Role::Button, "Install lae-new");
    window.until("installed", |view| is(view, "Installed"));
    assert!(window.says("lae-new is installed and in use"));
    assert_eq!(library().choice().expect("a choice").detector, "lae-new");
    window.click(Role::Button, "Roll back");
    window.until("back", |view| !view.is_detector_changing);
    assert_eq!(library().choice().expect("a choice").detector, "lae");
    window.click(Role::Button, "Finish");
    assert!(window.view().training.is_none() && window.view().case.is_some());
}

fn is(view: &View<'_>, state: &str) -> bool {
    view.training.is_some_and(|t| format!("{:?}", t.state).starts_with(state))
}
