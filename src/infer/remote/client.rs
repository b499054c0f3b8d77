//! The calls, over one connection that is opened with the first of them.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use tokio::runtime::Runtime;
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};
use tonic_prost::ProstCodec;

use super::RemoteAddress;
use super::check::quoted;
use super::messages::{
    Empty, InferRequest, InferResponse, ModelMetadata, ModelName, Ready, ServerMetadata,
};
use crate::base::Cancel;

/// A call that asks, and the time to connect.
const ASK_LIMIT: Duration = Duration::from_secs(10);
/// How much longer a server may work on what nobody waits for any more.
const GRACE: Duration = Duration::from_secs(2);
/// How often cancellation is looked for.
const POLL: Duration = Duration::from_millis(20);
/// Most bytes of an answer that says what the server or a model is.
const MAX_METADATA_BYTES: usize = 1 << 20;
/// Bytes that may be under way to here before they are read.
const WINDOW_BYTES: u32 = 8 << 20;
/// Most bytes of the headers of an answer.
const MAX_HEADER_BYTES: u32 = 16 << 10;

/// Why a call brought nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// It may go away by itself: the server does not listen, is starting, is busy, or the connection broke.
    Passing(String),
    /// The server answers, and not as it should.
    Wrong(String),
    /// Stopped on request.
    Cancelled,
}

/// A server.
pub(super) struct Client {
    runtime: Runtime,
    channel: Channel,
}

impl Client {
    /// Prepares for a server; no socket is opened yet.
    pub(super) fn new(address: &RemoteAddress) -> Result<Self, String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| error.to_string())?;
        let endpoint = Endpoint::from_shared(address.http()).map_err(|error| error.to_string())?;
        let endpoint = endpoint
            .connect_timeout(ASK_LIMIT)
            .initial_stream_window_size(WINDOW_BYTES)
            .initial_connection_window_size(WINDOW_BYTES)
            .http2_max_header_list_size(MAX_HEADER_BYTES);
        let within = runtime.enter();
        let channel = endpoint.connect_lazy();
        drop(within);
        Ok(Self { runtime, channel })
    }

    /// Waits for work on the connection until it is done or cancelled.
    pub(super) fn wait<T>(
        &self,
        cancel: &Cancel,
        work: impl Future<Output = Result<T, Fault>>,
    ) -> Result<T, Fault> {
        let cancelled = async {
            while !cancel.is_cancelled() {
                tokio::time::sleep(POLL).await;
            }
        };
        self.runtime.block_on(async {
            match select(pin!(work), pin!(cancelled)).await {
                Either::Left((found, _)) => found,
                Either::Right(((), _)) => Err(Fault::Cancelled),
            }
        })
    }

    /// Waits without work.
    pub(super) fn pause(&self, cancel: &Cancel, time: Duration) -> Result<(), Fault> {
        self.wait(cancel, async {
            tokio::time::sleep(time).await;
            Ok(())
        })
    }

    pub(super) async fn server_ready(&self) -> Result<Ready, Fault> {
        self.ask("/inference.GRPCInferenceService/ServerReady", Empty {}).await
    }

    pub(super) async fn server_metadata(&self) -> Result<ServerMetadata, Fault> {
        self.ask("/inference.GRPCInferenceService/ServerMetadata", Empty {}).await
    }

    pub(super) async fn model_ready(&self, model: ModelName) -> Result<Ready, Fault> {
        self.ask("/inference.GRPCInferenceService/ModelReady", model).await
    }

    pub(super) async fn model_metadata(&self, model: ModelName) -> Result<ModelMetadata, Fault> {
        self.ask("/inference.GRPCInferenceService/ModelMetadata", model).await
    }

    /// Has the model run; the answer has at most so many bytes.
    pub(super) async fn infer(
        &self,
        request: InferRequest,
        most_bytes: usize,
        limit: Duration,
    ) -> Result<InferResponse, Fault> {
        self.call("/inference.GRPCInferenceService/ModelInfer", request, most_bytes, limit).await
    }

    async fn ask<Q, A>(&self, path: &'static str, request: Q) -> Result<A, Fault>
    where
        Q: prost::Message + 'static,
        A: prost::Message + Default + 'static,
    {
        self.call(path, request, MAX_METADATA_BYTES, ASK_LIMIT).await
    }

    async fn call<Q, A>(
        &self,
        path: &'static str,
        request: Q,
        most_bytes: usize,
        limit: Duration,
    ) -> Result<A, Fault>
    where
        Q: prost::Message + 'static,
        A: prost::Message + Default + 'static,
    {
        let work = async {
            let mut grpc = Grpc::new(self.channel.clone()).max_decoding_message_size(most_bytes);
            grpc.ready().await.map_err(|error| Fault::Passing(chain(&error)))?;
            let codec = ProstCodec::<Q, A>::default();
            let mut request = Request::new(request);
            // The server may give up as well, after this program.
            request.set_timeout(limit.saturating_add(GRACE));
            let path = PathAndQuery::from_static(path);
            let answer = grpc.unary(request, path, codec).await;
            answer.map(tonic::Response::into_inner).map_err(|status| fault(&status))
        };
        let silent = || Fault::Wrong(format!("it gave no answer in {} s", limit.as_secs_f32()));
        tokio::time::timeout(limit, work).await.unwrap_or_else(|_elapsed| Err(silent()))
    }
}

fn fault(status: &Status) -> Fault {
    let code = status.code();
    let message = quoted(status.message());
    let what =
        if message.is_empty() { format!("{code:?}") } else { format!("{code:?}: {message}") };
    // A status without a cause was sent by the server; one with a cause tells of the connection.
    let cause = std::error::Error::source(status);
    match (code, cause) {
        (Code::DeadlineExceeded | Code::OutOfRange | Code::ResourceExhausted, _) => {
            Fault::Wrong(what)
        }
        (_, Some(cause)) => Fault::Passing(format!("the connection broke: {}", chain(cause))),
        (Code::Unavailable, None) => Fault::Passing(what),
        (_, None) => Fault::Wrong(format!("it answered {what}")),
    }
}

/// An error and its causes, each said once.
fn chain(error: &dyn std::error::Error) -> String {
    let mut message = quoted(&error.to_string());
    let mut next = error.source();
    while let Some(cause) = next {
        let text = quoted(&cause.to_string());
        if !message.contains(&text) {
            message = format!("{message}: {text}");
        }
        next = cause.source();
    }
    message
}
