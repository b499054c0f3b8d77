//! `models`: lists, compares, installs and chooses detectors.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};

use super::model_card::model_card;
use super::output;
use crate::base::text::visible_path;
use crate::bundle::{Bundle, Card, Installed, Library, ModelKind, ModelStore, Origin, cards_in};
use crate::detect::Detector;
use crate::infer::{Engine, EngineOptions};

/// The commands on model bundles.
#[derive(Debug, Subcommand)]
pub enum ModelsSubcommand {
    /// List the shipped detectors and your own; a star marks the one in use
    List(ListArgs),
    /// Compare the measured figures of two detectors
    Compare(CompareArgs),
    /// Print the model card of a detector as Markdown
    Card(CardArgs),
    /// Choose the detector to use
    Use {
        /// Name of the detector
        name: String,
    },
    /// Go back to the detector used before
    Rollback,
    /// Install a model bundle into your library
    Install {
        /// Folder of the bundle, with card.toml and model.onnx
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// Also choose it
        #[arg(long = "use")]
        is_chosen: bool,
    },
    /// Remove one of your own bundles
    Remove {
        /// Name of the detector
        name: String,
    },
}

/// Arguments of `models list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Print one JSON object per line for each detector
    #[arg(long)]
    json: bool,
    /// Folder with the model bundles
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,
}

