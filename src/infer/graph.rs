//! What a model's graph consists of, read before an engine sees it.
//!
//! Only what decides whether it may be loaded is read; weights are skipped. Field numbers are those
//! of `onnx.proto3`.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use prost::Message;

/// A detector has a few hundred operators.
const MAX_NODES: usize = 20_000;
/// Bodies of loops lie in one another. `prost` itself gives up at 100 messages.
const MAX_DEPTH: usize = 16;
/// Domains of operators whose code is in the engines.
const DOMAINS: [&str; 3] = ["", "ai.onnx", "com.microsoft"];
/// `TensorProto.DataLocation.EXTERNAL`
const EXTERNAL: i32 = 1;

#[derive(Clone, PartialEq, Message)]
struct Model {
    #[prost(message, optional, tag = "7")]
    graph: Option<Graph>,
    #[prost(message, repeated, tag = "20")]
    training: Vec<Ignored>,
    #[prost(message, repeated, tag = "25")]
    functions: Vec<Ignored>,
}

#[derive(Clone, PartialEq, Message)]
struct Ignored {}

#[derive(Clone, PartialEq, Message)]
struct Graph {
    #[prost(message, repeated, tag = "1")]
    nodes: Vec<Node>,
    #[prost(message, repeated, tag = "5")]
    weights: Vec<Weights>,
    #[prost(message, repeated, tag = "15")]
    sparse: Vec<Ignored>,
}

#[derive(Clone, PartialEq, Message)]
struct Node {
    #[prost(string, tag = "4")]
    operator: String,
    #[prost(message, repeated, tag = "5")]
    attributes: Vec<Attribute>,
    #[prost(string, tag = "7")]
    domain: String,
}

#[derive(Clone, PartialEq, Message)]
struct Attribute {
    #[prost(message, optional, tag = "5")]
    tensor: Option<Weights>,
    #[prost(message, optional, tag = "6")]
    graph: Option<Graph>,
    #[prost(message, repeated, tag = "10")]
    tensors: Vec<Weights>,
    #[prost(message, repeated, tag = "11")]
    graphs: Vec<Graph>,
}

#[derive(Clone, PartialEq, Message)]
struct Weights {
    #[prost(message, repeated, tag = "13")]
    external: Vec<Ignored>,
    #[prost(int32, tag = "14")]
    location: i32,
}

impl Weights {
    fn is_elsewhere(&self) -> bool {
        self.location == EXTERNAL || !self.external.is_empty()
    }
}

/// What a graph may do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct GraphFacts {
    /// Operators, those in bodies of loops included.
    pub(super) n_nodes: usize,
    /// The first operator that has a body of its own, such as `Loop`: nothing in the file bounds how
    /// long it runs.
    pub(super) loops_by: Option<String>,
}

/// Reads a graph.
///
/// # Errors
///
/// What about it no engine may load: it names other files, or is no graph.
pub(super) fn examine(model: &[u8]) -> Result<GraphFacts, String> {
    let model = Model::decode(model).map_err(|error| format!("it is no ONNX file: {error}"))?;
    if !model.functions.is_empty() || !model.training.is_empty() {
        return Err("it has functions of its own or a training graph".to_owned());
    }
    let graph = model.graph.ok_or("it has no graph")?;
    let mut facts = GraphFacts::default();
    add(&graph, 0, &mut facts)?;
    Ok(facts)
}

fn add(graph: &Graph, depth: usize, facts: &mut GraphFacts) -> Result<(), String> {
    if depth > MAX_DEPTH {
        return Err(format!("its graphs lie in one another more than {MAX_DEPTH} times"));
    }
    facts.n_nodes = facts.n_nodes.saturating_add(graph.nodes.len());
    if facts.n_nodes > MAX_NODES {
        return Err(format!("it has more than {MAX_NODES} operators"));
    }
    let is_elsewhere = "its weights lie in another file";
    if graph.weights.iter().any(Weights::is_elsewhere) {
        return Err(is_elsewhere.to_owned());
    }
    if !graph.sparse.is_empty() {
        return Err("it has sparse weights".to_owned());
    }
    for node in &graph.nodes {
        if !DOMAINS.contains(&node.domain.as_str()) {
            return Err(format!("its operator {:?} is of {:?}", node.operator, node.domain));
        }
        for attribute in &node.attributes {
            let tensors = attribute.tensor.iter().chain(&attribute.tensors);
            if tensors.into_iter().any(Weights::is_elsewhere) {
                return Err(is_elsewhere.to_owned());
            }
            for body in attribute.graph.iter().chain(&attribute.graphs) {
                facts.loops_by.get_or_insert_with(|| node.operator.clone());
                add(body, depth.saturating_add(1), facts)?;
            }
        }
    }
    Ok(())
}

/// Entry for `tests/fuzz`.
#[cfg(fuzzing)]
pub fn fuzz(bytes: &[u8]) {
    drop(examine(bytes));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(operator: &str, bodies: Vec<Graph>) -> Node {
        let attributes = bodies
            .into_iter()
            .map(|body| Attribute { graph: Some(body), ..Attribute::default() })
            .collect();
        Node { operator: operator.to_owned(), attributes, domain: String::new() }
    }

    fn graph(nodes: Vec<Node>) -> Graph {
        Graph { nodes, ..Graph::default() }
    }

    fn facts(graph: Graph) -> Result<GraphFacts, String> {
        examine(&Model { graph: Some(graph), ..Model::default() }.encode_to_vec())
    }

    #[test]
    fn plain_graphs_pass_and_loops_are_named() {
        let plain = facts(graph(vec![node("Conv", vec![]), node("Relu", vec![])])).unwrap();
        assert_eq!(plain, GraphFacts { n_nodes: 2, loops_by: None });
        let body = graph(vec![node("Add", vec![])]);
        let found = facts(graph(vec![node("Loop", vec![body])])).unwrap();
        assert_eq!((found.n_nodes, found.loops_by.as_deref()), (2, Some("Loop")));
    }

    #[test]
    fn what_reaches_out_of_the_file_or_has_no_end_is_refused() {
        let weights = Weights { location: EXTERNAL, ..Weights::default() };
        let outside = Graph { weights: vec![weights.clone()], ..Graph::default() };
        assert_eq!(facts(outside).unwrap_err(), "its weights lie in another file");
        let constant = Attribute { tensor: Some(weights), ..Attribute::default() };
        let constant = Node { attributes: vec![constant], ..node("Constant", vec![]) };
        assert!(facts(graph(vec![constant])).is_err(), "a constant as well");
        let foreign = Node { domain: "evil".to_owned(), ..node("Custom", vec![]) };
        assert!(facts(graph(vec![foreign])).unwrap_err().contains("evil"));
        let many = vec![node("Relu", vec![]); MAX_NODES + 1];
        assert!(facts(graph(many)).unwrap_err().contains("operators"));
        let mut deep = graph(vec![]);
        for _ in 0..=MAX_DEPTH {
            deep = graph(vec![node("If", vec![deep])]);
        }
        assert!(facts(deep).unwrap_err().contains("in one another"));
        for bytes in [&b""[..], b"text", &[0xFF; 64]] {
            assert!(examine(bytes).is_err(), "{bytes:?}");
        }
    }
}
