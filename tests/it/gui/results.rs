//! What the window gives back: the result as text, the picture with its overlay; folders; recovery.

use std::path::{Path, PathBuf};

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use pentimento::base::{Limits, TaskCtx};
use pentimento::gui::AppOptions;
use pentimento::media;

use crate::gui::case::pictures;
use crate::gui::window::{Window, options};
use crate::support::fake_examiner::{GREY, HEIGHT, WIDTH};

const COMMAND_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);

#[test]
fn the_result_is_copied_with_its_limits_and_hash() {
    let Some(mut window) = Window::open(&["two-faces.png"]) else { return };
    window.click(Role::Button, "File");
    window.harness.get_by_label_contains("Copy result").click();
    let mut copied = None;
    for _ in 0..4 {
        window.harness.step();
        copied = copied.or_else(|| window.copied());
    }
    let text = copied.expect("it was copied");
    for expected in [
        "File: two-faces.png",
        "Verdict: Traces of forgery found",
        "Score: 0.93 of 1 (traces found from 0.80 on",
        "Face 2: No trace found, score 0.08",
        "mostly left cheek and mouth",
        "What the model cannot see: The model looks at faces only",
        "faces that were generated as a whole",
        "5.0 % of genuine faces",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    let hash = "ab".repeat(32);
    assert!(text.contains(&hash), "the hash: {text}");
    assert!(window.says("The result was copied as text."), "said");
}

#[test]
fn the_browser_shows_what_a_name_hides() {
    let folder = tempfile::tempdir().expect("a folder");
    let inside = folder.path().join("a\u{202e}b");
    std::fs::create_dir(&inside).expect("a folder");
    std::fs::write(inside.join("photo\u{202e}gnp.exe.png"), "x").expect("a file");
    let Some(mut window) = Window::open(&[]) else { return };
    window.click(Role::Button, "Open files…");
    window.fill_path("Path", &inside);
    window.press(Key::Enter);
    window.until("listed", |_| true);
    for _ in 0..200 {
        if window.says("1 file") {
            break;
        }
        window.harness.step();
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert!(window.says("photo\\u202egnp.exe.png"), "in the list");
    assert!(window.says("With its hidden characters: ") && window.says("a\\u202eb"), "of the path");
}

/// Chooses a new name in the browser of the window.
fn save_as(window: &mut Window, folder: &Path, name: &str) {
    window.fill_path("Path", folder);
    window.press(Key::Enter);
    window.fill("Name", name);
    window.click(Role::Button, "Use this name");
}

#[test]
fn the_picture_is_saved_with_overlay_and_caption_and_replaces_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(mut window) = Window::open(&["two-faces.png"]) else { return };
    window.menu("File", "Save picture with overlay…");
    let proposed = window.harness.get_by_role_and_label(Role::TextInput, "Name").value();
    assert_eq!(proposed.as_deref(), Some("two-faces.abababab.overlay.png"));
    save_as(&mut window, folder.path(), "mine");
    window.until("saved", |view| view.notices.iter().any(|n| n.text.starts_with("Saved: ")));
    let path = folder.path().join("mine.png");
    let saved = media::open_still(&path, &Limits::default(), &TaskCtx::silent()).expect("a PNG");
    let image = saved.frame.image;
    assert_eq!(image.width_px, WIDTH, "of its own size");
    assert!(image.height_px > HEIGHT + 30, "with a caption below: {}", image.height_px);
    assert_eq!(image.get(2, 2), GREY, "beside the faces the picture is as it was");
    assert_ne!(image.get(124, 96), GREY, "the hot half is colored");
    assert_eq!(image.get(41, 96), [230, 70, 60], "the box of the forged face");
    let caption = (i64::from(HEIGHT)..i64::from(image.height_px))
        .flat_map(|y| (0..i64::from(WIDTH)).map(move |x| (x, y)));
    let n_light = caption.filter(|(x, y)| image.get(*x, *y)[0] > 150).count();
    assert!(n_light > 400, "letters: {n_light} light pixels");

    let before = std::fs::read(&path).expect("the file");
    window.press_with(COMMAND_SHIFT, Key::P);
    save_as(&mut window, folder.path(), "mine.png");
    window.until("refused", |view| {
        view.notices.iter().any(|n| n.text.contains("this name is taken"))
    });
    assert_eq!(std::fs::read(&path).expect("the file"), before);
}

#[test]
fn a_right_click_on_the_picture_offers_the_result() {
    let Some(mut window) = Window::open(&["two-faces.png"]) else { return };
    let middle = window.canvas().center();
    window.harness.hover_at(middle);
    for pressed in [true, false] {
        window.harness.event(egui::Event::PointerButton {
            pos: middle,
            button: egui::PointerButton::Secondary,
            pressed,
            modifiers: Modifiers::NONE,
        });
    }
    window.harness.run_ok();
    for expected in ["Copy result", "Save picture with overlay…", "Fit the picture", "Loupe"] {
        assert!(window.says(expected), "{expected}");
    }
}

#[test]
fn a_folder_is_opened_as_files_or_as_a_case() {
    let folder = pictures(&["1.png", "2.png"]);
    let inner = folder.path().join("in");
    std::fs::write(inner.join("notes.txt"), "x").expect("a file");
    let Some(mut window) = Window::start(&[inner.to_str().expect("a name")]) else { return };
    window.until("read", |_| true);
    let asked = |window: &mut Window| {
        for _ in 0..200 {
            window.harness.step();
            if window.says("2 pictures and videos lie in it.") {
                return true;
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        false
    };
    assert!(asked(&mut window), "what is in it");
    assert!(window.says("1 file of another kind."));
    window.click(Role::Button, "Open 2 files");
    window.until("opened", |view| view.documents.len() == 2 && view.job.is_none());

    window.drop_file(inner.to_str().expect("a name"));
    assert!(asked(&mut window), "a dropped folder asks too");
    window.click(Role::Button, "New case of this folder…");
    let field = window.harness.get_by_role_and_label(Role::TextInput, "File");
    assert!(field.value().is_some_and(|v| v.ends_with("in.pentimento")), "named after the folder");
    window.fill_path("File", &folder.path().join("mine.pentimento"));
    window.fill("Your name", "ada");
    window.click(Role::Button, "Create the case");
    window.until_case("the folder is in it", |case| case.rows.len() == 2 && case.work.is_none());
}

#[test]
fn a_killed_window_offers_its_masks_at_the_next_start() {
    let folder = pictures(&["1.png"]);
    let path = folder.path().join("in/1.png");
    let path = path.to_str().expect("a name");
    let unsaved = folder.path().join("unsaved");
    let with_folder = |files: &[&str]| {
        let recovery_folder = Some(unsaved.clone());
        Window::start_options(AppOptions { recovery_folder, ..options(files) })
    };
    let Some(mut window) = with_folder(&[path]) else { return };
    window.until("idle", |view| view.job.is_none());
    window.press(Key::Num1);
    window.press(Key::E);
    window.settle();
    window.drag((30.0, 200.0), (130.0, 200.0));
    let drawn = window.mask().expect("a mask");
    // A file that is still being written has a name that ends with `.part`.
    let whole_files = |folder: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_none_or(|ending| ending != "part"))
            .collect()
    };
    let n_files = || whole_files(&unsaved).iter().map(|run| whole_files(run).len()).sum::<usize>();
    for _ in 0..400 {
        if n_files() == 3 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert_eq!(n_files(), 3, "lock, mask and facts");
    // What a killed program leaves: its files, without its lock.
    let copy = unsaved.join("run-killed");
    std::fs::create_dir(&copy).expect("a folder");
    let run = std::fs::read_dir(&unsaved).expect("it").flatten().map(|e| e.path());
    let run = run.into_iter().find(|p| *p != copy).expect("the folder of the run");
    for file in whole_files(&run) {
        std::fs::copy(&file, copy.join(file.file_name().expect("a name"))).expect("a copy");
    }
    drop(window);
    assert_eq!(n_files(), 3, "a window that is closed leaves nothing: only the copy is there");

    let Some(mut window) = with_folder(&[]) else { return };
    window.harness.run_ok();
    assert!(window.says("Restore unsaved masks?") && window.says("1 mask of 1 file"));
    window.press(Key::Enter);
    window.until("restored", |view| view.document().is_some_and(|d| d.n_unsaved_masks() == 1));
    assert_eq!(window.mask(), Some(drawn), "not a pixel is lost");
}

#[test]
fn tables_of_the_command_line_stand_in_the_window() {
    let Some(mut window) = Window::open(&[]) else { return };
    window.click(Role::Button, "Help");
    assert!(window.says("Detectors") && window.says("Check this computer"));
}

#[test]
fn the_value_of_the_map_stands_beside_the_color_under_the_pointer() {
    let Some(mut window) = Window::open(&["two-faces.png"]) else { return };
    let at = window.at(130.0, 96.0);
    window.harness.hover_at(at);
    window.harness.run_ok();
    assert!(window.says("map 1.00"), "in the hot half");
    let at = window.at(10.0, 230.0);
    window.harness.hover_at(at);
    window.harness.run_ok();
    assert!(!window.says("  map "), "beside the faces there is no map");
    window.press(Key::F4);
    let at = window.at(130.0, 96.0);
    window.harness.hover_at(at);
    window.harness.run_ok();
    let loupe = window.harness.render().expect("drawn");
    let beside = at + egui::vec2(18.0 + 50.0, 18.0 + 50.0);
    let pixel = loupe.get_pixel(beside.x as u32, beside.y as u32).0;
    assert_eq!([pixel[0], pixel[1], pixel[2]], GREY, "the picture without overlay");
}

#[test]
fn pictures_are_compared_with_known_genuine_files_until_a_person_stops_that() {
    let Some(mut window) = Window::open(&["two-faces.png"]) else { return };
    let folder = tempfile::tempdir().expect("a folder");
    window.click(Role::Button, "File");
    window.click(Role::Button, "Compare with known genuine files…");
    window.fill_path("Path", folder.path());
    window.press(Key::Enter);
    window.click(Role::Button, "Choose this folder");
    window.until("compared", |view| view.reference.is_some() && view.job.is_none());
    assert!(window.says("such scores are usual in this source"), "the rank is shown");
    window.click(Role::Button, "File");
    window.click(Role::Button, "Stop comparing");
    window.until("as before", |view| view.reference.is_none() && view.job.is_none());
    assert!(!window.says("usual in this source"), "nothing is left of it");
}
