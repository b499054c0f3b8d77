//! README is short, and its figures are those of the shipped detector.

use pentimento::bundle::Bundle;

use super::read;
use crate::support::root;

/// Largest size of README.md, in bytes.
const MAX_BYTES: usize = 8 << 10;

/// Figures of the card that README names, as it writes them.
fn figures() -> Vec<String> {
    let card = Bundle::read(&root().join("models/lae")).unwrap().card;
    let own = &card.measured["test-people"];
    let percent = |name: &str| format!("{:.1} %", own[name] * 100.0);
    let n = own["n_real"] as u64;
    vec![
        format!("| AUC | {:.3} |", own["auc"]),
        format!("| real faces called forged | {} |", percent("false_positive_rate")),
        format!("| forged faces called forged | {} |", percent("detection_rate")),
        format!("| forged faces called \"no trace found\" | {} |", percent("miss_rate")),
        format!("{},{:03} real + {},{:03} forged", n / 1000, n % 1000, n / 1000, n % 1000),
    ]
}

fn missing(readme: &str) -> Vec<String> {
    figures().into_iter().filter(|figure| !readme.contains(figure.as_str())).collect()
}

#[test]
fn readme_is_short_and_its_figures_are_those_of_the_card() {
    let readme = read("README.md");
    assert!(readme.len() <= MAX_BYTES, "README.md has {} bytes", readme.len());
    assert_eq!(missing(&readme), Vec::<String>::new());
}

#[test]
fn a_figure_that_changed_is_seen() {
    let auc = figures().remove(0);
    let edited = read("README.md").replace(&auc, "| AUC | 0.999 |");
    assert_eq!(missing(&edited), [auc]);
}
