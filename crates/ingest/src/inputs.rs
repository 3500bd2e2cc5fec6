use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use dyad_core::{Origin, Reject, RejectCode};
use glob::MatchOptions;
use walkdir::{DirEntry, WalkDir};

use crate::error::IngestError;

/// Names of files that describe a corpus, in lower case and without what follows.
const DESCRIPTIONS: [&str; 3] = ["readme", "license", "licence"];

/// As a shell has it: `*` stays within a folder and passes hidden files by.
const GLOB_OPTIONS: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };

/// An input as named, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    Stdin,
    File(PathBuf),
    Folder(PathBuf),
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
    let mut targets = Vec::new();
    for input in inputs {
        let path = Path::new(input);
        if input == "-" {
            targets.push(Target::Stdin);
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

/// A file or folder as a whole.
pub(crate) fn origin(path: &Path) -> Origin {
    Origin { file: path.to_string_lossy().into_owned(), position: 0 }
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

fn is_description(name: &str) -> bool {
    let lower = name.to_lowercase();
    DESCRIPTIONS
        .iter()
        .filter_map(|description| lower.strip_prefix(description))
        .any(|rest| rest.is_empty() || rest.starts_with(['.', '-', '_']))
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
        for name in ["README", "README.md", "readme_de.txt", "LICENSE-MIT", "LICENCE"] {
            assert!(is_description(name), "{name}");
        }
        for name in ["readers.md", "licensed.txt", "my-readme.md"] {
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
