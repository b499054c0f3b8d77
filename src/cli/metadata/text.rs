//! The text that `metadata` prints on a file.

use std::path::Path;

use crate::base::text::{counted, visible, visible_path};
use crate::cli::output::{self, Stdout};
use crate::metadata::{
    Comparison, CredentialState, Field, Metadata, PacketChart, code_meaning, contradictions,
    summary,
};
use crate::pipeline::described::{Description, RepeatCheck, ThumbnailCheck};

/// Characters of a value on the screen without `--raw`.
const SHORT_CHARS: usize = 200;
/// Parts and traits that are listed without `--raw`.
const MAX_LINES: usize = 200;

/// Bars of a chart at most, and their heights.
const BARS: usize = 100;
const BAR_STEPS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Bytes of lines that are kept before they are printed: a file can hold 32 MiB of text.
const KEPT_BYTES: usize = 1 << 20;

/// Lines on their way to the standard output.
pub(super) struct Lines {
    kept: Vec<String>,
    n_bytes: usize,
    printed: std::io::Result<Stdout>,
}

impl Lines {
    fn push(&mut self, line: String) {
        self.n_bytes += line.len();
        self.kept.push(line);
        if self.n_bytes >= KEPT_BYTES {
            self.flush();
        }
    }

    fn extend(&mut self, lines: impl IntoIterator<Item = String>) {
        for line in lines {
            self.push(line);
        }
    }

    fn flush(&mut self) {
        let lines = std::mem::take(&mut self.kept);
        self.n_bytes = 0;
        if matches!(self.printed, Ok(Stdout::Open)) && !lines.is_empty() {
            self.printed = output::print_lines(&lines);
        }
    }
}

/// Prints the lines about one file.
///
/// # Errors
///
/// Those of the standard output.
pub(super) fn report(
    path: &Path,
    description: &Description,
    off: &[&str],
    comparison: Option<&Comparison>,
    is_raw: bool,
) -> std::io::Result<Stdout> {
    let metadata = &description.metadata;
    let mut lines = Lines { kept: Vec::new(), n_bytes: 0, printed: Ok(Stdout::Open) };
    lines.push(format!(
        "{}: {}, {} bytes",
        visible_path(path),
        metadata.format.name(),
        metadata.length
    ));
    lines.push("Summary".to_owned());
    lines.extend(
        summary(metadata, off).iter().map(|statement| format!("  {}", visible(&statement.text))),
    );
    let found = contradictions(metadata, off);
    if !found.is_empty() {
        lines.push("Contradictions (each may have an innocent reason)".to_owned());
        lines.extend(found.iter().map(|c| format!("  [{}] {}", c.rule, visible(&c.text))));
    }
    if let Some(comparison) = comparison {
        lines.extend(compared(comparison, is_raw));
    }
    provenance(metadata, is_raw, &mut lines);
    marks(metadata, is_raw, &mut lines);
    fields(&metadata.fields, is_raw, &mut lines);
    content(description, &mut lines);
    structure(metadata, is_raw, &mut lines);
    lines.extend(
        metadata.warnings.iter().map(|warning| format!("warning: {}", visible(&warning.0))),
    );
    lines.flush();
    lines.printed
}

