//! What `ComfyUI` writes: the graph of a run, the workflow of its editor, or both in one comment.

use serde_json::Value;

use super::mark::Generation;

/// Nodes that are followed from one to the next: a graph may be a circle.
const MAX_STEPS: usize = 64;
/// Samplers of which the inputs are followed.
const MAX_SAMPLERS: usize = 64;
/// Nodes of a workflow that are searched for names of models, and names that are kept.
const MAX_NODES: usize = 10_000;
const MAX_MODELS: usize = 20;
/// Ends of the names of files that hold models.
const MODEL_FILES: &[&str] = &[".safetensors", ".ckpt", ".gguf", ".sft"];

/// Reads notes; `None` when they are of another kind.
pub(super) fn read(text: &str) -> Option<Generation> {
    if !text.trim_start().starts_with('{') {
        return None;
    }
    let notes: Value = serde_json::from_str(text).ok()?;
    let mut found = graph(&notes).or_else(|| workflow(&notes)).or_else(|| both(&notes))?;
    found.n_bytes = text.len();
    Some(found)
}

/// `{"prompt": …, "workflow": …}`, as in the comment of a video: objects, or texts that hold them.
fn both(notes: &Value) -> Option<Generation> {
    let inner = |name: &str| -> Option<Value> {
        match notes.get(name)? {
            Value::String(text) => serde_json::from_str(text).ok(),
            other => Some(other.clone()),
        }
    };
    inner("prompt")
        .as_ref()
        .and_then(graph)
        .or_else(|| inner("workflow").as_ref().and_then(workflow))
}

/// The workflow of the editor: a list of nodes with their kind. Of models only names of files are known.
fn workflow(notes: &Value) -> Option<Generation> {
    let nodes = notes.get("nodes")?.as_array()?;
    let is_node = |node: &Value| node.get("type").is_some_and(Value::is_string);
    if !nodes.iter().any(is_node) || notes.get("links").is_none() {
        return None;
    }
    let mut found = Generation { generator: "ComfyUI".to_owned(), ..Generation::default() };
    let values = nodes.iter().take(MAX_NODES).filter_map(|node| node.get("widgets_values"));
    let texts = values.filter_map(Value::as_array).flatten().filter_map(Value::as_str);
    for text in texts.filter(|text| MODEL_FILES.iter().any(|end| text.ends_with(end))) {
        if found.models.len() < MAX_MODELS {
            add(&mut found.models, Some(text.to_owned()));
        }
    }
    Some(found)
}

/// Reads the graph of a run.
fn graph(graph: &Value) -> Option<Generation> {
    let nodes = graph.as_object()?;
    let is_node = |node: &Value| node.get("class_type").is_some() && node.get("inputs").is_some();
    if !nodes.values().any(is_node) {
        return None;
    }
    let mut found = Generation { generator: "ComfyUI".to_owned(), ..Generation::default() };
    let samplers = nodes.values().filter(|node| input(node, "positive").is_some());
    for sampler in samplers.take(MAX_SAMPLERS) {
        let seed = input(sampler, "seed").or_else(|| input(sampler, "noise_seed"));
        add(&mut found.seeds, seed.filter(|seed| seed.is_number()).map(Value::to_string));
        let name = input(sampler, "sampler_name").and_then(Value::as_str);
        add(&mut found.samplers, name.map(str::to_owned));
        let model = follow(
            graph,
            input(sampler, "model"),
            &["ckpt_name", "unet_name", "model_name"],
            &["model"],
        );
        add(&mut found.models, model);
        let texts = ["text", "text_g", "prompt", "string"];
        let on = ["conditioning", "positive", "conditioning_1", "text"];
        add(&mut found.prompts, follow(graph, input(sampler, "positive"), &texts, &on));
    }
    Some(found)
}

fn add(list: &mut Vec<String>, value: Option<String>) {
    list.extend(value.filter(|value| !value.is_empty() && !list.contains(value)));
}

fn input<'a>(node: &'a Value, name: &str) -> Option<&'a Value> {
    node.get("inputs")?.get(name)
}

/// Goes from node to node along `on` until an input of `wanted` is a text.
fn follow(graph: &Value, link: Option<&Value>, wanted: &[&str], on: &[&str]) -> Option<String> {
    let mut link = link?;
    for _ in 0..MAX_STEPS {
        let id = link.get(0)?.as_str()?;
        let node = graph.get(id)?;
        let text = wanted.iter().find_map(|name| input(node, name).and_then(Value::as_str));
        if let Some(text) = text {
            return Some(text.trim().to_owned());
        }
        link = on.iter().find_map(|name| input(node, name).filter(|value| value.is_array()))?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_graph_is_followed_and_a_circle_ends() {
        let graph = r#"{
            "1": {"class_type": "K", "inputs": {"seed": 7, "sampler_name": "euler",
                  "model": ["2", 0], "positive": ["4", 0]}},
            "2": {"class_type": "Lora", "inputs": {"model": ["3", 0], "lora_name": "x"}},
            "3": {"class_type": "Load", "inputs": {"ckpt_name": "m.safetensors"}},
            "4": {"class_type": "Cond", "inputs": {"conditioning": ["5", 0]}},
            "5": {"class_type": "Text", "inputs": {"text": " a cat "}}}"#;
        let found = read(graph).unwrap();
        assert_eq!(
            (found.models, found.prompts),
            (vec!["m.safetensors".to_owned()], vec!["a cat".to_owned()])
        );
        assert_eq!((found.seeds, found.samplers), (vec!["7".to_owned()], vec!["euler".to_owned()]));
        let circle = r#"{"1": {"class_type": "K", "inputs": {"positive": ["2", 0]}},
            "2": {"class_type": "C", "inputs": {"conditioning": ["2", 0]}}}"#;
        assert_eq!(read(circle).unwrap().prompts, [""; 0]);
        let workflow = r#"{"last_node_id": 1, "links": [], "nodes": [
            {"id": 1, "type": "Load", "widgets_values": ["m.safetensors", "x"]}]}"#;
        assert_eq!(read(workflow).unwrap().models, ["m.safetensors"]);
        let comment = serde_json::json!({"prompt": graph, "workflow": {"nodes": []}}).to_string();
        assert_eq!(read(&comment).unwrap().prompts, ["a cat"], "a text that holds the graph");
        let comment = format!("{{\"prompt\": {graph}, \"workflow\": {workflow}}}");
        assert_eq!(read(&comment).unwrap().prompts, ["a cat"]);
        assert_eq!(read(r#"{"nodes": [{"type": 3}], "links": []}"#), None);
        assert_eq!(read("{}"), None);
        assert_eq!(read("no json"), None);
    }
}
