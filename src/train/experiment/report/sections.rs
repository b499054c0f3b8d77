//! The sections of the page, each replaced on its own.

/// Heads the section that `experiment game` writes.
pub const GAME_HEADING: &str = "## The game on a detector that had learned";
/// Heads the section that `experiment shortcut` writes.
pub const SHORTCUT_HEADING: &str = "## Locality where there is a shortcut";
/// Heads the section that `experiment blur-budget` writes.
pub const BUDGET_HEADING: &str = "## The game with a budget";
/// Heads the section that `experiment loop` writes.
pub const LOOP_HEADING: &str = "## The learning loop";
/// Sections of other commands than the table's, in the order of the page.
const OTHERS: [&str; 4] = [SHORTCUT_HEADING, BUDGET_HEADING, GAME_HEADING, LOOP_HEADING];

/// A page with one of the sections that follow the table's, in place of an earlier one; everything
/// else stays as it is.
pub fn with_section(page: &str, heading: &str, section: &str) -> String {
    let mut parts = vec![table_of(page).trim_end()];
    for other in OTHERS {
        let part = if other == heading { section } else { section_of(page, other) };
        parts.push(part.trim_end());
    }
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n") + "\n"
}

/// A page whose table is replaced, with the sections of other commands as they were.
pub fn with_table(page: &str, table: &str) -> String {
    let others = OTHERS.iter().filter_map(|heading| page.find(heading)).min();
    let others = others.map_or("", |at| &page[at..]);
    [table.trim_end(), others.trim_end()].join("\n\n").trim_end().to_owned() + "\n"
}

/// What stands before the sections of other commands.
fn table_of(page: &str) -> &str {
    let end = OTHERS.iter().filter_map(|heading| page.find(heading)).min();
    &page[..end.unwrap_or(page.len())]
}

fn section_of<'a>(page: &'a str, heading: &str) -> &'a str {
    let Some(begin) = page.find(heading) else { return "" };
    let later = OTHERS.iter().filter_map(|other| page.find(other)).filter(|at| *at > begin);
    &page[begin..later.min().unwrap_or(page.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_takes_the_place_of_its_earlier_self_alone() {
        let game = format!("{GAME_HEADING}\n\nan old game\n");
        let learning = format!("{LOOP_HEADING}\n\na loop\n");
        let page = format!("# Experiments\n\nrows\n\n{learning}");
        let with_game = with_section(&page, GAME_HEADING, &game);
        assert_eq!(with_game, format!("# Experiments\n\nrows\n\n{game}\n{learning}"), "in order");
        let again = with_section(&with_game, GAME_HEADING, &game.replace("old", "new"));
        assert_eq!(again, with_game.replace("old", "new"));
        assert_eq!(with_section(&again, LOOP_HEADING, &learning), again);
        assert_eq!(
            with_table(&again, "# Other rows"),
            format!("# Other rows\n\n{}", &again[again.find(GAME_HEADING).unwrap()..])
        );
        assert_eq!(with_table("", "# Rows\n"), "# Rows\n");
    }
}
