//! Goes through the files of a `metadata` command.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;
use serde::Serialize;

use super::text;
use crate::base::text::{counted, visible_path};
use crate::base::{Limits, TaskCtx};
use crate::cli::exit::finish_checked;
use crate::cli::output::{self, Stdout};
use crate::files::read_capped;
use crate::metadata::{Error, Format, RULES, TrustLists};
use crate::pipeline::described::{
    Description, DescriptionObject, JsonOptions, References, describe,
};

/// Arguments of `metadata`.
#[derive(Debug, Args)]
pub struct MetadataArgs {
    /// Pictures and videos to read, XMP side-cars as well; of a folder every file whose format is known
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// Print one JSON object per line for each file
    #[arg(long)]
    json: bool,

    /// Print every value and every part in full
    #[arg(long)]
    raw: bool,

    /// Decode as well: compare thumbnails with the picture, and the frames of a video with each other
    #[arg(long)]
    pixels: bool,

    /// Compare with the files of this folder: fields, order of parts, tables
    #[arg(long, value_name = "DIR")]
    reference: Option<PathBuf>,

    /// Switch off a rule for contradictions; may be repeated
    #[arg(long, value_name = "RULE")]
    ignore_rule: Vec<String>,

    /// Check signers of credentials against the roots of this PEM file, instead of the lists of C2PA that
    /// come with the program; may be repeated. Only builds with the feature credentials can
    #[arg(long, value_name = "FILE")]
    trust_list: Vec<PathBuf>,
}

/// One line of `--json`.
#[derive(Debug, Serialize)]
struct LineObject {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(flatten)]
    said: Option<DescriptionObject>,
}

/// Reads every file, in order.
pub(in crate::cli) fn run(args: &MetadataArgs) -> ExitCode {
    finish_checked(read_all(args))
}

/// `false` when a file could not be read.
fn read_all(args: &MetadataArgs) -> anyhow::Result<bool> {
    let off: Vec<&str> = args.ignore_rule.iter().map(String::as_str).collect();
    if let Some(unknown) = off.iter().find(|rule| RULES.iter().all(|known| known.id != **rule)) {
        let known: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
        bail!("there is no rule {unknown}; the rules are {}", known.join(", "));
    }
    let references = match &args.reference {
        Some(folder) => Some(read_references(folder)?),
        None => None,
    };
    let lists = trust_lists(args)?;
    let silent = TaskCtx::silent();
    let (mut is_complete, mut n_passed) = (true, 0u64);
    for (path, is_named) in inputs(&args.files) {
        let path = path.as_path();
        let read = describe(path, &Limits::default(), &lists);
        // A folder may hold anything; what is named as a picture and is none is reported.
        let is_foreign = matches!(read, Err(Error::UnknownFormat | Error::Empty));
        if !is_named && is_foreign && !has_known_ending(path) {
            n_passed += 1;
            continue;
        }
        is_complete &= read.is_ok();
        let printed = match read {
            Ok(mut description) => {
                if args.pixels {
                    description.compare(path, &silent)?;
                }
                page(path, &description, args, &off, references.as_ref())?
            }
            Err(error) if args.json => {
                let reason = Some(error.to_string());
                let path = path.display().to_string();
                let line = serde_json::to_string(&LineObject { path, reason, said: None })?;
                output::print_lines(&[line])?
            }
            Err(error) => {
                output::eprint_line(&format!("{}: {error}", visible_path(path)));
                continue;
            }
        };
        if printed == Stdout::Closed {
            break;
        }
    }
    if n_passed > 0 {
        let n = counted(n_passed, "file");
        output::eprint_line(&format!("folders: {n} of no known format passed over"));
    }
    Ok(is_complete)
}

fn has_known_ending(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| Format::is_known_ending(&ending.to_ascii_lowercase()))
}

/// The line of `--json` for a file as a whole, and why it could not be read.
pub(in crate::cli) fn line(path: &Path) -> anyhow::Result<(String, Option<String>)> {
    let read = describe(path, &Limits::default(), &TrustLists::shipped());
    let reason = read.as_ref().err().map(ToString::to_string);
    let described = read.ok().map(|description| {
        let options = JsonOptions { is_raw: false, off: &[], comparison: None };
        DescriptionObject::new(&description, options)
    });
    let path = path.display().to_string();
    Ok((
        serde_json::to_string(&LineObject { path, reason: reason.clone(), said: described })?,
        reason,
    ))
}

/// The lists that were named, each with its hash: a list of another day is another list. Without any,
/// those that come with the program.
fn trust_lists(args: &MetadataArgs) -> anyhow::Result<TrustLists> {
    if !cfg!(feature = "credentials") && !args.trust_list.is_empty() {
        bail!("this build cannot check signatures: --trust-list needs the feature credentials");
    }
    if args.trust_list.is_empty() {
        return Ok(TrustLists::shipped());
    }
    let mut lists = TrustLists::none();
    for path in &args.trust_list {
        let name = visible_path(path);
        let bytes = read_capped(path, 16 << 20).with_context(|| format!("cannot read {name}"))?;
        let Some(bytes) = bytes else { bail!("{name} is too large for a list") };
        let pem = String::from_utf8(bytes).with_context(|| format!("{name} is no PEM file"))?;
        if !pem.contains("-----BEGIN CERTIFICATE-----") {
            bail!("{name} holds no certificate in PEM");
        }
        lists = lists.with(&name, pem);
    }
    Ok(lists)
}

/// Every file to read, and whether it was named itself: folders give their files in order.
fn inputs(named: &[PathBuf]) -> impl Iterator<Item = (PathBuf, bool)> {
    named.iter().flat_map(|path| {
        let folder = path.is_dir().then(|| walkdir::WalkDir::new(path).sort_by_file_name());
        let inside = folder.into_iter().flatten().filter_map(Result::ok);
        let inside = inside.filter(|entry| entry.file_type().is_file());
        let alone = (!path.is_dir()).then(|| (path.clone(), true));
        alone.into_iter().chain(inside.map(|entry| (entry.into_path(), false)))
    })
}

/// Prints what is said of one file.
fn page(
    path: &Path,
    description: &Description,
    args: &MetadataArgs,
    off: &[&str],
    references: Option<&References>,
) -> anyhow::Result<Stdout> {
    let comparison = references.map(|references| references.compare(path, &description.metadata));
    if !args.json {
        return Ok(text::report(path, description, off, comparison.as_ref(), args.raw)?);
    }
    let options = JsonOptions { is_raw: args.raw, off, comparison };
    let described = Some(DescriptionObject::new(description, options));
    let path = path.display().to_string();
    let line = serde_json::to_string(&LineObject { path, reason: None, said: described })?;
    Ok(output::print_lines(&[line])?)
}

/// What the files of a folder have; the number is said on stderr.
fn read_references(folder: &Path) -> anyhow::Result<References> {
    let references = References::read(folder, &TaskCtx::silent())?;
    let (n, n_unread) = (counted(references.n() as u64, "file"), references.n_unread);
    output::eprint_line(&format!("reference: {n}, {n_unread} others could not be read"));
    if references.is_cut {
        output::eprint_line("reference: the folder has more files, which were left out");
    }
    Ok(references)
}
