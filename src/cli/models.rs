//! `models`: which detectors there are, how they compare, which one is in use.
//!
//! * **In**: arguments. **Out**: lists and tables on stdout; the user's library changed.
//! * **Not here**: the library (`bundle`), making a detector (`train`), measuring one (`eval`).

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};

use super::output;
use crate::bundle::{Bundle, Card, Library, ModelKind, ModelStore, cards_in};

/// What is to be done with the bundles.
#[derive(Debug, Subcommand)]
pub enum ModelsSubcommand {
    /// List the detectors: those shipped and your own; a star marks the one in use
    List(ListArgs),
    /// Show two detectors' measured figures side by side
    Compare(CompareArgs),
    /// Take a detector into use
    Use {
        /// Its name
        name: String,
    },
    /// Take the detector before the present one into use again
    Rollback,
    /// Copy a bundle into your library
    Install {
        /// Its folder, with card.toml and model.onnx
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// Take it into use, too
        #[arg(long = "use")]
        chooses: bool,
    },
    /// Remove one of your own bundles
    Remove {
        /// Its name
        name: String,
    },
}

/// Arguments of `models list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Print one JSON object a line for each detector
    #[arg(long)]
    json: bool,
}

/// Arguments of `models compare`.
#[derive(Debug, Args)]
pub struct CompareArgs {
    /// One detector's name, or the folder of a bundle
    first: String,
    /// The other's
    second: String,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// A detector that can be used.
struct Entry {
    card: Card,
    folder: PathBuf,
    is_own: bool,
    is_used: bool,
}

/// Does it.
pub(super) fn run(command: ModelsSubcommand) -> anyhow::Result<()> {
    let store = ModelStore::discover(None);
    let library = || {
        store.library.clone().context(
            "the system gives no folder for data of programs; name one in PENTIMENTO_LIBRARY",
        )
    };
    match command {
        ModelsSubcommand::List(args) => list(&store, args.json),
        ModelsSubcommand::Compare(args) => compare(&store, &args),
        ModelsSubcommand::Use { name } => choose(&store, &library()?, &name),
        ModelsSubcommand::Rollback => {
            let Some(choice) = library()?.go_back()? else {
                bail!("no other detector was in use before; nothing was changed");
            };
            said(&format!("{} is in use again", choice.detector))
        }
        ModelsSubcommand::Install { folder, chooses } => {
            let bundle = Bundle::read(&folder)?;
            if bundle.card.kind != ModelKind::Lae {
                bail!("{} holds no detector; only detectors are installed", folder.display());
            }
            let library = library()?;
            let place = library.install(&bundle)?;
            said(&format!("{} is installed in {}", bundle.card.name, place.display()))?;
            if chooses { choose(&store, &library, &bundle.card.name) } else { Ok(()) }
        }
        ModelsSubcommand::Remove { name } => {
            library()?.remove(&name)?;
            said(&format!("{name} is removed"))
        }
    }
}

fn said(text: &str) -> anyhow::Result<()> {
    output::print_line(text)?;
    Ok(())
}

/// The model is read whole and checked against its card before it is taken into use.
fn choose(store: &ModelStore, library: &Library, name: &str) -> anyhow::Result<()> {
    let bundle = store.read(name)?;
    if bundle.card.kind != ModelKind::Lae {
        bail!("{name} is no detector; pentimento models list shows those there are");
    }
    let choice = library.choose(name)?;
    said(&format!("{name} is in use"))?;
    if let Some(before) = choice.earlier.last() {
        output::eprint_line(&format!("pentimento models rollback brings {before} back"));
    }
    Ok(())
}

fn entries(store: &ModelStore) -> anyhow::Result<Vec<Entry>> {
    let used = store.detector()?;
    let own = store.library.as_ref().map(Library::folder);
    let mut entries: Vec<Entry> = Vec::new();
    for place in store.places() {
        for (folder, card) in cards_in(place) {
            let card = match card {
                Ok(card) if card.kind == ModelKind::Lae => card,
                Ok(_) => continue,
                Err(error) => {
                    output::eprint_line(&format!("left out: {error}"));
                    continue;
                }
            };
            // The first of a name is the one that is used.
            let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if entries.iter().all(|entry| entry.card.name != name) {
                let (is_own, is_used) = (own == Some(place), name == used);
                entries.push(Entry { card: Card { name, ..card }, folder, is_own, is_used });
            }
        }
    }
    Ok(entries)
}

fn list(store: &ModelStore, json: bool) -> anyhow::Result<()> {
    for entry in entries(store)? {
        let Entry { card, folder, is_own, is_used } = entry;
        let source = &card.source;
        if json {
            said(
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
        let origin = if is_own { "yours" } else { "shipped" };
        let hash = card.file.sha256.get(..12).unwrap_or_default();
        let figures = card.measured.get("test-people");
        let auc = figures.and_then(|f| f.get("auc"));
        let auc = auc.map(|auc| format!(", AUC {auc:.3} on test photos")).unwrap_or_default();
        said(&format!("{star} {}  {hash}  {}  {origin}{auc}", card.name, source.date))?;
    }
    Ok(())
}

/// A bundle by the name of an installed one, or by its folder.
fn card_of(store: &ModelStore, word: &str) -> anyhow::Result<Card> {
    let folder = PathBuf::from(word);
    let bundle = if folder.join("card.toml").is_file() {
        Bundle::read(&folder)?
    } else {
        store.read(word)?
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
        return said(&serde_json::json!([first, second]).to_string());
    }
    said(&table(&cards))
}

/// Every figure that both cards have, set by set.
fn table([first, second]: &[Card; 2]) -> String {
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
        lines.push("No figure was measured for both.".to_owned());
    }
    lines.join("\n")
}

fn short(name: &str) -> String {
    name.chars().take(12).collect()
}
