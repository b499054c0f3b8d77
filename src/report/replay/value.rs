//! One value, then and now.

/// A value of the record and what a second examination gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Number of the item in the report; 0 for the report as a whole.
    pub item: usize,
    /// The value by its key in `report.json`, for instance `face 1, score`.
    pub what: String,
    /// In the record.
    pub then: String,
    pub now: String,
    /// How far both differ; `None` for words.
    pub difference: Option<f64>,
    /// How far they may differ; `None` for words, which must be equal.
    pub allowed: Option<f64>,
    /// Whether the difference is larger than that.
    pub is_beyond: bool,
}

impl Comparison {
    /// Two texts, which have to be equal.
    pub fn texts(item: usize, what: &str, then: &str, now: &str) -> Self {
        Self {
            item,
            what: what.to_owned(),
            then: then.to_owned(),
            now: now.to_owned(),
            difference: None,
            allowed: None,
            is_beyond: then != now,
        }
    }

    /// Two numbers; a missing one equals only a missing one.
    pub fn numbers(item: usize, what: &str, [then, now]: [Option<f64>; 2], allowed: f64) -> Self {
        let text = |v: Option<f64>| v.map_or_else(|| "none".to_owned(), |v| v.to_string());
        let difference = then.zip(now).map(|(then, now)| (then - now).abs());
        Self {
            item,
            what: what.to_owned(),
            then: text(then),
            now: text(now),
            difference,
            allowed: Some(allowed),
            is_beyond: match difference {
                Some(difference) => difference.is_nan() || difference > allowed,
                None => then.is_some() != now.is_some(),
            },
        }
    }

    /// One line for people.
    pub fn line(&self) -> String {
        let Self { item, what, then, now, .. } = self;
        let about = if *item == 0 { "report".to_owned() } else { format!("item {item}") };
        let end = if self.is_beyond { "BEYOND" } else { "ok" };
        match (self.difference, self.allowed) {
            (Some(difference), Some(allowed)) => format!(
                "{about}, {what}: {then}, now {now}; difference {difference:e}, allowed \
                 {allowed:e}: {end}"
            ),
            _ if then == now => format!("{about}, {what}: {then}: {end}"),
            _ => format!("{about}, {what}: {then}, now {now}: {end}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_printed_and_judged() {
        let near = Comparison::numbers(1, "score", [Some(0.5), Some(0.5 + 5e-7)], 1e-6);
        assert!(!near.is_beyond && near.line().ends_with("ok"), "{}", near.line());
        let far = Comparison::numbers(1, "score", [Some(0.5), Some(0.51)], 1e-3);
        assert!(far.is_beyond && far.line().contains("0.5, now 0.51"), "{}", far.line());
        assert!(far.line().ends_with("BEYOND"), "{}", far.line());
        assert!(Comparison::numbers(1, "x", [Some(0.5), None], 1.0).is_beyond, "it is gone");
        assert!(!Comparison::numbers(1, "x", [None, None], 0.0).is_beyond);
        assert!(Comparison::numbers(1, "x", [Some(f64::NAN), Some(0.5)], 1.0).is_beyond);
        assert!(Comparison::texts(2, "verdict", "inconclusive", "no-trace-found").is_beyond);
        assert_eq!(Comparison::texts(2, "verdict", "a", "a").line(), "item 2, verdict: a: ok");
    }
}
