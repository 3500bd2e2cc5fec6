//! A checkpoint in place of one head of the joint model, by the commands a user types.

use std::path::{Path, PathBuf};

use safetensors::Dtype;
use safetensors::tensor::TensorView;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{dyad, file, query, repository};

/// A tiny checkpoint folder as it comes from a hub: configuration and vocabulary stored with the tests of dyad-models,
/// arbitrary weights, and the whole model as a graph.
fn checkpoint(entry: &str, graph: &str, change: fn(&mut Value)) -> TempDir {
    let fixtures = repository().join("crates/models/tests/fixtures");
    let all: Value =
        serde_json::from_str(&std::fs::read_to_string(fixtures.join("checkpoints.json")).unwrap()).unwrap();
    let mut entry = all[entry].clone();
    change(&mut entry["config"]);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("config.json"), entry["config"].to_string()).unwrap();
    for (name, text) in entry["files"].as_object().unwrap() {
        std::fs::write(folder.path().join(name), text.as_str().unwrap()).unwrap();
    }
    let tensors: Vec<(String, Vec<usize>, Vec<u8>)> = entry["tensors"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, shape)| {
            let shape: Vec<usize> = serde_json::from_value(shape.clone()).unwrap();
            let size: usize = shape.iter().product();
            (name.clone(), shape, (0..size).flat_map(|i| (i as f32).sin().to_le_bytes()).collect())
        })
        .collect();
    let views = tensors.iter().map(|(name, shape, bytes)| {
        (name.as_str(), TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap())
    });
    safetensors::serialize_to_file(views, None, &folder.path().join("model.safetensors")).unwrap();
    std::fs::create_dir(folder.path().join("onnx")).unwrap();
    std::fs::copy(fixtures.join(graph), folder.path().join("onnx/model.onnx")).unwrap();
    folder
}

/// Adds a checkpoint to a models folder of the test's own.
pub fn add(entry: &str, graph: &str, name: &str, change: fn(&mut Value)) -> (TempDir, String) {
    let models = tempfile::tempdir().unwrap();
    let folder = checkpoint(entry, graph, change);
    let dir = models.path().to_str().unwrap().to_owned();
    let source = folder.path().to_str().unwrap();
    let said = dyad(&["models", "add", source, "--name", name, "--models-dir", &dir]).expect(0);
    assert!(said.stdout.contains("licence"), "{}", said.stdout);
    (models, dir)
}

/// Runs a short article with a configuration; gives the store and the model's part of the run record.
fn run(models_dir: &str, lines: &str) -> (TempDir, PathBuf, Value) {
    let joint = repository().join("models/joint-minilm");
    let text = format!("[model]\nname = '{}'\ndir = '{models_dir}'\n{lines}\n", joint.display());
    let (_config, config) = file("dyad.toml", text);
    let (_article, article) =
        file("a.txt", "Microsoft backs OpenAI again. The chip deal with OpenAI is off, Microsoft said.");
    let out = tempfile::tempdir().unwrap();
    let path = out.path().to_str().unwrap();
    dyad(&["run", &article, "--out", path, "--config", &config]).expect(0);
    let store = out.path().join("store");
    let model = run_record(&store);
    (out, store, model)
}

/// The model's part of the last run's record.
pub fn run_record(store: &Path) -> Value {
    let sql = "SELECT model FROM runs WHERE fingerprint IS NOT NULL ORDER BY finished_at DESC";
    let rows = query(store, sql);
    let model = &rows[0]["model"];
    model.as_str().map_or_else(|| model.clone(), |text| serde_json::from_str(text).unwrap())
}

