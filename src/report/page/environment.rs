//! What templates know: escaping, numbers, times.

use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, UndefinedBehavior, escape_formatter};
use serde::Serialize;

use super::command::command_lines;
use super::numbers::{number, share};
use crate::base::text::{shortened, time_code};
use crate::report::Error;
use crate::report::paper::drawable;

/// A part of the record as a reader of its JSON gets it: a score of 32 bits keeps its short form.
pub(super) fn as_read(part: &impl Serialize) -> Result<Value, Error> {
    let failed = |e: serde_json::Error| Error::Page(e.to_string());
    let text = serde_json::to_string(part).map_err(failed)?;
    let value: serde_json::Value = serde_json::from_str(&text).map_err(failed)?;
    Ok(Value::from(Serde(value)))
}

pub(super) fn environment() -> Environment<'static> {
    let mut env = Environment::new();
    env.set_auto_escape_callback(|_| AutoEscape::Html);
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    // What could hide, reorder or cover text is made visible before it is escaped.
    env.set_formatter(|out, state, value| match value.as_str() {
        Some(text) if !value.is_safe() => {
            escape_formatter(out, state, &Value::from(drawable(text).into_owned()))
        }
        _ => escape_formatter(out, state, value),
    });
    env.add_function("n", |value: Value, at: &str, decimals: usize| number(&value, at, decimals));
    env.add_function("share", |value: Value, at: &str| share(&value, at));
    env.add_filter("short", |text: &str, most: usize| shortened(text, most).into_owned());
    env.add_filter("command_lines", command_lines);
    env.add_filter("time_code", |seconds: f64| time_code(seconds));
    env
}
