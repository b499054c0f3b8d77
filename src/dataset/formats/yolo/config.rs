//! `data.yaml`: the keys that are needed, in their usual spellings.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::dataset::Split;
use crate::dataset::links::stays_inside;

/// Larger files are no `data.yaml`.
const MAX_BYTES: u64 = 1 << 20;

/// The file `data.yaml` of a folder, or the file itself. Ultralytics names it after the data set.
pub(in crate::dataset) fn find_config(path: &Path) -> Option<PathBuf> {
    let is_yaml = |path: &Path| path.extension().is_some_and(|e| e == "yaml" || e == "yml");
    if path.is_file() {
        return is_yaml(path).then(|| path.to_owned());
    }
    let named = ["data.yaml", "dataset.yaml", "data.yml"].map(|name| path.join(name));
    if let Some(found) = named.into_iter().find(|file| file.is_file() && stays_inside(path, file)) {
        return Some(found);
    }
    let inside = fs::read_dir(path).into_iter().flatten();
    let mut files: Vec<PathBuf> = inside.filter_map(|file| Some(file.ok()?.path())).collect();
    files.retain(|file| {
        let is_small = fs::metadata(file).is_ok_and(|m| m.is_file() && m.len() <= MAX_BYTES);
        let text = || fs::read_to_string(file).unwrap_or_default();
        let is_set = |config: Config| !config.parts.is_empty() && !config.names.is_empty();
        is_yaml(file) && is_small && stays_inside(path, file) && is_set(parse_config(&text()))
    });
    files.sort();
    files.into_iter().next()
}

/// The keys of `data.yaml` that are used.
#[derive(Debug, Default)]
pub(super) struct Config {
    /// The folder that the parts start from, if it is given.
    pub(super) path: Option<String>,
    /// Class names by their numbers.
    pub(super) names: BTreeMap<usize, String>,
    /// The folders or lists of the parts.
    pub(super) parts: Vec<(Split, String)>,
    /// Other keys with their values.
    pub(super) others: Vec<(String, String)>,
}

/// What the indented lines below a key belong to.
enum YamlBlock {
    Nothing,
    Names,
    Part(Split),
}

pub(super) fn parse_config(text: &str) -> Config {
    let mut found = Config::default();
    let mut block = YamlBlock::Nothing;
    for line in text.lines() {
        let bare = line.split(" #").next().unwrap_or(line);
        if bare.trim().is_empty() || bare.trim_start().starts_with('#') {
            continue;
        }
        if bare.starts_with([' ', '\t', '-']) {
            found.add_inner(&block, bare.trim());
            continue;
        }
        block = YamlBlock::Nothing;
        let Some((key, value)) = bare.split_once(':') else { continue };
        let (key, value) = (plain(key), value.trim());
        if key == "names" {
            block = YamlBlock::Names;
            for (i, item) in list(value).enumerate() {
                let (number, name) = item.split_once(':').unwrap_or(("", item));
                found.names.insert(number.trim().parse().unwrap_or(i), plain(name));
            }
        } else if let Some(split) = Split::parse(&key) {
            block = YamlBlock::Part(split);
            let values = list(value).map(plain).filter(|value| !is_null(value));
            found.parts.extend(values.map(|value| (split, value)));
        } else if key == "path" {
            found.path = Some(plain(value)).filter(|path| !is_null(path));
        } else if !["nc", "download"].contains(&key.as_str()) && !value.is_empty() {
            found.others.push((key, plain(value)));
        }
    }
    found
}

impl Config {
    /// Adds an indented line of the block.
    fn add_inner(&mut self, block: &YamlBlock, line: &str) {
        match (block, line.strip_prefix('-')) {
            (YamlBlock::Names, Some(name)) => {
                self.names.insert(self.names.len(), plain(name));
            }
            (YamlBlock::Names, None) => {
                if let Some((number, name)) = line.split_once(':')
                    && let Ok(number) = plain(number).parse()
                {
                    self.names.insert(number, plain(name));
                }
            }
            (YamlBlock::Part(split), Some(folder)) => self.parts.push((*split, plain(folder))),
            (YamlBlock::Part(_), None) | (YamlBlock::Nothing, _) => {}
        }
    }
}

/// The values of a list in brackets, or the value alone.
fn list(value: &str) -> impl Iterator<Item = &str> {
    let is_list = value.starts_with(['[', '{']);
    let inner = if is_list { value.trim_matches(['[', ']', '{', '}']) } else { value };
    let separator = if is_list { ',' } else { '\n' };
    inner.split(separator).filter(|item| !item.trim().is_empty())
}

fn plain(text: &str) -> String {
    text.trim().trim_matches(['"', '\'']).to_owned()
}

fn is_null(value: &str) -> bool {
    ["", "~", "null", "None"].contains(&value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_spellings_of_the_config_are_read() {
        let expected: BTreeMap<usize, String> =
            [(0, "forged".to_owned()), (1, "swap".to_owned())].into();
        for text in [
            "train: images/train\nnames:\n  0: forged\n  1: swap\n",
            "names: ['forged', \"swap\"]\ntrain: images/train # half\n",
            "names: {0: forged, 1: swap}\ntrain: images/train\ntest: # none\n",
            "# head\ntrain: images/train\nnames:\n- forged\n- swap\nnc: 2\n",
            "train: [images/train]\nval: null\nnames:\n  '0': 'forged'\n  '1': 'swap'\n",
            "train:\n  - images/train\nnames: [forged, swap]\n",
        ] {
            let Config { names, parts, .. } = parse_config(text);
            assert_eq!(names, expected, "{text}");
            assert_eq!(parts, [(Split::Train, "images/train".to_owned())], "{text}");
        }
        let config = parse_config("path: ../set\ntrain: [a, b]\nval:\n- c\nroboflow:\n  url: x\n");
        assert_eq!(config.path.as_deref(), Some("../set"));
        let folders: Vec<&str> = config.parts.iter().map(|(_, folder)| folder.as_str()).collect();
        assert_eq!(folders, ["a", "b", "c"]);
    }
}
