//! Models of every kind side by side: the list, and figures on what each of them answers.

use std::path::Path;

use serde_json::{Value, json};

use crate::frames::{examples, joint, jsonl, train, train_as};
use crate::support::{Output, dyad};
use crate::swap::add;

#[test]
fn a_model_that_cannot_be_read_keeps_no_other_from_being_listed() {
    let models = tempfile::tempdir().unwrap();
    let said = train(models.path(), &jsonl(&examples()), &["--frames", "lawsuit, supply"]).expect(0).stdout;
    let dir = models.path().to_str().unwrap();
    assert!(
        said.contains(&format!("name = \"{}\"\ndir = \"{dir}\"\nframes = \"deals\"\n", joint())),
        "{said}"
    );
    for (name, text) in [("broken", "kind = 1"), (".deals.1.part", "kind = 2")] {
        std::fs::create_dir(models.path().join(name)).unwrap();
        std::fs::write(models.path().join(name).join("model.toml"), text).unwrap();
    }
    let list = dyad(&["models", "list", "--models-dir", dir]).expect(1).stdout;
    let broken = list.lines().find(|line| line.starts_with("broken")).unwrap();
    assert!(broken.contains("invalid") && broken.contains("string"), "{broken}");
    assert!(list.contains("deals") && list.lines().count() == 2, "{list}");

    let said = train_as("a b", models.path(), &jsonl(&examples()), &[]).expect(2).stderr;
    assert!(said.contains("letters, digits"), "{said}");
    let said =
        dyad(&["models", "train-frames", "gone.jsonl", "--name", "x", "--models-dir", dir]).expect(2).stderr;
    assert!(said.contains("check the path") && said.matches("No such file").count() == 1, "{said}");
}

/// A models folder beside frame sentences, and public data sets of a line each, as `eval --all` expects them.
fn benchmark(root: &Path) -> std::path::PathBuf {
    let write = |path: &str, text: &str| {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write(
        "models/README.md",
        "# Models\n<!-- leaderboard: written by `dyad models eval --all` -->\n<!-- end of leaderboard -->\n",
    );
    let with_tone = examples().into_iter().map(|mut line| {
        line["tone"] = json!(0);
        line
    });
    write("corpora/frames/test.jsonl", &jsonl(&with_tone.collect::<Vec<_>>()));
    write("data/ner/conll2003-test.tsv", "Microsoft\tB-ORG\nbacks\tO\n");
    let target = r#"{"sentence":"Critics backed Acme.","from":15,"to":19,"polarity":1}"#;
    write("data/target-sentiment/newsmtsc-rw-test.jsonl", target);
    write("data/directed-stance/dse-test.tsv", "[Acme] accused [Bolt] of lying.\tAcme\tBolt\t3\n");
    root.join("models")
}

#[test]
fn every_kind_of_model_is_measured_on_what_it_answers() {
    let root = tempfile::tempdir().unwrap();
    let models = benchmark(root.path());
    let dir = models.to_str().unwrap();
    for (entry, graph, name) in [
        ("onnx_token", "checkpoint-token.onnx", "tiny-ner"),
        ("onnx_sequence", "checkpoint-sequence.onnx", "tiny-nli"),
    ] {
        let (folder, _) = add(entry, graph, name, |_| {});
        std::fs::rename(folder.path().join(name), models.join(name)).unwrap();
    }
    let (folder, _) = add("onnx_sequence", "checkpoint-sequence.onnx", "tiny-sentiment", |config| {
        config["id2label"] = json!({"0": "negative", "1": "neutral", "2": "positive"});
    });
    std::fs::rename(folder.path().join("tiny-sentiment"), models.join("tiny-sentiment")).unwrap();

    let data = |path: &str| root.path().join(path).to_str().unwrap().to_owned();
    let eval = |name: &str, task: &str, path: &str| {
        dyad(&[
            "models",
            "eval",
            name,
            "--task",
            task,
            "--data",
            &data(path),
            "--models-dir",
            dir,
            "--format",
            "json",
        ])
    };
    let parsed = |output: Output| -> Value { serde_json::from_str(&output.expect(0).stdout).unwrap() };
    let entities = parsed(eval("tiny-ner", "entities", "data/ner/conll2003-test.tsv"));
    assert_eq!((&entities["cases"], &entities["model"]), (&json!(1), &json!("tiny-ner")));
    assert!(entities["classes"].as_array().unwrap().iter().any(|class| class["label"] == "organisation"));
    let sentiment =
        parsed(eval("tiny-sentiment", "sentiment", "data/target-sentiment/newsmtsc-rw-test.jsonl"));
    assert_eq!(sentiment["classes"][2]["support"], 1);
    let said = eval("tiny-ner", "sentiment", "data/target-sentiment/newsmtsc-rw-test.jsonl").expect(2).stderr;
    assert!(said.contains("does not answer the task sentiment; it answers entities"), "{said}");
    let said = eval("tiny-nli", "frames", "corpora/frames/test.jsonl").expect(2).stderr;
    assert!(said.contains("zero-shot"), "{said}");

    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(joint(), models.join("joint-minilm")).unwrap();
        train(&models, &jsonl(&examples()), &[]).expect(0);
        let frames = parsed(eval("deals", "frames", "corpora/frames/test.jsonl"));
        assert!(frames["value"].as_f64().unwrap() > 0.9, "its own examples: {frames}");
        let said = dyad(&["models", "eval", "--all", "--data", &data("data"), "--models-dir", dir]).expect(0);
        assert!(said.stderr.contains("tiny-nli is left out"), "{}", said.stderr);
        let board = std::fs::read_to_string(models.join("README.md")).unwrap();
        let row = |name: &str| -> Vec<&str> {
            let line = board.lines().find(|line| line.starts_with(&format!("| {name} | fp32"))).unwrap();
            line.split('|').map(str::trim).collect()
        };
        let filled = |name: &str| row(name)[3..8].iter().map(|cell| *cell != "–").collect::<Vec<_>>();
        assert_eq!(filled("tiny-ner"), [true, false, false, false, false], "{board}");
        assert_eq!(filled("tiny-sentiment"), [false, true, false, false, false], "{board}");
        assert_eq!(filled("deals"), [false, false, false, true, false], "{board}");

        // A head is measured on its own frames; the leaderboard has no room for that.
        train_as("supply", &models, &jsonl(&examples()), &["--frames", "supply"]).expect(0);
        let output = eval("supply", "frames", "corpora/frames/test.jsonl");
        assert!(output.stderr.contains("8 labels"), "{}", output.stderr);
        assert_eq!(parsed(output)["classes"].as_array().unwrap().len(), 1);
        assert_eq!(
            filled("joint-minilm"),
            [true, true, true, false, true],
            "these frames are not its own: {board}"
        );
    }
}
