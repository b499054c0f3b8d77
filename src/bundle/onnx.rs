//! Writes ONNX files, as far as bundles need them.
//!
//! Field numbers are those of `onnx.proto3`, ONNX 1.17, IR version 9, operator set 17, which ONNX
//! Runtime 1.24 and later and rten 0.27 accept.

use crate::base::release::PROGRAM;
use prost::Message;

/// Message types under the names and field numbers of `onnx.proto3`.
#[derive(Clone, PartialEq, Message)]
struct ModelProto {
    #[prost(int64, tag = "1")]
    ir_version: i64,
    #[prost(string, tag = "2")]
    producer_name: String,
    #[prost(message, optional, tag = "7")]
    graph: Option<GraphProto>,
    #[prost(message, repeated, tag = "8")]
    opset_import: Vec<OperatorSetId>,
    #[prost(message, repeated, tag = "14")]
    metadata_props: Vec<StringStringEntry>,
}

/// The part of a model that names its maker.
#[derive(Clone, PartialEq, Message)]
struct ProducerProto {
    #[prost(string, tag = "2")]
    producer_name: String,
}

/// Name and version of the program that wrote an ONNX file, if it says so.
pub fn producer(model: &[u8]) -> Option<String> {
    let proto = ProducerProto::decode(model).ok()?;
    (!proto.producer_name.is_empty()).then_some(proto.producer_name)
}

#[derive(Clone, PartialEq, Message)]
struct OperatorSetId {
    #[prost(string, tag = "1")]
    domain: String,
    #[prost(int64, tag = "2")]
    version: i64,
}

#[derive(Clone, PartialEq, Message)]
struct StringStringEntry {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(string, tag = "2")]
    value: String,
}

#[derive(Clone, PartialEq, Message)]
struct GraphProto {
    #[prost(message, repeated, tag = "1")]
    node: Vec<NodeProto>,
    #[prost(string, tag = "2")]
    name: String,
    #[prost(message, repeated, tag = "5")]
    initializer: Vec<TensorProto>,
    #[prost(message, repeated, tag = "11")]
    input: Vec<ValueInfo>,
    #[prost(message, repeated, tag = "12")]
    output: Vec<ValueInfo>,
}

#[derive(Clone, PartialEq, Message)]
struct NodeProto {
    #[prost(string, repeated, tag = "1")]
    input: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    output: Vec<String>,
    #[prost(string, tag = "3")]
    name: String,
    #[prost(string, tag = "4")]
    op_type: String,
    #[prost(message, repeated, tag = "5")]
    attribute: Vec<AttributeProto>,
}

#[derive(Clone, PartialEq, Message)]
struct AttributeProto {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(float, optional, tag = "2")]
    f: Option<f32>,
    #[prost(int64, optional, tag = "3")]
    i: Option<i64>,
    #[prost(bytes = "vec", optional, tag = "4")]
    s: Option<Vec<u8>>,
    // rten 0.27 reads this field unpacked only, as proto2 writers leave it.
    #[prost(int64, repeated, packed = "false", tag = "8")]
    ints: Vec<i64>,
    #[prost(int32, tag = "20")]
    kind: i32,
}

#[derive(Clone, PartialEq, Message)]
struct TensorProto {
    #[prost(int64, repeated, packed = "false", tag = "1")]
    dims: Vec<i64>,
    #[prost(int32, tag = "2")]
    data_type: i32,
    #[prost(string, tag = "8")]
    name: String,
    #[prost(bytes = "vec", tag = "9")]
    raw_data: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct ValueInfo {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, optional, tag = "2")]
    r#type: Option<TypeProto>,
}

#[derive(Clone, PartialEq, Message)]
struct TypeProto {
    #[prost(message, optional, tag = "1")]
    tensor_type: Option<TensorType>,
}

#[derive(Clone, PartialEq, Message)]
struct TensorType {
    #[prost(int32, tag = "1")]
    elem_type: i32,
    #[prost(message, optional, tag = "2")]
    shape: Option<ShapeProto>,
}

#[derive(Clone, PartialEq, Message)]
struct ShapeProto {
    #[prost(message, repeated, tag = "1")]
    dim: Vec<Dimension>,
}

#[derive(Clone, PartialEq, Message)]
struct Dimension {
    #[prost(int64, optional, tag = "1")]
    dim_value: Option<i64>,
    #[prost(string, optional, tag = "2")]
    dim_param: Option<String>,
}

const FLOAT: i32 = 1;
const INT64: i32 = 7;

