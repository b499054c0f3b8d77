//! What is asked of a server, and what of its answers is taken.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::time::Duration;

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};

use super::RemoteAddress;
use super::canary::Canary;
use super::check::{self, FLOATS, quoted};
use super::client::{Client, Fault};
use super::messages::{InferInput, InferRequest, ModelName, RequestedOutput};
use crate::base::{Cancel, RemoteServer, Tensor};
use crate::infer::model_io::ModelIo;

/// Bytes of values in a message; servers refuse messages of more than 4 MiB by default.
const MESSAGE_BYTES: usize = 3_700_000;
/// Most messages under way at once.
const FLIGHT: usize = 2;

/// A model in a server, and the answer that it has to give.
pub(super) struct Server {
    pub(super) client: Client,
    pub(super) address: RemoteAddress,
    /// Name of the model there.
    pub(super) model: String,
    /// Longest wait for an answer.
    pub(super) limit: Duration,
    pub(super) io: ModelIo,
    pub(super) canary: Canary,
    pub(super) cancel: Cancel,
}

impl Server {
    /// Checks the server: ready, the model as in the bundle, the canary batch as here.
    pub(super) fn checked(&self) -> Result<RemoteServer, Fault> {
        let Self { client, cancel, io, canary, .. } = self;
        let model = || ModelName { name: self.model.clone(), version: String::new() };
        let (server, said) = client.wait(cancel, async {
            if !client.server_ready().await?.ready {
                return Err(Fault::Passing("it says that it is not ready".to_owned()));
            }
            if !client.model_ready(model()).await?.ready {
                let what = format!("it says that its model {:?} is not ready", self.model);
                return Err(Fault::Passing(what));
            }
            Ok((client.server_metadata().await?, client.model_metadata(model()).await?))
        })?;
        let (name, version) = (quoted(&server.name), quoted(&server.version));
        let refused = |what: String| {
            let called =
                if name.is_empty() { String::new() } else { format!("{name} {version}: ") };
            Fault::Wrong(format!("{called}its model {:?} is refused, since {what}", self.model))
        };
        check::metadata(&said, io, canary).map_err(refused)?;
        let answered = self.infer(&canary.input, None);
        let (answer, model_version) = match answered {
            Err(Fault::Wrong(what)) => return Err(refused(what)),
            other => other?,
        };
        let (difference, output) = canary.difference(&answer);
        if difference > RemoteServer::TOLERANCE {
            let output = io.outputs.get(output).map_or("", String::as_str);
            return Err(refused(format!(
                "its answer {output:?} to the canary batch differs from that of this program by \
                 {difference:.2e}, and {:.0e} is allowed",
                RemoteServer::TOLERANCE
            )));
        }
        let address = self.address.to_string();
        tracing::info!(server = %address, difference, "the model server answered the canary batch");
        Ok(RemoteServer {
            address,
            name,
            version,
            model: self.model.clone(),
            model_version,
            canary_difference: difference,
        })
    }

    /// Sends a batch in messages of bounded size, a few at once. `version`: that of the model which has to
    /// answer; `None` for whichever does. Returns it with the outputs.
    pub(super) fn infer(
        &self,
        input: &Tensor,
        version: Option<&str>,
    ) -> Result<(Vec<Tensor>, String), Fault> {
        let (item, per_message) = sizes(input);
        let parts = input.data.chunks(item.saturating_mul(per_message));
        let calls = parts.map(|values| self.call(values, item, input, version));
        let answers: Vec<_> =
            self.client.wait(&self.cancel, stream::iter(calls).buffered(FLIGHT).try_collect())?;
        joined(answers).map_err(Fault::Wrong)
    }

    /// One message.
    async fn call(
        &self,
        values: &[f32],
        item: usize,
        input: &Tensor,
        version: Option<&str>,
    ) -> Result<(Vec<Tensor>, String), Fault> {
        let n = values.len().checked_div(item).unwrap_or(0);
        let rest = input.shape.iter().skip(1).map(|extent| *extent as i64);
        let request = InferRequest {
            model_name: self.model.clone(),
            model_version: version.unwrap_or_default().to_owned(),
            inputs: vec![InferInput {
                name: self.io.input.name.clone(),
                datatype: FLOATS.to_owned(),
                shape: std::iter::once(n as i64).chain(rest).collect(),
            }],
            outputs: self.io.outputs.iter().cloned().map(|name| RequestedOutput { name }).collect(),
            raw_inputs: vec![values.iter().flat_map(|value| value.to_le_bytes()).collect()],
        };
        let most_bytes = check::most_bytes(n, &self.canary);
        let answer = self.client.infer(request, most_bytes, self.limit).await?;
        let answered_by = quoted(&answer.model_version);
        if version.is_some_and(|version| version != answered_by) {
            let what = format!("version {answered_by:?} of the model answered for {version:?}");
            return Err(Fault::Passing(what));
        }
        let outputs = check::outputs(answer, n, &self.io, &self.canary).map_err(Fault::Wrong)?;
        Ok((outputs, answered_by))
    }
}

/// Values of an item, and items of a message; both are at least one.
fn sizes(input: &Tensor) -> (usize, usize) {
    let n = input.shape.first().copied().unwrap_or(0);
    let item = input.data.len().checked_div(n).unwrap_or(0).max(1);
    let bytes = item.saturating_mul(size_of::<f32>());
    (item, MESSAGE_BYTES.checked_div(bytes).unwrap_or(0).max(1))
}

/// How many messages a batch takes.
pub(super) fn n_messages(input: &Tensor) -> u64 {
    let (item, per_message) = sizes(input);
    input.data.len().div_ceil(item.saturating_mul(per_message)) as u64
}

/// The outputs of all messages in one batch.
fn joined(parts: Vec<(Vec<Tensor>, String)>) -> Result<(Vec<Tensor>, String), String> {
    let mut parts = parts.into_iter();
    let (mut whole, version) = parts.next().ok_or("there is no answer")?;
    for (part, other) in parts {
        if other != version {
            return Err(format!("its versions {version:?} and {other:?} answered one batch"));
        }
        for (whole, part) in whole.iter_mut().zip(part) {
            if let (Some(n), Some(more)) = (whole.shape.first_mut(), part.shape.first()) {
                *n = n.saturating_add(*more);
            }
            whole.data.extend(part.data);
        }
    }
    Ok((whole, version))
}
