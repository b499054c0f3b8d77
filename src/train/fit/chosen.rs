//! The device that trains, once it was chosen.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use burn::tensor::Device;

use crate::train::Error;

/// What became of a choice. The default is the processor, unasked.
#[derive(Debug, Clone, PartialEq)]
pub struct Chosen {
    pub(super) device: Device,
    /// Name of the graphics adapter, and by how much its trial step differed from the processor's.
    pub(super) card: Option<(String, f64)>,
    pub(super) why_not_gpu: Option<String>,
}

impl Default for Chosen {
    fn default() -> Self {
        Self { device: Device::flex(), card: None, why_not_gpu: None }
    }
}

impl Chosen {
    pub(super) fn processor(why_not_gpu: String) -> Self {
        Self { why_not_gpu: Some(why_not_gpu), ..Self::default() }
    }

    /// Where tensors live, without gradients.
    pub const fn device(&self) -> &Device {
        &self.device
    }

    /// Name of the graphics adapter, if one trains.
    pub fn card(&self) -> Option<&str> {
        self.card.as_ref().map(|(name, _)| name.as_str())
    }

    /// Why no graphics card trains although one was wanted: the end of a sentence.
    pub fn why_not_gpu(&self) -> Option<&str> {
        self.why_not_gpu.as_deref()
    }

    /// True unless the processor trains because it was chosen.
    pub const fn is_news(&self) -> bool {
        self.card.is_some() || self.why_not_gpu.is_some()
    }

    /// A line for people.
    pub fn line(&self) -> String {
        match (&self.card, &self.why_not_gpu) {
            (Some((name, off)), _) => format!(
                "training on {name}: a trial step differed from the processor's by {:.4} %",
                100.0 * off
            ),
            (None, Some(why)) => format!("training on the processor: {why}"),
            (None, None) => "training on the processor".to_owned(),
        }
    }

    /// Does a part of a training. On a graphics card a panic of what drives it becomes an error
    /// that says how to go on; on the processor a panic is a fault of this program and stays one.
    pub(in crate::train) fn run<T>(
        &self,
        step: u64,
        work: impl FnOnce() -> Result<T, Error>,
    ) -> Result<T, Error> {
        let Some((name, _)) = &self.card else { return work() };
        let failed = |detail: String| Error::Card { name: name.clone(), step, detail };
        match catch_unwind(AssertUnwindSafe(work)) {
            // A thread of the step may have been the one that panicked.
            Ok(Err(Error::Panicked(detail))) => Err(failed(detail)),
            Ok(done) => done,
            Err(panic) => Err(failed(panic_text(panic.as_ref()))),
        }
    }
}

/// First line of a panic's message.
pub(super) fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("it panicked");
    text.lines().next().unwrap_or_default().to_owned()
}
