//! The shape of the source tree: no circles between files, no overfull folders, short `mod.rs`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use super::import_graph::{ImportGraph, circles, import_graph};
use crate::support::root;

/// Entries that a folder of `src` or `tests/it` may have. `src` itself holds one folder a module.
const MAX_ENTRIES: usize = 20;

/// Lines that a `mod.rs` of `src` may have: it declares, re-exports and explains.
const MAX_MOD_LINES: usize = 80;

/// Names every place with more than `allowed`.
fn judge(measured: &BTreeMap<String, usize>, allowed: usize) -> String {
    let mut wrong = String::new();
    for (place, count) in measured.iter().filter(|(_, count)| **count > allowed) {
        writeln!(wrong, "{place}: {count}, at most {allowed} allowed").unwrap();
    }
    wrong
}

/// Visits every file and folder below `folder`, given by its path below the root of the tree.
fn walk(folder: &str, visit: &mut impl FnMut(&str, &Path)) {
    for entry in std::fs::read_dir(root().join(folder)).unwrap() {
        let path = entry.unwrap().path();
        let inner = format!("{folder}/{}", path.file_name().unwrap().to_str().unwrap());
        visit(&inner, &path);
        if path.is_dir() {
            walk(&inner, visit);
        }
    }
}

fn graph_of_src() -> ImportGraph {
    let mut files = Vec::new();
    walk("src", &mut |inner, path| {
        if path.extension().is_some_and(|ext| ext == "rs") && inner != "src/main.rs" {
            let file = inner.trim_start_matches("src/").to_owned();
            files.push((file, std::fs::read_to_string(path).unwrap()));
        }
    });
    import_graph(files.iter().map(|(file, text)| (file.as_str(), text.as_str())))
}

#[test]
fn no_files_use_each_other_in_a_circle() {
    let graph = graph_of_src();
    let n_edges: usize = graph.values().map(std::collections::BTreeSet::len).sum();
    assert!(graph.len() > 300 && n_edges > 1000, "{} files, {n_edges} uses", graph.len());
    let circles = circles(&graph);
    let mut listed = String::new();
    for circle in &circles {
        writeln!(listed, "circle of {}:", circle.len()).unwrap();
        for file in circle {
            let used: Vec<_> = graph[file].iter().filter(|used| circle.contains(used)).collect();
            writeln!(listed, "  {file} uses {used:?}").unwrap();
        }
    }
    assert!(circles.is_empty(), "\n{listed}");
}

#[test]
fn no_folder_is_overfull() {
    let mut entries = BTreeMap::new();
    for top in ["src", "tests/it"] {
        walk(top, &mut |inner, _| {
            let folder = inner.rsplit_once('/').unwrap().0;
            *entries.entry(folder.to_owned()).or_insert(0) += 1;
        });
    }
    entries.remove("src");
    let wrong = judge(&entries, MAX_ENTRIES);
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn every_mod_file_fits_one_screen() {
    let mut lines = BTreeMap::new();
    walk("src", &mut |inner, path| {
        if inner.ends_with("/mod.rs") {
            let n_lines = std::fs::read_to_string(path).unwrap().lines().count();
            lines.insert(inner.to_owned(), n_lines);
        }
    });
    let wrong = judge(&lines, MAX_MOD_LINES);
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn what_has_too_many_is_named() {
    let measured = BTreeMap::from([("a".to_owned(), 25), ("b".to_owned(), 3)]);
    assert_eq!(judge(&measured, 20), "a: 25, at most 20 allowed\n");
    assert_eq!(judge(&measured, 25), "");
}

/// The circles of planted files, each as its files joined by a space.
fn planted(files: &[(&str, &str)]) -> Vec<String> {
    circles(&import_graph(files.iter().copied())).iter().map(|circle| circle.join(" ")).collect()
}

#[test]
fn planted_circles_are_seen() {
    let pair = |b: &str| {
        planted(&[
            ("lib.rs", ""),
            ("m/mod.rs", ""),
            ("m/a.rs", "use super::b::B; pub struct A;"),
            ("m/b.rs", b),
        ])
    };
    for b in [
        "use super::a::A;",
        "use crate::m::a::A;",
        "use crate::{m::{a::A}};",
        "use super::a; fn f() -> a::A { a::A }",
        "fn f() { let _ = super::a::A; }",
        "fn f() { format!(\"{}\", super::a::A); }",
        "mod inner { use super::super::a::A; }",
        "use crate::m as n; fn f(_: n::a::A) {}",
    ] {
        assert_eq!(pair(&format!("pub struct B; {b}")), ["m/a.rs m/b.rs"], "{b}");
    }
}

#[test]
fn circles_through_a_mod_file_are_seen() {
    let a = ("m/a.rs", "use super::B; pub struct A;");
    let b = ("m/b.rs", "use super::A; pub struct B;");
    let both = ["m/a.rs m/b.rs"];
    assert_eq!(planted(&[("m/mod.rs", "pub use a::A; pub use b::B; mod a; mod b;"), a, b]), both);
    assert_eq!(planted(&[("m/mod.rs", "pub use a::*; pub use b::*;"), a, b]), both);
    // A `mod.rs` with code of its own is a file like any other.
    let code = ("m/mod.rs", "mod a; pub use a::A; pub fn f(_: A) {}");
    assert_eq!(
        planted(&[code, ("m/a.rs", "pub struct A; fn g() { super::f(A) }")]),
        ["m/a.rs m/mod.rs"]
    );
    let ring = [
        ("a.rs", "use crate::b::f; pub fn f() {}"),
        ("b.rs", "use crate::c::f as g; pub fn f() {}"),
        ("c.rs", "pub fn f() { crate::a::f() }"),
        ("d.rs", "use crate::a::f;"),
    ];
    assert_eq!(planted(&ring), ["a.rs b.rs c.rs"]);
}

#[test]
fn lawful_files_make_no_circle() {
    let lawful: [&[(&str, &str)]; 5] = [
        &[
            ("m/mod.rs", "mod a; mod b; pub use a::A; pub use b::B;"),
            ("m/a.rs", "pub struct A;"),
            ("m/b.rs", "use super::A; pub struct B;"),
        ],
        &[
            ("a.rs", "use crate::b::B; pub struct A;"),
            ("b.rs", "/// Like [`crate::a::A`].\n// use crate::a::A;\npub struct B;"),
        ],
        &[
            ("a.rs", "use crate::b::B; pub struct A;"),
            ("b.rs", "pub struct B; #[cfg(test)] mod tests { use crate::a::A; }"),
        ],
        &[
            ("a.rs", "use crate::b::B; pub struct A;"),
            ("b.rs", "pub struct B; #[cfg(test)] use crate::a::A; fn f() {}"),
        ],
        &[
            ("a.rs", "use ::b::A; use std::b; pub struct A;"),
            ("b.rs", "use crate::a::A; pub struct B;"),
        ],
    ];
    for files in lawful {
        assert_eq!(planted(files), [""; 0], "{files:?}");
    }
}
