//! Frames of one's own: a head fitted on a few sentences, and a zero-shot checkpoint told about frames in words.

use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Output, dyad, file, query, repository};
use crate::swap::{add, run_record};

const ARTICLE: &str = "Microsoft sued OpenAI in a federal court over its patents. Microsoft buys chips from OpenAI under a supply contract.";

fn joint() -> String {
    repository().join("models/joint-minilm").to_string_lossy().into_owned()
}

/// Sentences about lawsuits, about supply and about neither, as JSON lines.
fn examples() -> Vec<Value> {
    let kinds = [
        (
            vec!["lawsuit"],
            [
                "sued",
                "filed a lawsuit in federal court against",
                "was taken to court by",
                "settled a patent case with",
            ],
        ),
        (
            vec!["supply"],
            [
                "buys chips from",
                "signed a supply contract with",
                "ships its parts to",
                "orders batteries from",
            ],
        ),
        (vec![], ["was listed beside", "and the shares of", "met the press after", "has an office near"]),
    ];
    let actors = [("Acme", "Bolt"), ("Toyota", "Panasonic")];
    let mut lines = Vec::new();
    for (frames, verbs) in &kinds {
        for verb in verbs {
            for (a, b) in actors {
                let text = format!("{a} {verb} {b} this week.");
                let start = a.len() + verb.len() + 2;
                lines.push(json!({"text": text, "a": [[0, a.len()]], "b": [[start, start + b.len()]], "frames": frames}));
            }
        }
    }
    lines
}

