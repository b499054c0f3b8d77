//! What a rule finds, and fields by their keys.

use super::dates::Date;
use super::quoted::quoted;
use crate::metadata::field::Field;

/// Findings of one rule that are kept.
pub(super) const MAX_EACH: usize = 20;

/// A sentence and the fields that it compares.
pub(super) type Finding = (String, Vec<String>);

/// The first field with this group and name.
pub(super) fn get<'a>(fields: &'a [Field], group: &str, name: &str) -> Option<&'a Field> {
    fields.iter().find(|field| field.group == group && field.name == name)
}

/// A sentence about two fields.
pub(super) fn pair(a: &Field, verb: &str, b: &Field) -> Finding {
    let (a_key, b_key) = (a.key(), b.key());
    let text =
        format!("{a_key} is {} and {verb} {b_key} {}.", quoted(a.words()), quoted(b.words()));
    (text, vec![a_key, b_key])
}

/// A sentence about two dates, with the zones that fields of their own give them.
pub(super) fn pair_of_dates(a: &Date<'_>, verb: &str, b: &Date<'_>) -> Finding {
    let text =
        format!("{} is {} and {verb} {} {}.", a.field.key(), a.words(), b.field.key(), b.words());
    let fields = [Some(a.field), a.companion, Some(b.field), b.companion];
    (text, fields.into_iter().flatten().map(Field::key).collect())
}
