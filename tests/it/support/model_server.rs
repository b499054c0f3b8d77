//! A model server that runs a bundle as it should, and misbehaves where a test asks for it. It speaks
//! HTTP/2 by `h2` and has messages of its own, so that it does not share the faults of the client.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::{BufMut as _, Bytes, BytesMut};
use pentimento::base::Tensor;
use pentimento::bundle::Bundle;
use pentimento::infer::ModelSession;
use prost::Message;
use tokio::net::{TcpListener, TcpStream};

use super::rten;

/// What becomes of a request to run the model.
pub(crate) enum Act {
    /// The right answer, or what a test made of it.
    Answer(InferResponse),
    /// A status without an answer.
    Status(u32, &'static str),
    /// No answer.
    Silence,
    /// The connection is closed.
    Break,
}

/// What the server does; [`Conduct::default`] is as it should be.
pub(crate) struct Conduct {
    /// Changes the right answer to run `n`, counted from 0.
    pub(crate) infer: Box<dyn Fn(usize, InferResponse) -> Act + Send>,
    /// Changes what it says of the model.
    pub(crate) metadata: fn(&mut ModelMetadata),
    /// How often it says that it is not ready before it is.
    pub(crate) n_unready: usize,
}

impl Default for Conduct {
    fn default() -> Self {
        Self { infer: Box::new(|_, answer| Act::Answer(answer)), metadata: |_| {}, n_unready: 0 }
    }
}

impl Conduct {
    /// Misbehaves at runs only.
    pub(crate) fn at_runs(infer: impl Fn(usize, InferResponse) -> Act + Send + 'static) -> Self {
        Self { infer: Box::new(infer), ..Self::default() }
    }
}

/// A server that runs until the process ends.
pub(crate) struct ModelServer {
    address: SocketAddr,
    n_runs: Arc<AtomicUsize>,
    n_connections: Arc<AtomicUsize>,
}

impl ModelServer {
    /// Serves `bundle` under its name, by `rten`.
    pub(crate) fn start(bundle: &Bundle, conduct: Conduct) -> Self {
        let n_runs = Arc::new(AtomicUsize::new(0));
        let n_connections = Arc::new(AtomicUsize::new(0));
        let state = State {
            bundle: bundle.clone(),
            session: rten().load(bundle).unwrap(),
            conduct,
            n_runs: Arc::clone(&n_runs),
            n_ready: 0,
        };
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::clone(&n_connections);
        let serve_all = move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
            let state = Arc::new(Mutex::new(state));
            runtime.block_on(async {
                let listener = TcpListener::from_std(listener).unwrap();
                while let Ok((socket, _)) = listener.accept().await {
                    connections.fetch_add(1, Ordering::SeqCst);
                    tokio::spawn(serve(socket, Arc::clone(&state)));
                }
            });
        };
        let thread = std::thread::Builder::new().name("model server".to_owned());
        thread.spawn(serve_all).unwrap();
        Self { address, n_runs, n_connections }
    }

    /// For `--remote`.
    pub(crate) fn address(&self) -> String {
        format!("grpc://{}", self.address)
    }

    /// Requests to run the model so far.
    pub(crate) fn n_runs(&self) -> usize {
        self.n_runs.load(Ordering::SeqCst)
    }

    /// Connections so far.
    pub(crate) fn n_connections(&self) -> usize {
        self.n_connections.load(Ordering::SeqCst)
    }
}

struct State {
    bundle: Bundle,
    session: Box<dyn ModelSession>,
    conduct: Conduct,
    n_runs: Arc<AtomicUsize>,
    n_ready: usize,
}

/// One connection, until it ends or is to break.
async fn serve(socket: TcpStream, state: Arc<Mutex<State>>) {
    let socket = socket.into_std().unwrap();
    let twin = Arc::new(socket.try_clone().unwrap());
    let socket = TcpStream::from_std(socket).unwrap();
    let Ok(mut connection) = h2::server::Builder::new()
        .initial_window_size(8 << 20)
        .initial_connection_window_size(16 << 20)
        .handshake::<_, Bytes>(socket)
        .await
    else {
        return;
    };
    while let Some(Ok((request, mut respond))) = connection.accept().await {
        let (state, twin) = (Arc::clone(&state), Arc::clone(&twin));
        // The body arrives only while the connection is driven.
        tokio::spawn(async move {
            let path = request.uri().path().rsplit('/').next().unwrap().to_owned();
            let mut body = request.into_body();
            let mut bytes = BytesMut::new();
            while let Some(Ok(part)) = body.data().await {
                body.flow_control().release_capacity(part.len()).unwrap();
                bytes.extend_from_slice(&part);
            }
            let act = state.lock().unwrap().act(&path, &bytes.split_off(5));
            let head = http::Response::builder().header("content-type", "application/grpc");
            let trailers = |code: u32, text: &str| {
                let mut map = http::HeaderMap::new();
                map.insert("grpc-status", code.into());
                map.insert("grpc-message", text.parse().unwrap());
                map
            };
            match act {
                Ok(message) => {
                    let mut stream = respond.send_response(head.body(()).unwrap(), false).unwrap();
                    let mut framed = BytesMut::new();
                    framed.put_u8(0);
                    framed.put_u32(message.len() as u32);
                    framed.extend_from_slice(&message);
                    stream.send_data(framed.freeze(), false).unwrap();
                    stream.send_trailers(trailers(0, "")).unwrap();
                }
                Err(Act::Status(code, text)) => {
                    let mut stream = respond.send_response(head.body(()).unwrap(), false).unwrap();
                    stream.send_trailers(trailers(code, text)).unwrap();
                }
                Err(Act::Break) => twin.shutdown(std::net::Shutdown::Both).unwrap(),
                Err(Act::Silence | Act::Answer(_)) => std::future::pending().await,
            }
        });
    }
}

