//! IPTC's codes for the kind of source.
//!
//! Source: IPTC `NewsCodes`, digital source type (`http://cv.iptc.org/newscodes/digitalsourcetype/`).

/// Codes, their names in IPTC's wording, and whether generative AI took part.
const CODES: &[(&str, &str, bool)] = &[
    ("digitalCapture", "Digital capture sampled from real life", false),
    ("computationalCapture", "Multi-frame computational capture sampled from real life", false),
    ("negativeFilm", "Digitised from a transparent negative", false),
    ("positiveFilm", "Digitised from a transparent positive", false),
    ("print", "Digitised from a non-transparent medium", false),
    ("minorHumanEdits", "Original media with minor human edits", false),
    ("humanEdits", "Human-edited media", false),
    ("compositeCapture", "Composite of captured elements", false),
    ("algorithmicallyEnhanced", "Algorithmically-altered media", false),
    ("dataDrivenMedia", "Data-driven media", false),
    ("digitalArt", "Digital art", false),
    ("digitalCreation", "Digital creation", false),
    ("softwareImage", "Created by software", false),
    ("virtualRecording", "Virtual event recording", false),
    ("screenCapture", "Screen capture", false),
    ("composite", "Composite of elements", false),
    ("algorithmicMedia", "Pure algorithmic media", false),
    ("compositeSynthetic", "Composite including generative AI elements", true),
    ("compositeWithTrainedAlgorithmicMedia", "Edited using Generative AI", true),
    ("trainedAlgorithmicMedia", "Created using Generative AI", true),
];

/// The code in an address or alone.
pub(super) fn code(value: &str) -> &str {
    value.trim().rsplit(['/', ':']).next().unwrap_or_default()
}

/// Name and whether AI took part; `None` for unknown codes.
pub(super) fn known(value: &str) -> Option<(&'static str, bool)> {
    let code = code(value);
    CODES.iter().find(|(known, ..)| *known == code).map(|(_, name, is_ai)| (*name, *is_ai))
}

/// IPTC's name of a code, given alone or as an address; `None` for unknown ones.
pub fn source_type_label(value: &str) -> Option<&'static str> {
    known(value).map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_known_alone_and_in_addresses() {
        let address = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia";
        assert_eq!(known(address), Some(("Created using Generative AI", true)));
        assert_eq!(known("digsrctype:digitalCapture").map(|(_, is_ai)| is_ai), Some(false));
        assert_eq!(source_type_label("somethingElse"), None);
    }
}
