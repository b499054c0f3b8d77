//! Holds what a server says to what the bundle and its local answer say.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::canary::Canary;
use super::messages::{InferResponse, ModelMetadata, TensorMetadata};
use crate::base::Tensor;
use crate::base::text::visible;
use crate::infer::model_io::ModelIo;

/// The only type of values.
pub(super) const FLOATS: &str = "FP32";
/// Longest text of a server that is passed on, in characters.
const MAX_CHARS: usize = 200;

/// A text of the server on one line, with everything visible.
pub(super) fn quoted(text: &str) -> String {
    let short: String = text.chars().take(MAX_CHARS).collect();
    visible(short.trim()).into_owned()
}

/// Refuses a model that the server describes otherwise than the bundle: another input, or an output that
/// is missing or has another type or shape.
pub(super) fn metadata(said: &ModelMetadata, io: &ModelIo, canary: &Canary) -> Result<(), String> {
    let [input] = said.inputs.as_slice() else {
        return Err(format!("it describes {} inputs instead of one", said.inputs.len()));
    };
    if input.name != io.input.name {
        let (there, here) = (quoted(&input.name), &io.input.name);
        return Err(format!("it calls the input {there:?} instead of {here:?}"));
    }
    described("input", input, &canary.input)?;
    for (name, tensor) in io.outputs.iter().zip(&canary.outputs) {
        let output = said.outputs.iter().find(|output| output.name == *name);
        let output = output.ok_or_else(|| format!("it describes no output {name:?}"))?;
        described("output", output, tensor)?;
    }
    Ok(())
}

/// Compares type and shape with those of a tensor; the first axis counts the batch.
fn described(what: &str, said: &TensorMetadata, tensor: &Tensor) -> Result<(), String> {
    let name = quoted(&said.name);
    if said.datatype != FLOATS {
        let there = quoted(&said.datatype);
        return Err(format!("its {what} {name:?} has the type {there:?} instead of {FLOATS}"));
    }
    let is_batch = said.shape.first().is_some_and(|extent| *extent == -1);
    let (there, rest) = (trimmed(&said.shape), trimmed(&tensor.shape));
    let fits = |(said, here): (&i64, &usize)| *said == -1 || usize::try_from(*said) == Ok(*here);
    if !is_batch || there.len() != rest.len() || !there.iter().zip(rest).all(fits) {
        let mut here: Vec<i64> = tensor.shape.iter().map(|extent| *extent as i64).collect();
        if let Some(batch) = here.first_mut() {
            *batch = -1;
        }
        let there: Vec<_> = said.shape.iter().take(16).collect();
        return Err(format!("its {what} {name:?} has the shape {there:?} instead of {here:?}"));
    }
    Ok(())
}

/// The axes behind that of the batch, without the last ones of extent 1: some servers add such an axis to
/// numbers, which changes neither their count nor their order.
fn trimmed<T: PartialEq + From<u8>>(shape: &[T]) -> &[T] {
    let mut rest = shape.split_first().map_or(shape, |(_, rest)| rest);
    while let Some((last, before)) = rest.split_last() {
        if *last != T::from(1) {
            break;
        }
        rest = before;
    }
    rest
}

/// The outputs of the card in its order, for `n` items; each has the type and the shape of the canary's.
pub(super) fn outputs(
    said: InferResponse,
    n: usize,
    io: &ModelIo,
    canary: &Canary,
) -> Result<Vec<Tensor>, String> {
    let is_raw = !said.raw_outputs.is_empty();
    if is_raw && said.raw_outputs.len() != said.outputs.len() {
        return Err("its answer has values for more or fewer outputs than it names".to_owned());
    }
    let mut raw = said.raw_outputs.into_iter();
    let mut found: Vec<Option<Tensor>> = io.outputs.iter().map(|_| None).collect();
    for output in said.outputs {
        let bytes = raw.next();
        let mut here = io.outputs.iter().zip(&canary.outputs).zip(&mut found);
        let Some(((name, tensor), place)) = here.find(|((name, _), _)| **name == output.name)
        else {
            continue;
        };
        if output.datatype != FLOATS {
            let there = quoted(&output.datatype);
            return Err(format!("it answered {name:?} with values of the type {there:?}"));
        }
        let shape: Vec<usize> =
            std::iter::once(n).chain(tensor.shape.iter().skip(1).copied()).collect();
        let is_batch = output.shape.first().is_some_and(|said| usize::try_from(*said) == Ok(n));
        let (there, rest) = (trimmed(&output.shape), trimmed(&shape));
        let fits = |(said, here): (&i64, &usize)| usize::try_from(*said) == Ok(*here);
        if !is_batch || there.len() != rest.len() || !there.iter().zip(rest).all(fits) {
            let there: Vec<_> = output.shape.iter().take(16).collect();
            return Err(format!(
                "it answered {name:?} in the shape {there:?} instead of {shape:?}"
            ));
        }
        let values = match bytes {
            Some(bytes) => floats(&bytes),
            None => output.contents.map(|contents| contents.fp32),
        };
        let tensor = values.and_then(|values| Tensor::new(shape, values));
        let wrong =
            || format!("it answered {name:?} with another number of values than its shape has");
        let tensor = tensor.ok_or_else(wrong)?;
        if !tensor.data.iter().all(|value| value.is_finite()) {
            return Err(format!("it answered {name:?} with values that are NaN or infinite"));
        }
        *place = Some(tensor);
    }
    let named = found.into_iter().zip(&io.outputs);
    named
        .map(|(tensor, name)| tensor.ok_or_else(|| format!("its answer lacks the output {name:?}")))
        .collect()
}

/// Little-endian values.
fn floats(bytes: &[u8]) -> Option<Vec<f32>> {
    let (quads, rest) = bytes.as_chunks::<4>();
    rest.is_empty().then(|| quads.iter().map(|quad| f32::from_le_bytes(*quad)).collect())
}

/// Most bytes of an honest answer for `n` items, names and numbers included.
pub(super) fn most_bytes(n: usize, canary: &Canary) -> usize {
    const NAMES: usize = 1 << 20;
    let items = canary.input.shape.first().copied().unwrap_or(1).max(1);
    let values: usize = canary.outputs.iter().map(|output| output.data.len()).sum();
    let item = values.div_ceil(items).saturating_mul(size_of::<f32>());
    item.saturating_mul(n).saturating_add(NAMES)
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
