//! The findings of a case as a table: one line an item, for people and as CSV.
//!
//! A name or a text from a file can neither hide a part of the table nor run as a formula in a
//! spreadsheet.

use crate::base::Verdict;
use crate::base::text::visible;
use crate::case::{Examined, ItemRow, ItemState};
use crate::files::csv_row;

/// A column of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FindingColumn {
    /// Name of the file.
    Name,
    /// Picture or video.
    Kind,
    /// Verdict of the newest finding.
    Verdict,
    /// Score of the most suspicious face.
    Score,
    /// Number of faces.
    Faces,
    /// What was not examined, or why nothing was.
    NotExamined,
    /// How far a person is with the item.
    Reviewed,
    /// How much of it was examined: all frames or some.
    Look,
}

impl FindingColumn {
    /// All of them, in their order.
    pub const ALL: [Self; 8] = [
        Self::Name,
        Self::Kind,
        Self::Verdict,
        Self::Score,
        Self::Faces,
        Self::NotExamined,
        Self::Reviewed,
        Self::Look,
    ];

    /// The heading, also in CSV.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Name => "Name",
            Self::Kind => "Kind",
            Self::Verdict => "Verdict",
            Self::Score => "Score",
            Self::Faces => "Faces",
            Self::NotExamined => "Not examined",
            Self::Reviewed => "Reviewed",
            Self::Look => "Look",
        }
    }

    /// The text of a cell. `state` is the state that the reader may see.
    pub fn text(self, row: &ItemRow, state: ItemState) -> String {
        let found = row.found.as_ref();
        match self {
            Self::Name => {
                visible(&row.path.file_name().unwrap_or_default().to_string_lossy()).into_owned()
            }
            Self::Kind => match found.map(|found| found.clip.is_some()) {
                Some(true) => "Video".to_owned(),
                Some(false) => "Picture".to_owned(),
                None => String::new(),
            },
            Self::Verdict => row.outcome_label().unwrap_or_default().to_owned(),
            Self::Score => row.score.map(|score| format!("{score:.2}")).unwrap_or_default(),
            Self::Faces => found.map(|found| found.n_faces.to_string()).unwrap_or_default(),
            Self::NotExamined => match &row.examined {
                Examined::Failed(reason) => visible(reason).into_owned(),
                Examined::Waiting => "waiting to be examined".to_owned(),
                Examined::Done => {
                    let parts = found.map(|found| found.not_examined.join("; "));
                    visible(&parts.unwrap_or_default()).into_owned()
                }
            },
            Self::Reviewed => match state {
                ItemState::Done => "Yes".to_owned(),
                other => other.label().to_owned(),
            },
            Self::Look => coverage(row),
        }
    }

    /// Compares two items by this column. Empty cells come last. `state` says which state of an item the
    /// reader may see.
    pub fn compare(
        self,
        a: &ItemRow,
        b: &ItemRow,
        state: impl Fn(&ItemRow) -> ItemState,
    ) -> std::cmp::Ordering {
        let last_if_none = |is_none: [bool; 2]| is_none[0].cmp(&is_none[1]);
        match self {
            Self::Score => last_if_none([a.score.is_none(), b.score.is_none()])
                .then_with(|| a.score.unwrap_or(0.0).total_cmp(&b.score.unwrap_or(0.0))),
            Self::Faces => {
                let n = |row: &ItemRow| row.found.as_ref().map(|found| found.n_faces);
                last_if_none([n(a).is_none(), n(b).is_none()]).then(n(a).cmp(&n(b)))
            }
            Self::Verdict => {
                let rank = |row: &ItemRow| row.outcome().map(Verdict::rank);
                last_if_none([rank(a).is_none(), rank(b).is_none()]).then(rank(a).cmp(&rank(b)))
            }
            Self::Reviewed => (state(a) as u8).cmp(&(state(b) as u8)),
            Self::Name => a.path.file_name().cmp(&b.path.file_name()),
            Self::Kind | Self::NotExamined | Self::Look => {
                let (a, b) = (self.text(a, a.state), self.text(b, b.state));
                last_if_none([a.is_empty(), b.is_empty()]).then(a.cmp(&b))
            }
        }
    }
}

/// How much of an item was examined.
fn coverage(row: &ItemRow) -> String {
    let Some(found) = &row.found else { return String::new() };
    let look = match found.clip {
        None => "Whole picture".to_owned(),
        Some(clip) if clip.is_quick => {
            format!("Quick: {} of {} frames", clip.n_examined, clip.n_frames)
        }
        Some(clip) => format!("Full: {} of {} frames", clip.n_examined, clip.n_frames),
    };
    if found.is_scanned { format!("{look}, by a scan: no maps") } else { look }
}

