//! Checks inputs and outputs of models against their cards; turns panics of engines into errors.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::Error;
use crate::base::Tensor;
use crate::bundle::{Bundle, InputSize, InputSpec};

/// Most values of an input: 1 GiB.
pub(super) const MAX_INPUT_VALUES: usize = 1 << 28;
/// Most values of an output that are copied from an engine.
pub(super) const MAX_OUTPUT_VALUES: usize = 1 << 26;

/// Name, input and outputs of a model, as in its card.
#[derive(Debug, Clone)]
pub(super) struct ModelIo {
    pub(super) name: String,
    pub(super) input: InputSpec,
    pub(super) outputs: Vec<String>,
}

impl ModelIo {
    pub(super) fn from_bundle(bundle: &Bundle) -> Self {
        Self {
            name: bundle.card.name.clone(),
            input: bundle.card.input.clone(),
            outputs: bundle.card.outputs.clone(),
        }
    }

    pub(super) fn model_error(&self, what: impl Into<String>) -> Error {
        Error::Model { name: self.name.clone(), what: what.into() }
    }

    pub(super) fn run_error(&self, what: impl Into<String>) -> Error {
        Error::Run { name: self.name.clone(), what: what.into() }
    }

    /// Checks that the shape fits the card and all values are finite.
    pub(super) fn check_input(&self, input: &Tensor) -> Result<(), Error> {
        let refuse = |what: String| Err(Error::Input { name: self.name.clone(), what });
        let &[n, channels, height, width] = input.shape.as_slice() else {
            return refuse(format!("it has the shape {:?}, not [n, 3, h, w]", input.shape));
        };
        let is_empty = n == 0 || height == 0 || width == 0;
        let fits = match self.input.size {
            InputSize::SquarePx(side) => height == side as usize && width == side as usize,
            InputSize::MultipleOf(step) => {
                let step = step.max(1) as usize;
                height.is_multiple_of(step) && width.is_multiple_of(step)
            }
        };
        if channels != 3 || is_empty || !fits {
            return refuse(format!(
                "it has the shape {:?}, the card asks for [n, 3, h, w] with {:?}",
                input.shape, self.input.size
            ));
        }
        let n_values = input.shape.iter().try_fold(1usize, |n, axis| n.checked_mul(*axis));
        if n_values != Some(input.data.len()) {
            let n_given = input.data.len();
            return refuse(format!("{n_given} values do not fit the shape {:?}", input.shape));
        }
        if input.data.len() > MAX_INPUT_VALUES {
            return refuse(format!("it has more than {MAX_INPUT_VALUES} values"));
        }
        if !input.data.iter().all(|v| v.is_finite()) {
            return refuse("it has NaN or infinite values".to_owned());
        }
        Ok(())
    }

    /// Checks that all values are finite.
    pub(super) fn check_output(&self, output: &str, tensor: &Tensor) -> Result<(), Error> {
        if tensor.data.iter().all(|v| v.is_finite()) {
            return Ok(());
        }
        Err(Error::NotFinite { name: self.name.clone(), output: output.to_owned() })
    }
}

/// Refuses an output that is larger than any that is used.
pub(super) fn check_size(output: &str, n_values: usize) -> Result<(), String> {
    if n_values > MAX_OUTPUT_VALUES {
        return Err(format!("output {output:?} has more than {MAX_OUTPUT_VALUES} values"));
    }
    Ok(())
}

/// Runs an engine; a panic becomes an error message. Neither engine promises not to panic on models
/// of unknown origin.
pub(super) fn catch_panic<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).unwrap_or_else(|payload| {
        let text = payload
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| payload.downcast_ref::<&str>().copied())
            .unwrap_or("no message");
        Err(format!("the engine panicked: {text}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::ChannelOrder;

    fn io(size: InputSize) -> ModelIo {
        let input = InputSpec {
            name: "input".into(),
            channels: ChannelOrder::Rgb,
            size,
            mean: [0.0; 3],
            std: [1.0; 3],
            crop_scale: None,
            looks: Vec::new(),
        };
        ModelIo { name: "t".into(), input, outputs: vec!["y".into()] }
    }

    #[test]
    fn only_inputs_that_fit_the_card_pass() {
        let check = |size, shape: &[usize], data: Vec<f32>| {
            io(size).check_input(&Tensor { shape: shape.to_vec(), data }).is_ok()
        };
        let square = InputSize::SquarePx(2);
        assert!(check(square, &[2, 3, 2, 2], vec![0.5; 24]), "a batch of two");
        assert!(!check(square, &[1, 3, 2, 4], vec![0.5; 24]), "not square");
        assert!(!check(square, &[1, 3, 2, 2], vec![0.5; 11]), "a value is missing");
        assert!(!check(square, &[3, 2, 2], vec![0.5; 12]), "no batch axis");
        assert!(!check(square, &[0, 3, 2, 2], vec![]), "an empty batch");
        assert!(!check(square, &[usize::MAX, 3, 2, 2], vec![0.5; 12]), "overflow");
        assert!(!check(square, &[1, 3, 2, 2], vec![f32::NAN; 12]), "not finite");
        let steps = InputSize::MultipleOf(2);
        assert!(check(steps, &[1, 3, 4, 2], vec![0.5; 24]), "both sides are multiples");
        assert!(!check(steps, &[1, 3, 3, 2], vec![0.5; 18]), "3 is not a multiple of 2");
    }

    #[test]
    fn outputs_that_are_not_finite_and_panics_become_errors() {
        let io = io(InputSize::SquarePx(1));
        let tensor = |v| Tensor { shape: vec![1], data: vec![v] };
        assert!(io.check_output("y", &tensor(1.0)).is_ok(), "finite");
        assert!(matches!(
            io.check_output("y", &tensor(f32::INFINITY)),
            Err(Error::NotFinite { .. })
        ));
        let panicked = catch_panic::<()>(|| std::panic::resume_unwind(Box::new("boom".to_owned())));
        assert_eq!(panicked, Err("the engine panicked: boom".to_owned()));
    }
}
