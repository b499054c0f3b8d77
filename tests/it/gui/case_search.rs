//! Items of a case found by what their files say, in the window.

use std::path::Path;

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use pentimento::case::Case;

use crate::gui::metadata_hostile::{chunk, jpeg_with};
use crate::gui::window::Window;

/// A case of three files: a comment that names a maker, the notes of a generator, nothing.
fn files() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let inside = folder.path().join("in");
    std::fs::create_dir(&inside).expect("a folder in it");
    let head = [&1u32.to_be_bytes()[..], &1u32.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    let notes = b"parameters\0a cat\nSteps: 20, Sampler: Euler, Seed: 7, Model: cats";
    let png = |text: &[u8]| {
        let parts = [b"\x89PNG\r\n\x1A\n".as_slice(), &chunk(b"IHDR", &head), text];
        [parts.concat(), chunk(b"IEND", b"")].concat()
    };
    for (name, bytes) in [
        ("a.jpg", jpeg_with(b"scanned by Canon")),
        ("b.png", png(&chunk(b"tEXt", notes))),
        ("c.png", png(b"")),
    ] {
        std::fs::write(inside.join(name), bytes).expect("it can be written");
    }
    folder
}

impl Window {
    /// A case of these files, which nobody has read yet.
    fn with_files(folder: &Path) -> Option<Self> {
        let mut window = Self::open(&[])?;
        window.new_case(&folder.join("a"), "ada");
        window.add_folder(&folder.join("in"));
        Some(window)
    }

    /// The files in the queue.
    fn queued(&self) -> Vec<String> {
        let rows = self.harness.query_all_by_label_contains(": to do");
        let labels = rows.filter_map(|row| row.accesskit_node().label());
        labels.filter_map(|label| Some(label.split_once(": ")?.0.to_owned())).collect()
    }

    /// Searches for what is chosen and typed.
    fn find(&mut self) {
        self.click(Role::Button, "Find");
        self.until_case("found", |case| case.work.is_none() && case.search.is_some());
    }

    /// Chooses what kind of statement is searched for.
    fn search_by(&mut self, kind: &str) {
        self.harness.get_by_label_contains("What the files say: ").click();
        self.harness.run_ok();
        self.click(Role::Button, kind);
    }
}

#[test]
fn items_are_found_by_what_their_files_say() {
    let folder = files();
    let Some(mut window) = Window::with_files(folder.path()) else { return };
    assert_eq!(window.queued(), ["a.jpg", "b.png", "c.png"]);
    let field = "Search what the files say";
    window.press_with(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::F);
    let search = window.harness.get_by_role_and_label(Role::TextInput, field);
    assert!(search.is_focused(), "ready to be typed into");
    search.type_text("CANON");
    window.harness.run_ok();
    window.press(Key::Enter);
    window.until_case("found", |case| case.work.is_none() && case.search.is_some());
    assert_eq!(window.queued(), ["a.jpg"]);
    assert!(window.says("1 found: \"CANON\""), "how many, of what");
    let case = Case::open_read_only(folder.path().join("a.pentimento")).expect("a case");
    assert_eq!(case.n_described().expect("read"), 3, "what was not known is read first, and kept");
    window.press(Key::F10);
    assert!(window.says("Only items whose files say: \"CANON\""), "the table follows");
    assert_eq!(window.harness.query_all_by_label_contains("Finding: ").count(), 1);
    window.press(Key::F10);
    window.search_by("Mark of AI");
    window.find();
    assert_eq!(window.queued(), ["b.png"]);
    window.search_by("One field");
    window.fill(field, "Comment=nikon");
    window.find();
    assert!(window.says("No file says this.") && window.queued().is_empty());
    window.click(Role::Button, "Show all items");
    assert_eq!(window.queued().len(), 3, "all again");
    window.search_by("Credential");
    window.harness.get_by_label_contains("Word for the credential: ").click();
    window.harness.run_ok();
    window.click(Role::Button, "no credential");
    window.find();
    assert_eq!(window.queued().len(), 3);
    assert!(window.says("3 found: no credential"));
    window.click(Role::Button, "Show all");
    assert!(window.case().search.is_none());
}

#[test]
fn what_cannot_be_read_is_counted_and_a_case_that_is_read_only_is_searched() {
    let folder = files();
    let Some(mut window) = Window::with_files(folder.path()) else { return };
    std::fs::remove_file(folder.path().join("in/c.png")).expect("removed");
    window.fill("Search what the files say", "canon");
    window.find();
    assert!(window.says("1 found (1 not searched)"), "said aloud");
    drop(window);
    let path = folder.path().join("a.pentimento");
    let other = Case::open(&path, "zoe").expect("a case");
    let Some(mut window) = Window::open_case(&path, "bob") else { return };
    assert!(window.says("Read-only:"));
    window.fill("Search what the files say", "euler");
    window.find();
    assert_eq!(window.queued(), ["b.png"]);
    drop(other);
}

#[test]
fn a_search_can_be_stopped_and_what_was_read_is_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("in")).expect("a folder in it");
    let n = 300;
    for i in 0..n {
        let jpeg = jpeg_with(format!("number {i}").as_bytes());
        std::fs::write(folder.path().join(format!("in/{i:03}.jpg")), jpeg).expect("written");
    }
    let Some(mut window) = Window::with_files(folder.path()) else { return };
    window.fill("Search what the files say", "number");
    window.click_once(Role::Button, "Find");
    let case = Case::open_read_only(folder.path().join("a.pentimento")).expect("a case");
    window.until_seen("some are read", |_| case.n_described().is_ok_and(|n| n > 3));
    assert!(window.says("Searching what files say"), "what goes on");
    window.click_once(Role::Button, "Stop");
    window.until_case("stopped", |case| case.work.is_none());
    assert!(window.says("The search was stopped. What was read of the files is kept."));
    let kept = case.n_described().expect("read");
    assert!((4..n).contains(&kept), "{kept}");
    window.click_once(Role::Button, "Find");
    // The disk of a busy machine takes its time for so many changes.
    for _ in 0..4000 {
        if window.case().search.is_some() {
            break;
        }
        window.harness.step();
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert!(window.says(&format!("{n} found")), "it goes on from there");
}