/// The table as CSV, with more columns than a person needs at a glance. `state` says which state of
/// an item the reader may see.
pub fn findings_csv<'a>(
    rows: impl IntoIterator<Item = &'a ItemRow>,
    state: impl Fn(&ItemRow) -> ItemState,
) -> String {
    let mut table = Vec::new();
    let headings = FindingColumn::ALL.map(FindingColumn::label);
    let more = ["Source", "Person", "Path", "SHA-256"];
    table.extend(csv_row(headings.into_iter().chain(more)));
    for row in rows {
        let state = state(row);
        let cells = FindingColumn::ALL.map(|column| column.text(row, state));
        let text = |value: Option<&str>| visible(value.unwrap_or_default()).into_owned();
        let more = [
            text(row.source.as_deref()),
            text(row.person.as_deref()),
            text(Some(&row.path.to_string_lossy())),
            text(row.sha256.as_deref()),
        ];
        table.extend(csv_row(cells.into_iter().chain(more)));
    }
    String::from_utf8_lossy(&table).into_owned()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::case::{ClipBrief, FindingBrief, ItemId};

    fn row(name: &str, score: Option<f32>) -> ItemRow {
        ItemRow {
            id: ItemId(1),
            path: Path::new("/m").join(name).into(),
            state: ItemState::Done,
            sha256: None,
            source: None,
            person: None,
            examined: if score.is_some() { Examined::Done } else { Examined::Waiting },
            verdict: score.map(|_| Verdict::Inconclusive),
            score,
            found: score.map(|_| FindingBrief {
                n_faces: 2,
                clip: None,
                not_examined: Vec::new(),
                is_scanned: false,
            }),
            rank: None,
            strategy: None,
            why: None,
            n_masks: 0,
            seconds: 0.0,
        }
    }

    fn cells(rows: &[ItemRow]) -> Vec<Vec<String>> {
        let csv = findings_csv(rows, |row| row.state);
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        reader.records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect()
    }

    #[test]
    fn no_cell_is_a_formula_or_hides_a_part_of_the_table() {
        for name in ["=1+1.png", "+a", "-a", "@a", "\ta", "\ra", " =1", "\u{ff1d}1"] {
            let cells = cells(&[row(name, None)]);
            let first = cells[0][0].chars().next().unwrap();
            assert!(first == '\'' || first == '\\', "{name:?} is {:?}", cells[0][0]);
        }
        let odd = row("a\u{202e}gnp.exe, \"x\"\nb.png", Some(0.5));
        let csv = findings_csv([&odd], |row| row.state);
        assert_eq!(csv.lines().count(), 2, "no line is forged");
        assert_eq!(cells(&[odd])[0][0], "a\\u202egnp.exe, \"x\"\\u000ab.png");
        let source = ItemRow { source: Some("=cmd|' /C calc'!A0".into()), ..row("a.png", None) };
        assert_eq!(cells(&[source])[0][8], "'=cmd|' /C calc'!A0");
    }

    #[test]
    fn quick_looks_and_gaps_are_named() {
        let clip = ClipBrief { is_quick: true, n_examined: 24, n_frames: 300 };
        let brief = FindingBrief {
            n_faces: 1,
            clip: Some(clip),
            not_examined: vec!["12 frames (at 00:01): damaged".into()],
            is_scanned: false,
        };
        let scanned = FindingBrief { clip: None, is_scanned: true, ..brief.clone() };
        let scanned = ItemRow { found: Some(scanned), ..row("c.png", Some(0.25)) };
        assert_eq!(cells(&[scanned])[0][7], "Whole picture, by a scan: no maps");
        let quick = ItemRow { found: Some(brief), ..row("a.mp4", Some(0.25)) };
        let quick_row = &cells(std::slice::from_ref(&quick))[0];
        let wanted = [
            "a.mp4",
            "Video",
            "Inconclusive",
            "0.25",
            "1",
            "12 frames (at 00:01): damaged",
            "Yes",
            "Quick: 24 of 300 frames",
        ];
        assert_eq!(quick_row[..8], wanted);
        let waiting = &cells(&[row("b.png", None)])[0];
        assert_eq!([&waiting[2], &waiting[5]], ["", "waiting to be examined"]);
        let failed = Examined::Failed("this is no picture".into());
        let failed = &cells(&[ItemRow { examined: failed, ..row("d.png", None) }])[0];
        assert_eq!([&failed[2], &failed[5]], ["Not examined", "this is no picture"]);
    }

    #[test]
    fn scores_are_sorted_with_unknown_ones_last() {
        let mut rows = [row("a", None), row("b", Some(0.9)), row("c", Some(0.1))];
        rows.sort_by(|a, b| FindingColumn::Score.compare(a, b, |row| row.state));
        let names = rows.map(|row| FindingColumn::Name.text(&row, row.state));
        assert_eq!(names, ["c", "b", "a"]);
    }
}
