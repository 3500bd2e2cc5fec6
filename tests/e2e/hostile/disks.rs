//! Disks that are full or read-only, and stores of a newer version.

use std::fs::OpenOptions;
use std::path::Path;
use std::process::{Command, Stdio};

use super::namespace::{Disk, bytes_on_disk, copy, files};
use super::zip::zip;
use super::{accounted, stopped};
use crate::kill::{assert_same, tables};
use crate::support::{Output, count, dyad, file};

const NEWS: &str = "{\"text\":\"OpenAI met Microsoft.\",\"date\":\"2024-01-01\"}\nbroken\n\
                    {\"text\":\"Microsoft sued OpenAI.\",\"date\":\"2024-02-01\"}\n";
const FULL: &str = "No space left on device";
const PAGE: u64 = 4096;

fn run(news: &str, out: &Path) -> Output {
    dyad(&["run", news, "--quiet", "--out", out.to_str().unwrap()])
}

/// Bytes of the empty tables, and of what makes a folder a store.
fn bytes_of_empty(store: &Path) -> u64 {
    let logs = ["articles", "mentions", "relations", "sentences", "rejects", "runs"]
        .map(|table| store.join(table).join("_delta_log/00000000000000000000.json"));
    let logs = logs.iter().map(|log| log.metadata().unwrap().len().div_ceil(PAGE) * PAGE);
    // The marker and the lock file.
    2 * PAGE + logs.sum::<u64>()
}

/// The disk fills while tables are made, at the commits of articles and annotations, and twice in the report; each time
/// it is a little larger and the run is tried again.
#[test]
fn a_full_disk_stops_a_run_which_goes_on_when_there_is_room() {
    let Some(mut disk) = Disk::new(0) else { return };
    let (folder, news) = file("news.jsonl", NEWS);
    let reference = folder.path().join("undisturbed");
    run(&news, &reference).expect(1);
    let store = bytes_on_disk(&reference.join("store"));
    let report = bytes_on_disk(&reference) - store;
    let empty = bytes_of_empty(&reference.join("store"));
    let articles = bytes_on_disk(&reference.join("store/articles"));

    let out = disk.path().join("out");
    let mut failed = Vec::new();
    for (bytes, more, n_articles) in [
        (PAGE, 0, None),
        (empty / 2, 0, None),
        (empty + PAGE, 0, Some(0)),
        (empty + articles + 12 * PAGE, 0, Some(2)),
        (0, store, Some(2)),
        (0, report / 2, Some(2)),
    ] {
        disk.bytes = bytes + if more == 0 { 0 } else { bytes_on_disk(&disk.before()) + more };
        let output = disk.dyad(&["run", &news, "--quiet", "--out", out.to_str().unwrap()], &[], b"");
        assert!(!output.stderr.contains("panicked"), "{bytes} bytes: {}", output.stderr);
        assert!(output.stdout.is_empty(), "{bytes} bytes: {}", output.stdout);
        let errors = output.stderr.lines().filter(|line| !line.starts_with("warning: "));
        let error = Output { stderr: errors.collect::<Vec<_>>().join("\n"), ..output };
        failed.push(error.stderr.clone());
        stopped(error, &[FULL, disk.path().to_str().unwrap()]);
        if let Some(n_articles) = n_articles {
            let stored = count(&disk.after().join("out/store"), "SELECT count(*) FROM articles");
            assert_eq!(stored, n_articles, "all of a commit or nothing");
        }
        disk.keep();
    }
    let places = [
        "dyad-store",
        ": cannot open",
        "articles: cannot append",
        ": cannot append",
        "tables/",
        "report.html",
    ];
    for (place, error) in places.iter().zip(&failed) {
        assert!(error.contains(place), "not at {place}: {failed:#?}");
    }

    let whole = disk.before().join("out");
    run(&news, &whole).expect(1);
    assert_same(&tables(&whole), &tables(&reference));
    for name in ["series", "report.html"] {
        assert!(whole.join(name).exists(), "{name}");
    }
}

#[test]
fn a_full_disk_stops_a_compaction_and_costs_no_row() {
    let Some(mut disk) = Disk::new(0) else { return };
    let store = disk.before();
    for n in 0..3 {
        let line =
            format!("{{\"text\":\"OpenAI met Microsoft {n} times.\",\"date\":\"2024-01-0{}\"}}\n", n + 1);
        let (_folder, news) = file("news.jsonl", line);
        dyad(&["ingest", &news, "--quiet", "--store", store.to_str().unwrap()]).expect(0);
    }
    for spare in [1, 4] {
        disk.bytes = bytes_on_disk(&store) + spare * PAGE;
        let place = disk.path();
        let compact = ["store", "compact", place.to_str().unwrap(), "--keep", "0d", "--quiet"];
        stopped(disk.dyad(&compact, &[], b""), &[FULL, place.to_str().unwrap()]);
        assert_eq!(count(&disk.after(), "SELECT count(DISTINCT text) FROM articles"), 3);
        dyad(&["store", "compact", disk.after().to_str().unwrap(), "--keep", "0d", "--quiet"]).expect(0);
        assert_eq!(count(&disk.after(), "SELECT count(*) FROM articles"), 3);
    }
}

