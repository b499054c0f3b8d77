//! `pentimento case`, run as a person or a script would.

use std::path::Path;
use std::process::{Command, Output};

use pentimento::base::TaskCtx;
use pentimento::case::{Case, ItemId, ItemState};
use serde_json::Value;

use crate::case::file::rich_case;

/// As a person of this account who never opened the window.
fn case(arguments: &[&str], path: &Path) -> Output {
    let folder = tempfile::tempdir().unwrap();
    case_with(arguments, path, folder.path())
}

/// With the preferences in a folder.
fn case_with(arguments: &[&str], path: &Path, config_folder: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pentimento"));
    command.arg("case").arg(arguments[0]).arg(path).args(&arguments[1..]);
    command.env("PENTIMENTO_CONFIG", config_folder).env("USER", "Grace").output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {output:?}"))
}

#[test]
fn a_case_is_made_filled_told_of_and_checked() {
    let folder = tempfile::tempdir().unwrap();
    let media = folder.path().join("media");
    std::fs::create_dir_all(media.join("camera 1/deep")).unwrap();
    std::fs::create_dir_all(media.join(".hidden")).unwrap();
    for name in ["a.JPG", "camera 1/b.png", "camera 1/deep/c.mp4", "notes.txt", ".hidden/d.png"] {
        std::fs::write(media.join(name), name).unwrap();
    }
    let path = folder.path().join("one");
    let made = case(&["new", media.to_str().unwrap()], &path);
    assert_eq!(made.status.code(), Some(0), "{made:?}");
    assert!(stdout(&made).contains("3 items added"), "{}", stdout(&made));
    let path = folder.path().join("one.pentimento");
    let again = case(&["new", media.to_str().unwrap()], &path);
    assert_eq!(again.status.code(), Some(1), "an existing file is not replaced");
    let notes = media.join("notes.txt");
    let added =
        case(&["add", media.to_str().unwrap(), notes.to_str().unwrap(), "--author", "Ada"], &path);
    assert!(stdout(&added).contains("1 item added, 3 were in the case already"), "{added:?}");
    let info = json(&case(&["info", "--json"], &path));
    assert_eq!(
        (&info["items"], &info["waiting"], &info["sources"]),
        (&4.into(), &4.into(), &2.into())
    );
    let rows = Case::open_read_only(&path).unwrap().rows().unwrap();
    let sources: Vec<Option<&str>> = rows.iter().map(|row| row.source.as_deref()).collect();
    assert_eq!(sources, [Some("media"), Some("camera 1"), Some("camera 1"), None]);
    // The same as in a window.
    let mut other = Case::create(folder.path().join("two.pentimento"), "Ada").unwrap();
    pentimento::curate::add_folder(&mut other, &media, &TaskCtx::silent()).unwrap();
    let others = other.rows().unwrap();
    let both = |rows: &[pentimento::case::ItemRow]| -> Vec<(String, Option<String>)> {
        rows.iter()
            .map(|r| (r.path.display().to_string(), r.source.as_deref().map(str::to_owned)))
            .collect()
    };
    assert_eq!(both(&others), both(&rows[..3]));
    let log = case(&["log", "--json", "--after", "1"], &path);
    let entries: Vec<Value> =
        stdout(&log).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&entries[0]["author"], &entries[1]["author"]), (&"Grace".into(), &"Ada".into()));
    assert_eq!(entries[1]["detail"]["first"], 4);
    assert_eq!(entries[1]["previous"], entries[0]["hash"]);
    let sound =
        case(&["verify", "--media", "--expect-head", info["head"].as_str().unwrap()], &path);
    assert_eq!(sound.status.code(), Some(0), "{sound:?}");
    assert!(stdout(&sound).contains("intact: 4 items"), "{}", stdout(&sound));
    std::fs::remove_file(notes).unwrap();
    assert_eq!(case(&["verify"], &path).status.code(), Some(0), "media only when asked for");
    let gone = case(&["verify", "--media", "--json"], &path);
    assert_eq!(gone.status.code(), Some(2));
    assert!(json(&gone)["media"]["missing"][0].as_str().unwrap().ends_with("notes.txt"));
}

