//! The table of shaders, and the resolution of their imports.

/// Every file of `shaders/` by its path there. A test compares this with the folder.
pub const FILES: [(&str, &str); 4] = [
    ("lib/quad.wgsl", include_str!("../../shaders/lib/quad.wgsl")),
    ("canvas/picture.wgsl", include_str!("../../shaders/canvas/picture.wgsl")),
    ("canvas/overlay.wgsl", include_str!("../../shaders/canvas/overlay.wgsl")),
    ("canvas/mask.wgsl", include_str!("../../shaders/canvas/mask.wgsl")),
];

/// The source of a file of [`FILES`].
fn source(path: &str) -> Option<&'static str> {
    FILES.iter().find(|(name, _)| *name == path).map(|(_, text)| *text)
}

/// Replaces lines of the form `#import "path"` by the files they name, each file once. Unknown names
/// stay in the text, where the WGSL parser refuses them.
pub fn resolve(text: &str) -> String {
    let mut included = Vec::new();
    let mut out = String::with_capacity(text.len());
    include(text, &mut included, &mut out);
    out
}

fn include<'a>(text: &'a str, included: &mut Vec<&'a str>, out: &mut String) {
    for line in text.lines() {
        let path = line.strip_prefix("#import \"").and_then(|rest| rest.strip_suffix('"'));
        match path.map(|path| (path, source(path))) {
            Some((path, _)) if included.contains(&path) => {}
            Some((path, Some(inner))) => {
                included.push(path);
                include(inner, included, out);
            }
            _ => {
                out.push_str(line);
                out.push('\n');
            }
        }
    }
}

/// A shader module from the table; an unknown path gives an empty module.
pub(super) fn module(device: &wgpu::Device, path: &str) -> wgpu::ShaderModule {
    let text = resolve(source(path).unwrap_or_default());
    device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some(path),
        source: wgpu::ShaderSource::Wgsl(text.into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_are_put_in_once_and_unknown_ones_stay() {
        let text =
            resolve("#import \"lib/quad.wgsl\"\n#import \"lib/quad.wgsl\"\n#import \"no\"\n");
        assert_eq!(text.matches("struct QuadOut").count(), 1);
        assert!(text.contains("#import \"no\""), "an unknown import must not vanish");
    }
}
