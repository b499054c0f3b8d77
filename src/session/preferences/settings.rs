//! Settings and recent files as values and as text. A bad file or value is left out with a warning.
//!
//! Keys this version does not know are kept, so that an older program does not wipe the settings
//! of a newer one.

use std::path::{Path, PathBuf};

use crate::signal::{Colormap, OverlayMode, OverlayStyle};

/// Longest list of recent files.
const MAX_RECENT: usize = 12;
/// Cases that are remembered to be read blind.
const MAX_BLIND: usize = 200;
/// Models that are remembered as trusted.
const MAX_TRUSTED: usize = 200;
/// Larger files are not ours.
const MAX_BYTES: u64 = 1 << 20;

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    /// All of them, in the order of menus.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// The stable word of the settings file.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The name for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::System => "Follow system",
            Self::Light => "Light",
            Self::Dark => "Dark",
        }
    }
}

/// Preferences of a person.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Light or dark.
    pub theme: Theme,
    /// Colors of maps.
    pub colormap: Colormap,
    /// Strength of maps, `0.0..=1.0`.
    pub opacity: f32,
    /// Value at which a map cell counts as marked; `None` is what the model says.
    pub threshold: Option<f32>,
    /// How maps are drawn.
    pub overlay_mode: OverlayMode,
    /// The name under which a person worked on a case last.
    pub author: Option<String>,
    /// Cases that are read blind, each with its reader.
    pub blind: Vec<(PathBuf, String)>,
    /// Width and height of the window when it was closed last, points.
    pub window_size: Option<[f32; 2]>,
    /// Models that may be used although they did not come with the program: hashes of their cards.
    pub trusted: Vec<String>,
}

impl Settings {
    /// Whether this reader reads this case blind.
    pub fn is_blind(&self, case: &Path, author: &str) -> bool {
        self.blind.iter().any(|(path, reader)| path == case && reader == author)
    }

    pub(in crate::session) fn trust(&mut self, fingerprint: String) {
        self.trusted.retain(|known| *known != fingerprint);
        self.trusted.insert(0, fingerprint);
        self.trusted.truncate(MAX_TRUSTED);
    }

    pub(in crate::session) fn set_blind(&mut self, case: &Path, author: &str, is_blind: bool) {
        self.blind.retain(|(path, reader)| path != case || reader != author);
        if is_blind {
            self.blind.insert(0, (case.to_owned(), author.to_owned()));
            self.blind.truncate(MAX_BLIND);
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        let style = OverlayStyle::default();
        Self {
            theme: Theme::default(),
            colormap: style.colormap,
            opacity: style.opacity,
            threshold: None,
            overlay_mode: style.mode,
            author: None,
            blind: Vec::new(),
            window_size: None,
            trusted: Vec::new(),
        }
    }
}

/// What was read: values, everything else the file held, and what was wrong.
#[derive(Debug, Default)]
pub(in crate::session) struct Loaded {
    pub(in crate::session) settings: Settings,
    pub(in crate::session) recent: Vec<PathBuf>,
    pub(in crate::session) table: toml::Table,
    pub(in crate::session) warnings: Vec<String>,
}

pub(in crate::session) fn settings_path(folder: &Path) -> PathBuf {
    folder.join("settings.toml")
}

pub(in crate::session) fn recent_path(folder: &Path) -> PathBuf {
    folder.join("recent.toml")
}

/// Reads both files of a folder; files that are not there are no reason for a warning.
pub(in crate::session) fn load(folder: &Path) -> Loaded {
    let mut loaded = Loaded::default();
    (loaded.settings, loaded.table) = load_table(folder, &mut loaded.warnings);
    if let Some(table) = read_table(&recent_path(folder), &mut loaded.warnings) {
        let files = table.get("files").and_then(toml::Value::as_array).into_iter().flatten();
        let files = files.filter_map(toml::Value::as_str).map(PathBuf::from);
        loaded.recent = files.take(MAX_RECENT).collect();
    }
    loaded
}

/// The preferences alone, with what was wrong.
pub(in crate::session) fn load_settings(folder: &Path) -> (Settings, Vec<String>) {
    let mut warnings = Vec::new();
    (load_table(folder, &mut warnings).0, warnings)
}

fn load_table(folder: &Path, warnings: &mut Vec<String>) -> (Settings, toml::Table) {
    let table = read_table(&settings_path(folder), warnings).unwrap_or_default();
    (settings_from(&table, warnings), table)
}

fn read_table(path: &Path, warnings: &mut Vec<String>) -> Option<toml::Table> {
    let ignored = |what: String| format!("{what}; the file is ignored: {}", path.display());
    match std::fs::metadata(path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return None,
        Ok(facts) if facts.len() > MAX_BYTES => {
            warnings.push(ignored("the preferences are far too long".to_owned()));
            return None;
        }
        _ => {}
    }
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(e) => {
            warnings.push(ignored(format!("the preferences cannot be read: {e}")));
            return None;
        }
    };
    match text.parse() {
        Ok(table) => Some(table),
        Err(e) => {
            let first_line = e.to_string().lines().next().unwrap_or_default().to_owned();
            warnings.push(ignored(format!("the preferences are damaged: {first_line}")));
            None
        }
    }
}

