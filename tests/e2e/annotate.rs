//! `dyad annotate --jsonl`: the contract of its output, and that the numbers hold.

use serde_json::Value;

use crate::support::{dyad, dyad_with_input, file};

const STORY: &str = "Microsoft will invest $10 billion in OpenAI, people familiar with the matter said. \
Satya Nadella praised Sam Altman. Oracle and SoftBank joined Donald Trump in Texas. \
The Azure OpenAI Service returned an error.";

fn annotate(text: &str, extra: &[&str]) -> Vec<Value> {
    let mut args = vec!["annotate", "-", "--jsonl", "--quiet"];
    args.extend(extra);
    dyad_with_input(&args, text.as_bytes()).expect(0).json_lines()
}

fn entity<'v>(sentence: &'v Value, text: &str) -> &'v Value {
    let found = sentence["entities"].as_array().unwrap().iter().find(|entity| entity["text"] == text);
    found.unwrap_or_else(|| panic!("{text} is not among {}", sentence["entities"]))
}

#[test]
fn sentences_carry_entities_actors_and_relations() {
    let sentences = annotate(STORY, &[]);
    assert_eq!(sentences.len(), 4);
    let deal = &sentences[0];
    assert_eq!(entity(deal, "Microsoft")["actor"], "A");
    assert_eq!(entity(deal, "OpenAI")["actor"], "B");
    assert_eq!(entity(deal, "OpenAI")["type"], "organisation");
    let relation = &deal["relation"];
    let investment = relation["frames"]["investment"].as_f64().unwrap();
    assert!(investment > 0.5, "investment in {relation}");
    assert_eq!(relation["frames"].as_object().unwrap().len(), 10);
    for direction in ["A->B", "B->A"] {
        let stance = relation["stance"][direction].as_object().unwrap();
        let sum: f64 = stance.values().map(|p| p.as_f64().unwrap()).sum();
        assert!((sum - 1.0).abs() < 1e-4, "{direction}: {stance:?}");
    }
    let tone = relation["tone"].as_f64().unwrap();
    assert!((-1.0..=1.0).contains(&tone));
}

#[test]
fn people_and_products_stand_for_their_actor() {
    let sentences = annotate(STORY, &[]);
    assert_eq!(entity(&sentences[1], "Satya Nadella")["actor"], "A");
    assert_eq!(entity(&sentences[1], "Sam Altman")["type"], "person");
    assert!(sentences[1]["relation"].is_object());
    let others = &sentences[2];
    for (name, kind) in [("Oracle", "organisation"), ("Donald Trump", "person"), ("Texas", "location")] {
        assert_eq!(entity(others, name)["type"], kind);
        assert!(entity(others, name)["actor"].is_null());
    }
    assert!(others["relation"].is_null());
    assert_eq!(others["sentiment"], serde_json::json!({}));
    let product = &sentences[3];
    assert_eq!(entity(product, "Azure OpenAI Service")["actor"], "A");
    assert!(product["relation"].is_null() && product["sentiment"]["B"].is_null());
    assert!(product["sentiment"]["A"].is_object());
}

#[test]
fn spans_are_bytes_of_the_sentence() {
    let sentences = annotate("Café Zürich 🎉 said OpenAI’s deal with Microsoft “hurts”.", &[]);
    let text = sentences[0]["text"].as_str().unwrap();
    for entity in sentences[0]["entities"].as_array().unwrap() {
        let (start, end) =
            (entity["start"].as_u64().unwrap() as usize, entity["end"].as_u64().unwrap() as usize);
        assert_eq!(&text[start..end], entity["text"].as_str().unwrap());
    }
    assert_eq!(entity(&sentences[0], "OpenAI")["actor"], "B");
}

/// Every number of a sentence, in order.
fn numbers(value: &Value, out: &mut Vec<f64>) {
    match value {
        Value::Number(number) => out.push(number.as_f64().unwrap()),
        Value::Array(items) => items.iter().for_each(|item| numbers(item, out)),
        Value::Object(fields) => fields.values().for_each(|field| numbers(field, out)),
        _ => {}
    }
}

