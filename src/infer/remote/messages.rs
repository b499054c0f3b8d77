//! The messages of the Open Inference Protocol v2 that are used, without fields that are neither sent nor
//! read. Numbers of fields and names of calls are those of its `open_inference_grpc.proto`.

use prost::Message;

/// Asks for whatever a call without arguments answers.
#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct Empty {}

/// Whether a server or a model is ready.
#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct Ready {
    #[prost(bool, tag = "1")]
    pub(super) ready: bool,
}

/// Names a model and its version; without a version the server chooses.
#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct ModelName {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(string, tag = "2")]
    pub(super) version: String,
}

/// What the server calls itself.
#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct ServerMetadata {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(string, tag = "2")]
    pub(super) version: String,
}

/// An input or output as the server describes it; an extent of -1 may be any.
#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct TensorMetadata {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(string, tag = "2")]
    pub(super) datatype: String,
    #[prost(int64, repeated, tag = "3")]
    pub(super) shape: Vec<i64>,
}

/// A model as the server describes it.
#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct ModelMetadata {
    #[prost(message, repeated, tag = "4")]
    pub(super) inputs: Vec<TensorMetadata>,
    #[prost(message, repeated, tag = "5")]
    pub(super) outputs: Vec<TensorMetadata>,
}

/// An input of a request; its values stand in [`InferRequest::raw_inputs`].
#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct InferInput {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(string, tag = "2")]
    pub(super) datatype: String,
    #[prost(int64, repeated, tag = "3")]
    pub(super) shape: Vec<i64>,
}

/// An output that is asked for.
#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct RequestedOutput {
    #[prost(string, tag = "1")]
    pub(super) name: String,
}

/// A run of a model.
#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct InferRequest {
    #[prost(string, tag = "1")]
    pub(super) model_name: String,
    #[prost(string, tag = "2")]
    pub(super) model_version: String,
    #[prost(message, repeated, tag = "5")]
    pub(super) inputs: Vec<InferInput>,
    #[prost(message, repeated, tag = "6")]
    pub(super) outputs: Vec<RequestedOutput>,
    #[prost(bytes = "vec", repeated, tag = "7")]
    pub(super) raw_inputs: Vec<Vec<u8>>,
}

/// Values of an output where they are not raw.
#[derive(Clone, PartialEq, Message)]
pub(super) struct TensorContents {
    #[prost(float, repeated, tag = "6")]
    pub(super) fp32: Vec<f32>,
}

/// An output of an answer.
#[derive(Clone, PartialEq, Message)]
pub(super) struct InferOutput {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(string, tag = "2")]
    pub(super) datatype: String,
    #[prost(int64, repeated, tag = "3")]
    pub(super) shape: Vec<i64>,
    #[prost(message, optional, tag = "5")]
    pub(super) contents: Option<TensorContents>,
}

/// The answer to a run.
#[derive(Clone, PartialEq, Message)]
pub(super) struct InferResponse {
    #[prost(string, tag = "2")]
    pub(super) model_version: String,
    #[prost(message, repeated, tag = "5")]
    pub(super) outputs: Vec<InferOutput>,
    #[prost(bytes = "vec", repeated, tag = "6")]
    pub(super) raw_outputs: Vec<Vec<u8>>,
}
