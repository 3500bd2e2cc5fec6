//! The committed joint model on every backend of this build: agrees with the reference that the training
//! scripts stored, and a text's scores do not depend on what else is in the batch.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use dyad_core::{Backend, Precision, Span};
use dyad_models::{Heads, JointModel, ModelError, ModelOptions, RaggedBatch, Tokens, backend};
use ndarray::{Array2, ArrayView2, s};
use serde::Deserialize;

/// Two fp32 runs of the same text: other shapes sum in another order.
const BATCH_TOLERANCE: f32 = 1e-4;
/// Another library computing the same thing, seen after softmax.
const REFERENCE_TOLERANCE: f32 = 2e-4;

#[derive(Deserialize)]
struct Reference {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    text: String,
    a: Vec<[usize; 2]>,
    b: Vec<[usize; 2]>,
    token_ids: Vec<u32>,
    token_type_ids: Vec<u32>,
    offsets: Vec<[usize; 2]>,
    cls: Vec<f32>,
    probabilities: Probabilities,
}

#[derive(Deserialize)]
struct Probabilities {
    entities: Vec<Vec<f32>>,
    #[serde(rename = "sentiment.A")]
    sentiment_a: Option<[f32; 3]>,
    #[serde(rename = "stance.A->B")]
    stance_a_to_b: Option<[f32; 3]>,
    #[serde(rename = "stance.B->A")]
    stance_b_to_a: Option<[f32; 3]>,
    frames: Option<Vec<f32>>,
    tone: Option<[f32; 3]>,
}

fn model_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/joint-minilm")
}

fn load(backend: Backend) -> JointModel {
    let options = ModelOptions { backend, precision: Precision::Fp32, threads: 2 };
    JointModel::load(&model_folder(), options).expect("the committed model loads")
}

fn backends() -> Vec<Backend> {
    let known = [("onnx", Backend::Onnx), ("torch", Backend::Torch)];
    known
        .into_iter()
        .filter(|(name, _)| backend::available().contains(name))
        .map(|(_, backend)| backend)
        .collect()
}

fn reference() -> Vec<Case> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/joint-reference.json");
    let reference: Reference = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    reference.cases
}

fn spans(list: &[[usize; 2]]) -> Vec<Span> {
    list.iter().map(|&[start, end]| Span::new(start, end)).collect()
}

#[track_caller]
fn close(what: &str, text: &str, found: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(found.len(), expected.len(), "{what} of {text:?}");
    for (f, e) in found.iter().zip(expected) {
        assert!((f - e).abs() <= tolerance, "{what} of {text:?}: {found:?}, expected {expected:?}");
    }
}

#[test]
fn tokens_are_those_of_training() {
    let model = load(backends()[0]);
    for case in reference() {
        let tokens = model.tokenizer.encode(&case.text).unwrap();
        assert_eq!(tokens.ids, case.token_ids, "{:?}", case.text);
        assert_eq!(tokens.type_ids, case.token_type_ids, "{:?}", case.text);
        let offsets: Vec<[usize; 2]> = tokens.tokens.iter().map(|t| [t.span.start, t.span.end]).collect();
        assert_eq!(offsets, case.offsets, "{:?}", case.text);
    }
}

#[test]
fn scores_are_those_of_training() {
    for backend in backends() {
        let mut model = load(backend);
        for case in reference() {
            let tokens = model.tokenizer.encode(&case.text).unwrap();
            let hidden = model.encoder.encode(&RaggedBatch::from_tokens([&tokens])).unwrap();
            compare_with_reference(&case, &tokens, hidden.view(), &model.heads);
        }
    }
}

fn compare_with_reference(case: &Case, tokens: &Tokens, hidden: ArrayView2<'_, f32>, heads: &Heads) {
    let text = &case.text;
    let cls: Vec<f32> = hidden.row(0).iter().take(case.cls.len()).copied().collect();
    close("hidden state", text, &cls, &case.cls, 5e-4);
    let first: Vec<usize> =
        tokens.words().iter().take(case.probabilities.entities.len()).map(|w| w.start).collect();
    let entities =
        heads.entity_log_probabilities(hidden.select(ndarray::Axis(0), &first).view()).mapv(f32::exp);
    for (row, expected) in entities.rows().into_iter().zip(&case.probabilities.entities) {
        close("entities", text, &row.to_vec(), expected, REFERENCE_TOLERANCE);
    }
    let (a, b) = (tokens.overlapping(&spans(&case.a)), tokens.overlapping(&spans(&case.b)));
    let of = |p: dyad_core::Polarity| [p.negative, p.neutral, p.positive];
    if let Some(expected) = &case.probabilities.sentiment_a {
        close("sentiment", text, &of(heads.sentiment(hidden, &a)), expected, REFERENCE_TOLERANCE);
    }
    let p = &case.probabilities;
    if let (Some(frames), Some(tone), Some(ab), Some(ba)) =
        (&p.frames, p.tone, p.stance_a_to_b, p.stance_b_to_a)
    {
        let scores = heads.relation(hidden, &a, &b);
        close("frames", text, &scores.frames, frames, REFERENCE_TOLERANCE);
        close("tone", text, &[scores.tone], &[tone[2] - tone[0]], REFERENCE_TOLERANCE);
        close("stance A->B", text, &of(scores.stance_a_to_b), &ab, REFERENCE_TOLERANCE);
        close("stance B->A", text, &of(scores.stance_b_to_a), &ba, REFERENCE_TOLERANCE);
    }
}

