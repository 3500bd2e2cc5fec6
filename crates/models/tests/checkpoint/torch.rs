//! Every family on libtorch.

use dyad_core::Backend;
use dyad_models::{
    CheckpointManifest, Encoder, ModelError, RaggedBatch, Role, SequenceClassifier, SequenceLabel, Tag,
    TokenClassifier,
};

use super::compare::{TOLERANCE, check_sequence_logits, check_token_logits, tokens_of};
use super::folder::{REFERENCE, close, describe, folder, options, replace, write_weights};

#[test]
fn token_classifiers_agree_with_transformers() {
    for entry in &REFERENCE.token {
        let folder = folder(entry);
        let mut model = TokenClassifier::load(folder.path(), options(Backend::Torch)).unwrap();
        check_token_logits(&mut model, entry);
    }
}

#[test]
fn sequence_classifiers_agree_with_transformers() {
    for entry in &REFERENCE.sequence {
        let folder = folder(entry);
        let mut model = SequenceClassifier::load(folder.path(), options(Backend::Torch)).unwrap();
        check_sequence_logits(&mut model, entry);
    }
}

#[test]
fn tags_are_in_the_order_of_the_scheme_and_stand_in_for_hidden_states() {
    let entry = REFERENCE.token("distilbert");
    let folder = folder(entry);
    let mut model = TokenClassifier::load(folder.path(), options(Backend::Torch)).unwrap();
    let tags = model.scheme().0.clone();
    assert_eq!(tags[0], Tag::Outside);
    assert_eq!(model.hidden_size(), tags.len());
    let batch = RaggedBatch::from_tokens(&tokens_of(&model, entry));
    let probabilities = model.encode(&batch).unwrap().mapv(f32::exp);
    let logits = model.logits(&batch).unwrap();
    for (row, own) in probabilities.rows().into_iter().zip(logits.rows()) {
        assert!((row.sum() - 1.0).abs() < 1e-5);
        // config.json: O, B-PER, I-PER, B-ORG, I-ORG; the scheme has the same types in the same order.
        close("ratio of I-ORG to O", &[(row[4] / row[0]).ln()], &[own[4] - own[0]], 1e-4);
    }
    assert_eq!(model.log_probabilities(&RaggedBatch::new()).unwrap().dim(), (0, tags.len()));
}

#[test]
fn a_checkpoint_without_a_prefix_computes_the_same() {
    for name in ["distilbert", "bert", "deberta-v3"] {
        let entry = REFERENCE.token(name);
        let folder = folder(entry);
        write_weights(folder.path(), entry, |name, shape| {
            let bare =
                ["distilbert.", "bert.", "deberta."].iter().find_map(|prefix| name.strip_prefix(prefix));
            Some((bare.unwrap_or(name).to_owned(), shape.to_vec()))
        });
        describe(folder.path());
        let mut model = TokenClassifier::load(folder.path(), options(Backend::Torch)).unwrap();
        check_token_logits(&mut model, entry);
    }
}

#[test]
fn only_the_first_text_is_cut_and_every_cut_is_counted() {
    let entry = REFERENCE.sequence("bert");
    let folder = folder(entry);
    replace(folder.path(), "model.toml", "max_length = 64", "max_length = 10");
    let mut model = SequenceClassifier::load(folder.path(), options(Backend::Torch)).unwrap();
    let (text, pair) = ("Microsoft backs OpenAI again.", "OpenAI");
    // [CLS] micro ##soft backs open ##ai again . [SEP] open ##ai [SEP]
    let cut = model.encode(text, Some(pair)).unwrap();
    assert_eq!((cut.ids.len(), cut.n_cut_tokens), (10, 2));
    let whole = &entry.sequences[0];
    assert_eq!(cut.ids[..6], whole.ids[..6]);
    assert_eq!(cut.ids[6..], whole.ids[8..]);
    assert_eq!(cut.type_ids, [0, 0, 0, 0, 0, 0, 0, 1, 1, 1]);
    let mut batch = RaggedBatch::new();
    batch.push(&cut.ids, &cut.type_ids);
    assert_eq!(model.probabilities(&batch).unwrap().dim(), (1, 3));
    let message = model.encode(pair, Some(text)).unwrap_err().to_string();
    assert!(message.contains("leaves no room for the first"), "{message}");
}

