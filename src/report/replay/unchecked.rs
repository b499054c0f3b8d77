//! What a second examination cannot check, and why.

/// Keys of `report.json` that are not compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unchecked {
    /// The keys, with those that they stand under; every value under them is meant.
    pub keys: &'static [&'static str],
    /// Why, without capital letter and full stop.
    pub why: &'static str,
}

/// All that is not compared.
pub const NOT_CHECKED: [Unchecked; 8] = [
    Unchecked {
        keys: &["made_at", "request"],
        why: "who made the report, when, for whom and in which form is what its maker says; a \
              signature and a time stamp show it",
    },
    Unchecked {
        keys: &["program", "items.run.program", "items.run.at"],
        why: "another program may repeat an examination, at another time",
    },
    Unchecked {
        keys: &["items.run.engine", "items.run.provider"],
        why: "another engine may repeat an examination; then the wider tolerance holds, and the words \
              about marked places are not compared",
    },
    Unchecked {
        keys: &["items.run.parameters"],
        why: "the examination is repeated with these options; a change of them shows where it changes \
              what is found",
    },
    Unchecked {
        keys: &["replay.command", "replay.working_folder", "replay.check_line"],
        why: "how the maker called the program is what the maker says",
    },
    Unchecked {
        keys: &["case", "items.case_item", "items.readings", "items.bookmarks"],
        why: "they are kept by the case: pentimento case verify checks it",
    },
    Unchecked {
        keys: &["items.custody.modified", "items.custody.created"],
        why: "a copy of a file has other dates",
    },
    Unchecked {
        keys: &["items.pictures", "items.findings.faces.reference"],
        why: "pictures are checked by pentimento report verify; genuine pictures that a face was \
              compared with are not part of the report",
    },
];
