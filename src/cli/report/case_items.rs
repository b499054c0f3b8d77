//! Items of a report from the findings that a case stores.

use std::collections::BTreeSet;

use anyhow::bail;

use super::items::{ItemCollector, ItemParts, MAX_MOMENTS, stored_faces, verdict_from};
use crate::base::{Limits, Rect, TaskCtx};
use crate::bundle::{ModelStore, Thresholds};
use crate::case::{Case, Examined, ItemRow, LogEntry, StoredFinding};
use crate::curate::compare_readers;
use crate::media::open_still;
use crate::media::video::{MediaKind, Video, VideoLimits, kind};
use crate::report::build::{
    entry_record, failed_findings, is_about, reading_record, shell_line, stored_findings,
};
use crate::report::{
    AgreementRecord, CaseRecord, DrawnFace, FileState, FindingsRecord, PICTURES_LEFT_OUT,
    moment_picture,
};
use crate::session::bookmarks;

/// Cells of a map count as marked from here on where the card of the model is not at hand.
const MAP_THRESHOLD: f32 = 0.5;
/// Entries of the log read at once.
const CHUNK: usize = 1000;

/// The rows of the items that were named, or of all.
pub(super) fn selected(case: &Case, items: &[i64]) -> anyhow::Result<Vec<ItemRow>> {
    let rows = case.rows()?;
    if items.is_empty() {
        return Ok(rows);
    }
    let wanted: BTreeSet<i64> = items.iter().copied().collect();
    let found: Vec<ItemRow> = rows.into_iter().filter(|row| wanted.contains(&row.id.0)).collect();
    if found.len() < wanted.len() {
        let has = |item: &&i64| found.iter().all(|row| row.id.0 != **item);
        let missing: Vec<String> = wanted.iter().filter(has).map(ToString::to_string).collect();
        bail!("the case has no item {}", missing.join(", "));
    }
    Ok(found)
}

/// Adds an item with its newest finding.
pub(super) fn add_item(
    collector: &mut ItemCollector,
    case: &Case,
    row: &ItemRow,
    store: &ModelStore,
    ctx: &TaskCtx<'_>,
) -> anyhow::Result<()> {
    let finding = case.newest_finding(row.id)?;
    let thresholds = finding.as_ref().and_then(|found| thresholds(found, store));
    let threshold = thresholds.as_ref().map_or(MAP_THRESHOLD, |thresholds| thresholds.map);
    let (run, findings) = match &finding {
        Some(finding) => match stored_findings(finding, threshold) {
            Ok((run, findings)) => (Some(run), findings),
            Err(error) => (None, failed_findings(&error.to_string())),
        },
        None => (None, failed_findings(&reason(row))),
    };
    let masks = case.masks(row.id)?;
    collector.add(ItemParts {
        path: &row.path,
        case_item: Some(row.id.0),
        sha256_at_entry: row.sha256.as_deref(),
        run,
        findings,
        readings: masks.iter().map(reading_record).collect(),
        bookmarks: bookmarks(case, row.id)?,
    });
    // Pictures only of the very file that was examined.
    let newest = collector.items.last();
    let is_same = newest.is_some_and(|item| item.custody.state == FileState::Unchanged);
    let Some(finding) = finding else { return Ok(()) };
    if !is_same {
        collector.warn(PICTURES_LEFT_OUT.to_owned());
    } else if let Err(error) = add_pictures(collector, row, &finding, thresholds.as_ref(), ctx) {
        collector.warn(format!("pictures are missing: {error}"));
    }
    Ok(())
}

/// Why there is no finding.
fn reason(row: &ItemRow) -> String {
    match &row.examined {
        Examined::Failed(reason) => reason.clone(),
        Examined::Waiting | Examined::Done => {
            "the detector has not examined it in this case".to_owned()
        }
    }
}

/// The thresholds of the model that made a finding, where that very model is at hand.
fn thresholds(finding: &StoredFinding, store: &ModelStore) -> Option<Thresholds> {
    let model = &finding.facts.model;
    let card = store.read(&model.name).ok().map(|bundle| bundle.card);
    let card = card.filter(|card| card.file.sha256 == model.sha256);
    card.and_then(|card| card.thresholds)
}

fn add_pictures(
    collector: &mut ItemCollector,
    row: &ItemRow,
    finding: &StoredFinding,
    thresholds: Option<&Thresholds>,
    ctx: &TaskCtx<'_>,
) -> anyhow::Result<()> {
    let Some(findings) = collector.items.last().map(|item| item.findings.clone()) else {
        return Ok(());
    };
    if matches!(kind(&row.path), Ok(MediaKind::Video)) {
        return add_moments(collector, row, &findings, thresholds, ctx);
    }
    let still = open_still(&row.path, &Limits::default(), ctx)?;
    check_same(collector, &still.sha256)?;
    let faces = stored_faces(&findings, &finding.maps);
    let threshold = thresholds.map_or(MAP_THRESHOLD, |thresholds| thresholds.map);
    Ok(collector.add_still_pictures(&still.frame, &faces, threshold)?)
}