#[test]
fn entailment_is_weighed_against_contradiction() {
    let entry = REFERENCE.sequence("roberta");
    let folder = folder(entry);
    let mut model = SequenceClassifier::load(folder.path(), options(Backend::Torch)).unwrap();
    let expected = [SequenceLabel::Contradiction, SequenceLabel::Neutral, SequenceLabel::Entailment];
    assert_eq!(model.labels(), expected);
    let mut batch = RaggedBatch::new();
    for case in &entry.sequences {
        let encoded = model.encode(&case.text, case.pair.as_deref()).unwrap();
        batch.push(&encoded.ids, &encoded.type_ids);
    }
    let scores = model.entailment(&batch).unwrap();
    for (score, case) in scores.iter().zip(&entry.sequences) {
        let odds = (case.logits[2] - case.logits[0]).exp();
        close(&case.text, &[*score], &[odds / (1.0 + odds)], TOLERANCE);
    }
    assert_eq!(scores.len(), entry.sequences.len());
}

#[test]
fn labels_that_say_nothing_are_translated() {
    let entry = REFERENCE.sequence("electra");
    let folder = folder(entry);
    // Stars: the outputs mean negative, positive, negative.
    for (from, to) in [("contradiction", "1 star"), ("neutral", "5 stars"), ("entailment", "2 stars")] {
        replace(folder.path(), "config.json", from, to);
    }
    let mut manifest = CheckpointManifest::describe_as(folder.path(), Some(Role::Sentiment)).unwrap();
    for (own, ours) in [("1 star", "negative"), ("5 stars", "positive"), ("2 stars", "NEG")] {
        manifest.labels.insert(own.to_owned(), ours.to_owned());
    }
    manifest.write(folder.path()).unwrap();
    let mut model = SequenceClassifier::load(folder.path(), options(Backend::Torch)).unwrap();
    let encoded = model.encode(&entry.sequences[0].text, entry.sequences[0].pair.as_deref()).unwrap();
    let mut batch = RaggedBatch::new();
    batch.push(&encoded.ids, &encoded.type_ids);
    let polarity = model.polarities(&batch).unwrap()[0];
    let odds: Vec<f32> = entry.sequences[0].logits.iter().map(|v| v.exp()).collect();
    let total: f32 = odds.iter().sum();
    let expected = [(odds[0] + odds[2]) / total, 0.0, odds[1] / total];
    close("polarity", &[polarity.negative, polarity.neutral, polarity.positive], &expected, TOLERANCE);
    assert!(model.fingerprint().contains("5 stars->positive"), "{}", model.fingerprint());
}

#[test]
fn what_the_model_cannot_take_is_an_error_not_a_crash() {
    for name in ["bert", "distilbert", "roberta", "deberta-v3", "deberta-v2-conv"] {
        let folder = folder(REFERENCE.token(name));
        let mut model = TokenClassifier::load(folder.path(), options(Backend::Torch)).unwrap();
        let mut said = |ids: &[u32], types: &[u32]| -> Option<String> {
            let mut batch = RaggedBatch::new();
            batch.push(ids, types);
            match model.logits(&batch) {
                Err(ModelError::Inference { message, .. }) => Some(message),
                Err(other) => panic!("{other}"),
                Ok(_) => None,
            }
        };
        assert!(said(&[2, 3], &[0, 0]).is_none(), "{name}");
        assert!(said(&[2, 9999], &[0, 0]).unwrap().contains("token id 9999"), "{name}");
        if name != "deberta-v3" {
            assert!(said(&[2; 101], &[0; 101]).unwrap().contains("101 tokens"), "{name}");
        }
        if name == "roberta" {
            // 100 positions, of which two stand before the first token.
            assert!(said(&[2; 98], &[0; 98]).is_none());
            assert!(said(&[2; 99], &[0; 99]).unwrap().contains("positions for 98"));
        }
        if name == "bert" {
            assert!(said(&[2, 3], &[0, 7]).unwrap().contains("token type id 7"));
        }
    }
}
