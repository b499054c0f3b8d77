//! The weight of the evidence on page 1: propositions, calibration set, ratios in words.

use super::items::{MAX_NAMED, name};
use crate::base::text::{counted, list, shortened};
use crate::bundle::Measure;
use crate::report::build::ratio::measure_in_words;
use crate::report::record::{CalibrationRecord, ReportItem, WeightRecord};

/// Characters of the name of a set, and of its description, that page 1 shows.
const MOST: [usize; 2] = [80, 240];

/// Ratios that page 1 of several items shows.
const MAX_RATIOS: usize = 3;

pub(super) fn weight_sentences(items: &[ReportItem], weight: &WeightRecord) -> Vec<String> {
    if items.is_empty() {
        return Vec::new();
    }
    let Some(set) = &weight.calibration else {
        let none = "No likelihood ratio is given, because no calibration set was named; the section on weight \
             says what it would compare.";
        return vec![none.to_owned()];
    };
    let faces = |item: &ReportItem| {
        let head = format!("{}Weight of the evidence, face", name(item, items));
        let with_ratio =
            item.findings.faces.iter().filter_map(|face| Some((face, face.ratio.as_ref()?)));
        let sentences: Vec<String> = with_ratio
            .map(|(face, ratio)| format!("{head} {}: {}", face.number, ratio.words))
            .collect();
        sentences
    };
    let mut ratios: Vec<String> = items.iter().flat_map(faces).collect();
    if ratios.is_empty() {
        return vec![weight.why_none.clone().unwrap_or_else(|| {
            "No face here has a likelihood ratio by the calibration set: the reasons stand with the \
             weight of the evidence."
                .to_owned()
        })];
    }
    let most = if items.len() > 1 { MAX_RATIOS } else { MAX_NAMED };
    let n_more = ratios.len().saturating_sub(most);
    ratios.truncate(most);
    let mut sentences = vec![
        format!(
            "Two propositions are compared. Proposition 1: {} Proposition 2: {}",
            weight.proposition_1, weight.proposition_2
        ),
        set_sentence(set),
    ];
    sentences.append(&mut ratios);
    if n_more > 0 {
        sentences.push(format!(
            "{} with a ratio stand with the weight of the evidence.",
            counted(n_more as u64, "more face")
        ));
    }
    sentences.push(format!("The words for support: {}.", weight.scale_source));
    sentences
}

/// Name, size, kind and quality of the set.
fn set_sentence(set: &CalibrationRecord) -> String {
    let [of_name, of_description] = MOST;
    let kind = if set.kind == "video" { "clips" } else { "pictures" };
    let limits: Vec<String> = set
        .quality
        .iter()
        .map(|(word, [low, high])| {
            let measure = Measure::ALL.into_iter().find(|measure| measure.as_str() == word);
            let (what, unit) = match measure {
                Some(measure) => measure_in_words(measure),
                None => (word.as_str(), ""),
            };
            format!("{what} from {low} to {high}{unit}")
        })
        .collect();
    let free: Vec<&str> = Measure::ALL
        .into_iter()
        .map(Measure::as_str)
        .filter(|word| !set.quality.contains_key(*word))
        .collect();
    let free = if free.is_empty() {
        String::new()
    } else {
        format!(" Not limited, so not compared: {}.", list(&free).replace('-', " "))
    };
    format!(
        "The ratios are by the calibration set {:?} ({}): {} forged and {} real {kind}, {}.{free} How well \
         it calibrates (Cllr): {:.3}, at best {:.3}.",
        shortened(&set.name, of_name),
        shortened(set.description.trim_end_matches('.'), of_description),
        set.n_forged,
        set.n_real,
        list(&limits),
        set.cllr,
        set.cllr_min,
    )
}