/// Refuses to draw from a file that is no longer the one whose hash the report states.
fn check_same(collector: &ItemCollector, sha256: &str) -> anyhow::Result<()> {
    let stated = collector.items.last().and_then(|item| item.custody.sha256_now.as_deref());
    if stated != Some(sha256) {
        bail!("the file was changed while the report was made; make the report again");
    }
    Ok(())
}

/// The worst moment of the most suspicious face of a clip, and the timelines of the faces; a case stores
/// no maps of clips.
fn add_moments(
    collector: &mut ItemCollector,
    row: &ItemRow,
    findings: &FindingsRecord,
    thresholds: Option<&Thresholds>,
    ctx: &TaskCtx<'_>,
) -> anyhow::Result<()> {
    let worst = findings.tracks.iter().filter_map(|track| {
        let moment = track.worst.first()?;
        Some((track, moment, moment.score))
    });
    let Some((track, moment, _)) = worst.max_by(|a, b| a.2.total_cmp(&b.2)) else { return Ok(()) };
    let video = Video::open(&row.path, &VideoLimits::default(), ctx)?;
    check_same(collector, video.sha256())?;
    let picture = video.frame_at(moment.frame, None, ctx)?;
    let faces: Vec<DrawnFace<'_>> = moment
        .box_px
        .map(|[x, y, w, h]| DrawnFace {
            box_px: Rect::new(x, y, w, h),
            verdict: verdict_from(&track.verdict),
            map: None,
            reliability: None,
        })
        .into_iter()
        .collect();
    let drawn = moment_picture(picture, &faces, MAP_THRESHOLD)?;
    let alt = format!("Frame {}, face {}", moment.frame, track.id);
    collector.add_picture("moment", &alt, &drawn)?;
    let Some(thresholds) = thresholds else { return Ok(()) };
    let duration_s = findings.clip.as_ref().map(|clip| clip.duration_s).filter(|s| *s > 0.0);
    let mut tracks: Vec<_> =
        findings.tracks.iter().filter(|track| !track.score_curve.is_empty()).collect();
    tracks.sort_by(|a, b| b.score.unwrap_or(-1.0).total_cmp(&a.score.unwrap_or(-1.0)));
    for track in tracks.into_iter().take(MAX_MOMENTS) {
        collector.add_timeline(track.id, &track.score_curve, thresholds, duration_s)?;
    }
    Ok(())
}

/// What the case knows beside its items.
pub(super) fn case_record(
    case: &Case,
    rows: &[ItemRow],
    ctx: &TaskCtx<'_>,
) -> anyhow::Result<CaseRecord> {
    let items: BTreeSet<i64> = rows.iter().map(|row| row.id.0).collect();
    let mut entries: Vec<LogEntry> = Vec::new();
    let mut after = None;
    loop {
        let chunk = case.log(after, CHUNK)?;
        let Some(last) = chunk.last() else { break };
        after = Some(last.seq);
        entries.extend(chunk.into_iter().filter(|entry| is_about(entry, &items)));
    }
    let verification = case.verify(false, ctx)?;
    let path = case.path().display().to_string();
    let check = ["pentimento", "case", "verify", "--expect-head", &verification.head, &path];
    let (agreement, why_no_agreement) = match compare_readers(case, None, ctx) {
        Ok(two) => (
            Some(AgreementRecord {
                independence: two.independence(),
                readers: [two.first, two.second],
                n_both: two.agreement.n(),
                n_alike: two.agreement.n_alike(),
                kappa_decisions: two.agreement.kappa_of_decisions(),
                mean_iou: two.agreement.mean_iou(),
            }),
            None,
        ),
        Err(error) => (None, Some(error.to_string())),
    };
    Ok(CaseRecord {
        id: case.id().to_owned(),
        check_line: shell_line(&check.map(str::to_owned)),
        path,
        head: verification.head.clone(),
        n_items: case.n_items()?,
        n_entries: case.n_entries()?,
        sound: verification.is_sound(),
        faults: verification
            .faults
            .iter()
            .map(|f| format!("{}: {}", f.part.as_str(), f.what))
            .collect(),
        entries: entries.iter().map(entry_record).collect(),
        agreement,
        why_no_agreement,
    })
}
