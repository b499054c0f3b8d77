//! Model cards.

#![no_main]

use pentimento::bundle::Card;

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(card) = toml::from_str::<Card>(text) {
        drop((card.clip_rates(), card.clip_thresholds(), toml::to_string_pretty(&card)));
    }
});
