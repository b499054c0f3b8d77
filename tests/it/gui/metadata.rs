//! The window with what a file says: opened, read, searched, copied, with the credential and
//! pictures.

use std::path::{Path, PathBuf};

use egui::accesskit::{Role, Toggled};
use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use pentimento::base::TaskCtx;
use pentimento::case::{Case, NewItem};
use pentimento::session::{MetadataState, ReferenceState, SmallPicture, View};

use crate::gui::case::pictures;
use crate::gui::window::Window;
use crate::metadata::evidence;

/// Whether the file shown was read, with all its small pictures, or could not be.
pub(super) fn is_read(view: &View<'_>) -> bool {
    let is_waiting = |picture: &SmallPicture| matches!(picture, SmallPicture::Waiting);
    match view.document().and_then(|document| document.metadata.as_ref()) {
        Some(MetadataState::Read(file)) => {
            !file.thumbnails.iter().chain(&file.credential_pictures).any(is_waiting)
        }
        Some(MetadataState::Failed(_)) => true,
        _ => false,
    }
}

impl Window {
    /// A window with this file, and with what it says.
    pub(super) fn open_metadata(path: &Path) -> Option<Self> {
        let mut window = Self::open(&[path.to_str().expect("a name")])?;
        window.press(Key::F11);
        window.until("read", is_read);
        Some(window)
    }

    /// The rows of a table that are drawn, from the top, without the word that each begins with.
    pub(super) fn table(&self, word: &str) -> Vec<String> {
        let start = format!("{word}: ");
        let all = self.harness.query_all_by_label_contains(&start);
        let mut rows: Vec<(f32, String)> = all
            .map(|node| (node.rect().top(), node.accesskit_node().label().unwrap_or_default()))
            .filter(|(_, label)| label.starts_with(&start))
            .collect();
        rows.sort_by(|a, b| a.0.total_cmp(&b.0));
        rows.iter().map(|(_, label)| label[start.len()..].to_owned()).collect()
    }

    /// The row of a table that is selected, as screen readers hear of it.
    fn selected(&self, word: &str) -> Option<String> {
        let is_selected =
            |node: &egui_kittest::Node<'_>| node.accesskit_node().toggled() == Some(Toggled::True);
        let start = format!("{word}: ");
        let all = self.harness.query_all_by_label_contains(&start);
        let mut selected = all.filter(|node| is_selected(node));
        selected.find_map(|node| node.accesskit_node().label())
    }

    /// Where a picture of this name is drawn.
    fn drawn(&self, name: &str) -> egui::Rect {
        self.harness.get_by_role_and_label(Role::Image, name).rect()
    }
}

/// A copy of a file among those with answers, under another name.
fn copy(inner: &str, name: &str) -> Option<(tempfile::TempDir, PathBuf)> {
    let from = evidence(inner)?;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    std::fs::copy(from, &path).expect("it can be copied");
    Some((folder, path))
}

#[test]
fn it_opens_by_key_and_menu_goes_through_tabs_and_closes_by_escape() {
    let folder = pictures(&["1.png"]);
    let path = folder.path().join("in/1.png");
    let Some(mut window) = Window::open(&[path.to_str().expect("a name")]) else { return };
    let canvas = window.canvas();
    assert!(!window.says("Provenance"), "closed at the start");
    window.press(Key::F11);
    window.until("read", is_read);
    assert!(window.says("What the file states about itself."), "the summary");
    assert_eq!(window.canvas(), canvas, "the picture keeps its room");
    window.press(Key::ArrowRight);
    assert!(window.says("Is a credential there?"), "the next tab");
    window.press(Key::ArrowRight);
    window.press(Key::ArrowRight);
    assert!(window.table("Part").iter().any(|row| row.starts_with("IHDR")), "the structure");
    window.press(Key::ArrowRight);
    assert!(window.says("The file has no thumbnail. This says nothing"), "the next tab");
    window.press(Key::ArrowRight);
    assert!(window.says("Compare with files that you know to be genuine"), "the last tab");
    window.press(Key::ArrowRight);
    assert!(window.says("Compare with files that you know to be genuine"), "it stays the last");
    window.press(Key::Escape);
    assert!(!window.says("Provenance"), "closed");
    window.menu("View", "What the file says");
    assert!(window.says("Compare with files"), "by the menu, where it was left");
    window.press(Key::F11);
    assert!(!window.says("Provenance"), "closed by its key");
}

