//! The version of this program, and what each version changed.

/// The version of this program.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Name and version of this program, as files that it makes record it.
pub const PROGRAM: &str = concat!("pentimento ", env!("CARGO_PKG_VERSION"));

/// The page of the manual that lists the changes.
const CHANGES: &str = include_str!("../../assets/manual/changes.md");

/// A version of this program.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Release {
    /// For instance `0.1.0`.
    pub version: &'static str,
    /// Day of the release, `YYYY-MM-DD`.
    pub date: &'static str,
    /// What it changed, a sentence or two each.
    pub changes: Vec<Change>,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Change {
    /// What it concerns, for instance `Verdicts`.
    pub about: &'static str,
    /// What is different.
    pub text: &'static str,
}

/// How a version stands to this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Age {
    /// It is this version.
    Same,
    /// It is older; the releases since then, newest first.
    Older(Vec<Release>),
    /// It is newer, or not on the list.
    Unknown,
}

/// All versions, newest first.
pub fn releases() -> Vec<Release> {
    parse(CHANGES)
}

/// How `version` stands to this program's.
pub fn age_of(version: &str) -> Age {
    age_in(releases(), version, VERSION)
}

fn age_in(releases: Vec<Release>, version: &str, this: &str) -> Age {
    if version == this {
        return Age::Same;
    }
    match releases.iter().position(|release| release.version == version) {
        Some(n_newer) => Age::Older(releases.into_iter().take(n_newer).collect()),
        None => Age::Unknown,
    }
}

/// Reads headings `## VERSION (DATE)` and items `- **ABOUT.** TEXT`.
fn parse(page: &'static str) -> Vec<Release> {
    let mut releases: Vec<Release> = Vec::new();
    for line in page.lines() {
        if let Some((version, date)) = line.strip_prefix("## ").and_then(|l| l.split_once(" (")) {
            let date = date.trim_end_matches(')');
            releases.push(Release { version, date, changes: Vec::new() });
        } else if let Some((about, text)) =
            line.strip_prefix("- **").and_then(|l| l.split_once(".** "))
            && let Some(release) = releases.last_mut()
        {
            release.changes.push(Change { about, text });
        }
    }
    releases
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_begins_with_this_version_and_every_item_is_read() {
        let releases = releases();
        assert_eq!(releases[0].version, VERSION, "its changes stand on top");
        let n_items = CHANGES.lines().filter(|line| line.starts_with("- ")).count();
        assert_eq!(releases.iter().map(|r| r.changes.len()).sum::<usize>(), n_items);
        let dates: Vec<_> = releases.iter().map(|r| r.date).collect();
        assert!(dates.is_sorted_by(|newer, older| newer >= older), "{dates:?}");
    }

    #[test]
    fn what_changed_since_a_version_is_what_came_after_it() {
        let page = "## 0.3.0 (2027-03-01)\n- **Cases.** Format 4.\n\n## 0.2.0 (2027-02-01)\n\n\
                    - **Verdicts.** A new detector.\n\n## 0.1.0 (2027-01-01)\n- **Cases.** Format 3.\n";
        let age = |version| age_in(parse(page), version, "0.3.0");
        let Age::Older(since) = age("0.1.0") else { panic!("{:?}", age("0.1.0")) };
        let texts: Vec<_> = since.iter().flat_map(|r| &r.changes).map(|c| c.text).collect();
        assert_eq!(texts, ["Format 4.", "A new detector."]);
        assert_eq!(age("0.3.0"), Age::Same);
        assert_eq!(age("9.0.0"), Age::Unknown);
    }
}