/// One attribute of a node.
#[derive(Debug, Clone)]
pub enum Attr {
    /// A whole number.
    Int(i64),
    /// A real number.
    Float(f32),
    /// Several whole numbers.
    Ints(Vec<i64>),
    /// A word, for instance an interpolation mode.
    Text(&'static str),
}

/// One axis of an input or output: a fixed length or a named free one.
#[derive(Debug, Clone)]
pub enum Axis {
    /// Always this long.
    Fixed(usize),
    /// Chosen at run time.
    Free(&'static str),
}

/// Builds a model node by node; names of values are made here.
#[derive(Debug, Default)]
pub struct GraphWriter {
    graph: GraphProto,
    n_values: usize,
}

impl GraphWriter {
    /// An empty graph.
    pub fn new(name: &str) -> Self {
        Self { graph: GraphProto { name: name.to_owned(), ..Default::default() }, n_values: 0 }
    }

    /// Declares an input of 32-bit floats and returns its name.
    pub fn input(&mut self, name: &str, axes: &[Axis]) -> String {
        self.graph.input.push(value_info(name, axes));
        name.to_owned()
    }

    /// Declares `value` to be an output called `name`.
    pub fn output(&mut self, value: &str, name: &str, axes: &[Axis]) {
        self.push("Identity", &[value.to_owned()], name.to_owned(), &[]);
        self.graph.output.push(value_info(name, axes));
    }

    /// Stores weights and returns their name. `shape` must multiply to `data.len()`.
    pub fn floats(&mut self, shape: &[usize], data: &[f32]) -> String {
        debug_assert_eq!(shape.iter().product::<usize>(), data.len(), "weights do not fit");
        let raw_data = data.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.tensor(shape, FLOAT, raw_data)
    }

    /// Stores whole numbers (shapes, sizes) and returns their name.
    pub fn ints(&mut self, data: &[i64]) -> String {
        let raw_data = data.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.tensor(&[data.len()], INT64, raw_data)
    }

    /// Adds a node with one output and returns the output's name. An empty input name leaves an
    /// optional input out.
    pub fn node(&mut self, op_type: &str, inputs: &[&str], attributes: &[(&str, Attr)]) -> String {
        let out = self.fresh();
        let inputs: Vec<String> = inputs.iter().map(|s| (*s).to_owned()).collect();
        self.push(op_type, &inputs, out.clone(), attributes);
        out
    }

    /// Adds a node with two outputs of which the first is wanted (`TopK`).
    pub fn node_first_of_two(
        &mut self,
        op_type: &str,
        inputs: &[&str],
        attributes: &[(&str, Attr)],
    ) -> String {
        let out = self.node(op_type, inputs, attributes);
        let unused = self.fresh();
        if let Some(node) = self.graph.node.last_mut() {
            node.output.push(unused);
        }
        out
    }

    /// The file. `metadata` ends up in `metadata_props`.
    pub fn finish(self, metadata: &[(&str, String)]) -> Vec<u8> {
        ModelProto {
            ir_version: 9,
            producer_name: PROGRAM.to_owned(),
            graph: Some(self.graph),
            opset_import: vec![OperatorSetId { domain: String::new(), version: 17 }],
            metadata_props: metadata
                .iter()
                .map(|(k, v)| StringStringEntry { key: (*k).to_owned(), value: v.clone() })
                .collect(),
        }
        .encode_to_vec()
    }

    fn fresh(&mut self) -> String {
        self.n_values += 1;
        format!("v{}", self.n_values)
    }

    fn tensor(&mut self, shape: &[usize], data_type: i32, raw_data: Vec<u8>) -> String {
        let name = self.fresh();
        let dims = shape.iter().map(|d| *d as i64).collect();
        self.graph.initializer.push(TensorProto { dims, data_type, name: name.clone(), raw_data });
        name
    }

    fn push(&mut self, op_type: &str, inputs: &[String], out: String, attributes: &[(&str, Attr)]) {
        let attribute = attributes
            .iter()
            .map(|(name, attr)| {
                let mut proto = AttributeProto { name: (*name).to_owned(), ..Default::default() };
                match attr {
                    Attr::Float(f) => (proto.f, proto.kind) = (Some(*f), 1),
                    Attr::Int(i) => (proto.i, proto.kind) = (Some(*i), 2),
                    Attr::Text(s) => (proto.s, proto.kind) = (Some(s.as_bytes().to_vec()), 3),
                    Attr::Ints(v) => (proto.ints, proto.kind) = (v.clone(), 7),
                }
                proto
            })
            .collect();
        self.graph.node.push(NodeProto {
            input: inputs.to_vec(),
            name: format!("{op_type}_{out}"),
            output: vec![out],
            op_type: op_type.to_owned(),
            attribute,
        });
    }
}

fn value_info(name: &str, axes: &[Axis]) -> ValueInfo {
    let dim = axes
        .iter()
        .map(|axis| match axis {
            Axis::Fixed(n) => Dimension { dim_value: Some(*n as i64), dim_param: None },
            Axis::Free(n) => Dimension { dim_value: None, dim_param: Some((*n).to_owned()) },
        })
        .collect();
    ValueInfo {
        name: name.to_owned(),
        r#type: Some(TypeProto {
            tensor_type: Some(TensorType { elem_type: FLOAT, shape: Some(ShapeProto { dim }) }),
        }),
    }
}
