//! The window of a case, clicked and typed at by label: from an empty window to masks that are equal
//! in another case.

use std::path::{Path, PathBuf};

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use pentimento::base::RgbImage;
use pentimento::case::{Case, ItemId, ItemState};
use pentimento::curate::QueueStrategy;
use pentimento::dataset;
use pentimento::session::CaseView;

use crate::gui::window::Window;
use crate::support::fake_examiner::{GREY, HEIGHT, WIDTH};

/// Pictures of these names in a folder `in`.
pub(crate) fn pictures(names: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("in")).expect("a folder in it");
    for name in names {
        let image = RgbImage::filled(WIDTH, HEIGHT, GREY);
        let path = folder.path().join("in").join(name);
        pentimento::media::write_png(&path, &image).expect("a picture");
    }
    folder
}

impl Window {
    pub(crate) fn case(&self) -> &CaseView {
        self.view().case.expect("a case is open")
    }

    pub(crate) fn until_case(&mut self, what: &str, wanted: impl Fn(&CaseView) -> bool) {
        self.until(what, |view| view.case.is_some_and(&wanted));
    }

    /// Types into a field in place of what stands there.
    pub(crate) fn fill(&mut self, label: &str, text: &str) {
        self.harness.get_by_role_and_label(Role::TextInput, label).focus();
        self.harness.run_ok();
        self.press_with(Modifiers::COMMAND, Key::A);
        self.harness.get_by_role_and_label(Role::TextInput, label).type_text(text);
        self.harness.run_ok();
    }

    pub(crate) fn fill_path(&mut self, label: &str, path: &Path) {
        self.fill(label, path.to_str().expect("a name"));
    }

    /// Makes a case by its form.
    pub(crate) fn new_case(&mut self, path: &Path, author: &str) {
        if self.view().case.is_some() {
            self.click(Role::Button, "Close case");
        }
        self.click(Role::Button, "New case…");
        self.fill_path("File", path);
        self.fill("Your name", author);
        self.click(Role::Button, "Create the case");
        self.until_case("made", |case| case.author == author);
    }

    /// Opens a case by its form; false when nothing can be drawn here.
    pub(crate) fn open_case(path: &Path, author: &str) -> Option<Self> {
        let mut window = Self::start(&[path.to_str().expect("a name")])?;
        window.harness.run_ok();
        window.fill("Your name", author);
        window.press(Key::Enter);
        window.until_case("open", |case| case.author == author);
        Some(window)
    }

    /// Adds a folder with the browser in the window.
    pub(crate) fn add_folder(&mut self, folder: &Path) {
        self.click(Role::Button, "Add folder…");
        self.fill_path("Path", folder);
        self.press(Key::Enter);
        self.click(Role::Button, "Choose this folder");
        self.until_case("added", |case| !case.rows.is_empty() && case.work.is_none());
    }

    /// The item shown, once its picture is there.
    pub(crate) fn shown(&mut self, name: &str) {
        let is_it = |view: &pentimento::session::View<'_>| {
            let document = view.document().filter(|d| d.item.is_some() && d.picture.is_some());
            let has_masks = |d: &pentimento::session::Document| {
                view.case.is_some_and(|case| !case.is_writable() || d.has_case_masks())
            };
            document.is_some_and(|d| d.name() == name && has_masks(d)) && view.job.is_none()
        };
        self.until(name, is_it);
    }
}

fn on_disk(path: PathBuf) -> Case {
    Case::open_read_only(path).expect("a case on the disk")
}

