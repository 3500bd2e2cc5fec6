//! Comparing before and after a day, and one pair of actors with another pair in the same corpus.

use std::path::Path;

use serde_json::Value;

use crate::moods::{FRIENDLY, HOSTILE, dated_articles};
use crate::support::{dyad, file};

const CARS: &str = r#"
[actors.A]
name = "Toyota"

[actors.B]
name = "Panasonic"
"#;

/// Friends in 2022 and enemies in 2024, beside two car makers that are friends.
fn corpus() -> String {
    let (early, cars) = FRIENDLY.split_at(5);
    let cars: Vec<String> =
        cars.iter().map(|text| text.replace("Microsoft", "Toyota").replace("OpenAI", "Panasonic")).collect();
    let cars: Vec<&str> = cars.iter().map(String::as_str).collect();
    dated_articles("early", 2022, early)
        + &dated_articles("late", 2024, &HOSTILE)
        + &dated_articles("cars", 2023, &cars)
}

fn run(input: &str, out: &Path, options: &[&str]) -> Value {
    dyad(&[&["run", input, "--scope", "pair", "--out", out.to_str().unwrap()], options].concat()).expect(0);
    serde_json::from_str(&std::fs::read_to_string(out.join("report.json")).unwrap()).unwrap()
}

/// The entry of a metric in a list whose entries name theirs at `pointer`.
fn metric<'a>(list: &'a Value, pointer: &str, id: &str) -> &'a Value {
    let is_it = |entry: &&Value| entry.pointer(pointer).is_some_and(|name| name == id);
    list.as_array().unwrap().iter().find(is_it).unwrap()
}

#[test]
fn a_day_parts_the_time_and_another_pair_of_the_same_corpus_stands_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let (_corpus, corpus) = file("news.jsonl", corpus());
    let (_config, config) = file("dyad.toml", CARS);
    let (cars, out) = (folder.path().join("cars"), folder.path().join("out"));
    let of_cars = run(&corpus, &cars, &["--config", &config]);
    assert_eq!((&of_cars["actor_a"], &of_cars["other_dyads"]), (&"Toyota".into(), &serde_json::json!([])));

    let other = cars.join("report.json");
    let report = run(&corpus, &out, &["--split", "2023-01-01", "--against", other.to_str().unwrap()]);

    let parted = &report["before_after"];
    assert_eq!(
        (&parted["date"], &parted["articles_before"], &parted["articles_after"]),
        (&"2023-01-01".into(), &5.into(), &6.into())
    );
    let tone = metric(&parted["metrics"], "/shift/metric", "tone");
    assert!(tone["shift"]["difference"]["high"].as_f64().unwrap() < 0.0, "the tone fell: {tone}");
    assert!(tone["p_value"].is_null(), "eleven days are too few for a test: {tone}");

    let pair = &report["other_dyads"][0];
    assert_eq!(
        (&pair["actor_a"], &pair["actor_b"], &pair["articles_related"], &pair["is_same_model"]),
        (&"Toyota".into(), &"Panasonic".into(), &3.into(), &true.into())
    );
    let tone = metric(&pair["metrics"], "/metric", "tone");
    assert_eq!(tone["other"], metric(&of_cars["overall"], "/metric", "tone")["estimate"]);
    assert!(tone["this"]["value"].as_f64() < tone["other"]["value"].as_f64(), "{tone}");

    let page = std::fs::read_to_string(out.join("report.html")).unwrap();
    assert!(page.contains("<h3 id=\"split\"") && page.contains("<h3 id=\"pairs\""));
}