/// Hidden states of each text when encoded in batches of `size` in the order given.
fn encode_in(model: &mut JointModel, tokens: &[Tokens], order: &[usize], size: usize) -> Vec<Array2<f32>> {
    let mut states = vec![Array2::zeros((0, 0)); tokens.len()];
    for chunk in order.chunks(size) {
        let batch = RaggedBatch::from_tokens(chunk.iter().map(|&index| &tokens[index]));
        let hidden = model.encoder.encode(&batch).unwrap();
        for (row, &index) in chunk.iter().enumerate() {
            states[index] = hidden.slice(s![batch.rows(row), ..]).to_owned();
        }
    }
    states
}

/// Every score of a text, and the label of every word.
fn answers(
    tokens: &Tokens,
    hidden: ArrayView2<'_, f32>,
    heads: &Heads,
    case: &Case,
) -> (Vec<f32>, Vec<usize>) {
    let first: Vec<usize> = tokens.words().iter().map(|word| word.start).collect();
    let entities =
        heads.entity_log_probabilities(hidden.select(ndarray::Axis(0), &first).view()).mapv(f32::exp);
    let labels = entities
        .rows()
        .into_iter()
        .map(|row| (0..row.len()).max_by(|&i, &j| row[i].total_cmp(&row[j])).unwrap())
        .collect();
    let mut scores: Vec<f32> = entities.into_raw_vec_and_offset().0;
    let (a, b) = (tokens.overlapping(&spans(&case.a)), tokens.overlapping(&spans(&case.b)));
    if !a.is_empty() && !b.is_empty() {
        let relation = heads.relation(hidden, &a, &b);
        scores.extend(relation.frames);
        scores.extend([relation.tone, relation.stance_a_to_b.value(), relation.stance_b_to_a.value()]);
        scores.push(heads.sentiment(hidden, &a).value());
    }
    (scores, labels)
}

#[test]
fn a_text_does_not_depend_on_its_neighbours() {
    let cases = reference();
    for backend in backends() {
        let mut model = load(backend);
        let tokens: Vec<Tokens> =
            cases.iter().map(|case| model.tokenizer.encode(&case.text).unwrap()).collect();
        let forward: Vec<usize> = (0..tokens.len()).collect();
        let backward: Vec<usize> = forward.iter().rev().copied().collect();
        let alone = encode_in(&mut model, &tokens, &forward, 1);
        // With longer neighbours (one batch of all), in another order, over several batches.
        for (order, size) in
            [(&forward, tokens.len()), (&backward, tokens.len()), (&backward, 4), (&forward, 7)]
        {
            let together = encode_in(&mut model, &tokens, order, size);
            for (index, case) in cases.iter().enumerate() {
                let (expected, labels) = answers(&tokens[index], alone[index].view(), &model.heads, case);
                let (found, found_labels) =
                    answers(&tokens[index], together[index].view(), &model.heads, case);
                assert_eq!(found_labels, labels, "{:?}", case.text);
                close("scores", &case.text, &found, &expected, BATCH_TOLERANCE);
            }
        }
    }
}

#[test]
#[cfg(all(feature = "onnx", feature = "torch"))]
fn backends_agree() {
    let (mut onnx, mut torch) = (load(Backend::Onnx), load(Backend::Torch));
    for case in reference() {
        let batch = RaggedBatch::from_tokens([&onnx.tokenizer.encode(&case.text).unwrap()]);
        let (left, right) = (onnx.encoder.encode(&batch).unwrap(), torch.encoder.encode(&batch).unwrap());
        let difference = (&left - &right).mapv(f32::abs).fold(0.0f32, |a, &b| a.max(b));
        assert!(difference < 1e-3, "{:?}: hidden states differ by {difference}", case.text);
    }
}

/// A copy of the model's folder in which one file can be spoilt.
fn copy_of_model() -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(model_folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            std::fs::copy(&path, copy.path().join(path.file_name().unwrap())).unwrap();
        }
    }
    copy
}

fn load_error(folder: &Path) -> ModelError {
    let options = ModelOptions { backend: backends()[0], precision: Precision::Fp32, threads: 1 };
    match JointModel::load(folder, options) {
        Ok(_) => panic!("a spoilt model loaded"),
        Err(error) => error,
    }
}

#[test]
fn a_changed_file_is_refused_by_name() {
    let copy = copy_of_model();
    let heads = copy.path().join("heads.safetensors");
    let mut bytes = std::fs::read(&heads).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&heads, bytes).unwrap();
    let error = load_error(copy.path());
    assert!(matches!(&error, ModelError::WrongHash { role, .. } if role == "heads"), "{error}");
}

#[test]
fn a_missing_file_is_named() {
    let copy = copy_of_model();
    std::fs::remove_file(copy.path().join("tokenizer.json")).unwrap();
    assert!(load_error(copy.path()).to_string().contains("tokenizer"));
}

#[test]
fn an_unknown_label_names_the_field() {
    let copy = copy_of_model();
    let manifest = copy.path().join("model.toml");
    let text = std::fs::read_to_string(&manifest).unwrap().replacen("\"B-person\"", "\"B-animal\"", 1);
    std::fs::write(&manifest, text).unwrap();
    let message = load_error(copy.path()).to_string();
    assert!(message.contains("heads.entities.labels") && message.contains("animal"), "{message}");
}