#[test]
fn a_file_without_statements_is_not_called_anything() {
    let folder = pictures(&["1.png"]);
    let Some(mut window) = Window::open_metadata(&folder.path().join("in/1.png")) else { return };
    assert!(window.says("No credential; this says nothing about what is shown."));
    assert!(window.says("The file has none. What it shows may be generated all the same."));
    assert!(window.says("No rule found two statements that contradict each other."));
    window.click(Role::Button, "Provenance");
    assert!(window.says("No. This says nothing about what is shown."), "the first answer");
    let n = window.harness.query_all_by_label("There is no credential to ask.").count();
    assert_eq!(n, 5, "the other answers");
    let verdict = "Traces of forgery found";
    let before = window.harness.query_all_by_label_contains(verdict).count();
    window.press(Key::F11);
    let after = window.harness.query_all_by_label_contains(verdict).count();
    assert_eq!(before, after, "no verdict of the detector stands in the window");
}

#[test]
fn what_cannot_be_read_is_reported_and_can_be_read_again() {
    let folder = pictures(&[]);
    let path = folder.path().join("in/1.png");
    let Some(mut window) = Window::open_metadata(&path) else { return };
    assert!(window.says("The metadata cannot be read") && window.says("There is no such file."));
    std::fs::write(&path, std::fs::read(crate::support::portrait()).expect("it is there"))
        .expect("it can be written");
    window.click(Role::Button, "Read again");
    window.until("read", is_read);
    assert!(window.says("What the file states about itself."), "now it is there");
}

#[test]
fn a_file_whose_pixels_are_not_decoded_says_what_it_says() {
    let Some((_folder, path)) = copy("metadata/QuickTime.heic", "unreadable.heic") else { return };
    let Some(mut window) = Window::open_metadata(&path) else { return };
    assert!(window.says("Not examined") && window.says("HEIF"), "both are said");
    window.press(Key::ArrowRight);
    window.press(Key::ArrowRight);
    assert!(window.table("Field").len() > 5, "{:?}", window.table("Field"));
}

#[test]
fn fields_are_searched_filtered_selected_and_copied() {
    let Some(path) = evidence("metadata/Canon.jpg") else { return };
    let Some(mut window) = Window::open_metadata(&path) else { return };
    window.press_with(Modifiers::COMMAND, Key::F);
    assert!(window.table("Field").len() > 4, "{:?}", window.table("Field"));
    // The search field has the focus: what is typed goes there.
    window
        .harness
        .get_by_role_and_label(Role::TextInput, "Search in the fields")
        .type_text("MODEL");
    window.harness.run_ok();
    let rows = window.table("Field");
    assert!(
        !rows.is_empty() && rows.iter().all(|r| r.to_lowercase().contains("model")),
        "{rows:?}"
    );
    window.press(Key::ArrowDown);
    let first = window.selected("Field").expect("the first row");
    assert_eq!(first, format!("Field: {}", rows[0]));
    window.press(Key::Escape);
    assert!(window.says("Search"), "Escape leaves the search first");
    window.harness.input_mut().events.push(egui::Event::Copy);
    window.harness.step();
    let line = window.copied().expect("the row is copied");
    assert_eq!(line.split('\t').count(), 7, "{line}");
    assert!(line.starts_with("IFD0\tModel\t"), "{line}");
    window.click_once(Role::Button, "Copy rows");
    let all = window.copied().expect("all rows are copied");
    assert_eq!(all.lines().count(), rows.len() + 1, "{all}");
    assert!(all.starts_with("Group\tName\tTag\tValue\t"), "{all}");
    window.fill("Search in the fields", "zebra");
    assert!(window.says("No field holds all these words.") && window.says("0 of "));
    window.fill("Search in the fields", " ");
    window.click(Role::ComboBox, "Group: All groups");
    let group = window.harness.get_by_label_contains("IFD0 (").accesskit_node().label();
    window.click(Role::Button, &group.expect("a name"));
    let rows = window.table("Field");
    assert!(rows.len() > 2 && rows.iter().all(|row| row.starts_with("IFD0, ")), "{rows:?}");
    window.press(Key::End);
    let last = window.selected("Field").expect("the last row");
    assert_eq!(
        Some(&*last),
        window.table("Field").last().map(|r| format!("Field: {r}")).as_deref()
    );
}