fn settings_from(table: &toml::Table, warnings: &mut Vec<String>) -> Settings {
    let mut settings = Settings::default();
    let mut refuse = |key: &str| warnings.push(format!("the setting {key:?} is not understood"));
    let unit = |value: &toml::Value| {
        value.as_float().map(|v| v as f32).filter(|v| (0.0..=1.0).contains(v))
    };
    for (key, value) in table {
        let word = value.as_str();
        match key.as_str() {
            "theme" => match word.and_then(|word| word.parse().ok()) {
                Some(theme) => settings.theme = theme,
                None => refuse(key),
            },
            "colormap" => match word.and_then(|w| w.parse().ok()) {
                Some(colormap) => settings.colormap = colormap,
                None => refuse(key),
            },
            "overlay_mode" => match word.and_then(|w| w.parse().ok()) {
                Some(mode) => settings.overlay_mode = mode,
                None => refuse(key),
            },
            "opacity" => match unit(value) {
                Some(opacity) => settings.opacity = opacity,
                None => refuse(key),
            },
            "author" => match word.map(str::trim).filter(|name| !name.is_empty()) {
                Some(name) => settings.author = Some(name.to_owned()),
                None => refuse(key),
            },
            "blind" => match blind_from(value) {
                Some(blind) => settings.blind = blind,
                None => refuse(key),
            },
            "window_size" => match size_from(value) {
                Some(size) => settings.window_size = Some(size),
                None => refuse(key),
            },
            "trusted" => match texts_from(value) {
                Some(trusted) => settings.trusted = trusted,
                None => refuse(key),
            },
            "threshold" => match unit(value) {
                Some(threshold) => settings.threshold = Some(threshold),
                None => refuse(key),
            },
            _ => {}
        }
    }
    settings
}

/// Pairs of a case and its reader.
fn blind_from(value: &toml::Value) -> Option<Vec<(PathBuf, String)>> {
    let pair = |pair: &toml::Value| match pair.as_array()?.as_slice() {
        [path, reader] => Some((PathBuf::from(path.as_str()?), reader.as_str()?.to_owned())),
        _ => None,
    };
    value.as_array()?.iter().map(pair).collect()
}

fn texts_from(value: &toml::Value) -> Option<Vec<String>> {
    let texts = value.as_array()?.iter().take(MAX_TRUSTED);
    texts.map(|word| word.as_str().map(str::to_owned)).collect()
}

/// Width and height that a window can have.
fn size_from(value: &toml::Value) -> Option<[f32; 2]> {
    let side = |value: &toml::Value| {
        let side = value.as_float()? as f32;
        (100.0..=20_000.0).contains(&side).then_some(side)
    };
    match value.as_array()?.as_slice() {
        [width, height] => Some([side(width)?, side(height)?]),
        _ => None,
    }
}

