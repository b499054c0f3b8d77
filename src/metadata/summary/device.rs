//! The device that a file names, block by block.

use super::dates::block;
use super::finding::{Finding, pair};
use crate::metadata::field::Field;
use crate::metadata::read::Metadata;

/// Blocks that are looked at: a hostile packet can have any number of namespaces.
const MAX_DEVICES: usize = 50;

/// Letters and digits of a name that are compared.
const MAX_NAME_CHARS: usize = 200;

/// Maker and model as one block names them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Device<'a> {
    group: &'a str,
    pub(super) make: Option<&'a Field>,
    pub(super) model: Option<&'a Field>,
}

/// What the blocks say, in the order of reading. The small picture has a block of its own.
fn devices(fields: &[Field]) -> Vec<Device<'_>> {
    let mut found: Vec<Device<'_>> = Vec::new();
    for field in fields {
        let is_make = matches!(field.name.as_ref(), "Make" | "AndroidMake");
        let is_model =
            matches!(field.name.as_ref(), "Model" | "AndroidModel" | "UniqueCameraModel");
        let group = field.group.as_ref();
        let is_foreign = group.starts_with("XMP-") && !group.starts_with("XMP-tiff");
        if !(is_make || is_model) || is_foreign || group.starts_with("IFD1") || !is_name(&field.raw)
        {
            continue;
        }
        let at = found.iter().position(|device| device.group == group);
        if at.is_none() && found.len() < MAX_DEVICES {
            found.push(Device { group, make: None, model: None });
        }
        let at = at.unwrap_or_else(|| found.len().saturating_sub(1));
        if let Some(device) = found.get_mut(at).filter(|device| device.group == group) {
            let place = if is_make { &mut device.make } else { &mut device.model };
            place.get_or_insert(field);
        }
    }
    found
}

/// Whether a value can name a device. `ComfyUI` keeps its graph in these fields of a WebP file.
fn is_name(raw: &str) -> bool {
    let lower: String = raw.trim_start().chars().take(16).collect::<String>().to_lowercase();
    let is_graph = ["prompt:", "workflow:", "extra_pnginfo:"].iter().any(|k| lower.starts_with(k));
    !(raw.trim().is_empty() || is_graph && raw.contains('{'))
}

/// What the summary names: the first block with maker and model, else the first with one of them.
pub(super) fn device(fields: &[Field]) -> Option<Device<'_>> {
    let all = devices(fields);
    let whole = all.iter().find(|device| device.make.is_some() && device.model.is_some());
    whole.or_else(|| all.first()).copied()
}

/// Two blocks of different kinds that name different devices.
pub(super) fn rule(metadata: &Metadata) -> Vec<Finding> {
    let all = devices(&metadata.fields);
    let Some(named) = device(&metadata.fields) else { return Vec::new() };
    let others = all.iter().filter(|other| block(other.group).0 != block(named.group).0);
    let found = others.filter_map(|other| {
        let pairs = [(named.model, other.model), (named.make, other.make)];
        let mut both = pairs.into_iter().filter_map(|(a, b)| a.zip(b));
        let (a, b) = both.find(|(a, b)| !is_same(a.words(), b.words()))?;
        Some(pair(a, "differs from", b))
    });
    found.collect()
}

/// Makers write their names in long and in short.
fn is_same(a: &str, b: &str) -> bool {
    let [a, b] = [a, b].map(|name| {
        let letters = name.chars().filter(|c| c.is_alphanumeric()).take(MAX_NAME_CHARS);
        letters.flat_map(char::to_lowercase).collect::<String>()
    });
    a.starts_with(&b) || b.starts_with(&a)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::metadata_of_bytes;

    fn metadata(fields: &[(&'static str, &'static str, &str)]) -> Metadata {
        let mut metadata = metadata_of_bytes(b"\xFF\xD8\xFF\xD9").unwrap();
        metadata.fields.extend(fields.iter().map(|(group, name, raw)| Field {
            group: (*group).into(),
            name: (*name).into(),
            tag: "".into(),
            raw: (*raw).to_owned(),
            meaning: None,
            offset: 0,
            length: 1,
        }));
        metadata
    }

    #[test]
    fn maker_and_model_come_from_one_block() {
        let mixed = metadata(&[
            ("UserData", "Make", "M"),
            ("Keys", "Make", "Apple"),
            ("Keys", "Model", "iPhone"),
        ]);
        let found = device(&mixed.fields).unwrap();
        let keys = [found.make, found.model].map(|field| field.unwrap().key());
        assert_eq!(keys, ["Keys:Make", "Keys:Model"]);
        let broken = rule(&mixed);
        let [(text, _)] = broken.as_slice() else { panic!("{broken:?}") };
        assert_eq!(text, "Keys:Make is Apple and differs from UserData:Make M.");
        let apart = metadata(&[("UserData", "Make", "M"), ("Keys", "Model", "iPhone")]);
        let found = device(&apart.fields).unwrap();
        assert!(found.make.is_some() && found.model.is_none(), "{found:?}");
    }

    #[test]
    fn a_name_in_short_is_the_same_and_a_graph_is_none() {
        let same = [("IFD0", "Make", "NIKON CORPORATION"), ("XMP-tiff", "Make", "Nikon")];
        assert_eq!(rule(&metadata(&same)), []);
        let foreign = [("IFD0", "Make", "Canon"), ("XMP-other", "Make", "Nikon")];
        assert_eq!(rule(&metadata(&foreign)), []);
        let graph = [("IFD0", "Make", "workflow:{\"nodes\": []}"), ("IFD0", "Model", "prompt:{}")];
        assert!(device(&metadata(&graph).fields).is_none(), "of ComfyUI");
    }
}
