//! How well near-copies are found: every article of the demo corpus in edited, cut and re-led versions.
//!
//! `cargo test … near_copies -- --nocapture` prints the table that stands in the README.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use dyad_core::{Article, ArticleId};
use dyad_ingest::{IngestError, IngestOptions, NearDuplicates, Record, read_inputs};

/// The outlet of the demo corpus that reprints others.
const REPRINTER: &str = "Fenwick Gazette";

fn demo() -> Vec<Article> {
    let file: PathBuf =
        Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().join("corpora/demo/articles.jsonl");
    let mut articles = Vec::new();
    let inputs = [file.to_string_lossy().into_owned()];
    read_inputs::<IngestError>(&inputs, &IngestOptions::default(), &mut |record| {
        if let Record::Article(article) = record {
            articles.push(article);
        }
        Ok(())
    })
    .unwrap();
    articles
}

/// SplitMix64: the versions must be the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % limit as u64) as usize
    }
}

fn sentences(text: &str) -> Vec<&str> {
    text.split_inclusive(". ").collect()
}

/// One word in `one_in` is replaced by another article's, dropped or doubled.
fn edited(text: &str, other: &[&str], one_in: usize, random: &mut Random) -> String {
    let mut words = Vec::new();
    for word in text.split_whitespace() {
        match random.below(one_in * 3) {
            0 => words.push(other[random.below(other.len())]),
            1 => {}
            2 => words.extend([word, word]),
            _ => words.push(word),
        }
    }
    words.join(" ")
}

/// The first sentences, so that about `percent` of the words are left.
fn cut(text: &str, percent: usize) -> String {
    let wanted = text.split_whitespace().count() * percent / 100;
    let mut kept = String::new();
    for sentence in sentences(text) {
        if !kept.is_empty() && kept.split_whitespace().count() >= wanted {
            break;
        }
        kept.push_str(sentence);
    }
    kept
}

/// Another article's first sentence in the place of its own.
fn other_lead(text: &str, other: &str) -> String {
    let rest: String = sentences(text)[1..].concat();
    format!("{} {rest}", sentences(other)[0])
}

fn versions(text: &str, other: &str, random: &mut Random) -> Vec<(&'static str, String)> {
    let words: Vec<&str> = other.split_whitespace().collect();
    vec![
        ("one word in 50 edited", edited(text, &words, 50, random)),
        ("one word in 25 edited", edited(text, &words, 25, random)),
        ("tail cut to 75 %", cut(text, 75)),
        ("tail cut to 50 %", cut(text, 50)),
        ("another lead", other_lead(text, other)),
        ("another lead, tail cut to 75 %", cut(&other_lead(text, other), 75)),
        ("another lead, one word in 50 edited", edited(&other_lead(text, other), &words, 50, random)),
    ]
}

#[derive(Default)]
struct Score {
    copies: u32,
    found: u32,
    wrong: u32,
}

#[test]
fn copies_of_the_demo_articles_are_found_and_nothing_else() {
    let articles = demo();
    let originals: Vec<&Article> =
        articles.iter().filter(|a| a.source.as_deref() != Some(REPRINTER)).collect();
    assert!(originals.len() > 140, "{} originals", originals.len());
    let mut index = NearDuplicates::new(IngestOptions::default().input.duplicate_percent);
    let mut scores: BTreeMap<&str, Score> = BTreeMap::new();
    let mut roots: HashMap<&ArticleId, ArticleId> = HashMap::new();
    for article in &originals {
        let found = index.insert(&article.article_id, &article.text);
        let score = scores.entry("originals").or_default();
        score.wrong += u32::from(found.is_some());
        roots.insert(&article.article_id, found.unwrap_or_else(|| article.article_id.clone()));
    }
    let mut random = Random(7);
    for (number, article) in originals.iter().enumerate() {
        let other = originals[(number + 1 + random.below(originals.len() - 1)) % originals.len()];
        for (kind, text) in versions(&article.text, &other.text, &mut random) {
            let id = ArticleId(format!("{}/{kind}", article.article_id));
            let score = scores.entry(kind).or_default();
            score.copies += 1;
            // A copy of its own is compared with the originals only: versions of one text match each other too easily.
            match index.clone().insert(&id, &text) {
                Some(root) if root == roots[&article.article_id] => score.found += 1,
                Some(_) => score.wrong += 1,
                None => {}
            }
        }
        // Two sentences of another article inside an article's own text are a quotation.
        let quoted: String = sentences(&other.text).into_iter().take(2).collect();
        let own = format!("{} {quoted}", article.text.to_uppercase().replace(['A', 'E'], "Q"));
        let score = scores.entry("quotations").or_default();
        score.wrong += u32::from(index.clone().insert(&ArticleId(format!("quote{number}")), &own).is_some());
    }
    println!("{:40} {:>7} {:>7} {:>7}", "version", "copies", "found", "wrong");
    for (kind, score) in &scores {
        println!("{kind:40} {:>7} {:>7} {:>7}", score.copies, score.found, score.wrong);
    }
    let total = |f: fn(&Score) -> u32| f64::from(scores.values().map(f).sum::<u32>());
    let (copies, found, wrong) = (total(|s| s.copies), total(|s| s.found), total(|s| s.wrong));
    let (precision, recall) = (found / (found + wrong), found / copies);
    println!("precision {precision:.3}, recall {recall:.3}");
    assert!(precision >= 0.95 && recall >= 0.95, "precision {precision:.3}, recall {recall:.3}");
}

#[test]
fn the_reprints_of_the_demo_corpus_are_found_across_runs() {
    let articles = demo();
    let (reprints, originals): (Vec<_>, Vec<_>) =
        articles.iter().partition(|a| a.source.as_deref() == Some(REPRINTER));
    // What a second run does: the index is made anew from the stored texts, then the new articles come.
    let mut index = NearDuplicates::new(IngestOptions::default().input.duplicate_percent);
    for article in &originals {
        index.insert(&article.article_id, &article.text);
    }
    let found = reprints.iter().filter(|a| index.insert(&a.article_id, &a.text).is_some()).count();
    // One of its thirteen articles is its own.
    assert_eq!((reprints.len(), found), (13, 12));
}
