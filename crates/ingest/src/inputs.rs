use std::fs::Metadata;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use dyad_core::{Origin, Reject, RejectCode};
use glob::MatchOptions;
use walkdir::{DirEntry, WalkDir};

use crate::error::IngestError;
use crate::remote::{self, Listing, Services};

/// Names of files that describe a corpus, in lower case and without what follows.
const DESCRIPTIONS: [&str; 3] = ["readme", "license", "licence"];

/// Longest word behind the name of a description in a file with an ending, in characters.
const MAX_NOTE_CHARS: usize = 8;
/// Names of licences that stand behind the name of a description.
const LICENSES: [&str; 12] =
    ["apache", "mit", "bsd", "gpl", "lgpl", "agpl", "mpl", "isc", "cc", "zlib", "boost", "unicode"];

/// As a shell has it: `*` stays within a folder and passes hidden files by.
pub(crate) const GLOB_OPTIONS: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };

/// An input as named, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    Stdin,
    File(PathBuf),
    Folder(PathBuf),
    Remote(Listing),
}

/// What a folder holds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    File(PathBuf),
    /// A file that describes the corpus.
    Description,
    Reject(Reject),
}

/// Finds out what each input is before anything is read, so that a wrong name stops a run early.
///
/// # Errors
/// [`IngestError`] when there is no input, a path does not exist or a pattern matches nothing.
pub(crate) fn resolve(inputs: &[String]) -> Result<Vec<Target>, IngestError> {
    let (mut targets, mut services) = (Vec::new(), Services::default());
    for input in inputs {
        let path = Path::new(input);
        if input == "-" {
            targets.push(Target::Stdin);
        } else if remote::is_address(input) {
            targets.push(Target::Remote(services.find(input)?));
        } else if may_exist(path) {
            targets.push(target(path.to_owned()));
        } else if input.contains(['*', '?', '[']) {
            targets.extend(expand(input)?);
        } else {
            return Err(IngestError::NotFound { path: input.clone() });
        }
    }
    if targets.is_empty() { Err(IngestError::NoInput) } else { Ok(targets) }
}

/// False only when there is surely nothing: a path that may not be looked at is a reject later.
fn may_exist(path: &Path) -> bool {
    match path.metadata() {
        Ok(_) => true,
        Err(error) => {
            !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::InvalidInput)
        }
    }
}

fn target(path: PathBuf) -> Target {
    if path.is_dir() { Target::Folder(path) } else { Target::File(path) }
}

fn expand(pattern: &str) -> Result<Vec<Target>, IngestError> {
    let paths = glob::glob_with(pattern, GLOB_OPTIONS)
        .map_err(|source| IngestError::BadPattern { pattern: pattern.to_owned(), source })?;
    // A folder that cannot be listed is tried as a file, which makes it a reject with its cause.
    let targets: Vec<Target> =
        paths.map(|path| target(path.unwrap_or_else(|error| error.path().to_owned()))).collect();
    if targets.is_empty() { Err(IngestError::NoMatch { pattern: pattern.to_owned() }) } else { Ok(targets) }
}

/// The files of a folder and the folders in it, sorted by path; hidden ones are left out.
pub(crate) fn walk(folder: &Path) -> impl Iterator<Item = Found> {
    WalkDir::new(folder)
        .follow_links(true)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry.path()))
        .filter_map(|entry| match entry {
            Ok(entry) => classify(&entry),
            // A hidden link that leads nowhere is as hidden as any other file.
            Err(error) if error.depth() > 0 && error.path().is_some_and(is_hidden) => None,
            Err(error) => Some(Found::Reject(walk_failure(&error))),
        })
}

fn classify(entry: &DirEntry) -> Option<Found> {
    let kind = entry.file_type();
    if kind.is_dir() {
        return None;
    }
    if !kind.is_file() {
        // Opening a pipe nobody writes to would wait for ever.
        let reason = "this is a pipe, socket or device; name it as an input of its own to read it";
        return Some(Found::Reject(Reject::new(origin(entry.path()), RejectCode::Unreadable, reason, b"")));
    }
    let describes = is_description(&entry.file_name().to_string_lossy());
    Some(if describes { Found::Description } else { Found::File(entry.path().to_owned()) })
}

fn walk_failure(error: &walkdir::Error) -> Reject {
    let origin = origin(error.path().unwrap_or(Path::new("")));
    if let Some(ancestor) = error.loop_ancestor() {
        let reason =
            format!("this link leads back to '{}', which holds it; remove the link", ancestor.display());
        return Reject::new(origin, RejectCode::DirectoryLoop, reason, b"");
    }
    let cause = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
    let reason = format!("cannot be opened ({cause}); check that it exists and may be read");
    Reject::new(origin, RejectCode::Unreadable, reason, b"")
}

/// When a file was last written, renamed, linked or given other attributes, and the same for the link that leads to it;
/// `None` where that cannot be told. The time of writing alone would miss a file that was copied with its times.
pub(crate) fn changed_at(path: &Path) -> Option<DateTime<Utc>> {
    let inode = |data: &Metadata| DateTime::from_timestamp(data.ctime(), data.ctime_nsec().try_into().ok()?);
    let (file, link) = (path.metadata().ok()?, path.symlink_metadata().ok()?);
    let written = DateTime::from_timestamp(file.mtime(), file.mtime_nsec().try_into().ok()?)?;
    Some(written.max(inode(&file)?).max(inode(&link)?))
}