#[test]
fn a_field_that_a_sentence_names_is_shown_in_its_table() {
    let Some(path) = evidence("metadata/Canon.jpg") else { return };
    let Some(mut window) = Window::open_metadata(&path) else { return };
    assert!(window.says("The file says that its device is"), "never: was taken with");
    let link = window.harness.query_all_by_label("IFD0:Model").next().expect("a link");
    link.click();
    window.harness.run_ok();
    let selected = window.selected("Field").expect("the field");
    assert!(selected.starts_with("Field: IFD0, Model, "), "{selected}");
}

#[test]
fn a_credential_is_answered_apart_with_its_tree_and_pictures() {
    let Some(path) = evidence("c2pa/CA.jpg") else { return };
    let Some(mut window) = Window::open_metadata(&path) else { return };
    window.click(Role::Button, "Provenance");
    let word =
        if cfg!(feature = "credentials") { "Intact, signer " } else { "There is a credential; " };
    assert!(window.says(word), "the word");
    for words in [
        "Are its signature and statements intact?",
        "Is it bound to what is shown?",
        "Yes: its hash fits the bytes, and it leaves out only itself and headers.",
        "Who signed it, and who vouches for the signer?",
        "The file was edited from it (parentOf).",
        "Action c2pa.opened",
    ] {
        assert!(window.says(words), "{words}");
    }
    for title in ["CA.jpg", "A.jpg"] {
        window.drawn(&format!("Picture in the credential: {title}"));
    }
    window.click(Role::Button, "Thumbnail");
    let pair = ["The picture", "Picture of the file in its credential"].map(|name| {
        let drawn = window.drawn(name);
        (drawn.width().round(), drawn.top().round())
    });
    assert_eq!(pair[0], pair[1], "side by side at equal size");
}

#[test]
fn what_nobody_signed_is_called_not_bound() {
    let Some(path) = evidence("c2pa/own_injected_picture.jpg") else { return };
    let Some(mut window) = Window::open_metadata(&path) else { return };
    window.click(Role::Button, "Provenance");
    assert!(window.says("Not bound to what is shown"), "the word");
    assert!(window.says("What is shown was not signed."), "the third answer");
}

#[test]
fn a_thumbnail_stands_beside_the_picture_at_equal_size() {
    let Some(path) = evidence("ai/own_thumbnail_of_uncropped.jpg") else { return };
    let Some(mut window) = Window::open_metadata(&path) else { return };
    window.click(Role::Button, "Thumbnail");
    let small = window.drawn("Thumbnail 1, 5264 bytes at byte 242");
    let picture = window.drawn("The picture");
    assert!((picture.width() - small.width()).abs() < 0.5, "{picture:?} {small:?}");
    assert!(small.left() > picture.right(), "{picture:?} {small:?}");
}

/// The file shown, once its thumbnails were compared with the picture.
fn is_compared(view: &View<'_>) -> bool {
    match view.document().and_then(|document| document.metadata.as_ref()) {
        Some(MetadataState::Read(file)) => file.thumbnail_checks.is_some(),
        _ => false,
    }
}

