//! Reads the corpus of the fuzz targets, and the inputs that once broke something, by the checks of those targets.
//! `scripts/fuzz` extends the corpus; an input that breaks a check goes to `tests/fuzz/crashes/TARGET`, named by what it was.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "../../../tests/fuzz/src/check.rs"]
mod check;

use std::fs;
use std::panic;
use std::path::{Path, PathBuf};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz").join(name)
}

/// The paths in a folder, sorted; fails unless there is one.
fn paths(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{} is empty", folder.display());
    paths
}

/// The target of a folder, by its name.
fn check_of(folder: &Path) -> check::Check {
    let known = check::TARGETS.iter().find(|(name, _)| folder.ends_with(name));
    known.unwrap_or_else(|| panic!("{} belongs to no target", folder.display())).1
}

fn read_all(folder: &Path) {
    let check = check_of(folder);
    let failed: Vec<PathBuf> = paths(folder)
        .into_iter()
        .filter(|path| {
            let bytes = fs::read(path).unwrap();
            panic::catch_unwind(|| check(&bytes)).is_err()
        })
        .collect();
    assert!(failed.is_empty(), "{failed:?}");
}

#[test]
fn the_corpus_of_every_target_is_read_as_promised() {
    for (name, _) in check::TARGETS {
        read_all(&folder("corpus").join(name));
    }
    for folder in paths(&folder("corpus")) {
        check_of(&folder);
    }
}

#[test]
fn inputs_that_once_broke_something_are_read_as_promised() {
    for folder in paths(&folder("crashes")) {
        read_all(&folder);
    }
}