#[test]
fn from_an_empty_window_to_equal_masks_in_another_case() {
    let folder = pictures(&["1.png", "45.png", "80.png"]);
    let at = |name: &str| folder.path().join(name);
    let Some(mut window) = Window::open(&[]) else { return };
    window.new_case(&at("first"), "ada");
    assert_eq!(window.case().path, at("first.pentimento"), "the extension is added");
    assert!(window.says("This case is empty") && window.says("The queue is empty"), "how to begin");
    window.add_folder(&at("in"));
    assert!(window.says("3 items to review") && window.says("Nothing is examined or ranked"));

    window.click(Role::Button, "Examine");
    window.until_case("examined", |case| case.examined() == [3, 0, 0]);
    assert!(window.says("3 of 3 examined"));
    window.harness.get_by_label_contains("Order of the queue").click();
    window.harness.run_ok();
    window.harness.get_by_role_and_label(Role::Button, "Uncertain first").click();
    window.harness.run_ok();
    assert!(window.says("nearest to the middle"), "what it does, in a sentence");
    window.click(Role::Button, "Rank");
    window.until_case("ranked", |case| case.strategy == Some(QueueStrategy::Uncertainty));
    assert!(window.says("3 ranked: uncertain first"));
    let top = |window: &Window, name: &str| {
        window.harness.get_by_label_contains(&format!("{name}: ")).rect().top()
    };
    let tops = ["45.png", "80.png", "1.png"].map(|name| top(&window, name));
    assert!(tops.is_sorted(), "nearest to the middle first: {tops:?}");

    window.press(Key::PageDown);
    window.shown("45.png");
    assert!(window.says("1. Score 0.45"), "the reason for the rank of what is shown");
    window.press(Key::Num1);
    window.press(Key::E);
    window.settle();
    window.drag((30.0, 200.0), (130.0, 200.0));
    let drawn = window.mask().expect("a mask");
    window.until_case("kept", |case| case.rows[1].n_masks == 1);
    let row = window.harness.get_by_label_contains("45.png: in work");
    assert!(row.accesskit_node().label().is_some_and(|l| l.contains("rank 1, masks: 1")));
    assert!(window.says("Kept in the case."));
    window.press(Key::F2);
    window.shown("80.png");
    window.click(Role::Button, "Done");
    window.shown("1.png");
    window.press(Key::F3);
    window.until_case("worked off", |case| case.counts() == [0, 0, 2, 1]);
    window.press(Key::F6);
    window.until_case("taken back", |case| case.counts() == [1, 0, 2, 0]);
    let kept = on_disk(at("first.pentimento")).masks(ItemId(2)).expect("masks");
    assert_eq!((&kept[0].mask, kept[0].author.as_str()), (&drawn, "ada"));

    window.press_with(Modifiers::COMMAND, Key::E);
    assert!(window.says("lossy: polygons") && window.says("2 items are done"));
    window.click(Role::RadioButton, &radio(&window, "YOLO"));
    let field = window.harness.get_by_role_and_label(Role::TextInput, "New folder");
    assert!(field.value().is_some_and(|v| v.ends_with("first-yolo-seg")), "named after the format");
    window.click(Role::RadioButton, &radio(&window, "Pentimento"));
    window.fill_path("New folder", &at("set"));
    window.click(Role::Button, "Export");
    window.until_case("exported", |case| case.exported.is_some());
    assert!(window.says("2 pictures exported to"), "the result is said");
    assert_eq!(dataset::open(&at("set")).expect("a data set").records().len(), 2);

    window.new_case(&at("second.pentimento"), "bob");
    window.click(Role::Button, "Case");
    window.click(Role::Button, &entry(&window, "Import…"));
    window.fill_path("Data set", &at("set"));
    window.press(Key::Enter);
    window.until_case("imported", |case| case.rows.len() == 2 && case.work.is_none());
    assert!(window.says("masks imported from Pentimento data set"));
    let second = on_disk(at("second.pentimento"));
    let masks: Vec<_> =
        window.case().rows.iter().flat_map(|row| second.masks(row.id).expect("masks")).collect();
    assert!(masks.iter().any(|stored| stored.mask == drawn), "not a pixel is lost");
    assert_eq!(masks.iter().filter(|stored| stored.mask.is_empty()).count(), 1);
}

/// The whole name of the choice that begins with this word.
fn radio(window: &Window, word: &str) -> String {
    let all = window.harness.get_all_by_role(Role::RadioButton);
    let names: Vec<String> = all.filter_map(|node| node.accesskit_node().label()).collect();
    names.into_iter().find(|name| name.starts_with(word)).expect("a format")
}

/// The whole name of an entry of the menu: it may end in its key.
fn entry(window: &Window, word: &str) -> String {
    let all = window.harness.get_all_by_role(Role::Button);
    let names: Vec<String> = all.filter_map(|node| node.accesskit_node().label()).collect();
    names.into_iter().find(|name| name.starts_with(word)).expect("an entry")
}

