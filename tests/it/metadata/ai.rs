//! Marks of AI, judged by sd-parsers and by the names of files that were made on purpose.

use pentimento::metadata::{AiLevel, Generation, Metadata, source_type_label};
use serde_json::Value;

use super::{answers, assert_tested, evidence, files, read};

fn generation(ours: &Metadata) -> Option<&Generation> {
    // Several texts of a file can be notes of the same generator.
    let mut notes = ours.marks.iter().filter_map(|mark| mark.generation.as_ref());
    notes
        .find(|notes| !notes.prompts.is_empty())
        .or_else(|| ours.marks.iter().find_map(|mark| mark.generation.as_ref()))
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(|v| v.as_str().unwrap().to_owned()).collect()
}

#[test]
fn generators_models_and_prompts_are_those_of_sd_parsers() {
    let Some(theirs) = answers("ai/expected/sd-parsers-0.6.json") else { return };
    let mut n = 0;
    for theirs in theirs.as_array().unwrap() {
        let file = theirs["file"].as_str().unwrap();
        let ours = read(&evidence(&format!("ai/{file}")).unwrap());
        let expected = &theirs["eager"];
        let notes = generation(&ours);
        if expected.is_null() {
            assert!(notes.is_none(), "{file}: {notes:?}");
            continue;
        }
        let notes = notes.unwrap_or_else(|| panic!("{file}: no notes: {:?}", ours.marks));
        let generator = expected["generator"].as_str().unwrap().to_lowercase();
        assert!(notes.generator.to_lowercase().starts_with(&generator), "{file}: {notes:?}");
        assert_eq!(notes.prompts, texts(&expected["prompts"]), "{file}");
        assert_eq!(notes.samplers, texts(&expected["samplers"]), "{file}");
        // sd-parsers 0.6 gives the link to a LoRA instead of the model behind it.
        if file == "comfyui_examples_lora.png" {
            assert_eq!(notes.models, ["v1-5-pruned-emaonly.ckpt"], "{file}");
        } else {
            assert_eq!(notes.models, texts(&expected["models"]), "{file}");
        }
        assert!(!notes.seeds.is_empty() && notes.n_bytes > 0, "{file}: {notes:?}");
        let is_declared = ours.marks.iter().all(|mark| mark.level != AiLevel::Signed);
        assert!(is_declared, "{file}: nothing of it is signed");
        n += 1;
    }
    println!(
        "{n} generated pictures: generator, model, prompt and sampler equal (1 model on purpose not)"
    );
    assert!(n >= 10, "{n}");
}

#[test]
fn declared_sources_are_named_in_the_wording_of_iptc() {
    let ai =
        ["trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia", "compositeSynthetic"];
    let mut n = 0;
    for path in files("ai") {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let Some(code) = name.strip_prefix("own_dst_") else { continue };
        let ours = read(&path);
        let [mark] = ours.marks.as_slice() else { panic!("{name}: {:?}", ours.marks) };
        assert_eq!((mark.code.as_str(), mark.level), (code, AiLevel::Declared));
        assert_eq!(mark.meaning, source_type_label(code).unwrap());
        assert_eq!(mark.is_ai, ai.contains(&code), "{code}");
        assert_eq!(mark.field, "XMP-iptcExt:DigitalSourceType");
        n += 1;
    }
    println!("{n} files with a digital source type");
    assert_tested(n, 7, "ai");
}

#[test]
fn credits_labels_and_platforms_are_named() {
    let Some(google) = evidence("ai/own_google_ai.jpg") else { return };
    let marks = read(&google).marks;
    assert!(marks.iter().any(|m| m.field == "XMP-photoshop:Credit" && m.is_ai), "{marks:?}");
    let marks = read(&evidence("ai/own_tc260_aigc.jpg").unwrap()).marks;
    assert!(marks.iter().any(|m| m.meaning.contains("GB 45438") && m.is_ai), "{marks:?}");
    let facebook = read(&evidence("ai/own_facebook_iptc.jpg").unwrap());
    let sentences = pentimento::metadata::summary(&facebook, &[]);
    let programs = sentences.iter().find(|s| s.about == "programs").unwrap();
    assert!(
        programs.text.contains("Facebook") && programs.text.contains("IPTC:SpecialInstructions"),
        "{programs:?}"
    );
}

#[test]
fn sentences_are_few_and_name_their_fields() {
    let mut n = 0;
    for path in files("ai").into_iter().chain(files("metadata")).chain(files("video")) {
        let Ok(ours) =
            pentimento::metadata::read_metadata(&path, &pentimento::base::Limits::default())
        else {
            continue;
        };
        let sentences = pentimento::metadata::summary(&ours, &[]);
        assert!(sentences.len() <= 7, "{}: {sentences:?}", path.display());
        for statement in &sentences {
            let text = statement.text.to_lowercase();
            for word in ["was taken", "authentic", "genuine", "fake", "incompatible"] {
                assert!(!text.contains(word), "{}: {}", path.display(), statement.text);
            }
            // Of what is not there no field can be named; what was looked for is.
            let is_of_none = statement.text.starts_with("No mark of AI was found. Looked for: ");
            if statement.about != "credential" && !is_of_none {
                assert!(!statement.fields.is_empty(), "{}: {}", path.display(), statement.text);
            }
            n += 1;
        }
    }
    assert_tested(n, 100, "ai");
}
