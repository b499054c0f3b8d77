//! The architecture, held by text: who may use whom, and where third-party libraries may appear.
//!
//! A module uses only modules of lower layers, and modules of one layer do not know each other.
//! The checker reads `crate::…` paths and the names of the fenced libraries; that it sees anything
//! at all is tested on planted violations.

use std::path::{Path, PathBuf};

use crate::support::root;

/// Layers, bottom first.
const LAYERS: [&[&str]; 7] = [
    &["base", "confine", "files"],
    &["bundle"],
    &["media", "metadata", "prep", "infer", "signal", "eval", "annotate"],
    &["faces", "detect", "gpu", "case", "dataset"],
    &["pipeline", "train", "curate", "report", "scan"],
    &["session"],
    &["cli", "gui"],
];

/// Libraries and the modules that may name them.
const FENCES: [(&str, &[&str]); 35] = [
    ("ort", &["infer"]),
    ("rten", &["infer"]),
    ("rten_tensor", &["infer"]),
    ("tokio", &["infer"]),
    ("tonic", &["infer"]),
    ("tonic_prost", &["infer"]),
    ("futures_util", &["infer"]),
    ("burn", &["train"]),
    ("image", &["media"]),
    ("png", &["media"]),
    ("yuv", &["media"]),
    ("landlock", &["confine"]),
    ("seccompiler", &["confine"]),
    ("wgpu", &["gpu", "gui"]),
    ("egui_wgpu", &["gui"]),
    ("egui", &["gui"]),
    ("eframe", &["gui"]),
    ("rfd", &["gui"]),
    ("unicode_bidi", &["gui"]),
    ("rusqlite", &["case"]),
    ("quick_xml", &["dataset", "metadata"]),
    ("c2pa", &["metadata"]),
    ("fontique", &["report"]),
    ("krilla", &["report"]),
    ("minijinja", &["report"]),
    ("parley", &["report"]),
    ("unicode_width", &["report"]),
    ("vello_cpu", &["report"]),
    ("minisign", &["report"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("rpassword", &["cli"]),
    ("signal_hook", &["cli"]),
    ("indicatif", &["cli"]),
];

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

/// The code of a file without comments and string literals, so that prose may name anything.
fn code(text: &str) -> String {
    let mut code = String::new();
    for line in text.lines() {
        let mut in_text = false;
        let mut before = ' ';
        let mut chars = line.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '\\' if in_text => {
                    chars.next();
                }
                '"' if before != '\'' => in_text = !in_text,
                '/' if !in_text && chars.peek() == Some(&'/') => break,
                _ if !in_text => code.push(c),
                _ => {}
            }
            before = c;
        }
        code.push('\n');
    }
    code
}

/// Whether `word` stands in `code` as a path's head: a whole word before `::`.
fn names(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let before = code[..at].chars().next_back();
        let is_head = !before.is_some_and(|c| is_word(c) || c == ':' || c == '.' || c == '$')
            || code[..at].ends_with("use ::");
        is_head && code[at + word.len()..].starts_with("::")
    })
}

/// The modules that follow `crate::`, also in `crate::{a, b::c}`.
fn used_modules(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, head) in code.match_indices("crate::") {
        let rest = code[at + head.len()..].trim_start();
        let word = |s: &str| {
            s.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>()
        };
        let Some(group) = rest.strip_prefix('{') else {
            found.push(word(rest));
            continue;
        };
        // Names at depth 0 of the group.
        let (mut depth, mut is_start) = (0, true);
        for (i, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => is_start = true,
                c if is_start && !c.is_whitespace() => {
                    is_start = false;
                    found.push(word(&group[i..]));
                }
                _ => {}
            }
        }
    }
    found
}

/// What is wrong with the text of a file of the module `module`.
fn violations(module: &str, text: &str) -> Vec<String> {
    let code = code(text);
    let mut wrong = Vec::new();
    let own = layer(module);
    if own.is_none() {
        wrong.push(format!("the module {module} is in no layer"));
    }
    for used in used_modules(&code) {
        if used == module {
            continue;
        }
        if let (Some(own), Some(other)) = (own, layer(&used))
            && other >= own
        {
            wrong.push(format!("{module} (layer {own}) uses {used} (layer {other})"));
        }
    }
    if code.contains("super::super::super::") {
        wrong.push("climbs out of sight with super::super::super".to_owned());
    }
    for (library, allowed) in FENCES {
        // A file may have a part of its own under that name.
        let is_own = code.contains(&format!("mod {library};"));
        if !allowed.contains(&module) && !is_own && names(&code, library) {
            wrong.push(format!("{module} names {library}, which belongs in {allowed:?}"));
        }
    }
    wrong
}