/// A zip on standard input is copied to the folder for temporary files, for want of a file to go back in.
#[test]
fn a_full_folder_for_temporary_files_is_one_reject_that_names_it() {
    let Some(disk) = Disk::new(64 << 10) else { return };
    let line = format!("{{\"text\":\"OpenAI met Microsoft.\",\"note\":\"{}\"}}\n", "x".repeat(200_000));
    let archive = zip(&[("news.jsonl", line.as_bytes())]);
    let (folder, path) = file("news.zip", &archive);
    let (piped, named) = (folder.path().join("piped"), folder.path().join("named"));
    let temporary = disk.path();
    let ingest = |input: &str, store: &Path| {
        let args = ["ingest", input, "--quiet", "--store", store.to_str().unwrap()];
        disk.dyad(&args, &[("TMPDIR", &temporary)], &archive)
    };
    let said = ingest("-", &piped).expect(1).stderr;
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains(FULL), "{said}");
    assert!(said.contains(temporary.to_str().unwrap()), "the full folder is not named: {said}");
    assert_eq!(accounted(&piped)["rejects"], 1);
    ingest(&path, &named).expect(0);
    assert_eq!(accounted(&named)["articles"], 1);
}

/// A log on a full disk (`2>> dyad.log`) costs messages, a result on one is an error.
#[test]
fn a_full_disk_behind_stdout_or_stderr_is_no_panic() {
    let full = || Stdio::from(OpenOptions::new().write(true).open("/dev/full").unwrap());
    let (folder, news) = file("news.jsonl", NEWS);
    let store = folder.path().join("store");
    let store = store.to_str().unwrap();
    let dyad_to = |args: &[&str], stdout: Stdio, stderr: Stdio| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dyad"));
        command.args(args).current_dir(folder.path()).stdin(Stdio::null()).stdout(stdout).stderr(stderr);
        command.output().unwrap()
    };
    let ingest = dyad_to(&["ingest", &news, "--store", store], Stdio::piped(), full());
    assert_eq!(ingest.status.code(), Some(1), "with messages that cannot be written");
    assert_eq!(accounted(Path::new(store))["articles"], 2);

    for args in
        [&["query", "SELECT 1", "--store", store][..], &["models", "list"], &["run", "--print-config"]]
    {
        let output = dyad_to(args, full(), Stdio::piped());
        let stderr = String::from_utf8(output.stderr).unwrap();
        stopped(
            Output { status: output.status.code().unwrap_or(-1), stdout: String::new(), stderr },
            &[FULL],
        );
    }
}

#[test]
fn a_read_only_store_is_read_and_every_writer_says_why_not() {
    let Some(mut disk) = Disk::new(8 << 20) else { return };
    disk.is_writable = false;
    let (folder, news) = file("news.jsonl", NEWS);
    run(&news, &folder.path().join("whole")).expect(1);
    copy(&folder.path().join("whole/store"), &disk.before().join("store"));
    let (store, out) = (disk.path().join("store"), folder.path().join("out"));
    let (store, out) = (store.to_str().unwrap(), out.to_str().unwrap());
    let onto_disk = disk.path().join("out");
    let onto_disk = onto_disk.to_str().unwrap();

    let rows = disk.dyad(&["query", "SELECT text FROM sentences", "--store", store], &[], b"").expect(0);
    assert!(rows.stdout.contains("Microsoft sued OpenAI."), "{}", rows.stdout);
    disk.dyad(&["report", "--store", store, "--out", out], &[], b"").expect(0);
    assert!(Path::new(out).join("report.html").exists());

    let read_only = "Read-only file system";
    for writer in [
        &["ingest", &news, "--store", store][..],
        &["run", &news, "--out", out, "--store", store],
        &["annotate", "--store", store],
        &["store", "compact", store],
    ] {
        stopped(disk.dyad(&[writer, &["--quiet"]].concat(), &[], b""), &[store, read_only]);
    }
    for writer in [&["report", "--store", store, "--out", onto_disk][..], &["run", &news, "--out", onto_disk]]
    {
        stopped(disk.dyad(&[writer, &["--quiet"]].concat(), &[], b""), &[onto_disk, read_only]);
    }
    assert_eq!(files(&disk.after()), files(&disk.before()));
}

#[test]
fn a_store_of_a_newer_version_is_refused_and_left_as_it_is() {
    let (folder, news) = file("news.jsonl", NEWS);
    let store_path = folder.path().join("store");
    let store = store_path.to_str().unwrap();
    dyad(&["ingest", &news, "--quiet", "--store", store]).expect(1);
    let marker = store_path.join("dyad-store.json");
    let (known, log) =
        (std::fs::read(&marker).unwrap(), store_path.join("articles/_delta_log/00000000000000000002.json"));
    let out = folder.path().join("out");
    let out = out.to_str().unwrap();
    let newer = [
        // Dyad's own version, and that of Delta Lake.
        (&marker, "{\"version\":99,\"shelves\":[]}", &["layout version 99", "newer Dyad"][..]),
        (
            &log,
            "{\"protocol\":{\"minReaderVersion\":99,\"minWriterVersion\":99}}\n",
            &["/store/articles: ", "version 99", "newer Dyad"],
        ),
    ];
    for (path, content, named) in newer {
        std::fs::write(path, content).unwrap();
        let before = files(&store_path);
        for command in [
            &["ingest", &news, "--store", store][..],
            &["run", &news, "--out", out, "--store", store],
            &["annotate", "--store", store],
            &["report", "--store", store, "--out", out],
            &["query", "SELECT 1", "--store", store],
            &["store", "compact", store],
        ] {
            stopped(dyad(&[command, &["--quiet"]].concat()), named);
        }
        assert_eq!(files(&store_path), before, "{content}");
        assert!(!Path::new(out).exists());
        std::fs::write(&marker, &known).unwrap();
    }
    std::fs::remove_file(log).unwrap();
    assert_eq!(accounted(&store_path)["articles"], 2);
}
