//! Frames of one's own: a head fitted on a few sentences, and a zero-shot checkpoint told about frames in words.

use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Output, dyad, file, query, repository};
use crate::swap::{add, run_record};

const ARTICLE: &str = "Microsoft sued OpenAI in a federal court over its patents. Microsoft buys chips from OpenAI under a supply contract.";

pub fn joint() -> String {
    repository().join("models/joint-minilm").to_string_lossy().into_owned()
}

/// Sentences about lawsuits, about supply and about neither, as JSON lines.
pub fn examples() -> Vec<Value> {
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

pub fn jsonl(lines: &[Value]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// Fits a head called `deals` into a models folder, on the committed joint model.
pub fn train(dir: &Path, lines: &str, extra: &[&str]) -> Output {
    train_as("deals", dir, lines, extra)
}

pub fn train_as(name: &str, dir: &Path, lines: &str, extra: &[&str]) -> Output {
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
        (
            good.clone() + r#"{"text":"A, B","a":[[0,1]],"b":[[3,9]],"frames":[]}"#,
            vec![],
            "line 25: b[0] = [3, 9]: it ends beyond",
        ),
        (good.clone() + odd, vec![], "line 25: the frame \"Law Suit\""),
        (jsonl(&few), vec![], "\"lawsuit\": 1 of the examples have it"),
        (
            good.clone(),
            vec!["--frames", "supply,love"],
            "\"love\" does not occur in the examples, which have lawsuit, supply",
        ),
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
fn a_relation_that_cannot_be_framed_takes_nothing_else_with_it() {
    let (models, _) = add("onnx_sequence", "checkpoint-sequence.onnx", "tiny-nli", |_| {});
    let long = "The Old Chip And Battery And Cable Company Of Redmond";
    let lines = |description: &str| {
        format!(
            "frames = 'tiny-nli'\n[[frames]]\nname = 'deal'\ndescription = '{description}'\n\
             [actors.A]\nname = '{long}'\n[actors.B]\nname = 'Bolt'\n"
        )
    };
    let line = |description: &str, status| {
        let (_config, path) = config(models.path(), &lines(description));
        let (_article, article) = file("a.txt", format!("{long} sued Bolt over patents."));
        let said = dyad(&["annotate", &article, "--jsonl", "--config", &path]).expect(status);
        said.json_lines().remove(0)
    };
    let (framed, lost) = (line("They back {B}.", 0), line("{A} {A} {A} {A} {A} {A} {A} {A} back {B}.", 1));
    assert!(framed["relation"].is_object() && lost["relation"].is_null(), "{framed}\n{lost}");
    assert_eq!(framed["entities"], lost["entities"]);
    assert_eq!(lost["entities"].as_array().unwrap().len(), 2, "{lost}");
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
        (format!("frames = 'tiny-ner'\n{DESCRIBED}"), "write entities = \"tiny-ner\" under [model]"),
        (format!("frames = '{joint}'"), "is a joint model"),
        (format!("frames = 'tiny-nli'\n{DESCRIBED}{DESCRIBED}"), "twice"),
        ("frames = 'tiny-nli'\n[[frames]]\nname = 'Deal'\ndescription = 'x'".to_owned(), "\"Deal\""),
        ("frames = 'tiny-nli'\n[[frames]]\nname = 'deal'\ndescription = ''".to_owned(), "no description"),
        (
            "frames = 'tiny-nli'\n[[frames]]\nname = 'deal'\ndescription = '{a} backs {B}.'".to_owned(),
            "\"deal\" holds {a}",
        ),
        (
            format!("frames = 'tiny-nli'\n[[frames]]\nname = 'deal'\ndescription = '{}'", "chip ".repeat(60)),
            "the description of \"deal\" has",
        ),
        (
            "entities = 'deals'".to_owned(),
            "\"deals\" is a frame head; write frames = \"deals\" under [model]",
        ),
        ("sentiment = 'tiny-ner'".to_owned(), "write entities = \"tiny-ner\" under [model]"),
        (format!("entities = '{joint}'"), "is a joint model"),
        ("frames = 'gone'".to_owned(), "gone"),
    ] {
        let (_config, path) = config(models.path(), &lines);
        let said = annotate(&path).expect(2).stderr;
        assert!(said.contains(expected), "{expected} is not in:\n{said} ({dir})");
    }
    let models = models.path().to_str().unwrap();
    let (_article, article) = file("a.txt", ARTICLE);
    for (name, expected) in [
        ("deals", "\"deals\" is a frame head; write frames = \"deals\" under [model]"),
        ("tiny-ner", "write entities = \"tiny-ner\" under [model]"),
    ] {
        let said =
            dyad(&["annotate", &article, "--jsonl", "--model", name, "--models-dir", models]).expect(2);
        assert!(said.stderr.contains(expected), "{}", said.stderr);
    }
}

#[test]
fn a_head_fitted_anew_is_not_taken_for_the_old_one() {
    let models = tempfile::tempdir().unwrap();
    train(models.path(), &jsonl(&examples()), &[]).expect(0);
    let (_config, config) = config(models.path(), "frames = 'deals'");
    let out = tempfile::tempdir().unwrap();
    run(&config, out.path()).expect(0);
    let store = out.path().join("store");
    let report = || {
        let to = out.path().join("again");
        dyad(&[
            "report",
            "--store",
            store.to_str().unwrap(),
            "--out",
            to.to_str().unwrap(),
            "--config",
            &config,
        ])
    };
    report().expect(0);

    // Other weights under the same name, with the same frames and thresholds.
    let manifest = models.path().join("deals/model.toml");
    let old = std::fs::read_to_string(&manifest).unwrap();
    train(models.path(), &jsonl(&examples()[2..]), &["--force"]).expect(0);
    let thresholds =
        |text: &str| text.lines().find(|line| line.starts_with("thresholds")).unwrap().to_owned();
    let new = std::fs::read_to_string(&manifest).unwrap();
    std::fs::write(&manifest, new.replace(&thresholds(&new), &thresholds(&old))).unwrap();
    let said = report().expect(2).stderr;
    assert!(said.contains("another model") && said.contains("dyad annotate --store"), "{said}");
    run(&config, out.path()).expect(0);
    report().expect(0);
}

#[test]
fn a_frame_that_was_not_learnt_is_named() {
    let models = tempfile::tempdir().unwrap();
    let noise = |number: usize, mut line: Value| {
        if number.is_multiple_of(2) {
            line["frames"].as_array_mut().unwrap().push(json!("noise"));
        }
        line
    };
    // Each sentence stands there twice, with the label and without it.
    let lines: Vec<Value> = examples()
        .into_iter()
        .flat_map(|line| [line.clone(), line])
        .enumerate()
        .map(|(n, line)| noise(n, line))
        .collect();
    let output = train(models.path(), &jsonl(&lines), &["--format", "json"]).expect(0);
    let said: Value = serde_json::from_str(&output.stdout).unwrap();
    let class = said["classes"].as_array().unwrap().iter().find(|class| class["label"] == "noise").unwrap();
    assert!((class["always"].as_f64().unwrap() - 2.0 / 3.0).abs() < 1e-9, "half of the sentences: {class}");
    let warning = output.stderr.lines().find(|line| line.contains("nothing learnt")).unwrap();
    assert!(warning.contains("noise"), "{warning}");
    let table = train(models.path(), &jsonl(&examples()), &["--force"]).expect(0);
    assert!(table.stdout.contains("always"), "{}", table.stdout);
    assert!(table.stderr.contains("lawsuit, supply: fewer than 10 examples"), "{}", table.stderr);
}
