//! What only loading the weights finds out.

use dyad_models::ModelError;

use super::errors::token_error;
use super::folder::{REFERENCE, describe, folder, replace, unchanged, write_weights};

#[test]
fn weights_are_checked_before_they_are_opened() {
    let folder = folder(REFERENCE.token("bert"));
    std::fs::write(folder.path().join("model.safetensors"), "not the weights").unwrap();
    let error = token_error(folder.path());
    assert!(matches!(&error, ModelError::WrongHash { role, .. } if role == "encoder"), "{error}");
    describe(folder.path());
    let message = token_error(folder.path()).to_string();
    assert!(message.contains("files.encoder") && message.contains("not a safetensors file"), "{message}");
}

#[test]
fn a_tensor_with_a_wrong_shape_or_none_is_named() {
    for (name, tensor) in [
        ("bert", "bert.encoder.layer.1.attention.self.query.weight"),
        ("bert", "bert.embeddings.token_type_embeddings.weight"),
        ("bert", "classifier.weight"),
        ("distilbert", "distilbert.transformer.layer.0.ffn.lin1.bias"),
        ("deberta-v3", "deberta.encoder.rel_embeddings.weight"),
        ("electra", "electra.embeddings_project.weight"),
    ] {
        let entry = REFERENCE.token(name);
        let folder = folder(entry);
        for (left_out, expected) in [(false, "has shape"), (true, "is missing")] {
            write_weights(folder.path(), entry, |found, shape| match (found == tensor, left_out) {
                (true, true) => None,
                (true, false) => Some((found.to_owned(), shape.iter().map(|n| n + 1).collect())),
                _ => unchanged(found, shape),
            });
            describe(folder.path());
            let message = token_error(folder.path()).to_string();
            assert!(message.contains(tensor) && message.contains(expected), "{message}");
        }
    }
}

#[test]
fn fields_of_the_configuration_are_named() {
    for (entry, from, to, part) in [
        ("bert", "\"hidden_act\":\"gelu_new\"", "\"hidden_act\":\"snake\"", "hidden_act = \"snake\""),
        ("bert", "\"num_attention_heads\":4", "\"num_attention_heads\":5", "num_attention_heads = 5"),
        ("bert", "\"absolute\"", "\"relative_key\"", "position_embedding_type"),
        ("roberta", "\"layer_norm_eps\":0.02", "\"layer_norm_eps\":0.0", "layer_norm_eps = 0"),
        ("deberta-v3", "\"p2c\"", "\"p2p\"", "pos_att_type: \"p2p\""),
        ("bert", "\"vocab_size\"", "\"vocabulary\"", "vocab_size is missing"),
    ] {
        let folder = folder(REFERENCE.token(entry));
        replace(folder.path(), "config.json", from, to);
        describe(folder.path());
        let message = token_error(folder.path()).to_string();
        assert!(message.contains(part) && message.contains("config.json"), "{part:?} is not in: {message}");
    }
}