#[track_caller]
fn same_scores(left: &Value, right: &Value, tolerance: f64) {
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for field in ["entities", "sentiment", "relation"] {
        numbers(&left[field], &mut a);
        numbers(&right[field], &mut b);
    }
    assert_eq!(a.len(), b.len(), "{left}\n{right}");
    for (x, y) in a.iter().zip(&b) {
        assert!((x - y).abs() <= tolerance, "{x} and {y} in\n{left}\n{right}");
    }
}

#[test]
fn a_sentence_does_not_depend_on_its_neighbours() {
    let sentence = "OpenAI accuses Microsoft of slowing the launch.";
    let alone = annotate(sentence, &[]);
    let long =
        "Nobody in the room, which was full, expected the answer that came after the break. ".repeat(90);
    let among = annotate(&format!("{long}{sentence} Yes. {long}"), &[]);
    let found = among.iter().find(|record| record["text"] == sentence).unwrap();
    same_scores(&alone[0], found, 1e-4);
}

#[test]
fn a_sentence_longer_than_the_model_takes_keeps_both_ends() {
    let middle =
        "and the lawyers of many other companies looked at every page of the long contract, ".repeat(30);
    let sentences = annotate(&format!("Microsoft met its bankers, {middle}before OpenAI agreed."), &[]);
    assert_eq!(sentences.len(), 1);
    assert_eq!(entity(&sentences[0], "Microsoft")["actor"], "A");
    assert_eq!(entity(&sentences[0], "OpenAI")["actor"], "B");
    assert!(sentences[0]["relation"].is_object());
}

#[test]
#[cfg(all(feature = "torch", feature = "onnx"))]
fn backends_agree() {
    let (onnx, torch) = (annotate(STORY, &["--backend", "onnx"]), annotate(STORY, &["--backend", "torch"]));
    assert_eq!(onnx.len(), torch.len());
    for (left, right) in onnx.iter().zip(&torch) {
        same_scores(left, right, 1e-3);
    }
}

#[test]
#[cfg(feature = "onnx")]
fn int8_gives_the_same_reading() {
    let (fp32, int8) = (annotate(STORY, &[]), annotate(STORY, &["--precision", "int8"]));
    for (left, right) in fp32.iter().zip(&int8) {
        same_scores(left, right, 0.2);
    }
}

#[test]
fn actors_are_configuration() {
    let config =
        "[actors.A]\nname = \"Toyota\"\n[actors.B]\nname = \"Panasonic\"\nproducts = [\"Prime Planet\"]\n";
    let (_folder, path) = file("dyad.toml", config);
    let sentences = annotate(
        "Toyota buys Prime Planet. Microsoft and OpenAI were not asked.",
        &["--config", path.as_str()],
    );
    assert!(sentences[0]["relation"].is_object());
    assert_eq!(entity(&sentences[0], "Prime Planet")["type"], "product");
    assert!(sentences[1]["relation"].is_null());
    assert!(entity(&sentences[1], "Microsoft")["actor"].is_null());
}

#[test]
fn a_scope_leaves_sentences_unread_but_not_out() {
    let sentences = annotate(STORY, &["--scope", "pair"]);
    assert_eq!(sentences.len(), 4);
    assert!(sentences[0]["relation"].is_object());
    assert_eq!(sentences[2]["entities"], serde_json::json!([]));
}

#[test]
fn rejects_are_named_and_the_rest_is_printed() {
    let (_folder, path) = file("news.jsonl", "{\"text\": \"OpenAI left Microsoft.\"}\n{broken\n");
    let output = dyad(&["annotate", &path, "--jsonl"]).expect(1);
    assert_eq!(output.json_lines().len(), 1);
    assert!(output.stderr.contains("news.jsonl:2"), "{}", output.stderr);
}
