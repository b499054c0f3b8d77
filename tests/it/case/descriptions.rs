//! What the files of a case say about themselves: kept as it was read, and searched.

use std::path::Path;
use std::process::{Command, Output};

use pentimento::base::TaskCtx;
use pentimento::case::{Case, CasePart, DescriptionFacts, Error, ItemId, StoredDescription, now};
use pentimento::curate::{DescribedFile, describe_items};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::case::file::add;

/// A description of a file with this hash, by a camera of this maker.
pub(crate) fn description(media_sha256: &str, maker: &str) -> StoredDescription {
    let field = json!({"group": "IFD0", "name": "Make", "tag": "271", "value": maker,
        "offset": 170, "length": 6});
    StoredDescription {
        facts: DescriptionFacts {
            media_sha256: media_sha256.to_owned(),
            program: "pentimento 0.1.0".to_owned(),
            at: now(),
        },
        said: json!({
            "metadata": {"fields": [field], "summary": []},
            "provenance": {"credential": "none", "words": "no credential"},
            "hints": [],
        }),
    }
}

fn small_case(folder: &Path) -> Case {
    let mut case = Case::create(folder.join("a.pentimento"), "Ada").unwrap();
    add(&mut case, folder, &["x.jpg", "y.jpg"]);
    case
}

#[test]
fn a_description_is_kept_once_and_never_changes() {
    let folder = tempfile::tempdir().unwrap();
    let mut case = small_case(folder.path());
    let hash = "01".repeat(32);
    let first = description(&hash, "Canon");
    assert!(case.record_description(ItemId(1), &first).unwrap());
    let later = StoredDescription {
        facts: DescriptionFacts { at: now(), ..first.facts.clone() },
        ..first.clone()
    };
    assert!(!case.record_description(ItemId(1), &later).unwrap(), "the same but for its time");
    let newer = StoredDescription {
        facts: DescriptionFacts { program: "pentimento 0.2.0".to_owned(), ..first.facts.clone() },
        ..first.clone()
    };
    assert!(case.record_description(ItemId(1), &newer).unwrap());
    assert_eq!(case.descriptions(ItemId(1)).unwrap(), [first.clone(), newer.clone()]);
    assert_eq!(case.newest_description(ItemId(1)).unwrap(), Some(newer));
    assert_eq!(case.newest_description(ItemId(2)).unwrap(), None);
    assert_eq!(case.row(ItemId(1)).unwrap().sha256.as_deref(), Some(hash.as_str()));
    let other = case.record_description(ItemId(1), &description(&"02".repeat(32), "Canon"));
    assert!(matches!(other, Err(Error::MediaChanged { .. })), "{other:?}");
    assert!(matches!(case.record_description(ItemId(9), &first), Err(Error::NoItem(9))));
    let waiting = |program: &str| case.to_describe(program, 9).unwrap().len();
    assert_eq!((waiting("pentimento 0.1.0"), waiting("pentimento 0.3.0")), (1, 2));
    let out = case.verify(false, &TaskCtx::silent()).unwrap();
    assert!(out.is_sound() && out.n_descriptions == 2, "{out:?}");
    for sql in ["UPDATE description SET said = '{}'", "DELETE FROM description"] {
        let refused = Connection::open(case.path()).unwrap().execute(sql, []);
        assert!(
            refused.unwrap_err().to_string().contains("descriptions are never")
                || sql.starts_with("UPDATE"),
            "{sql}"
        );
    }
}

