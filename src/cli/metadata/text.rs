//! The text that `metadata` prints on a file.

use std::path::Path;

use crate::base::text::{visible, visible_path};
use crate::metadata::{Comparison, Field, Metadata, contradictions, summary};

/// Characters of a value on the screen without `--raw`.
const SHORT_CHARS: usize = 200;
/// Parts and traits that are listed without `--raw`.
const MAX_LINES: usize = 200;

/// The lines about one file.
pub(super) fn report(
    path: &Path,
    metadata: &Metadata,
    off: &[&str],
    comparison: Option<&Comparison>,
    is_raw: bool,
) -> Vec<String> {
    let mut lines = vec![format!(
        "{}: {}, {} bytes",
        visible_path(path),
        metadata.format.name(),
        metadata.length
    )];
    lines.push("Summary".to_owned());
    lines.extend(summary(metadata, off).iter().map(|said| format!("  {}", visible(&said.text))));
    let found = contradictions(metadata, off);
    if !found.is_empty() {
        lines.push("Contradictions (each may have an innocent reason)".to_owned());
        lines.extend(found.iter().map(|c| format!("  [{}] {}", c.rule, visible(&c.text))));
    }
    if let Some(comparison) = comparison {
        lines.extend(compared(comparison, is_raw));
    }
    provenance(metadata, &mut lines);
    marks(metadata, is_raw, &mut lines);
    fields(&metadata.fields, is_raw, &mut lines);
    structure(metadata, is_raw, &mut lines);
    lines.extend(
        metadata.warnings.iter().map(|warning| format!("warning: {}", visible(&warning.0))),
    );
    lines
}

fn short(text: &str, is_raw: bool) -> String {
    let shown = visible(text);
    match shown.char_indices().nth(SHORT_CHARS) {
        Some((end, _)) if !is_raw => {
            let n_more = shown.chars().count() - SHORT_CHARS;
            format!("{}… and {n_more} more characters", shown.get(..end).unwrap_or_default())
        }
        _ => shown.into_owned(),
    }
}

fn compared(comparison: &Comparison, is_raw: bool) -> Vec<String> {
    let n = comparison.n_references;
    let most = if is_raw { usize::MAX } else { MAX_LINES };
    let mut lines = vec![format!("Compared with reference files: {n}")];
    let here = comparison.only_here.iter().take(most);
    lines.extend(
        here.map(|what| format!("  in this file and in none of {n}: {}", short(what, is_raw))),
    );
    let there = comparison.only_there.iter().take(most);
    lines.extend(
        there.map(|what| format!("  in all of {n} and not in this file: {}", short(what, is_raw))),
    );
    lines
}

fn provenance(metadata: &Metadata, lines: &mut Vec<String>) {
    let credential = &metadata.credential;
    lines.push(format!("Credential: {}", visible(&credential.state.label())));
    if let Some(signer) = &credential.signer {
        let named = [&signer.organization, &signer.name].into_iter().flatten();
        let named: Vec<&str> = named.map(String::as_str).collect();
        let time = match (&signer.time, signer.has_time_stamp) {
            (Some(time), true) => format!(", at {time} by a time stamp"),
            (Some(time), false) => format!(", at {time} as the signer says"),
            (None, _) => String::new(),
        };
        lines.push(format!("  signed by {}{}", visible(&named.join(", ")), visible(&time)));
    }
    lines.extend(credential.checks.iter().map(|check| format!("  {}", visible(check))));
    for manifest in &credential.manifests {
        let (label, by) = (visible(&manifest.label), visible(&manifest.generator));
        lines.push(format!("  manifest {label}, stated by {by}"));
        for action in &manifest.actions {
            let source = action.source_type.as_deref().map(|s| format!(", source {s}"));
            let agent = action.agent.as_deref().map(|a| format!(", by {a}"));
            let more = [source, agent].into_iter().flatten().collect::<String>();
            lines.push(format!(
                "    states the action {}{}",
                visible(&action.code),
                visible(&more)
            ));
        }
        for ingredient in &manifest.ingredients {
            let (title, relation) = (visible(&ingredient.title), visible(&ingredient.relationship));
            lines.push(format!("    states the ingredient {title} ({relation})"));
            let failures = ingredient.failures.iter();
            lines.extend(failures.map(|code| format!("      recorded then: {}", visible(code))));
        }
    }
}

fn marks(metadata: &Metadata, is_raw: bool, lines: &mut Vec<String>) {
    if metadata.marks.is_empty() {
        return;
    }
    lines.push("Marks of AI and origin".to_owned());
    for mark in &metadata.marks {
        let (level, from) = (mark.level.as_str(), visible(&mark.field));
        lines.push(format!(
            "  {level}: {} ({}) in {from}",
            visible(&mark.meaning),
            short(&mark.code, is_raw)
        ));
        if let Some(notes) = &mark.generation {
            let lists = [
                ("model", &notes.models),
                ("prompt", &notes.prompts),
                ("seed", &notes.seeds),
                ("sampler", &notes.samplers),
            ];
            for (name, texts) in lists {
                lines.extend(
                    texts.iter().map(|text| format!("    {name}: {}", short(text, is_raw))),
                );
            }
        }
    }
}

fn fields(fields: &[Field], is_raw: bool, lines: &mut Vec<String>) {
    lines.push(format!("Fields: {}", fields.len()));
    let mut group = "";
    for field in fields {
        if field.group != group {
            group = &field.group;
            lines.push(format!("  {}", visible(group)));
        }
        let raw = match &field.meaning {
            Some(_) if is_raw => format!(" = {}", short(&field.raw, is_raw)),
            _ => String::new(),
        };
        lines.push(format!(
            "    {}: {}{raw}  [{} at {}, {}]",
            visible(&field.name),
            short(field.words(), is_raw),
            visible(&field.tag),
            field.offset,
            field.length
        ));
    }
}

fn structure(metadata: &Metadata, is_raw: bool, lines: &mut Vec<String>) {
    let n = metadata.parts.len();
    let most = if is_raw { n } else { MAX_LINES };
    lines.push(format!("Structure: {n} parts"));
    for part in metadata.parts.iter().take(most) {
        let indent = "  ".repeat(usize::from(part.depth) + 1);
        let meaning = visible(&part.meaning);
        let name = visible(&part.name);
        lines.push(format!(
            "{indent}{name}  {meaning}  [at {}, {} bytes]",
            part.offset, part.length
        ));
    }
    if n > most {
        lines.push(format!("  and {} more (--raw lists them)", n - most));
    }
}