/// Arguments of `models compare`.
#[derive(Debug, Args)]
pub struct CompareArgs {
    /// Name of a detector, or folder of a bundle
    first: String,
    /// The other detector
    second: String,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Arguments of `models card`.
#[derive(Debug, Args)]
pub struct CardArgs {
    /// Name of a detector, or folder of a bundle. Default: the detector in use
    name: Option<String>,
    /// Write to this file instead of stdout
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// A detector in the list.
struct ListedDetector {
    card: Card,
    folder: PathBuf,
    is_own: bool,
    is_used: bool,
}

pub(super) fn run(command: ModelsSubcommand) -> anyhow::Result<()> {
    let store = ModelStore::discover(None);
    let library = || {
        store
            .library()
            .cloned()
            .context("the system has no data folder for programs; set PENTIMENTO_LIBRARY")
    };
    match command {
        ModelsSubcommand::List(ListArgs { json, models: Some(folder) }) => {
            list(&ModelStore::discover(Some(&folder)), json)
        }
        ModelsSubcommand::List(ListArgs { json, models: None }) => list(&store, json),
        ModelsSubcommand::Compare(args) => compare(&store, &args),
        ModelsSubcommand::Card(args) => card(&store, args),
        ModelsSubcommand::Use { name } => choose(&store, &library()?, &name),
        ModelsSubcommand::Rollback => {
            let Some(choice) = library()?.rollback()? else {
                bail!("no other detector was used before; nothing was changed");
            };
            print(&format!("{} is in use again", choice.detector))
        }
        ModelsSubcommand::Install { folder, is_chosen } => {
            let bundle = Bundle::read(&folder)?;
            if bundle.card.kind != ModelKind::Lae {
                bail!(
                    "{} is not a detector; only detectors can be installed",
                    visible_path(&folder)
                );
            }
            let library = library()?;
            let Installed { place, is_new } = library.install(&bundle)?;
            let (name, place) = (&bundle.card.name, visible_path(&place));
            print(&if is_new {
                format!("{name} was installed in {place}")
            } else {
                format!("{name} is in {place} already: nothing was written")
            })?;
            if is_chosen { choose(&store, &library, &bundle.card.name) } else { Ok(()) }
        }
        ModelsSubcommand::Remove { name } => {
            library()?.remove(&name)?;
            print(&format!("{name} was removed"))
        }
    }
}

fn print(text: &str) -> anyhow::Result<()> {
    output::print_line(text)?;
    Ok(())
}

/// Chooses a detector after checking its model against its card.
fn choose(store: &ModelStore, library: &Library, name: &str) -> anyhow::Result<()> {
    let bundle = store.read(name)?;
    if bundle.card.kind != ModelKind::Lae {
        bail!("{name} is not a detector; see pentimento models list");
    }
    let engine = Engine::start(&EngineOptions::default())?;
    Detector::load(&engine, &bundle).with_context(|| format!("{name} cannot be used"))?;
    let choice = library.choose(name)?;
    print(&format!("{name} is now in use"))?;
    if let Some(before) = choice.earlier.last() {
        output::eprint_line(&format!("pentimento models rollback returns to {before}"));
    }
    Ok(())
}

fn list_detectors(store: &ModelStore) -> anyhow::Result<Vec<ListedDetector>> {
    let used = store.detector()?;
    let own = store.library().map(Library::folder);
    let mut listed: Vec<ListedDetector> = Vec::new();
    for place in store.all_folders() {
        for (folder, card) in cards_in(place) {
            let card = match card {
                Ok(card) if card.kind == ModelKind::Lae => card,
                Ok(_) => continue,
                Err(error) => {
                    output::eprint_line(&format!("skipped: {error}"));
                    continue;
                }
            };
            // Of several bundles with one name the first is used.
            let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if listed.iter().all(|entry| entry.card.name != name) {
                let (is_own, is_used) = (own == Some(place), name == used);
                listed.push(ListedDetector {
                    card: Card { name, ..card },
                    folder,
                    is_own,
                    is_used,
                });
            }
        }
    }
    Ok(listed)
}

fn list(store: &ModelStore, json: bool) -> anyhow::Result<()> {
    for entry in list_detectors(store)? {
        let ListedDetector { card, folder, is_own, is_used } = entry;
        let source = &card.source;
        if json {
            print(
                &serde_json::json!({
                    "name": card.name, "sha256": card.file.sha256, "in_use": is_used,
                    "own": is_own, "folder": folder, "date": source.date,
                    "license": card.license, "origin": source.origin,
                })
                .to_string(),
            )?;
            continue;
        }
        let star = if is_used { '*' } else { ' ' };
        let origin = match (is_own, card.origin()) {
            (true, _) => "yours",
            (false, Origin::Shipped) => "shipped",
            (false, Origin::Foreign) => "did not come with this program",
        };
        let hash = card.file.sha256.get(..12).unwrap_or_default();
        let figures = card.measured.get("test-people");
        let auc = figures.and_then(|f| f.get("auc"));
        let auc = auc.map(|auc| format!(", AUC {auc:.3} on test photos")).unwrap_or_default();
        print(&format!("{star} {}  {hash}  {}  {origin}{auc}", card.name, source.date))?;
    }
    Ok(())
}

/// The card of a bundle, given by name or folder.
fn card_of(store: &ModelStore, name: &str) -> anyhow::Result<Card> {
    let folder = PathBuf::from(name);
    let bundle = if folder.join("card.toml").is_file() {
        Bundle::read(&folder)?
    } else {
        store.read(name)?
    };
    Ok(bundle.card)
}

fn compare(store: &ModelStore, args: &CompareArgs) -> anyhow::Result<()> {
    let cards = [card_of(store, &args.first)?, card_of(store, &args.second)?];
    if args.json {
        let [first, second] = cards.map(|card| {
            serde_json::json!({
                "name": card.name, "sha256": card.file.sha256, "source": card.source,
                "thresholds": card.thresholds, "measured": card.measured,
            })
        });
        return print(&serde_json::json!([first, second]).to_string());
    }
    output::print_lines(&table(&cards))?;
    Ok(())
}

/// Prints the model card, or writes it to a file.
fn card(store: &ModelStore, args: CardArgs) -> anyhow::Result<()> {
    let name = args.name.map_or_else(|| store.detector(), Ok)?;
    let page = model_card(&card_of(store, &name)?);
    match args.out {
        None => output::print_page(page.trim_end()).map(drop).map_err(anyhow::Error::from),
        Some(path) => std::fs::write(&path, page)
            .with_context(|| format!("cannot write {}", visible_path(&path))),
    }
}

/// Every figure that both cards have, by set.
fn table([first, second]: &[Card; 2]) -> Vec<String> {
    let mut lines = vec![format!(
        "{:<44} {:>12} {:>12} {:>10}",
        "",
        short(&first.name),
        short(&second.name),
        "difference"
    )];
    let empty = BTreeMap::new();
    for (set, figures) in &first.measured {
        let others = second.measured.get(set).unwrap_or(&empty);
        for (name, a) in figures.iter().filter(|(name, _)| !name.starts_with("n_")) {
            if let Some(b) = others.get(name) {
                let what = format!("{set} {name}");
                lines.push(format!("{what:<44} {a:>12.3} {b:>12.3} {:>+10.3}", b - a));
            }
        }
    }
    if lines.len() == 1 {
        lines.push("No figure was measured for both detectors.".to_owned());
    }
    lines
}

fn short(name: &str) -> String {
    name.chars().take(12).collect()
}