/// The text of `settings.toml`: `table` with our keys set anew.
pub(in crate::session) fn settings_text(settings: &Settings, table: &toml::Table) -> String {
    let mut table = table.clone();
    let mut set = |key: &str, value: toml::Value| table.insert(key.to_owned(), value);
    set("theme", settings.theme.as_str().into());
    set("colormap", settings.colormap.as_str().into());
    set("overlay_mode", settings.overlay_mode.as_str().into());
    // Two decimals: what the sliders offer, free of binary digits.
    let rounded = |v: f32| toml::Value::Float((f64::from(v) * 100.0).round() / 100.0);
    set("opacity", rounded(settings.opacity));
    match settings.threshold {
        Some(threshold) => set("threshold", rounded(threshold)),
        None => table.remove("threshold"),
    };
    if let Some(author) = &settings.author {
        table.insert("author".to_owned(), author.as_str().into());
    }
    if let Some(size) = settings.window_size {
        let size = size.map(|v| toml::Value::Float(f64::from(v.round())));
        table.insert("window_size".to_owned(), toml::Value::Array(size.to_vec()));
    }
    table.remove("trusted");
    if !settings.trusted.is_empty() {
        let trusted = settings.trusted.iter().map(|word| word.as_str().into()).collect();
        table.insert("trusted".to_owned(), toml::Value::Array(trusted));
    }
    table.remove("blind");
    // Paths that are not Unicode cannot be kept.
    let pair = |(path, reader): &(PathBuf, String)| {
        let pair = [path.to_str()?, reader].map(toml::Value::from);
        Some(toml::Value::Array(pair.to_vec()))
    };
    let blind: Vec<toml::Value> = settings.blind.iter().filter_map(pair).collect();
    if !blind.is_empty() {
        table.insert("blind".to_owned(), toml::Value::Array(blind));
    }
    table.to_string()
}

/// The text of `recent.toml`; paths that are not Unicode are left out.
pub(in crate::session) fn recent_text(recent: &[PathBuf]) -> String {
    let files = recent.iter().filter_map(|p| p.to_str()).map(toml::Value::from).collect();
    let table: toml::Table =
        [("files".to_owned(), toml::Value::Array(files))].into_iter().collect();
    table.to_string()
}

/// Puts a file at the head of the list.
pub(in crate::session) fn remember(recent: &mut Vec<PathBuf>, path: &Path) {
    recent.retain(|old| old != path);
    recent.insert(0, path.to_owned());
    recent.truncate(MAX_RECENT);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_unknown_keys_stay() {
        let folder = tempfile::tempdir().unwrap();
        let mut table = toml::Table::new();
        table.insert("of_the_future".into(), 7.into());
        let settings = Settings {
            theme: Theme::Dark,
            colormap: Colormap::Cividis,
            opacity: 0.35,
            threshold: Some(0.62),
            overlay_mode: OverlayMode::Contour,
            author: Some("Ada \"Ä\" L.".to_owned()),
            blind: vec![("/a b/c.pentimento".into(), "Ada".to_owned())],
            window_size: Some([1400.0, 900.0]),
            trusted: vec!["ab".to_owned(), "cd".to_owned()],
        };
        std::fs::write(settings_path(folder.path()), settings_text(&settings, &table)).unwrap();
        let recent = [PathBuf::from("/a b/c.png"), PathBuf::from("d\"e.jpg")];
        std::fs::write(recent_path(folder.path()), recent_text(&recent)).unwrap();
        let loaded = load(folder.path());
        assert_eq!(loaded.settings, settings);
        assert_eq!(loaded.recent, recent);
        assert_eq!(loaded.table.get("of_the_future"), Some(&7.into()));
        assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
    }

    #[test]
    fn bad_files_and_values_are_left_out_with_a_warning() {
        let folder = tempfile::tempdir().unwrap();
        assert!(load(folder.path()).warnings.is_empty(), "no file is no fault");
        let text = "theme = \"dark\"\nopacity = 7.0\ncolormap = \"jet\"\nauthor = \" \"\n";
        std::fs::write(settings_path(folder.path()), text).unwrap();
        std::fs::write(recent_path(folder.path()), "files = [").unwrap();
        let loaded = load(folder.path());
        assert_eq!(loaded.settings, Settings { theme: Theme::Dark, ..Settings::default() });
        assert!(loaded.recent.is_empty(), "a damaged list is no list");
        assert_eq!(load_settings(folder.path()).1.len(), 3, "of the list nothing is said");
        assert_eq!(loaded.warnings.len(), 4, "{:?}", loaded.warnings);
    }

    #[test]
    fn the_newest_file_comes_first_and_the_list_ends() {
        let mut recent = Vec::new();
        for i in 0..20 {
            remember(&mut recent, Path::new(&format!("{i}")));
        }
        remember(&mut recent, Path::new("12"));
        assert_eq!(recent.len(), MAX_RECENT);
        assert_eq!(recent[..3], ["12", "19", "18"].map(PathBuf::from));
    }
}
