//! The graph that `ComfyUI` writes: models, prompts and seeds of its samplers.

use serde_json::Value;

use super::mark::Generation;

/// Nodes that are followed from one to the next: a graph may be a circle.
const MAX_STEPS: usize = 64;
/// Samplers of which the inputs are followed.
const MAX_SAMPLERS: usize = 64;

/// Reads a graph; `None` when it is of another kind.
pub(super) fn read(text: &str) -> Option<Generation> {
    let graph: Value = serde_json::from_str(text).ok()?;
    let nodes = graph.as_object()?;
    let is_node = |node: &Value| node.get("class_type").is_some() && node.get("inputs").is_some();
    if !nodes.values().any(is_node) {
        return None;
    }
    let mut found = Generation {
        generator: "ComfyUI".to_owned(),
        n_bytes: text.len(),
        ..Generation::default()
    };
    let samplers = nodes.values().filter(|node| input(node, "positive").is_some());
    for sampler in samplers.take(MAX_SAMPLERS) {
        let seed = input(sampler, "seed").or_else(|| input(sampler, "noise_seed"));
        add(&mut found.seeds, seed.filter(|seed| seed.is_number()).map(Value::to_string));
        let name = input(sampler, "sampler_name").and_then(Value::as_str);
        add(&mut found.samplers, name.map(str::to_owned));
        let model = follow(
            &graph,
            input(sampler, "model"),
            &["ckpt_name", "unet_name", "model_name"],
            &["model"],
        );
        add(&mut found.models, model);
        let texts = ["text", "text_g", "prompt", "string"];
        let on = ["conditioning", "positive", "conditioning_1", "text"];
        add(&mut found.prompts, follow(&graph, input(sampler, "positive"), &texts, &on));
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
        assert_eq!(read("{}"), None);
        assert_eq!(read("no json"), None);
    }
}
