//! The folder of reports over time: readers, killed writers, several writers, retention, folders of an earlier Dyad.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use dyad_analyze::Analysis;
use dyad_core::ReportConfig;

use crate::{ReportError, ReportFiles, fixture};

const PARTS: [&str; 8] = [
    "change_points.csv",
    "charts",
    "evidence.csv",
    "report.html",
    "report.json",
    "report.md",
    "series",
    "tables",
];

/// A report in the formats that are the default.
fn write_report(analysis: &Analysis, out: &Path, keep: usize) -> Result<ReportFiles, ReportError> {
    crate::write_report(analysis, out, &ReportConfig { keep, ..ReportConfig::default() })
}

fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(path).expect("a readable file")
}

/// Names in a folder, sorted; the lock is always there.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder").flatten();
    let mut names: Vec<String> = entries.map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    names.retain(|name| name != ".lock");
    names.sort();
    names
}

/// A report as Dyad wrote it before there was a history, with a file of the reader's own among the series.
fn plain_report(out: &Path, text: &str) {
    fs::create_dir_all(out.join("series")).expect("a folder");
    for name in
        ["evidence.csv", "report.html", "report.json", "report.md", "series/all.csv", "series/mine.txt"]
    {
        fs::write(out.join(name), format!("{text} {name}")).expect("written");
    }
    let time = SystemTime::UNIX_EPOCH + Duration::from_millis(1_600_000_000_123);
    let html = fs::File::options().write(true).open(out.join("report.html")).expect("opens");
    html.set_modified(time).expect("a time");
}

const PLAIN_STAMP: &str = "2020-09-13T122640.123Z";

#[test]
fn a_second_report_replaces_the_first_which_stays_in_the_history() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let out = dir.path();
    write_report(&fixture::analysis(), out, 0).expect("written");
    let first = fs::read_link(out.join("latest")).expect("a link");
    let links: Vec<u64> =
        PARTS.iter().map(|n| out.join(n).symlink_metadata().expect("a link").ino()).collect();
    let files = write_report(&fixture::empty(), out, 0).expect("written again");
    assert!(read(files.first()).contains("No sentence mentions"));
    assert!(!read(out.join(&first).join("report.html")).contains("No sentence mentions"));
    assert!(files.series.iter().all(|path| path.starts_with(out.join("series")) && path.is_file()));
    assert!(files.tables.iter().all(|path| path.starts_with(out.join("tables")) && path.is_file()));
    assert!(
        !names(&out.join("series")).iter().any(|name| name.starts_with("frame_")),
        "no series of the first"
    );
    let after: Vec<u64> =
        PARTS.iter().map(|n| out.join(n).symlink_metadata().expect("a link").ino()).collect();
    assert_eq!(after, links, "links are made once");
    assert_eq!(names(&out.join("reports")).len(), 2);
    // The folder can be moved as a whole.
    assert!(PARTS.iter().all(|n| fs::read_link(out.join(n)).expect("a link").is_relative()));
}

#[test]
fn as_many_reports_stay_as_are_to_be_kept() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let reports = dir.path().join("reports");
    let write = |keep| write_report(&fixture::empty(), dir.path(), keep).expect("written");
    for _ in 0..4 {
        write(0);
    }
    let all = names(&reports);
    assert_eq!(all.len(), 4, "0 keeps all");
    fs::write(reports.join(&all[0]).join("my-notes.txt"), "mine").expect("written");
    fs::create_dir(reports.join("not-a-report")).expect("a folder");
    write(2);
    let left = names(&reports);
    assert_eq!(left[..2], [all[0].clone(), all[3].clone()], "what holds other files is left alone");
    assert_eq!((left.len(), left[3].as_str()), (4, "not-a-report"));
    // A clock that was wrong once: the latest report stays although its name is not the last.
    fs::rename(reports.join(&left[2]), reports.join("2999-01-01T000000.000Z")).expect("renamed");
    write(1);
    assert!(read(dir.path().join("report.html")).contains("No sentence mentions"));
}

#[test]
fn what_a_killed_writer_left_is_removed_and_never_shown() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let out = dir.path();
    write_report(&fixture::analysis(), out, 0).expect("written");
    let shown = names(&out.join("reports"));
    for name in [".2026-01-01T000000.000Z.tmp", ".2026-01-01T000000.000Z.gone"] {
        fs::create_dir_all(out.join("reports").join(name).join("series")).expect("folders");
    }
    symlink("nowhere", out.join(".latest.link")).expect("a link");
    fs::create_dir(out.join("reports/.mine")).expect("a folder");
    write_report(&fixture::analysis(), out, 0).expect("written again");
    let left = names(&out.join("reports"));
    assert_eq!(left[0], ".mine");
    assert_eq!((left.len(), &left[1]), (3, &shown[0]));
    assert!(out.join(".latest.link").symlink_metadata().is_err());
}

#[test]
fn plain_files_of_an_earlier_dyad_become_the_first_report() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let out = dir.path();
    plain_report(out, "old");
    fs::create_dir(out.join("store")).expect("a folder");
    write_report(&fixture::analysis(), out, 1).expect("written");
    let old = out.join("reports").join(PLAIN_STAMP);
    for name in
        ["evidence.csv", "report.html", "report.json", "report.md", "series/all.csv", "series/mine.txt"]
    {
        assert_eq!(read(old.join(name)), format!("old {name}"), "kept, also beyond the reports to keep");
    }
    assert!(read(out.join("report.html")).ends_with("</html>\n"));
    assert!(!out.join("series/mine.txt").exists() && out.join("store").is_dir());
    assert_eq!(names(&out.join("reports")).len(), 2);
}

