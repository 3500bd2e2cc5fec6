//! Every way in which a described folder can be wrong is an error at load that names the field.

use std::path::Path;

use dyad_core::{Backend, Precision};
use dyad_models::{ModelError, ModelOptions, SequenceClassifier, TokenClassifier};

use super::folder::{REFERENCE, describe, folder, options, replace};

pub fn token_error(folder: &Path) -> ModelError {
    match TokenClassifier::load(folder, options(Backend::Torch)) {
        Ok(_) => panic!("a spoilt checkpoint loaded"),
        Err(error) => error,
    }
}

/// Loads a folder whose manifest was changed in one place.
fn said(from: &str, to: &str) -> String {
    let folder = folder(REFERENCE.token("bert"));
    replace(folder.path(), "model.toml", from, to);
    token_error(folder.path()).to_string()
}

#[test]
fn fields_of_the_manifest_are_named() {
    for (from, to, parts) in [
        ("\"entities\"", "\"entities\", \"frames\"", &["roles", "exactly one"][..]),
        ("\"entities\"", "\"stance\"", &["roles", "\"sentiment\""]),
        ("\"entities\"", "\"frames\"", &["roles must be [\"entities\"]"]),
        ("max_length = 64", "max_length = 7", &["max_length = 7"]),
        ("max_length = 64", "max_length = 101", &["max_length = 101", "100 tokens"]),
        ("hidden_size = 32", "hidden_size = 33", &["hidden_size = 33", "config.json says 32"]),
        (
            "architecture = \"bert\"",
            "architecture = \"electra\"",
            &["architecture = \"electra\"", "model_type = \"bert\""],
        ),
        ("architecture = \"bert\"", "architecture = \"gpt2\"", &["architecture", "gpt2", "deberta-v2"]),
        ("kind = \"checkpoint\"", "kind = \"joint\"", &["kind", "checkpoint"]),
        ("[files.vocab]", "[files.words]", &["files.words", "vocab"]),
        ("[files.vocab]", "[files.merges]", &["[files.vocab] is missing"]),
        ("[files.encoder]", "[files.onnx-fp32]", &["[files.encoder] is missing"]),
        (
            "path = \"model.safetensors\"",
            "path = \"model.bin\"",
            &["files.encoder", "safetensors", "save_pretrained"],
        ),
        ("version = ", "release = ", &["release"]),
    ] {
        let message = said(from, to);
        for part in parts.iter().chain(&["model.toml"]) {
            assert!(message.contains(part), "{to}: {part:?} is not in: {message}");
        }
    }
}

#[test]
fn a_missing_or_changed_file_is_named() {
    let folder = folder(REFERENCE.token("bert"));
    for (file, role) in
        [("vocab.txt", "vocab"), ("config.json", "config"), ("tokenizer_config.json", "tokenizer-config")]
    {
        let path = folder.path().join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, format!("{text} ")).unwrap();
        let error = token_error(folder.path());
        assert!(matches!(&error, ModelError::WrongHash { role: found, .. } if found == role), "{error}");
        std::fs::remove_file(&path).unwrap();
        let error = token_error(folder.path());
        assert!(matches!(&error, ModelError::FileUnreadable { role: found, .. } if found == role), "{error}");
        std::fs::write(&path, text).unwrap();
    }
}

#[test]
fn a_label_that_says_nothing_is_named() {
    let folder = folder(REFERENCE.token("bert"));
    replace(folder.path(), "config.json", "B-PER", "LABEL_1");
    describe(folder.path());
    let message = token_error(folder.path()).to_string();
    for part in ["model.toml", "labels.LABEL_1 is missing", "config.json", "\"B-TYPE\"", "organisation"] {
        assert!(message.contains(part), "{message}");
    }
    let manifest = folder.path().join("model.toml");
    let text = std::fs::read_to_string(&manifest).unwrap();
    std::fs::write(&manifest, format!("{text}\n[labels]\nLABEL_1 = \"B-animal\"\n")).unwrap();
    let message = token_error(folder.path()).to_string();
    assert!(message.contains("labels.LABEL_1 = \"B-animal\": must be"), "{message}");
    std::fs::write(&manifest, format!("{text}\n[labels]\nLABEL_1 = \"B-person\"\n")).unwrap();
    if dyad_models::backend::available().contains(&"torch") {
        assert!(TokenClassifier::load(folder.path(), options(Backend::Torch)).is_ok());
    }
}

#[test]
fn what_the_model_does_not_offer_is_said() {
    let folder = folder(REFERENCE.token("bert"));
    let loaded = |backend, precision| {
        let options = ModelOptions { backend, precision, threads: 1 };
        TokenClassifier::load(folder.path(), options).err().map(|error| error.to_string()).unwrap_or_default()
    };
    if dyad_models::backend::available().contains(&"onnx") {
        assert!(loaded(Backend::Onnx, Precision::Fp32).contains("has no files.onnx-fp32"));
    }
    assert!(loaded(Backend::Torch, Precision::Int8).contains("precision int8"));
}

#[test]
fn several_labels_at_once_are_refused() {
    let folder = folder(REFERENCE.sequence("bert"));
    replace(
        folder.path(),
        "config.json",
        "\"model_type\"",
        "\"problem_type\":\"multi_label_classification\",\"model_type\"",
    );
    describe(folder.path());
    let error = SequenceClassifier::load(folder.path(), options(Backend::Torch)).err().unwrap().to_string();
    assert!(error.contains("problem_type"), "{error}");
}
