//! Articles that change, older versions, compaction.

use std::collections::BTreeSet;

use chrono::Utc;
use dyad_core::Article;

use super::{NEW, OLD, annotations, article, day, english, frames, id, number, reopen, store};
use crate::{ContentDigest, RecoveryCounts, Store};

#[test]
fn a_changed_article_replaces_its_rows_and_waits_for_annotation() {
    let (_dir, store) = store();
    let articles = [article(1, Some(day(2024, 7, 31))), article(2, Some(day(2024, 8, 1)))];
    store.append_articles("run-1", &articles).unwrap();
    store.write_annotations("run-1", NEW, &frames(&["rivalry"]), &annotations(&articles, &[0.5])).unwrap();
    let changed =
        Article { text: "OpenAI left.".to_owned(), published: Some(day(2024, 9, 2)), ..articles[0].clone() };
    assert_ne!(ContentDigest::of(&changed), ContentDigest::of(&articles[0]));
    store.replace_articles("run-2", std::slice::from_ref(&changed)).unwrap();
    let store = reopen(store);
    assert_eq!(store.recover().unwrap(), RecoveryCounts::default());
    let mut stored = Vec::new();
    store.for_each_article(&mut |article| stored.push((article.article_id, article.digest))).unwrap();
    stored.sort();
    let expected = [&changed, &articles[1]].map(|a| (a.article_id.clone(), ContentDigest::of(a)));
    assert_eq!(stored, expected);
    assert_eq!(number(&store, "SELECT count(*) FROM sentences"), 2);
    assert_eq!(number(&store, "SELECT count(*) FROM mentions"), 2);
    assert_eq!(number(&store, "SELECT count(*) FROM relations"), 1);
    let mut pending = store.pending(NEW, &english()).unwrap();
    assert_eq!(pending.next_chunk(9).unwrap().unwrap(), [changed]);
}

#[test]
fn older_versions_stay_readable_until_they_are_compacted_away() {
    let (_dir, store) = store();
    let articles: Vec<Article> = (0..6).map(|n| article(n, Some(day(2024, 7, 1 + n)))).collect();
    for one in &articles {
        store.append_articles("run-1", std::slice::from_ref(one)).unwrap();
    }
    store.write_annotations("run-1", OLD, &frames(&["rivalry"]), &annotations(&articles, &[0.25])).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(20));
    let before = Utc::now();
    std::thread::sleep(std::time::Duration::from_millis(20));
    store.write_annotations("run-2", NEW, &frames(&["rivalry"]), &annotations(&articles, &[0.75])).unwrap();
    let path = store.path().to_owned();
    let frame = "SELECT CAST(round(100 * min(frame_rivalry)) AS BIGINT) FROM relations";
    let at = |when| number(&Store::open_as_of(&path, when).unwrap(), frame);
    assert_eq!((at(before), at(Utc::now())), (25, 75));

    let kept = store.compact(chrono::Duration::days(1)).unwrap();
    assert!(kept.files_after < kept.files_before, "{kept:?}");
    assert_eq!((at(before), at(Utc::now())), (25, 75), "still kept");
    let store = reopen(store);
    assert_eq!(store.counts().unwrap().articles, 6);

    std::thread::sleep(std::time::Duration::from_millis(20));
    let gone = store.compact(chrono::Duration::zero()).unwrap();
    assert!(gone.bytes_after < gone.bytes_before, "{gone:?}");
    let error = Store::open_as_of(&path, before).unwrap_err().to_string();
    assert!(error.contains("keeps its versions since"), "{error}");
    let store = reopen(store);
    assert_eq!(number(&store, frame), 75);
    assert_eq!(store.counts().unwrap().relations, 6);
    store.append_articles("run-3", &[article(9, None)]).unwrap();
    assert_eq!(reopen(store).counts().unwrap().articles, 7);
}

#[test]
fn a_removal_cut_short_is_finished_by_recovery() {
    for n_tables in 1..=3 {
        let (_dir, store) = store();
        let articles = [article(1, Some(day(2024, 7, 31))), article(2, None)];
        store.append_articles("run-1", &articles).unwrap();
        store
            .write_annotations("run-1", NEW, &frames(&["rivalry"]), &annotations(&articles, &[0.5]))
            .unwrap();
        store.remove_annotations_and_crash(&BTreeSet::from([id(1).as_str()]), n_tables).unwrap();
        let store = reopen(store);
        let recovered = store.recover().unwrap();
        assert_eq!(recovered.articles, u64::from(n_tables < 3), "{recovered:?}");
        assert_eq!(store.recover().unwrap(), RecoveryCounts::default());
        let rows = |table| number(&store, &format!("SELECT count(*) FROM {table}"));
        assert_eq!((rows("sentences"), rows("mentions"), rows("relations")), (2, 2, 1));
        assert_eq!(store.pending(NEW, &english()).unwrap().total_articles, 1);
    }
}

#[test]
fn old_versions_are_found_in_a_copy_of_the_folder() {
    let (dir, store) = store();
    store.append_articles("run-1", &[article(1, None)]).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(20));
    let before = Utc::now();
    std::thread::sleep(std::time::Duration::from_millis(20));
    store.append_articles("run-2", &[article(2, None)]).unwrap();
    let copy = dir.path().join("copy");
    let copied = std::process::Command::new("cp").arg("-r").arg(store.path()).arg(&copy).status().unwrap();
    assert!(copied.success());
    let articles = |when| Store::open_as_of(&copy, when).unwrap().counts().unwrap().articles;
    assert_eq!((articles(before), articles(Utc::now())), (1, 2));
    assert_eq!(articles(day(2001, 1, 1)), 0);
}