fn jsonl(lines: &[Value]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// Fits a head called `deals` into a models folder, on the committed joint model.
fn train(dir: &Path, lines: &str, extra: &[&str]) -> Output {
    train_as("deals", dir, lines, extra)
}

fn train_as(name: &str, dir: &Path, lines: &str, extra: &[&str]) -> Output {
    let (_folder, path) = file("examples.jsonl", lines);
    let (dir, joint) = (dir.to_str().unwrap(), joint());
    let mut args =
        vec!["models", "train-frames", &path, "--name", name, "--base", &joint, "--models-dir", dir];
    args.extend(extra);
    dyad(&args)
}

fn config(dir: &Path, lines: &str) -> (TempDir, String) {
    let text = format!("[model]\nname = '{}'\ndir = '{}'\n{lines}\n", joint(), dir.display());
    file("dyad.toml", text)
}

fn annotate(config: &str) -> Output {
    let (_article, article) = file("a.txt", ARTICLE);
    dyad(&["annotate", &article, "--jsonl", "--config", config])
}

fn run(config: &str, out: &Path) -> Output {
    let (_article, article) = file("a.txt", ARTICLE);
    dyad(&["run", &article, "--out", out.to_str().unwrap(), "--config", config])
}

#[test]
fn a_head_fitted_on_a_few_sentences_frames_a_corpus() {
    let models = tempfile::tempdir().unwrap();
    let said: Value = serde_json::from_str(
        &train(models.path(), &jsonl(&examples()), &["--format", "json"]).expect(0).stdout,
    )
    .unwrap();
    assert_eq!(said["sentences"], 24);
    assert_eq!(
        (&said["classes"][0]["label"], &said["classes"][0]["support"]),
        (&json!("lawsuit"), &json!(8))
    );
    assert!(said["macro_f1"].as_f64().unwrap() > 0.5, "easy sentences: {said}");

    let (_config, with_head) = config(models.path(), "frames = 'deals'");
    let (_plain, plain) = config(models.path(), "");
    let framed = annotate(&with_head).expect(0).json_lines();
    let frames = |line: &Value| line["relation"]["frames"].as_object().unwrap().clone();
    assert_eq!(frames(&framed[0]).keys().collect::<Vec<_>>(), ["lawsuit", "supply"]);
    for (line, more, less) in [(&framed[0], "lawsuit", "supply"), (&framed[1], "supply", "lawsuit")] {
        assert!(frames(line)[more].as_f64() > frames(line)[less].as_f64(), "{line}");
    }
    for (mut framed, mut plain) in framed.into_iter().zip(annotate(&plain).expect(0).json_lines()) {
        framed["relation"]["frames"] = Value::Null;
        plain["relation"]["frames"] = Value::Null;
        assert_eq!(framed, plain, "everything else stays with the joint model");
    }

    // A store that had the ten frames is annotated anew, and refuses a report with the frames it no longer has.
    let out = tempfile::tempdir().unwrap();
    run(&plain, out.path()).expect(0);
    run(&with_head, out.path()).expect(0);
    let store = out.path().join("store");
    assert_eq!(run_record(&store)["roles"], json!({"frames": "deals"}));
    let rows = query(&store, "SELECT frame_lawsuit, frame_supply, frame_rivalry FROM relations");
    assert_eq!(rows.len(), 2);
    assert!(
        rows.iter().all(|row| row["frame_supply"].is_number() && row["frame_rivalry"].is_null()),
        "{rows:?}"
    );
    let page = std::fs::read_to_string(out.path().join("report.html")).unwrap();
    assert!(page.contains("Lawsuit") && !page.contains("Partnership"));
    let (store, again) = (store.to_str().unwrap(), tempfile::tempdir().unwrap());
    let to = again.path().to_str().unwrap();
    let said = dyad(&["report", "--store", store, "--out", to, "--config", &plain]).expect(2).stderr;
    assert!(
        said.contains("last annotated with the frames lawsuit") && said.contains("dyad annotate"),
        "{said}"
    );
    dyad(&["report", "--store", store, "--out", to, "--config", &with_head]).expect(0);
}

#[test]
fn a_head_is_a_model_like_the_others() {
    let models = tempfile::tempdir().unwrap();
    let dir = models.path().to_str().unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(joint(), models.path().join("joint-minilm")).unwrap();
    let said = train(models.path(), &jsonl(&examples()), &["--frames", "supply"]).expect(0).stdout;
    assert!(
        said.contains("supply") && !said.contains("lawsuit") && said.contains("frames = \"deals\""),
        "{said}"
    );
    let list = dyad(&["models", "list", "--models-dir", dir]).expect(0).stdout;
    assert!(list.contains("deals") && list.contains("frame-head"), "{list}");
    let shown = dyad(&["models", "show", "deals", "--models-dir", dir]).expect(0).stdout;
    assert!(shown.contains("base        joint-minilm") && shown.contains("cross-validation"), "{shown}");
    let checked = dyad(&["models", "check", "deals", "--models-dir", dir]).expect(0).stdout;
    assert!(
        checked.contains("batch invariance") && checked.lines().all(|line| line.starts_with("ok")),
        "{checked}"
    );

    // Not over a model that is there, unless asked; never over a model of another kind.
    let said = train(models.path(), &jsonl(&examples()), &[]).expect(2).stderr;
    assert!(said.contains("is there already") && said.contains("--force"), "{said}");
    train(models.path(), &jsonl(&examples()), &["--force"]).expect(0);
    assert!(dyad(&["models", "show", "deals", "--models-dir", dir]).expect(0).stdout.contains("lawsuit"));
    let said = train_as("joint-minilm", models.path(), &jsonl(&examples()), &["--force"]).expect(2).stderr;
    assert!(said.contains("is no frame head"), "{said}");

    // On other hidden states it means nothing.
    let manifest = models.path().join("deals/model.toml");
    let text = std::fs::read_to_string(&manifest).unwrap();
    let at = text.find("base_encoder_sha256 = \"").unwrap() + "base_encoder_sha256 = \"".len();
    std::fs::write(&manifest, format!("{}{}{}", &text[..at], "0".repeat(64), &text[at + 64..])).unwrap();
    let checked = dyad(&["models", "check", "deals", "--models-dir", dir]).expect(2).stdout;
    assert!(checked.contains("FAILED"), "{checked}");
    let (_config, config) = config(models.path(), "frames = 'deals'");
    let said = annotate(&config).expect(2).stderr;
    assert!(said.contains("train-frames") && said.contains("joint-minilm"), "{said}");
}

#[test]
fn examples_that_cannot_be_used_are_named() {
    let models = tempfile::tempdir().unwrap();
    let good = jsonl(&examples());
    let few: Vec<Value> = examples().into_iter().skip(7).collect();
    let odd = r#"{"text":"A, B","a":[[0,1]],"b":[[3,4]],"frames":["Law Suit"]}"#;
    for (lines, extra, expected) in [
        (format!("{good}{{\"text\": 1}}\n"), vec![], "line 25"),
        (good.clone() + r#"{"text":"A, B","a":[[0,1]],"b":[[3,9]],"frames":[]}"#, vec![], "line 25: a and b"),
        (good.clone() + odd, vec![], "line 25: the frame \"Law Suit\""),
        (jsonl(&few), vec![], "\"lawsuit\": 1 of the examples have it"),
        (good.clone(), vec!["--frames", "supply,love"], "\"love\": 0 of the examples have it"),
        (good.clone(), vec!["--frames", "Supply"], "\"Supply\" must be"),
        (good.clone(), vec!["--frames", "supply,supply"], "twice"),
    ] {
        let said = train(models.path(), &lines, &extra).expect(2);
        assert!(said.stderr.contains(expected), "{expected} is not in:\n{}", said.stderr);
    }
    assert_eq!(std::fs::read_dir(models.path()).unwrap().count(), 0, "nothing is left behind");
}

const DESCRIBED: &str = "[[frames]]\nname = 'rivalry'\ndescription = '{A} and {B} end.'\n\
    [[frames]]\nname = 'deal'\ndescription = '{A} backs {B}.'\n";

#[test]
fn a_zero_shot_checkpoint_reads_frames_described_in_words() {
    let (models, _) = add("onnx_sequence", "checkpoint-sequence.onnx", "tiny-nli", |_| {});
    let (_config, with_words) = config(models.path(), &format!("frames = 'tiny-nli'\n{DESCRIBED}"));
    let (_plain, plain) = config(models.path(), "");
    let out = tempfile::tempdir().unwrap();
    run(&with_words, out.path()).expect(0);
    let store = out.path().join("store");
    assert_eq!(run_record(&store)["roles"]["frames"], "tiny-nli");
    let sql = "SELECT frame_rivalry, frame_deal, tone FROM relations ORDER BY sentence_no";
    let rows = query(&store, sql);
    assert_eq!(rows.len(), 2);
    for row in &rows {
        for frame in ["frame_rivalry", "frame_deal"] {
            assert!((0.0..=1.0).contains(&row[frame].as_f64().unwrap()), "{row}");
        }
        assert_ne!(row["frame_rivalry"], row["frame_deal"], "each frame is asked for by itself");
    }
    let lines = annotate(&with_words).expect(0).json_lines();
    for (line, plain) in lines.iter().zip(annotate(&plain).expect(0).json_lines()) {
        assert_eq!(line["relation"]["tone"], plain["relation"]["tone"]);
        assert_eq!(line["entities"], plain["entities"]);
        assert_eq!(line["relation"]["frames"].as_object().unwrap().len(), 2);
    }
    // Other words are another pipeline.
    let (_other, other) =
        config(models.path(), &format!("frames = 'tiny-nli'\n{}", DESCRIBED.replace("end.", "chip.")));
    run(&other, out.path()).expect(0);
    assert_ne!(query(&store, sql), rows);
}

#[test]
fn frames_and_models_that_do_not_fit_are_refused() {
    let (models, dir) = add("onnx_sequence", "checkpoint-sequence.onnx", "tiny-nli", |_| {});
    train(models.path(), &jsonl(&examples()), &[]).expect(0);
    let (ner, _) = add("onnx_token", "checkpoint-token.onnx", "tiny-ner", |_| {});
    std::fs::rename(ner.path().join("tiny-ner"), models.path().join("tiny-ner")).unwrap();
    let joint = joint();
    for (lines, expected) in [
        ("frames = 'tiny-nli'".to_owned(), "[[frames]]\nname = \"rivalry\""),
        (DESCRIBED.to_owned(), "train-frames"),
        (format!("frames = 'deals'\n{DESCRIBED}"), "remove [[frames]]"),
        (format!("frames = 'tiny-ner'\n{DESCRIBED}"), "roles must be"),
        (format!("frames = '{joint}'"), "is a joint model"),
        (format!("frames = 'tiny-nli'\n{DESCRIBED}{DESCRIBED}"), "twice"),
        ("frames = 'tiny-nli'\n[[frames]]\nname = 'Deal'\ndescription = 'x'".to_owned(), "\"Deal\""),
        ("frames = 'tiny-nli'\n[[frames]]\nname = 'deal'\ndescription = ''".to_owned(), "no description"),
        ("frames = 'gone'".to_owned(), "gone"),
    ] {
        let (_config, path) = config(models.path(), &lines);
        let said = annotate(&path).expect(2).stderr;
        assert!(said.contains(expected), "{expected} is not in:\n{said} ({dir})");
    }
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
        assert_eq!(
            filled("joint-minilm"),
            [true, true, true, false, true],
            "these frames are not its own: {board}"
        );
    }
}