#[test]
fn whether_a_thumbnail_shows_the_picture_is_reported_with_its_number() {
    for (file, name, words) in [
        ("matches", "decoded.jpg", "The thumbnail shows the picture (correlation of the details "),
        (
            "of_uncropped",
            "decoded.jpg",
            "The thumbnail shows more than the picture: the picture is ",
        ),
        ("matches", "grey.jpg", "Not compared: one of the two pictures is flat."),
    ] {
        let Some((_folder, path)) = copy(&format!("ai/own_thumbnail_{file}.jpg"), name) else {
            return;
        };
        let Some(mut window) = Window::open_metadata(&path) else { return };
        window.click(Role::Button, "Thumbnail");
        window.until("compared", is_compared);
        assert!(window.says(words), "{file} {name}");
        let differences = window.harness.query_all_by_role_and_label(Role::Image, "The difference");
        let is_same = words.starts_with("The thumbnail shows the picture ");
        assert_eq!(differences.count(), usize::from(is_same), "{file} {name}");
    }
}

#[test]
fn a_file_is_compared_with_known_genuine_files() {
    let (Some(canon), Some(gps)) = (evidence("metadata/Canon.jpg"), evidence("metadata/GPS.jpg"))
    else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let genuine = folder.path().join("genuine");
    std::fs::create_dir(&genuine).expect("a folder in it");
    for name in ["1.jpg", "2.jpg"] {
        std::fs::copy(&gps, genuine.join(name)).expect("copied");
    }
    std::fs::write(genuine.join("notes.txt"), "hello").expect("written");
    let Some(mut window) = Window::open_metadata(&canon) else { return };
    window.click(Role::Button, "Reference files");
    assert!(window.says("Compare with files that you know to be genuine"), "nothing is chosen yet");
    window.click(Role::Button, "Choose the folder…");
    window.fill_path("Path", &genuine);
    window.press(Key::Enter);
    window.click(Role::Button, "Choose this folder");
    let is_compared = |view: &View<'_>| match view.document().and_then(|d| d.metadata.as_ref()) {
        Some(MetadataState::Read(file)) => {
            matches!(file.reference, Some(ReferenceState::Compared(_)))
        }
        _ => false,
    };
    window.until("compared", is_compared);
    for words in [
        "Known genuine files: genuine",
        "Compared with 2 files; 1 file of the folder could not be read.",
        "With so few files a difference means little.",
        "Only in this file, in none of the 2",
        "In all of the 2, not in this file",
        "IFD0:Model is Canon",
        "GPS:GPSLatitude",
    ] {
        assert!(window.says(words), "{words}");
    }
    window.click_once(Role::Button, "Copy comparison");
    let lines = window.copied().expect("copied");
    assert!(
        lines.starts_with("Where\tWhat\n") && lines.contains("in none of 2\tfield "),
        "{lines}"
    );
    window.harness.query_all_by_label("ExifIFD:ExposureTime").next().expect("a link").click();
    window.harness.run_ok();
    let selected = window.selected("Field").expect("the field");
    assert!(selected.starts_with("Field: ExifIFD, ExposureTime, "), "{selected}");
    window.click(Role::Button, "Reference files");
    window.click(Role::Button, "Stop comparing");
    assert!(window.view().metadata_reference.is_none());
    assert!(window.says("Compare with files that you know to be genuine"), "as before");
}

#[test]
fn marks_of_generators_are_declared_with_their_notes() {
    let Some(path) = evidence("ai/automatic1111_cropped.png") else { return };
    let Some(mut window) = Window::open_metadata(&path) else { return };
    assert!(window.says("Declared: plain metadata"), "the level");
    assert!(!window.says("Signed: inside"), "nobody signed");
    for words in ["Notes of ", "Model: ", "Prompt: ", "Seed: "] {
        assert!(window.says(words), "{words}");
    }
    window.press(Key::F11);
}