/// A file or folder as a whole.
pub(crate) fn origin(path: &Path) -> Origin {
    Origin { file: path.to_string_lossy().into_owned(), position: 0 }
}

/// Whether a file's name starts with a dot.
pub(crate) fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

/// The same for a part of an object's name.
pub(crate) fn is_hidden_name(name: &str) -> bool {
    name.starts_with('.')
}

/// Whether a file of this name describes a corpus: `README`, `LICENSE` and `LICENCE`, alone, with one ending
/// (`README.md`), with more behind a `-` or `_` and no ending (`LICENSE-APACHE`), or as a text with a language or the like
/// (`README_de.md`) or the name of a licence (`LICENSE-MIT.txt`) behind it. `license-fee-rises.txt` is an article.
pub(crate) fn is_description(name: &str) -> bool {
    let lower = name.to_lowercase();
    DESCRIPTIONS.iter().any(|word| {
        let Some(rest) = lower.strip_prefix(word) else { return false };
        if let Some(ending) = rest.strip_prefix('.') {
            return !ending.is_empty() && !ending.contains('.');
        }
        let Some(more) = rest.strip_prefix(['-', '_']) else { return rest.is_empty() };
        match more.split_once('.') {
            None => !more.is_empty(),
            Some((more, "md" | "txt" | "rst")) if *word == DESCRIPTIONS[0] => {
                (1..=MAX_NOTE_CHARS).contains(&more.chars().count()) && more.chars().all(char::is_alphabetic)
            }
            Some((more, "md" | "txt" | "rst")) => LICENSES.contains(&more),
            Some(_) => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn names(folder: &Path) -> Vec<String> {
        walk(folder)
            .map(|found| match found {
                Found::File(path) => {
                    path.strip_prefix(folder).expect("inside").to_string_lossy().into_owned()
                }
                Found::Description => "(description)".to_owned(),
                Found::Reject(reject) => format!("({})", reject.code.as_str()),
            })
            .collect()
    }

    #[test]
    fn folders_are_walked_in_order_without_hidden_files() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        for name in [
            "b/2.txt",
            "b/10.txt",
            "a.txt",
            "c.txt",
            ".hidden/x.txt",
            ".x.txt",
            "b/.y",
            "README.md",
            "readmes.txt",
        ] {
            fs::create_dir_all(root.join(name).parent().expect("a parent")).expect("folders");
            fs::write(root.join(name), "x").expect("a file");
        }
        assert_eq!(names(root), ["(description)", "a.txt", "b/10.txt", "b/2.txt", "c.txt", "readmes.txt"]);
    }

    #[cfg(unix)]
    #[test]
    fn loops_and_dead_links_are_rejects() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        fs::create_dir(root.join("a")).expect("a folder");
        fs::write(root.join("a/x.txt"), "x").expect("a file");
        std::os::unix::fs::symlink(root, root.join("a/loop")).expect("a link");
        std::os::unix::fs::symlink(root.join("nowhere"), root.join("dead.txt")).expect("a link");
        std::os::unix::fs::symlink(root.join("nowhere"), root.join(".dead")).expect("a link");
        assert_eq!(names(root), ["(directory_loop)", "a/x.txt", "(unreadable)"]);
    }

    #[test]
    fn descriptions_are_told_by_their_whole_name() {
        for name in [
            "README",
            "README.md",
            "readme_de.txt",
            "README-dev.rst",
            "LICENSE-MIT",
            "LICENSE-APACHE",
            "LICENSE-MIT.txt",
            "LICENCE",
            "licence.html",
        ] {
            assert!(is_description(name), "{name}");
        }
        for name in [
            "readers.md",
            "licensed.txt",
            "my-readme.md",
            "license-fee-rises.html",
            "license-fee-rises.txt",
            "licence_row.txt",
            "readme-2024.jsonl",
            "readme-2024.txt",
            "readme-.md",
            "readme-de.html",
            "README.2024.jsonl",
            "readme-instructions.md",
            "license.",
        ] {
            assert!(!is_description(name), "{name}");
        }
    }

    #[test]
    fn wrong_names_stop_the_run_and_globs_expand() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["b.txt", "a.txt", "c[1].txt", ".h.txt"] {
            fs::write(folder.path().join(name), "x").expect("a file");
        }
        let input = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
        let found = resolve(&[input("?.txt"), "-".into(), input("c[1].txt"), input("")]).expect("inputs");
        assert_eq!(
            found,
            [
                Target::File(input("a.txt").into()),
                Target::File(input("b.txt").into()),
                Target::Stdin,
                Target::File(input("c[1].txt").into()),
                Target::Folder(input("").into()),
            ]
        );
        assert_eq!(resolve(&[input("*")]).expect("inputs").len(), 3, "hidden files are passed by");
        assert!(matches!(resolve(&[input("none")]), Err(IngestError::NotFound { .. })));
        assert!(matches!(resolve(&[input("*.csv")]), Err(IngestError::NoMatch { .. })));
        assert!(matches!(resolve(&[input("a[")]), Err(IngestError::BadPattern { .. })));
        assert!(matches!(resolve(&[]), Err(IngestError::NoInput)));
    }
}