/// Every state in which a takeover can be interrupted ends as one that was not.
#[test]
fn a_takeover_that_was_interrupted_is_taken_up_again() {
    let parts = ["evidence.csv", "report.md", "report.json", "report.html"];
    for steps in 0..=7_usize {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let out = dir.path();
        plain_report(out, "old");
        let old = out.join("reports").join(PLAIN_STAMP);
        let temporary = out.join("reports").join(format!(".{PLAIN_STAMP}.tmp"));
        fs::create_dir_all(temporary.join("series")).expect("folders");
        if steps >= 1 {
            for name in parts.iter().chain(&["series/all.csv", "series/mine.txt"]) {
                fs::hard_link(out.join(name), temporary.join(name)).expect("a link");
            }
            fs::rename(&temporary, &old).expect("renamed");
        }
        if steps >= 2 {
            symlink(Path::new("reports").join(PLAIN_STAMP), out.join("latest")).expect("a link");
        }
        if steps >= 3 {
            let gone = out.join("reports").join(format!(".{PLAIN_STAMP}.gone"));
            fs::rename(out.join("series"), gone).expect("renamed");
        }
        for name in &parts[..steps.saturating_sub(3)] {
            fs::remove_file(out.join(name)).expect("removed");
            symlink(Path::new("latest").join(name), out.join(name)).expect("a link");
        }
        write_report(&fixture::empty(), out, 0).expect("written");
        assert_eq!(
            names(&out.join("reports")).len(),
            2,
            "after {steps} steps: {:?}",
            names(&out.join("reports"))
        );
        for name in parts.iter().chain(&["series/all.csv", "series/mine.txt"]) {
            assert_eq!(read(old.join(name)), format!("old {name}"), "after {steps} steps");
        }
        assert!(read(out.join("report.html")).contains("No sentence mentions"));
        assert!(out.join("series").symlink_metadata().expect("a link").is_symlink());
    }
}

#[test]
fn folders_that_are_no_report_are_refused_and_left_alone() {
    for (name, file) in [
        ("series", "series/mine.txt"),
        ("charts", "charts/mine.png"),
        ("latest", "latest/mine.txt"),
        ("tables", "tables/mine.txt"),
    ] {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = dir.path().join(file);
        fs::create_dir(dir.path().join(name)).expect("a folder");
        fs::write(&file, "mine").expect("written");
        let error = write_report(&fixture::empty(), dir.path(), 0).expect_err("occupied").to_string();
        assert!(error.contains(name) && error.contains("move away"), "{error}");
        assert_eq!(read(&file), "mine");
    }
}

#[test]
fn a_report_that_cannot_be_written_leaves_the_one_before() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let out = dir.path();
    write_report(&fixture::analysis(), out, 0).expect("written");
    let history = crate::history::History::open(out).expect("opens");
    let failed = history.publish(|folder: &Path| -> Result<(), _> {
        let path: PathBuf = folder.join("report.md");
        fs::write(&path, "half").expect("written");
        Err(crate::ReportError::Write { path, source: std::io::Error::other("disk full") })
    });
    assert!(failed.expect_err("fails").to_string().contains("disk full"));
    assert!(!read(out.join("report.html")).contains("No sentence mentions"));
    assert_eq!(names(&out.join("reports")).len(), 1);
}

/// Writers one beside the other, and a reader who looks all the time: what it sees is whole.
#[test]
fn a_reader_beside_several_writers_sees_whole_reports_only() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let out = dir.path();
    write_report(&fixture::empty(), out, 3).expect("written");
    let looks = std::thread::scope(|scope| {
        let writers: Vec<_> = [fixture::analysis(), fixture::empty()]
            .into_iter()
            .map(|analysis| {
                scope.spawn(move || {
                    (0..4).for_each(|_| drop(write_report(&analysis, out, 3).expect("written")))
                })
            })
            .collect();
        let mut looks = 0;
        while writers.iter().any(|writer| !writer.is_finished()) {
            // One step of resolving, as whoever reads several files does it.
            let folder = out.join(fs::read_link(out.join("latest")).expect("a link"));
            let page = read(folder.join("report.html"));
            assert!(page.ends_with("</html>\n"), "{}", &page[page.len().saturating_sub(40)..]);
            let json: serde_json::Value =
                serde_json::from_str(&read(folder.join("report.json"))).expect("whole");
            let is_empty = json["evidence"].as_array().expect("a list").is_empty();
            assert_eq!(
                page.contains("No sentence mentions"),
                is_empty,
                "the files of one report belong together"
            );
            assert_eq!(names(&folder), PARTS);
            assert!(!read(out.join("report.html")).is_empty());
            looks += 1;
        }
        writers.into_iter().for_each(|writer| writer.join().expect("no panic"));
        looks
    });
    assert!(looks > 0);
    let left = names(&out.join("reports"));
    assert_eq!(left.len(), 3);
    let latest = fs::read_link(out.join("latest")).expect("a link");
    assert_eq!(latest, Path::new("reports").join(left.last().expect("one")), "the later one wins");
}