#[test]
fn packets_that_tell_of_an_earlier_coding_are_drawn_and_reported() {
    let Some(path) = evidence("video/double_gop12_then_250.mp4") else { return };
    let Some(mut window) = Window::open_metadata(&path) else { return };
    window.click(Role::Button, "Structure");
    let chart = "Packets of the video over time: 100, 1 of them with a key frame";
    assert!(window.says(chart) && window.says("Every 12 frames"), "chart and sentence");
}

#[test]
fn rules_can_be_switched_off() {
    let Some(path) = evidence("video/apple_like_tags.mov") else { return };
    let Some(mut window) = Window::open_metadata(&path) else { return };
    assert!(window.says("Each of these may have an innocent reason."), "a contradiction");
    let at_the_top = "One pair of statements does not fit together: see the end.";
    assert!(window.says(at_the_top), "where a person looks first");
    let rules = window.harness.get_by_role_and_label(Role::DisclosureTriangle, "Rules");
    rules.click_accesskit();
    window.harness.run_ok();
    let rule = "Tags name a device, and the stream names a program as its encoder.";
    window.harness.get_by_role_and_label(Role::CheckBox, rule).click_accesskit();
    window.harness.run_ok();
    assert!(window.says("No rule that is switched on found"), "switched off");
    assert!(!window.says(at_the_top), "there too");
}

#[test]
fn the_file_shown_is_the_one_that_is_read() {
    let (Some(a), Some(b)) = (evidence("metadata/Canon.jpg"), evidence("metadata/GPS.jpg")) else {
        return;
    };
    let names = [&a, &b].map(|path| path.to_str().expect("a name"));
    let Some(mut window) = Window::open(&names) else { return };
    window.press(Key::F11);
    window.until("read", is_read);
    assert!(window.says("Canon.jpg: JPEG"), "the first");
    window.press(Key::PageDown);
    window.until("read", is_read);
    assert!(window.says("GPS.jpg: JPEG") && window.says("Place, as the file says"), "the second");
    window.click_once(Role::Button, "Copy place");
    let place = window.copied().expect("decimal degrees");
    assert!(place.split(", ").all(|part| part.parse::<f64>().is_ok()), "{place}");
    window.press_with(Modifiers::COMMAND, Key::W);
    assert!(window.view().documents.len() == 1, "closing drops what was read");
    assert!(window.says("Canon.jpg: JPEG"), "kept in the document");
}

#[test]
fn who_reads_blind_hears_nothing_of_others_in_it() {
    let folder = pictures(&["1.png"]);
    let path = folder.path().join("a.pentimento");
    let mut case = Case::create(&path, "zoe").expect("a case");
    let file = folder.path().join("in/1.png");
    let item = NewItem { path: file, source: None, person: None };
    case.add(&mut std::iter::once(item), &TaskCtx::silent()).expect("added");
    drop(case);
    let Some(mut window) = Window::open_case(&path, "zoe") else { return };
    window.click(Role::Button, "Next item");
    window.shown("1.png");
    window.press(Key::Num1);
    window.press(Key::E);
    window.settle();
    window.drag((30.0, 200.0), (130.0, 200.0));
    window.until_case("kept", |case| case.rows[0].n_masks == 1);
    drop(window);
    let Some(mut window) = Window::open_case(&path, "bob") else { return };
    window.click(Role::Button, "Next item");
    window.shown("1.png");
    window.until("seen", |view| view.case.is_some_and(|case| !case.other_readers.is_empty()));
    assert!(window.says("zoe"), "before");
    window.press(Key::F7);
    window.press(Key::F11);
    window.until("read", is_read);
    for _ in 0..6 {
        assert!(window.says("What the file says") && !window.says("zoe"), "nothing of the other");
        window.press(Key::ArrowRight);
    }
}
