//! The report of a provider test, and when a provider passes.

use serde::{Deserialize, Serialize};

use crate::infer::onnxruntime::NodeAssignment;
use crate::infer::provider::{Provider, assignment_label};

/// Largest difference to the CPU, absolute below 1 and relative above. Another order of summation in
/// single precision stays below a tenth of it; half precision or a broken driver does not.
pub(in crate::infer) const TOLERANCE: f32 = 1e-3;

/// The report of the child process, one line of JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::infer) struct ProbeReport {
    /// Name of the provider.
    pub(super) provider: String,
    /// Why it could not be tested.
    pub(super) failure: Option<String>,
    /// Nodes of the network with many operators, by execution provider.
    pub(in crate::infer) nodes: NodeAssignment,
    /// Largest difference to the CPU, see [`TOLERANCE`].
    pub(in crate::infer) difference: f32,
    /// Time from loading the first network to its first result, with compilation of shaders.
    pub(in crate::infer) first_ms: f32,
    /// Time of one run of the large network on the provider.
    pub(in crate::infer) work_ms: f32,
    /// Time of one run of the large network on the CPU.
    pub(in crate::infer) cpu_work_ms: f32,
}

impl ProbeReport {
    /// A report without measurements.
    pub(super) fn empty(provider: Provider, failure: Option<String>) -> Self {
        Self {
            provider: provider.to_string(),
            failure,
            nodes: NodeAssignment::new(),
            difference: 0.0,
            first_ms: 0.0,
            work_ms: 0.0,
            cpu_work_ms: 0.0,
        }
    }

    /// Why a provider that passed is used on request only.
    pub(in crate::infer) fn slowness(&self) -> Option<String> {
        let is_gpu = self.provider != Provider::Cpu.as_str();
        (is_gpu && self.work_ms > self.cpu_work_ms).then(|| {
            format!(
                "it is slower than the CPU here ({:.0} ms against {:.0} ms)",
                self.work_ms, self.cpu_work_ms
            )
        })
    }

    /// Parses a report and judges it.
    ///
    /// # Errors
    ///
    /// The reason why the provider must not be used.
    pub(in crate::infer) fn parse(line: &str) -> Result<Self, String> {
        let report: Self = serde_json::from_str(line)
            .map_err(|e| format!("the report of its test cannot be read: {e}"))?;
        if let Some(failure) = report.failure {
            return Err(failure);
        }
        let provider: Provider = report
            .provider
            .parse()
            .map_err(|_unknown| format!("unknown provider {:?}", report.provider))?;
        assignment_label(provider, &report.nodes)?;
        if report.difference.is_nan() || report.difference > TOLERANCE {
            return Err(format!(
                "it computes wrong numbers (off by {:e}, allowed {TOLERANCE:e})",
                report.difference
            ));
        }
        Ok(report)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> ProbeReport {
        ProbeReport {
            nodes: [("CUDAExecutionProvider".to_owned(), 3)].into(),
            difference: 1e-5,
            work_ms: 2.0,
            cpu_work_ms: 30.0,
            ..ProbeReport::empty(Provider::Cuda, None)
        }
    }

    #[test]
    fn a_provider_slower_than_the_cpu_is_recognized() {
        assert_eq!(report().slowness(), None);
        let slow = ProbeReport { work_ms: 900.0, ..report() };
        assert!(slow.slowness().unwrap().contains("900 ms against 30 ms"), "with figures");
        let cpu = ProbeReport { provider: "cpu".to_owned(), ..slow };
        assert_eq!(cpu.slowness(), None, "the CPU is not compared with itself");
    }

    fn parsed(report: &ProbeReport) -> Result<ProbeReport, String> {
        ProbeReport::parse(&serde_json::to_string(report).unwrap())
    }

    #[test]
    fn only_a_provider_that_runs_nodes_and_agrees_passes() {
        assert_eq!(parsed(&report()), Ok(report()));
        let idle =
            ProbeReport { nodes: [("CPUExecutionProvider".to_owned(), 3)].into(), ..report() };
        assert!(parsed(&idle).unwrap_err().contains("none of the 3 nodes"), "idle");
        let wrong = parsed(&ProbeReport { difference: 0.5, ..report() }).unwrap_err();
        assert!(wrong.contains("wrong numbers"), "{wrong}");
        let failed = ProbeReport { failure: Some("no device".to_owned()), ..report() };
        assert_eq!(parsed(&failed), Err("no device".to_owned()));
        assert!(ProbeReport::parse("{}").is_err(), "not a report");
    }
}