#[test]
fn checkpoints_are_checked_like_joint_models() {
    let cases = [
        ("onnx_token", "checkpoint-token.onnx", "tiny-ner"),
        ("onnx_sequence", "checkpoint-sequence.onnx", "tiny-nli"),
    ];
    for (entry, graph, name) in cases {
        let (_models, dir) = add(entry, graph, name, |_| {});
        let output = dyad(&["models", "check", name, "--models-dir", &dir]);
        for what in ["loads", "scripts, emoji, capitals", "empty and long input", "batch invariance"] {
            assert!(
                output.stdout.contains(&format!("ok     onnx fp32: {what}")),
                "{what}:\n{}",
                output.stdout
            );
        }
        // The weights that this folder gives to libtorch are not those of the graph, and the check must see it.
        let has_torch = output.stdout.contains("torch fp32: loads");
        assert_eq!(output.stdout.contains("FAILED torch fp32: agrees with onnx fp32"), has_torch);
        output.expect(if has_torch { 2 } else { 0 });
    }
}

#[test]
fn a_checkpoint_finds_the_entities() {
    let (_models, dir) = add("onnx_token", "checkpoint-token.onnx", "tiny-ner", |_| {});
    let listed = dyad(&["models", "list", "--models-dir", &dir]).expect(0).stdout;
    assert!(listed.contains("tiny-ner") && listed.contains("entities"), "{listed}");
    let shown = dyad(&["models", "show", "tiny-ner", "--models-dir", &dir]).expect(0).stdout;
    assert!(shown.contains("sha256 as in model.toml"), "{shown}");

    let (_plain, plain_store, _) = run(&dir, "");
    let (_swapped, store, model) = run(&dir, "entities = 'tiny-ner'");
    assert_eq!(model["roles"]["entities"], "tiny-ner");
    let fingerprints = |store: &Path| query(store, "SELECT DISTINCT fingerprint FROM sentences");
    assert_ne!(fingerprints(&store), fingerprints(&plain_store));
    let mentions = |store: &Path| {
        query(store, "SELECT start_byte, type, score FROM mentions ORDER BY sentence_no, start_byte")
    };
    assert_ne!(mentions(&store), mentions(&plain_store), "the checkpoint's scores are other ones");
    let relations = |store: &Path| {
        query(store, "SELECT sentence_no, tone, frame_investment FROM relations ORDER BY sentence_no")
    };
    assert_eq!(relations(&store), relations(&plain_store), "frames and tone stay with the joint model");
}

#[test]
fn a_checkpoint_judges_the_sentiment() {
    let (_models, dir) = add("onnx_sequence", "checkpoint-sequence.onnx", "tiny-sentiment", |config| {
        config["id2label"] = json!({"0": "negative", "1": "neutral", "2": "positive"});
    });
    let (_plain, plain_store, _) = run(&dir, "");
    let (_swapped, store, model) = run(&dir, "sentiment = 'tiny-sentiment'");
    assert_eq!(model["roles"]["sentiment"], "tiny-sentiment");
    let sentiment =
        |store: &Path| query(store, "SELECT sentiment_a_positive AS p FROM relations ORDER BY sentence_no");
    assert_eq!(sentiment(&store).len(), 2);
    assert_ne!(sentiment(&store), sentiment(&plain_store));
    let sums = query(
        &store,
        "SELECT sentiment_b_negative + sentiment_b_neutral + sentiment_b_positive AS sum FROM relations",
    );
    assert!(sums.iter().all(|row| (row["sum"].as_f64().unwrap() - 1.0).abs() < 1e-4), "{sums:?}");
}

#[test]
fn a_role_that_the_checkpoint_does_not_fill_is_refused() {
    let (_models, dir) = add("onnx_sequence", "checkpoint-sequence.onnx", "tiny-nli", |_| {});
    for role in ["sentiment", "entities"] {
        let (_article, article) = file("a.txt", "Microsoft backs OpenAI.");
        let joint = repository().join("models/joint-minilm");
        let text = format!("[model]\nname = '{}'\ndir = '{dir}'\n{role} = 'tiny-nli'\n", joint.display());
        let (_config, config) = file("dyad.toml", text);
        let out = tempfile::tempdir().unwrap();
        let said =
            dyad(&["run", &article, "--out", out.path().to_str().unwrap(), "--config", &config]).expect(2);
        assert!(said.stderr.contains("tiny-nli") && said.stderr.contains("roles"), "{}", said.stderr);
    }
}
