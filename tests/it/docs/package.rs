//! What packages hold agrees with the program: models, file type, version, ONNX Runtime.

use std::fs;

use pentimento::bundle::{Bundle, Origin};

use super::read;
use crate::support::root;

/// Scripts that copy the models into a package.
const SCRIPTS: [&str; 3] =
    ["assets/package/build.sh", "assets/package/windows/build.sh", "assets/package/macos/build.sh"];

/// The value of an attribute of the first element that begins with `start`.
fn attribute<'a>(text: &'a str, start: &str, name: &str) -> &'a str {
    let element = text.split(start).nth(1).unwrap().split('>').next().unwrap();
    element.split(&format!("{name}=\"")).nth(1).unwrap().split('"').next().unwrap()
}

/// Whether the file type knows these bytes by what it says of an SQLite file and its application id.
fn is_known(file_type: &str, bytes: &[u8]) -> bool {
    let magic = attribute(file_type, "<match type=\"string\" ", "value").as_bytes();
    let id = attribute(file_type, "<match type=\"big32\" ", "value").trim_start_matches("0x");
    let id = u32::from_str_radix(id, 16).unwrap().to_be_bytes();
    let at: usize = attribute(file_type, "<match type=\"big32\" ", "offset").parse().unwrap();
    bytes.starts_with(magic) && bytes[at..].starts_with(&id)
}

#[test]
fn every_shipped_model_is_in_every_package() {
    let mut shipped = Vec::new();
    for entry in fs::read_dir(root().join("models")).unwrap() {
        let folder = entry.unwrap().path();
        if Bundle::read_card(&folder).is_ok_and(|card| card.origin() == Origin::Shipped) {
            shipped.push(folder.file_name().unwrap().to_str().unwrap().to_owned());
        }
    }
    assert_eq!(shipped.len(), 3, "{shipped:?}");
    for script in SCRIPTS {
        let text = read(script);
        let copied = text.split("for model in ").nth(1).unwrap().split(';').next().unwrap();
        for model in &shipped {
            assert!(copied.split_whitespace().any(|m| m == model), "{script}: no {model}");
        }
    }
}

#[test]
fn the_file_type_of_cases_knows_cases_and_no_other_database() {
    let file_type = read("assets/package/share/pentimento.xml");
    for case in ["case-v1.pentimento", "case-v2.pentimento"] {
        let mut bytes = fs::read(root().join("tests/golden").join(case)).unwrap();
        assert!(is_known(&file_type, &bytes), "{case}");
        bytes[71] ^= 1;
        assert!(!is_known(&file_type, &bytes), "{case} with another id");
    }
    let name = attribute(&file_type, "<mime-type ", "type");
    assert!(read("assets/package/share/pentimento.desktop").contains(&format!("MimeType={name};")));
    assert!(read("assets/manual/install.md").contains(&format!("`{name}`")));
}

#[test]
fn the_manual_names_the_packages_and_the_engine_of_this_version() {
    let page = read("assets/manual/install.md");
    let version = env!("CARGO_PKG_VERSION");
    for name in
        [format!("pentimento_{version}_amd64.deb"), format!("pentimento-{version}-linux-x86_64")]
    {
        assert!(page.contains(&name), "install.md does not name {name}");
    }
    let script = read("assets/package/onnxruntime.sh");
    let engine = script.lines().find_map(|line| line.strip_prefix("version=")).unwrap();
    assert!(page.contains(&format!("ONNX Runtime {engine}")), "install.md: {engine}");
    assert!(read("assets/manual/engines.md").contains(&format!("Use {engine}.")), "{engine}");
}
