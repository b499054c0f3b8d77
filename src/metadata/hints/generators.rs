//! Notes of generators: which program, and what it was asked for.

use serde_json::Value;

use super::comfy;
use super::mark::Generation;

/// Reads a text that stands under `key`, or in a comment, a description or the alpha channel. `others`: the
/// value of another text of the file.
pub(super) fn read(
    key: &str,
    text: &str,
    others: &dyn Fn(&str) -> Option<String>,
) -> Option<Generation> {
    match key.to_ascii_lowercase().as_str() {
        "invokeai_metadata" | "sd-metadata" => invoke(text),
        "dream" => Some(dream(text)),
        "prompt" | "workflow" => comfy::read(text),
        "comment" => novel(text, others).or_else(|| comfy::read(text)).or_else(|| web_ui(text)),
        "parameters" | "usercomment" | "hiddentext" => parameters(text, others),
        // In EXIF of a WebP file ComfyUI writes `prompt:` or `workflow:` before the graph.
        "make" | "model" => labeled(text),
        "imagedescription" | "description" | "xpcomment" | "caption-abstract" => {
            labeled(text).or_else(|| web_ui(text))
        }
        _ => None,
    }
}

/// A graph or a workflow behind its name.
fn labeled(text: &str) -> Option<Generation> {
    let (label, notes) = text.split_once(':')?;
    let is_known = ["prompt", "workflow"].iter().any(|known| label.eq_ignore_ascii_case(known));
    comfy::read(notes).filter(|_| is_known)
}

/// Parameters in lines, or as JSON of Fooocus, `NovelAI` or `ComfyUI`.
fn parameters(text: &str, others: &dyn Fn(&str) -> Option<String>) -> Option<Generation> {
    if text.trim_start().starts_with('{') {
        return fooocus(text)
            .or_else(|| comfy::read(text))
            .or_else(|| novel_hidden(text))
            .or_else(|| novel(text, others));
    }
    web_ui(text)
}

/// The lines of the Stable Diffusion web UI: prompt, negative prompt, then pairs.
fn web_ui(text: &str) -> Option<Generation> {
    let at = text.rfind("Steps: ")?;
    let (head, pairs) = text.split_at_checked(at)?;
    let value = |name: &str| {
        let (_, rest) = pairs.split_once(&format!("{name}: "))?;
        let end = rest.find([',', '\n']).unwrap_or(rest.len());
        rest.get(..end).map(|value| value.trim().trim_matches('"').to_owned())
    };
    let sampler = value("Sampler")?;
    let prompt = head.split("Negative prompt:").next().unwrap_or_default().trim();
    let version = value("Version").unwrap_or_default();
    let generator = if version.starts_with("ComfyUI") {
        "ComfyUI".to_owned()
    } else if version.contains("Fooocus") {
        "Fooocus".to_owned()
    } else {
        "AUTOMATIC1111 (Stable Diffusion web UI)".to_owned()
    };
    // "Model hash" comes before "Model" and holds the same word.
    let model = pairs.split(", ").find_map(|pair| pair.trim().strip_prefix("Model: "));
    Some(Generation {
        generator,
        models: model.map(|model| model.trim().to_owned()).into_iter().collect(),
        prompts: Some(prompt.to_owned()).filter(|prompt| !prompt.is_empty()).into_iter().collect(),
        seeds: value("Seed").into_iter().collect(),
        samplers: vec![sampler],
        n_bytes: text.len(),
    })
}

