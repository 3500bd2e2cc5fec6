//! What `describe` finds out about a folder, and what it refuses.

use std::path::Path;

use dyad_models::{Architecture, CheckpointManifest, ModelKind, Role};

use super::folder::{REFERENCE, bare_folder, replace};

fn described(folder: &Path) -> CheckpointManifest {
    CheckpointManifest::describe(folder).unwrap()
}

fn refused(folder: &Path) -> String {
    CheckpointManifest::describe(folder).unwrap_err().to_string()
}

#[test]
fn every_family_is_described_and_read_back() {
    for (entry, role) in REFERENCE
        .token
        .iter()
        .map(|entry| (entry, Role::Entities))
        .chain(REFERENCE.sequence.iter().map(|entry| (entry, Role::Frames)))
    {
        let folder = bare_folder(entry);
        let manifest = described(folder.path());
        assert_eq!(manifest.roles, [role], "{}", entry.name);
        assert_eq!(manifest.hidden_size, 32, "{}", entry.name);
        assert_eq!(manifest.architecture.as_str(), entry.config["model_type"], "{}", entry.name);
        let longest = match entry.name.as_str() {
            "bert" => 64, // tokenizer_config.json says less than 100 positions
            "roberta" | "xlm-roberta" => 98,
            "deberta-v3" => 512,
            _ => 100,
        };
        assert_eq!(manifest.max_length, longest, "{}", entry.name);
        manifest.write(folder.path()).unwrap();
        assert_eq!(ModelKind::of(folder.path()).unwrap(), ModelKind::Checkpoint);
        let read = CheckpointManifest::load(folder.path()).unwrap();
        assert_eq!(read.files, manifest.files);
        assert_eq!(read.name, folder.path().file_name().unwrap().to_str().unwrap());
        for key in read.files.keys() {
            read.verified(key).unwrap();
        }
    }
}

#[test]
fn the_joint_model_is_no_checkpoint() {
    let joint = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/joint-minilm");
    assert_eq!(ModelKind::of(&joint).unwrap(), ModelKind::Joint);
    let folder = bare_folder(REFERENCE.token("bert"));
    std::fs::write(folder.path().join("model.toml"), "kind = \"ensemble\"\n").unwrap();
    let error = ModelKind::of(folder.path()).unwrap_err().to_string();
    assert!(error.contains("kind = \"ensemble\"") && error.contains("frame-head"), "{error}");
}

#[test]
fn files_are_listed_as_they_are_needed() {
    let keys = |folder: &Path| described(folder).files.keys().cloned().collect::<Vec<_>>().join(" ");
    let bert = bare_folder(REFERENCE.token("bert"));
    assert_eq!(keys(bert.path()), "config encoder tokenizer-config vocab");
    let roberta = bare_folder(REFERENCE.token("roberta"));
    assert_eq!(keys(roberta.path()), "config encoder merges vocab");
    std::fs::write(roberta.path().join("tokenizer.json"), "{}").unwrap();
    assert_eq!(keys(roberta.path()), "config encoder tokenizer");
    std::fs::write(roberta.path().join("model.onnx"), "graph").unwrap();
    std::fs::write(roberta.path().join("model.onnx_data"), "weights").unwrap();
    assert_eq!(keys(roberta.path()), "config encoder onnx-data onnx-fp32 tokenizer");
}

#[test]
fn the_role_is_told_by_head_and_labels() {
    let folder = bare_folder(REFERENCE.sequence("bert"));
    for (from, to) in [("contradiction", "NEG"), ("entailment", "POS")] {
        replace(folder.path(), "config.json", from, to);
    }
    assert_eq!(described(folder.path()).role(), Role::Sentiment);
    replace(folder.path(), "config.json", "\"NEG\"", "\"LABEL_0\"");
    let message = refused(folder.path());
    assert!(message.contains("id2label") && message.contains("LABEL_0"), "{message}");
    let manifest = CheckpointManifest::describe_as(folder.path(), Some(Role::Sentiment)).unwrap();
    let readings = manifest.readings().unwrap();
    assert_eq!(readings[0], ("LABEL_0".to_owned(), None));
    assert_eq!(readings[2], ("POS".to_owned(), Some("positive".to_owned())));
    let error = CheckpointManifest::describe_as(folder.path(), Some(Role::Stance)).unwrap_err().to_string();
    assert!(error.contains("cannot fill the role"), "{error}");
    replace(folder.path(), "config.json", "BertForSequenceClassification", "BertForMaskedLM");
    let message = refused(folder.path());
    assert!(message.contains("architectures") && message.contains("BertForMaskedLM"), "{message}");
}

#[test]
fn weights_that_are_not_safetensors_are_refused_with_the_remedy() {
    let folder = bare_folder(REFERENCE.token("bert"));
    std::fs::rename(folder.path().join("model.safetensors"), folder.path().join("pytorch_model.bin"))
        .unwrap();
    let message = refused(folder.path());
    for part in ["pytorch_model.bin", "can run code", "save_pretrained", "safe_serialization=True"] {
        assert!(message.contains(part), "{message}");
    }
    std::fs::remove_file(folder.path().join("pytorch_model.bin")).unwrap();
    assert!(refused(folder.path()).contains("model.safetensors is missing"));
    std::fs::write(folder.path().join("model.safetensors.index.json"), "{}").unwrap();
    assert!(refused(folder.path()).contains("max_shard_size"));
}

#[test]
fn a_sentencepiece_model_alone_is_refused_with_the_remedy() {
    for name in ["xlm-roberta", "deberta-v3"] {
        let folder = bare_folder(REFERENCE.token(name));
        std::fs::remove_file(folder.path().join("tokenizer.json")).unwrap();
        std::fs::write(folder.path().join("spm.model"), "pieces").unwrap();
        let message = refused(folder.path());
        for part in ["tokenizer.json is missing", "spm.model", "AutoTokenizer.from_pretrained"] {
            assert!(message.contains(part), "{message}");
        }
    }
}

#[test]
fn another_architecture_is_named() {
    let folder = bare_folder(REFERENCE.token("bert"));
    replace(folder.path(), "config.json", "\"model_type\":\"bert\"", "\"model_type\":\"gpt2\"");
    let message = refused(folder.path());
    let known = Architecture::ALL.iter().all(|architecture| message.contains(architecture.as_str()));
    assert!(message.contains("model_type = \"gpt2\"") && known, "{message}");
    std::fs::remove_file(folder.path().join("config.json")).unwrap();
    assert!(refused(folder.path()).contains("config.json"));
}
