//! Whole models as ONNX graphs.

use dyad_core::Backend;
use dyad_models::{Encoder, RaggedBatch, SequenceClassifier, TokenClassifier};

use super::compare::{check_sequence_logits, check_token_logits};
use super::folder::{Entry, REFERENCE, describe, fixture, folder, options};

/// The folder of an entry with its graph.
fn folder_with_graph(entry: &Entry, graph: &str) -> tempfile::TempDir {
    let folder = folder(entry);
    std::fs::create_dir(folder.path().join("onnx")).unwrap();
    std::fs::copy(fixture(graph), folder.path().join("onnx/model.onnx")).unwrap();
    describe(folder.path());
    folder
}

#[test]
fn whole_models_as_onnx_agree_with_transformers() {
    let folder = folder_with_graph(&REFERENCE.onnx_token, "checkpoint-token.onnx");
    let mut model = TokenClassifier::load(folder.path(), options(Backend::Onnx)).unwrap();
    assert_eq!(model.info().backend, "onnx");
    check_token_logits(&mut model, &REFERENCE.onnx_token);

    let folder = folder_with_graph(&REFERENCE.onnx_sequence, "checkpoint-sequence.onnx");
    let mut model = SequenceClassifier::load(folder.path(), options(Backend::Onnx)).unwrap();
    check_sequence_logits(&mut model, &REFERENCE.onnx_sequence);
}

#[test]
fn a_graph_of_another_head_is_refused_at_the_first_batch() {
    let folder = folder_with_graph(&REFERENCE.onnx_token, "checkpoint-sequence.onnx");
    let mut model = TokenClassifier::load(folder.path(), options(Backend::Onnx)).unwrap();
    let mut batch = RaggedBatch::new();
    batch.push(&[2, 5, 6, 3], &[0; 4]);
    let message = model.logits(&batch).unwrap_err().to_string();
    assert!(message.contains("logits have shape"), "{message}");
}