fn short(text: &str, is_raw: bool) -> String {
    match text.char_indices().nth(SHORT_CHARS) {
        Some((end, _)) if !is_raw => {
            let (head, rest) = text.split_at_checked(end).unwrap_or((text, ""));
            format!("{}… and {} more characters", visible(head), rest.chars().count())
        }
        _ => visible(text).into_owned(),
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

fn provenance(metadata: &Metadata, is_raw: bool, lines: &mut Lines) {
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
        let listed = matches!(credential.state, CredentialState::IntactListed { .. });
        let verb = if listed { "signed by" } else { "the certificate names" };
        lines.push(format!("  {verb} {}{}", visible(&named.join(", ")), visible(&time)));
    }
    lines.extend(credential.checks.iter().map(|check| format!("  {}", visible(check))));
    for manifest in &credential.manifests {
        let (label, by) = (visible(&manifest.label), visible(&manifest.generator));
        lines.push(format!("  manifest {label}, stated by {by}"));
        for action in &manifest.actions {
            let source = action.source_type.as_deref().map(|s| format!(", source {s}"));
            let agent = action.agent.as_deref().map(|a| format!(", by {a}"));
            let when = action.when.as_deref().map(|when| format!(", at {when}"));
            let more = [source, agent, when].into_iter().flatten().collect::<String>();
            lines.push(format!(
                "    states the action {}{}",
                visible(&action.code),
                visible(&more)
            ));
        }
        let others: Vec<&str> = manifest.other_assertions().collect();
        if !others.is_empty() {
            let (n, names) = (counted(others.len() as u64, "more statement"), others.join(", "));
            lines.push(format!("    holds {n}, not shown here: {}", short(&names, is_raw)));
        }
        for ingredient in &manifest.ingredients {
            let (title, relation) = (visible(&ingredient.title), visible(&ingredient.relationship));
            lines.push(format!("    states the ingredient {title} ({relation})"));
            for (when, codes) in [
                ("recorded when it was added", &ingredient.failures),
                ("found now", &ingredient.failures_now),
            ] {
                let line = |code: &String| {
                    format!("      {when}: {} ({})", code_meaning(code), visible(code))
                };
                lines.extend(codes.iter().map(line));
            }
        }
    }
}

fn marks(metadata: &Metadata, is_raw: bool, lines: &mut Lines) {
    if metadata.marks.is_empty() {
        return;
    }
    lines.push("Marks of AI and origin".to_owned());
    for mark in &metadata.marks {
        let (level, from) = (mark.level.as_str(), visible(&mark.field));
        let code = if mark.meaning.contains(&mark.code) {
            String::new()
        } else {
            format!(" ({})", short(&mark.code, is_raw))
        };
        lines.push(format!("  {level}: {}{code} in {from}", visible(&mark.meaning)));
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

fn fields(fields: &[Field], is_raw: bool, lines: &mut Lines) {
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

/// What the coded data and the pixels say: where they end, thumbnails, packets, frames that come again.
fn content(description: &Description, lines: &mut Lines) {
    if let Some(end) = description.data_end {
        lines.push(match end.first_row {
            Some(row) => {
                format!(
                    "Data: rows of the stored picture from {row} on are missing or damaged: {}",
                    end.what
                )
            }
            None => "Data: every row of the picture is there".to_owned(),
        });
    }
    for (place, check) in description.metadata.thumbnails.iter().zip(&description.thumbnails) {
        let text = match check {
            ThumbnailCheck::NotAsked => {
                "not compared with the picture (--pixels does it)".to_owned()
            }
            ThumbnailCheck::NotCompared(why) => format!("not compared with the picture: {why}"),
            ThumbnailCheck::Compared(found) => found.sentence(),
        };
        let (at, length) = (place.offset, place.length);
        lines.push(format!("Thumbnail [at {at}, {length} bytes]: {}", visible(&text)));
    }
    if let Some(chart) = &description.metadata.packets {
        packets(chart, lines);
    }
    match &description.repeats {
        RepeatCheck::NotAsked => {}
        RepeatCheck::NotCompared(why) => {
            lines.push(format!("Repeated frames: not compared: {}", visible(why)));
        }
        RepeatCheck::Compared(found) => {
            lines.push(format!("Repeated frames: {}", found.sentence()));
            for span in &found.spans {
                let ((from, to), (copy_from, copy_to)) = (span.original, span.copy);
                lines.push(format!(
                    "  frames {copy_from} to {copy_to} repeat {from} to {to} ({} the same)",
                    span.n_same
                ));
            }
        }
    }
}

/// The packets of a track, with a line of bars: each is the largest packet of its part of the track.
fn packets(chart: &PacketChart, lines: &mut Lines) {
    let n = chart.packets.len();
    let keys: Vec<usize> = chart.key_frames().collect();
    let shown: Vec<String> = keys.iter().take(20).map(ToString::to_string).collect();
    let more = if keys.len() > shown.len() { ", …" } else { "" };
    let declared = match chart.n_declared {
        declared if declared > n as u64 => format!(" of {declared} declared"),
        _ => String::new(),
    };
    let cut = if chart.is_cut { "; more were not read" } else { "" };
    lines.push(format!(
        "Packets of track {}: {n}{declared}{cut}, {}: {}{more}",
        chart.track,
        counted(keys.len() as u64, "key frame"),
        shown.join(" ")
    ));
    let each = n.div_ceil(BARS).max(1);
    let highest: Vec<u32> = chart
        .packets
        .chunks(each)
        .map(|part| part.iter().map(|packet| packet.bytes).max().unwrap_or_default())
        .collect();
    let most = highest.iter().copied().max().unwrap_or(1).max(1);
    let bar = |bytes: &u32| {
        let step = u64::from(*bytes) * (BAR_STEPS.len() as u64 - 1) / u64::from(most);
        BAR_STEPS.get(step as usize).copied().unwrap_or(' ')
    };
    let bars: String = highest.iter().map(bar).collect();
    lines.push(format!("  {bars}  highest {most} bytes, {} a bar", counted(each as u64, "packet")));
    lines.push(format!("  {}", chart.earlier.sentence()));
}

fn structure(metadata: &Metadata, is_raw: bool, lines: &mut Lines) {
    let n = metadata.parts.len();
    let most = if is_raw { n } else { MAX_LINES };
    lines.push(format!("Structure: {}", counted(n as u64, "part")));
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
