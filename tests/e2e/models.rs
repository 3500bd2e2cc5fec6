//! `dyad models`: is it intact, does it behave, how good is it.

use serde_json::Value;

use crate::support::{dyad, file, repository};

#[test]
fn the_committed_model_passes_its_checks() {
    let said = dyad(&["models", "check", "joint-minilm"]).expect(0).stdout;
    assert!(said.lines().count() >= 8 && said.lines().all(|line| line.starts_with("ok")), "{said}");
    for check in
        ["onnx fp32: batch invariance", "onnx fp32: empty and long input", "onnx int8: agrees with fp32"]
    {
        assert!(said.contains(check), "{check} is missing:\n{said}");
    }
}

#[test]
fn a_changed_file_fails_the_check() {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("joint-minilm");
    std::fs::create_dir(&model).unwrap();
    for entry in std::fs::read_dir(repository().join("models/joint-minilm")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            std::fs::copy(&path, model.join(path.file_name().unwrap())).unwrap();
        }
    }
    let config = model.join("tokenizer.json");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, text + "\n").unwrap();
    let said = dyad(&["models", "check", model.to_str().unwrap()]).expect(2);
    assert!(
        said.stdout.contains("FAILED") && said.stdout.contains("files.tokenizer: sha256"),
        "{}",
        said.stdout
    );
}

fn eval(task: &str, name: &str, data: &str) -> Value {
    let (_folder, path) = file(name, data);
    let args = ["models", "eval", "joint-minilm", "--task", task, "--data", &path, "--format", "json"];
    serde_json::from_str(&dyad(&args).expect(0).stdout).unwrap()
}

#[test]
fn every_format_is_scored() {
    let conll = "Microsoft\tB-organisation\nhired\tO\nSatya\tB-PER\nNadella\tI-PER\n\n-DOCSTART- -X- O O\n\nIn O\nParis B-LOC\n";
    let scored = eval("entities", "a.tsv", conll);
    assert_eq!((&scored["cases"], &scored["value"]), (&Value::from(2), &Value::from(1.0)), "{scored}");

    let mtsc = r#"{"sentence":"Critics called Müller a brilliant, generous leader.","from":15,"to":21,"polarity":1}"#;
    let scored = eval("sentiment", "a.jsonl", mtsc);
    assert_eq!(scored["classes"][2]["recall"], 1.0, "{scored}");

    let dse = "[Google] sharply accused [Oracle] of lying.\tGoogle\tOracle\t3\n";
    let scored = eval("stance", "a.tsv", dse);
    assert_eq!(scored["classes"][3]["f1"], 1.0, "{scored}");

    let frames = r#"{"id":"x","text":"Regulators sued Acme and Bolt over antitrust concerns.","a":[[16,20]],"b":[[25,29]],"frames":["regulation"],"tone":0}"#;
    let scored = eval("frames", "a.jsonl", frames);
    assert_eq!(scored["classes"][8]["label"], "regulation");
    assert_eq!(scored["classes"][8]["recall"], 1.0, "{scored}");
    assert_eq!(eval("tone", "a.jsonl", frames)["cases"], 1);
}

#[test]
fn a_line_of_another_format_is_named() {
    for (task, data, expected) in [
        ("entities", "Microsoft\n", "line 1: expected a word and a BIO label"),
        (
            "sentiment",
            "{\"sentence\":\"short\",\"from\":3,\"to\":99,\"polarity\":0}",
            "line 1: from and to leave the sentence",
        ),
        ("stance", "[A] met [C].\tA\tB\t0\n", "line 1: [A] and then [B]"),
        (
            "frames",
            "\n{\"text\":\"A, B\",\"a\":[[0,1]],\"b\":[[3,9]],\"frames\":[]}",
            "line 2: b[0] = [3, 9]: it ends beyond the text of 4 bytes",
        ),
        (
            "frames",
            "{\"text\":\"A, B\",\"a\":[[0,1]],\"b\":[[3,4]],\"frames\":[\"love\"]}",
            "the frame \"love\"",
        ),
        ("frames", "\u{feff}{\"text\":1}", "line 1: invalid type: integer `1`, expected a string\n"),
        ("tone", "", "holds no case"),
    ] {
        let (_folder, path) = file("data.txt", data);
        let said = dyad(&["models", "eval", "joint-minilm", "--task", task, "--data", &path]).expect(2);
        assert!(said.stderr.contains(expected), "{expected} is not in:\n{}", said.stderr);
    }
}