#[test]
fn an_unsound_case_and_an_unknown_head_have_their_own_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let path = rich_case(folder.path());
    let wrong = case(&["verify", "--expect-head", &"ab".repeat(32), "--json"], &path);
    assert_eq!(wrong.status.code(), Some(2));
    assert_eq!(json(&wrong)["expected_head_at"], 0);
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.execute("UPDATE mask SET reviewer = 'Eve'", []).unwrap();
    drop(connection);
    let output = case(&["verify", "--json"], &path);
    assert_eq!(output.status.code(), Some(2));
    let report = json(&output);
    assert_eq!((&report["sound"], &report["n_faults"]), (&false.into(), &2.into()), "{report}");
    assert_eq!(report["faults"][0]["part"], "mask");
    let printed = stdout(&case(&["verify"], &path));
    assert!(printed.contains("FAULT  mask: the mask of item 1 by Ada was changed"), "{printed}");
}

#[test]
fn what_cannot_be_opened_is_reported_in_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text.pentimento");
    std::fs::write(&text, "no case").unwrap();
    for word in ["info", "log", "verify"] {
        let output = case(&[word], &text);
        let printed = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{printed}");
        assert!(printed.contains("text.pentimento") && printed.contains("not a case"), "{printed}");
    }
    let missing = case(&["new", "/nowhere/at/all"], &folder.path().join("b.pentimento"));
    assert_eq!(missing.status.code(), Some(1));
    assert!(!folder.path().join("b.pentimento").exists(), "nothing was made");
}

#[test]
fn a_case_in_use_is_not_changed_by_a_command_and_looking_disturbs_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let path = rich_case(folder.path());
    let mut open = Case::open(&path, "Ada").unwrap();
    let refused = case(&["add", folder.path().to_str().unwrap()], &path);
    let printed = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1), "{printed}");
    assert!(printed.contains("another window") && printed.contains("Ada"), "{printed}");
    for word in ["info", "log", "verify"] {
        assert_eq!(case(&[word], &path).status.code(), Some(0), "{word}");
    }
    open.set_state(ItemId(2), ItemState::Skipped).unwrap();
    assert!(open.verify(false, &TaskCtx::silent()).unwrap().is_sound());
}

#[test]
fn who_worked_last_in_the_window_is_taken_for_the_author_unless_one_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config");
    std::fs::create_dir(&config).unwrap();
    let path = folder.path().join("one.pentimento");
    let preferences = config.join("settings.toml");
    let author = |arguments: &[&str], text: &str| {
        std::fs::write(&preferences, text).unwrap();
        std::fs::remove_file(&path).ok();
        let made = case_with(&[&["new"], arguments].concat(), &path, &config);
        assert_eq!(made.status.code(), Some(0), "{made:?}");
        assert_eq!(std::fs::read_to_string(&preferences).unwrap(), text, "it is only read");
        let entry = Case::open_read_only(&path).unwrap().log(None, 1).unwrap().remove(0);
        (entry.author, String::from_utf8_lossy(&made.stderr).into_owned())
    };
    let ada = "author = \"Ada\"\n";
    assert_eq!(author(&[], ada), ("Ada".to_owned(), String::new()));
    assert_eq!(author(&["--author", "Bob"], ada).0, "Bob");
    assert_eq!(author(&[], "").0, "Grace");
    let (name, printed) = author(&[], "author = [");
    assert!(name == "Grace" && printed.contains("damaged"), "{name} {printed}");
}

#[test]
fn findings_are_listed_as_text_csv_and_json() {
    let folder = tempfile::tempdir().unwrap();
    let path = rich_case(folder.path());
    let rows = Case::open_read_only(&path).unwrap().rows().unwrap();
    let csv = stdout(&case(&["findings", "--csv"], &path));
    assert_eq!(csv.lines().count(), rows.len() + 1, "{csv}");
    assert!(csv.starts_with("Name,Kind,Verdict,Score,Faces,Not examined,Reviewed,Look,"), "{csv}");
    let printed = stdout(&case(&["findings", "--json"], &path));
    let lines: Vec<Value> = printed.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(lines.len(), rows.len());
    for (line, row) in lines.iter().zip(&rows) {
        assert_eq!(line["item"], row.id.0);
        let verdict = row.verdict.map(pentimento::base::Verdict::as_str);
        assert_eq!(line["verdict"].as_str(), verdict);
    }
    let text = stdout(&case(&["findings"], &path));
    assert_eq!(text.lines().count(), rows.len(), "{text}");
}