/// A value of JSON as text: texts as they are, numbers in decimal.
fn words(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn listed(value: Option<String>) -> Vec<String> {
    value.filter(|value| !value.is_empty()).into_iter().collect()
}

fn fooocus(text: &str) -> Option<Generation> {
    let notes: Value = serde_json::from_str(text).ok()?;
    notes.get("base_model")?;
    Some(Generation {
        generator: "Fooocus".to_owned(),
        models: listed(words(notes.get("base_model"))),
        prompts: listed(words(notes.get("prompt"))),
        seeds: listed(words(notes.get("seed"))),
        samplers: listed(words(notes.get("sampler"))),
        n_bytes: text.len(),
    })
}

/// `InvokeAI` in two of its forms.
fn invoke(text: &str) -> Option<Generation> {
    let notes: Value = serde_json::from_str(text).ok()?;
    let image = notes.get("image").unwrap_or(&notes);
    let model = notes.get("model").and_then(|m| m.get("model_name").or_else(|| m.get("name")));
    let model = words(model).or_else(|| words(notes.get("model_weights")));
    let prompt = image.get("prompt");
    let first = prompt.and_then(|p| p.get(0)).and_then(|p| p.get("prompt"));
    let prompt =
        words(image.get("positive_prompt")).or_else(|| words(first)).or_else(|| words(prompt));
    let sampler = words(image.get("scheduler")).or_else(|| words(image.get("sampler")));
    Some(Generation {
        generator: "InvokeAI".to_owned(),
        models: listed(model),
        prompts: listed(prompt),
        seeds: listed(words(image.get("seed"))),
        samplers: listed(sampler),
        n_bytes: text.len(),
    })
}

/// The oldest form of `InvokeAI`: a quoted prompt, then options of a command line.
fn dream(text: &str) -> Generation {
    let prompt = text.split('"').nth(1).unwrap_or(text);
    let option = |name: &str| {
        let mut parts = text.split_whitespace();
        parts.find(|part| part.starts_with(name)).map(|part| {
            let value = part.strip_prefix(name).unwrap_or_default();
            if value.is_empty() {
                parts.next().unwrap_or_default().to_owned()
            } else {
                value.to_owned()
            }
        })
    };
    Generation {
        generator: "InvokeAI".to_owned(),
        models: Vec::new(),
        prompts: listed(Some(prompt.trim().to_owned())),
        seeds: listed(option("-S")),
        samplers: listed(option("-A")),
        n_bytes: text.len(),
    }
}

/// `NovelAI`: JSON in the comment, with the prompt in the description.
fn novel(text: &str, others: &dyn Fn(&str) -> Option<String>) -> Option<Generation> {
    if others("Software").as_deref() != Some("NovelAI") {
        return None;
    }
    let notes: Value = serde_json::from_str(text).ok()?;
    let prompt = others("Description").or_else(|| words(notes.get("prompt")));
    // "Stable Diffusion 1D44365E": a name, then a hash.
    let source = others("Source").map(|source| {
        let is_hash = |word: &str| word.len() == 8 && word.bytes().all(|b| b.is_ascii_hexdigit());
        match source.rsplit_once(' ') {
            Some((name, hash)) if is_hash(hash) => name.to_owned(),
            _ => source,
        }
    });
    Some(Generation {
        generator: "NovelAI".to_owned(),
        models: listed(source),
        prompts: listed(prompt.map(|prompt| prompt.trim().to_owned())),
        seeds: listed(words(notes.get("seed"))),
        samplers: listed(words(notes.get("sampler"))),
        n_bytes: text.len(),
    })
}

/// The notes of `NovelAI` in the alpha channel: all texts of the file in one object.
fn novel_hidden(text: &str) -> Option<Generation> {
    let notes: Value = serde_json::from_str(text).ok()?;
    let comment = words(notes.get("Comment"))?;
    let mut found = novel(&comment, &|key| words(notes.get(key)))?;
    found.n_bytes = text.len();
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn none(_: &str) -> Option<String> {
        None
    }

    #[test]
    fn the_lines_of_the_web_ui_are_read() {
        let text = "a duck, swimming\nNegative prompt: sky\nSteps: 15, Sampler: UniPC, Seed: 23, \
                    Model hash: c0d1, Model: real_v2, Version: 1.6";
        let found = read("parameters", text, &none).unwrap();
        assert_eq!(found.prompts, ["a duck, swimming"]);
        assert_eq!(
            (found.models, found.seeds),
            (vec!["real_v2".to_owned()], vec!["23".to_owned()])
        );
        assert_eq!(read("parameters", "Steps: none at all", &none), None);
        assert_eq!(read("UserComment", "holiday", &none), None);
        // ComfyUI in the EXIF of a WebP file.
        let graph = r#"prompt:{"1": {"class_type": "K", "inputs": {"seed": 4, "positive": 1}}}"#;
        assert_eq!(read("Make", graph, &none).unwrap().seeds, ["4"]);
        assert_eq!(read("Make", "Canon", &none), None);
        assert_eq!(read("Make", "other:{}", &none), None);
        assert_eq!(read("Comment", text, &none).unwrap().seeds, ["23"], "of a GIF file");
    }

    #[test]
    fn older_forms_of_invoke_are_read() {
        let found = read("Dream", "\"a cat\" -s50 -S 42 -A k_lms", &none).unwrap();
        assert_eq!((found.prompts, found.seeds), (vec!["a cat".to_owned()], vec!["42".to_owned()]));
        let notes = r#"{"model_weights": "sd-1.4", "image": {"prompt": [{"prompt": "a dog"}],
            "seed": 5, "sampler": "k_lms"}}"#;
        let found = read("sd-metadata", notes, &none).unwrap();
        assert_eq!(
            (found.models, found.prompts),
            (vec!["sd-1.4".to_owned()], vec!["a dog".to_owned()])
        );
    }

    #[test]
    fn a_comment_counts_only_with_the_name_of_the_program() {
        let notes = r#"{"seed": 9, "sampler": "k_euler"}"#;
        assert_eq!(read("Comment", notes, &none), None);
        let others = |key: &str| {
            let value = match key {
                "Software" => "NovelAI",
                "Description" => "a tree",
                "Source" => "Stable Diffusion 1D44365E",
                _ => return None,
            };
            Some(value.to_owned())
        };
        let found = read("Comment", notes, &others).unwrap();
        assert_eq!(found.models, ["Stable Diffusion"]);
    }
}