#[test]
fn a_description_that_was_tampered_with_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let mut case = small_case(folder.path());
    case.record_description(ItemId(1), &description(&"01".repeat(32), "Canon")).unwrap();
    let path = case.path().to_owned();
    drop(case);
    let connection = Connection::open(&path).unwrap();
    let trigger: String = connection
        .query_row("SELECT sql FROM sqlite_schema WHERE name = 'description_stays'", [], |row| {
            row.get(0)
        })
        .unwrap();
    for (change, what) in [
        ("sha256 = hex(zeroblob(32))", "has a stored hash that is not the one in the log"),
        ("said = replace(said, 'Canon', 'Nikon')", "was changed"),
    ] {
        connection.execute_batch("DROP TRIGGER description_stays").unwrap();
        connection.execute(&format!("UPDATE description SET {change}"), []).unwrap();
        connection.execute_batch(&trigger).unwrap();
        let case = Case::open_read_only(&path).unwrap();
        let out = case.verify(false, &TaskCtx::silent()).unwrap();
        let [fault] = out.faults.as_slice() else { panic!("{:?}", out.faults) };
        assert_eq!(
            (fault.part, fault.what.as_str()),
            (CasePart::Description, &*format!("description 1 {what}"))
        );
    }
}

#[test]
fn files_that_changed_or_cannot_be_read_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let mut case = small_case(folder.path());
    add(&mut case, folder.path(), &["z.jpg"]);
    case.identify(ItemId(1), &"07".repeat(32)).unwrap();
    let mut read = |path: &Path| {
        let name = path.file_name().unwrap().to_str().unwrap();
        let description = json!({"hints": []});
        match name {
            "z.jpg" => Err("there is no such file".to_owned()),
            _ => Ok(DescribedFile { sha256: "01".repeat(32), said: description }),
        }
    };
    let counts = describe_items(&mut case, 9, &mut read, &TaskCtx::silent()).unwrap();
    assert_eq!((counts.n_new, counts.n_changed, counts.n_unread), (1, 1, 1));
    assert_eq!(case.n_described().unwrap(), 1);
}

fn run(arguments: &[&str], path: &Path) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_pentimento"));
    command.arg("case").arg(arguments[0]).arg(path).args(&arguments[1..]);
    command.env("PENTIMENTO_CONFIG", folder.path()).env("USER", "Grace").output().unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn items_are_found_by_what_their_files_say() {
    let folder = tempfile::tempdir().unwrap();
    let mut case = small_case(folder.path());
    case.record_description(ItemId(1), &description(&"01".repeat(32), "Canon Inc.")).unwrap();
    let path = case.path().to_owned();
    drop(case);
    let found = run(&["search", "--field", "Make=canon", "--credential", "none", "--json"], &path);
    assert_eq!(found.status.code(), Some(2), "nothing is stored of the other item: {found:?}");
    let found_lines = lines(&found);
    assert_eq!(found_lines.len(), 1, "{found:?}");
    assert_eq!(found_lines[0]["item"], 1);
    assert_eq!(found_lines[0]["found"][0]["from"], "IFD0:Make");
    let output = String::from_utf8_lossy(&found.stderr).into_owned();
    assert!(output.contains("1 item of 1 searched; nothing is stored of 1 item"), "{output}");
    let mut case = Case::open(&path, "Ada").unwrap();
    case.record_description(ItemId(2), &description(&"02".repeat(32), "Nikon")).unwrap();
    drop(case);
    let found = run(&["search", "--field", "Make=Canon"], &path);
    assert_eq!(found.status.code(), Some(0), "{found:?}");
    assert!(String::from_utf8_lossy(&found.stdout).contains("IFD0:Make = Canon Inc."), "{found:?}");
    let none = run(&["search", "--ai"], &path);
    assert_eq!((none.status.code(), none.stdout.len()), (Some(0), 0), "{none:?}");
    for wrong in
        [&["search"][..], &["search", "--credential", "trusted"], &["search", "--field", "="]]
    {
        assert_eq!(run(wrong, &path).status.code(), Some(1), "{wrong:?}");
    }
    let printed = run(&["metadata", "--json"], &path);
    let told_lines = lines(&printed);
    assert_eq!(told_lines.len(), 2, "{printed:?}");
    assert_eq!(told_lines[1]["program"], "pentimento 0.1.0");
    assert_eq!(told_lines[1]["metadata"]["fields"][0]["value"], "Nikon");
    let text = run(&["metadata", "--item", "1"], &path);
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    assert!(
        text.contains("Credential: no credential") && text.contains("read by pentimento 0.1.0")
    );
}
