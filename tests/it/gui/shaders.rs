//! Every file of `shaders/` is in the table and is valid WGSL, without a GPU.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use pentimento::gpu::shaders;

/// What naga says against a shader, if anything.
fn complaint(source: &str) -> Option<String> {
    let text = shaders::resolve(source);
    let module = match naga::front::wgsl::parse_str(&text) {
        Ok(module) => module,
        Err(e) => return Some(e.emit_to_string(&text)),
    };
    let flags = naga::valid::ValidationFlags::all();
    naga::valid::Validator::new(flags, naga::valid::Capabilities::empty())
        .validate(&module)
        .err()
        .map(|e| e.emit_to_string(&text))
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("shaders")
}

fn files_under(folder: &Path, root: &Path, out: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).expect("shaders/ can be listed") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files_under(&path, root, out);
        } else {
            let relative = path.strip_prefix(root).expect("below shaders/");
            out.insert(relative.to_string_lossy().replace('\\', "/"));
        }
    }
}

#[test]
fn every_file_is_in_the_table_and_no_other() {
    let mut on_disk = BTreeSet::new();
    files_under(&folder(), &folder(), &mut on_disk);
    let in_table: BTreeSet<String> =
        shaders::FILES.iter().map(|(path, _)| (*path).to_owned()).collect();
    assert_eq!(on_disk, in_table, "shaders/ and gpu::shaders::FILES");
}

#[test]
fn every_shader_is_valid() {
    for (path, source) in shaders::FILES {
        assert_eq!(complaint(source), None, "{path}");
    }
}

#[test]
fn a_broken_shader_is_refused() {
    let (_, overlay) = shaders::FILES[2];
    assert!(complaint(overlay).is_none(), "sound before it is broken");
    let no_type = overlay.replacen("-> f32", "-> vec7<f32>", 1);
    let missing = overlay.replacen("#import \"lib/quad.wgsl\"", "#import \"lib/nothing.wgsl\"", 1);
    let mistyped = overlay.replacen("overlay.opacity * t", "overlay.map_size * t", 1);
    for (what, broken) in [("type", no_type), ("import", missing), ("operand", mistyped)] {
        assert!(broken != overlay && complaint(&broken).is_some(), "a wrong {what} must be seen");
    }
}