#[test]
fn the_queue_is_filtered_by_state_verdict_and_text() {
    let folder = pictures(&["1.png", "2-unreadable.png", "45.png"]);
    let Some(mut window) = Window::open(&[]) else { return };
    window.new_case(&folder.path().join("a"), "ada");
    let dropped = folder.path().join("in");
    window.drop_file(dropped.to_str().expect("a name"));
    window.until_case("dropped files are added", |case| case.rows.len() == 3);
    assert!(window.view().documents.is_empty(), "not opened beside the case");
    let edge = |window: &Window| window.harness.get_by_label("Find in the queue").rect().right();
    assert!((edge(&window) - 262.0).abs() < 2.0, "as wide as the panel began: {}", edge(&window));
    window.press(Key::F5);
    window.until_case("examined", |case| case.examined() == [2, 1, 0]);
    assert!(window.says("3 of 3 examined, 1 failed"));
    let names = |window: &Window| {
        let rows = window.harness.query_all_by_label_contains(".png: ");
        let mut names: Vec<String> = rows
            .filter_map(|row| row.accesskit_node().label())
            .filter_map(|label| Some(label.split_once(": ")?.0.to_owned()))
            .collect();
        names.sort();
        names
    };
    assert_eq!(names(&window), ["1.png", "2-unreadable.png", "45.png"]);
    window.fill("Find in the queue", "UNREAD");
    assert_eq!(names(&window), ["2-unreadable.png"]);
    assert!(window.says("2-unreadable.png: to do, not examined: failed"), "said in the row");
    window.fill("Find in the queue", "nowhere");
    assert!(window.says("No item matches the filter"));
    window.click(Role::Button, "Show all items");
    assert_eq!(names(&window).len(), 3);
    window.press(Key::Tab);
    window.click(Role::Button, "Done 0");
    assert_eq!(names(&window).len(), 0);
    window.click(Role::Button, "To do 3");
    assert_eq!(names(&window).len(), 3);
    window.harness.get_by_label_contains("Verdict: Any").click();
    window.harness.run_ok();
    window.click(Role::Button, "Traces of forgery found");
    assert_eq!(names(&window), ["1.png", "45.png"], "what failed has no trace");
    window.harness.get_by_label_contains("Verdict: Traces of forgery found").click();
    window.harness.run_ok();
    window.click(Role::Button, "Not examined");
    assert_eq!(names(&window), ["2-unreadable.png"], "what failed was not examined");
    assert!((edge(&window) - 262.0).abs() < 2.0, "still as wide: {}", edge(&window));
}

#[test]
fn a_case_that_is_open_elsewhere_is_read_and_not_changed() {
    let folder = pictures(&["1.png"]);
    let path = folder.path().join("a.pentimento");
    let first = Case::create(&path, "ada").expect("a case");
    let Some(mut window) = Window::open_case(&path, "bob") else { return };
    assert!(window.says("Read-only:") && window.says("ada"), "why, in the panel");
    let add = window.harness.get_by_role_and_label(Role::Button, "Add files…");
    assert!(add.accesskit_node().is_disabled(), "what cannot be done is not offered");
    window.press(Key::F5);
    assert!(!window.case().is_surveying);
    drop(first);
}

#[test]
fn rows_are_walked_with_the_keys_and_every_key_is_on_the_sheet() {
    let names: Vec<String> = (0..40).map(|i| format!("{i:02}.png")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let folder = pictures(&names);
    let Some(mut window) = Window::open(&[]) else { return };
    window.new_case(&folder.path().join("a"), "ada");
    window.add_folder(&folder.path().join("in"));
    window.harness.get_by_label_contains("00.png: to do").focus();
    window.harness.run_ok();
    for _ in 0..30 {
        window.press(Key::ArrowDown);
    }
    window.press(Key::ArrowUp);
    let row = window.harness.get_by_label_contains("29.png: to do");
    assert!(row.is_focused(), "scrolled along");
    assert!(window.view().documents.is_empty(), "looked at only when it is wanted");
    window.press(Key::Enter);
    window.shown("29.png");
    assert_eq!(window.case().rows[29].state, ItemState::InWork);
    window.press(Key::Questionmark);
    for expected in
        ["Mark as done and go to the next item", "Rank the queue", "Compare two readers"]
    {
        assert!(window.says(expected), "{expected}");
    }
}
