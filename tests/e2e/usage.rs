//! What a user meets: help, configuration, messages and exit codes.

use crate::support::{dyad, file};

#[test]
fn help_of_every_command_fits_a_screen_and_ends_with_an_example() {
    for command in [
        &["--help"][..],
        &["run", "--help"],
        &["ingest", "--help"],
        &["annotate", "--help"],
        &["report", "--help"],
        &["query", "--help"],
        &["models", "--help"],
    ] {
        let output = dyad(command).expect(0);
        assert!(
            output.stdout.lines().count() <= 50,
            "{command:?} has {} lines",
            output.stdout.lines().count()
        );
        assert!(output.stdout.contains("Example: dyad"), "{command:?}");
    }
}

#[test]
fn the_printed_configuration_is_one() {
    let printed = dyad(&["run", "--print-config"]).expect(0).stdout;
    assert!(printed.contains("name = \"Microsoft\"") && printed.contains("name = \"OpenAI\""));
    let (_folder, path) = file("dyad.toml", &printed);
    assert_eq!(dyad(&["run", "--print-config", "--config", &path]).expect(0).stdout, printed);
}

#[test]
fn what_stops_a_run_is_said_in_one_line() {
    let (folder, note) = file("note.txt", "OpenAI.");
    let out = folder.path().join("out");
    let out = out.to_str().unwrap();
    let (_broken, config) = file("dyad.toml", "[actors.A]\nname = \"X\"\nnickname = \"Y\"\n");
    let cases: [(&[&str], &str); 6] = [
        (&["run", "/does/not/exist", "--out", out], "/does/not/exist"),
        (&["run", &note], "--out"),
        (&["run", &note, "--out", out, "--config", &config], "nickname"),
        (&["run", &note, "--out", out, "--model", "no-such-model"], "no-such-model"),
        (&["query", "SELECT 1", "--store", "/does/not/exist"], "/does/not/exist"),
        (&["annotate", &note], "--store"),
    ];
    for (args, named) in cases {
        let output = dyad(args).expect(2);
        let error = output.stderr.lines().find(|line| line.starts_with("error: ")).unwrap_or_default();
        assert!(error.contains(named) || output.stderr.contains(named), "{args:?}: {}", output.stderr);
        assert!(output.stdout.is_empty(), "{args:?} printed {}", output.stdout);
    }
}

#[test]
fn a_broken_query_is_explained() {
    let (folder, note) = file("note.txt", "OpenAI spoke.");
    let store = folder.path().join("store");
    let store = store.to_str().unwrap();
    dyad(&["ingest", &note, "--store", store]).expect(0);
    let output = dyad(&["query", "SELECT nothing FROM articles", "--store", store]).expect(2);
    assert!(output.stderr.contains("nothing"), "{}", output.stderr);
    let output =
        dyad(&["query", "SELECT count(*) AS n FROM articles", "--store", store, "--format", "csv"]).expect(0);
    assert_eq!(output.stdout, "n\n1\n");
}

#[test]
fn messages_can_be_json_or_none() {
    let (folder, path) = file("news.jsonl", "{\"text\":\"OpenAI spoke.\"}\n{broken\n");
    let store = folder.path().join("store");
    let args = ["ingest", &path, "--store", store.to_str().unwrap()];
    let json = dyad(&[&args[..], &["--log-format", "json"]].concat()).expect(1).stderr;
    for line in json.lines() {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(event["message"].is_string() && event["level"].is_string(), "{line}");
    }
    let quiet = dyad(&[&args[..], &["--quiet"]].concat()).expect(1).stderr;
    assert!(quiet.lines().all(|line| line.starts_with("warning: ")), "{quiet}");
}

#[test]
fn models_are_listed_and_verified() {
    assert!(dyad(&["models", "list"]).expect(0).stdout.contains("joint-minilm"));
    let shown = dyad(&["models", "show", "joint-minilm"]).expect(0).stdout;
    assert!(shown.contains("entities, sentiment, stance, frames"), "{shown}");
}