/// Every source file of the library with the top-level module it belongs to.
fn sources() -> Vec<(String, PathBuf)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push(path);
            }
        }
    }
    let src = root().join("src");
    let mut files = Vec::new();
    walk(&src, &mut files);
    files
        .into_iter()
        .filter_map(|path| {
            let inner = path.strip_prefix(&src).ok()?;
            let module = inner.iter().next()?.to_str()?.to_owned();
            (inner.iter().count() > 1).then_some((module, path))
        })
        .collect()
}

#[test]
fn modules_use_only_lower_layers_and_stay_inside_the_fences() {
    let sources = sources();
    assert!(sources.len() > 30, "only {} files seen", sources.len());
    let mut wrong = Vec::new();
    for (module, path) in &sources {
        let text = std::fs::read_to_string(path).unwrap();
        let found = violations(module, &text);
        wrong.extend(found.into_iter().map(|what| format!("{}: {what}", path.display())));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// The only code that may open a connection.
#[test]
fn nothing_but_the_client_of_model_servers_names_sockets() {
    let sockets = ["TcpStream", "TcpListener", "UdpSocket", "UnixStream"];
    let names_one = |code: &str| {
        sockets.iter().any(|socket| code.contains(socket))
            || ["tokio", "tonic", "tonic_prost"].iter().any(|library| names(code, library))
    };
    let mut n_clients = 0;
    for (_, path) in sources() {
        let text = code(&std::fs::read_to_string(&path).unwrap());
        let is_client = path.starts_with(root().join("src/infer/remote"));
        let is_test = path.to_string_lossy().ends_with("_tests.rs");
        assert!(is_client || is_test || !names_one(&text), "{} names a socket", path.display());
        n_clients += usize::from(is_client && names_one(&text));
    }
    assert!(n_clients > 0, "the client is not seen");
    assert!(
        names_one("use std::net::{IpAddr, TcpStream};") && names_one("tokio::net::lookup_host")
    );
}

#[test]
fn the_layers_here_are_those_of_the_library_and_of_its_map() {
    let lib = std::fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let mut listed: Vec<&str> =
        lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let layers: Vec<Option<usize>> = listed.iter().map(|module| layer(module)).collect();
    assert!(layers.is_sorted(), "src/lib.rs lists modules bottom first: {listed:?}");
    listed.sort_unstable();
    let mut known: Vec<&str> = LAYERS.concat();
    known.sort_unstable();
    assert_eq!(listed, known);
    let map = std::fs::read_to_string(root().join("src/ARCHITECTURE.md")).unwrap();
    for module in known {
        assert!(map.contains(&format!("`{module}`")), "{module} is not in src/ARCHITECTURE.md");
    }
}

#[test]
fn planted_violations_are_seen() {
    let planted = [
        ("base", "use crate::media::Still;", "uses media"),
        ("prep", "use crate::{base::Rect, infer::Engine};", "uses infer"),
        ("faces", "use crate::{\n    base::{Face, Rect},\n    detect,\n};", "uses detect"),
        ("session", "let app = crate::gui::App::new();", "uses gui"),
        ("cli", "crate::gui::run(options)", "uses gui"),
        ("detect", "use ort::session::Session;", "names ort"),
        ("media", "fn f(x: ::wgpu::Device) {}\nuse ::wgpu::Device;", "names wgpu"),
        ("pipeline", "#[derive(clap::Args)]", "names clap"),
        ("session", "let t = burn::tensor::Tensor::zeros();", "names burn"),
        ("eval", "use super::super::super::gui;", "climbs"),
        ("novel", "", "in no layer"),
    ];
    for (module, text, words) in planted {
        let found = violations(module, text);
        assert!(found.iter().any(|what| what.contains(words)), "{module}: {text:?}: {found:?}");
    }
}

#[test]
fn lawful_code_and_prose_pass() {
    let lawful = [
        ("detect", "use crate::base::{Face, Rect};\nuse crate::infer::{Engine, ModelSession};"),
        ("infer", "use ort::session::Session;"),
        ("infer", "use crate::infer::Error;"),
        ("base", "//! `ort::Session` and crate::gui are only talked about.\n// egui::Ui"),
        ("cli", "let words = \"egui::Ui in crate::gui\";"),
        ("base", "mod image;\npub use image::RgbImage;"),
        ("media", "let port = report::open(); abort::now();"),
    ];
    for (module, text) in lawful {
        assert_eq!(violations(module, text), [""; 0], "{module}: {text:?}");
    }
}