impl State {
    fn act(&mut self, call: &str, request: &[u8]) -> Result<Vec<u8>, Act> {
        Ok(match call {
            "ServerReady" => {
                self.n_ready += 1;
                Ready { ready: self.n_ready > self.conduct.n_unready }.encode_to_vec()
            }
            "ModelReady" => Ready { ready: self.knows(request)? }.encode_to_vec(),
            "ServerMetadata" => {
                ServerMetadata { name: "test".to_owned(), version: "0.1".to_owned() }
                    .encode_to_vec()
            }
            "ModelMetadata" => {
                self.knows(request)?;
                self.metadata().encode_to_vec()
            }
            "ModelInfer" => self.infer(&InferRequest::decode(request).unwrap())?.encode_to_vec(),
            other => panic!("the call {other}"),
        })
    }

    fn knows(&self, request: &[u8]) -> Result<bool, Act> {
        let asked = Name::decode(request).unwrap().name;
        if asked == self.bundle.card.name { Ok(true) } else { Err(Act::Status(5, "unknown model")) }
    }

    fn metadata(&self) -> ModelMetadata {
        let tensor = |name: &str, rest: &[i64]| Output {
            name: name.to_owned(),
            datatype: "FP32".to_owned(),
            shape: [&[-1], rest].concat(),
        };
        let mut declared = ModelMetadata {
            inputs: vec![tensor("input", &[3, 32, 32])],
            outputs: vec![
                tensor("map", &[1, 4, 4]),
                tensor("reconstruction", &[3, 16, 16]),
                tensor("logit", &[]),
            ],
        };
        (self.conduct.metadata)(&mut declared);
        declared
    }

    fn infer(&mut self, request: &InferRequest) -> Result<InferResponse, Act> {
        let shape = request.inputs[0].shape.iter().map(|extent| *extent as usize).collect();
        let quads = request.raw_inputs[0].as_chunks::<4>().0;
        let data = quads.iter().map(|quad| f32::from_le_bytes(*quad)).collect();
        let outputs = self.session.run(&Tensor { shape, data }).unwrap();
        let names: Vec<&String> = request.outputs.iter().map(|output| &output.name).collect();
        let expected: Vec<_> = self.bundle.card.outputs.iter().collect();
        assert_eq!(names, expected, "all outputs are asked for");
        let answer = InferResponse {
            model_version: "3".to_owned(),
            outputs: outputs
                .iter()
                .zip(names)
                .map(|(output, name)| Output {
                    name: name.clone(),
                    datatype: "FP32".to_owned(),
                    shape: output.shape.iter().map(|extent| *extent as i64).collect(),
                })
                .collect(),
            raw_outputs: outputs
                .iter()
                .map(|output| output.data.iter().flat_map(|value| value.to_le_bytes()).collect())
                .collect(),
        };
        match (self.conduct.infer)(self.n_runs.fetch_add(1, Ordering::SeqCst), answer) {
            Act::Answer(answer) => Ok(answer),
            other => Err(other),
        }
    }
}

#[derive(Clone, PartialEq, Eq, Message)]
struct Ready {
    #[prost(bool, tag = "1")]
    ready: bool,
}

#[derive(Clone, PartialEq, Eq, Message)]
struct Name {
    #[prost(string, tag = "1")]
    name: String,
}

#[derive(Clone, PartialEq, Eq, Message)]
struct ServerMetadata {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    version: String,
}

/// An input or output, described or answered.
#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct Output {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(string, tag = "2")]
    pub(crate) datatype: String,
    #[prost(int64, repeated, tag = "3")]
    pub(crate) shape: Vec<i64>,
}

/// What the server says of the model.
#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct ModelMetadata {
    #[prost(message, repeated, tag = "4")]
    pub(crate) inputs: Vec<Output>,
    #[prost(message, repeated, tag = "5")]
    pub(crate) outputs: Vec<Output>,
}

#[derive(Clone, PartialEq, Eq, Message)]
struct InferRequest {
    #[prost(message, repeated, tag = "5")]
    inputs: Vec<Output>,
    #[prost(message, repeated, tag = "6")]
    outputs: Vec<Name>,
    #[prost(bytes = "vec", repeated, tag = "7")]
    raw_inputs: Vec<Vec<u8>>,
}

/// The answer to a run.
#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct InferResponse {
    #[prost(string, tag = "2")]
    pub(crate) model_version: String,
    #[prost(message, repeated, tag = "5")]
    pub(crate) outputs: Vec<Output>,
    #[prost(bytes = "vec", repeated, tag = "6")]
    pub(crate) raw_outputs: Vec<Vec<u8>>,
}
