//! Calling the binary and reading what it leaves.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// What a call of the binary gave.
pub struct Output {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Output {
    /// Fails with everything the binary said unless it ended with `status`.
    #[track_caller]
    pub fn expect(self, status: i32) -> Self {
        assert_eq!(self.status, status, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Standard output as JSON lines.
    pub fn json_lines(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// Runs `dyad` in an empty folder of its own, so that no dyad.toml around is picked up.
pub fn dyad<S: AsRef<std::ffi::OsStr>>(args: &[S]) -> Output {
    dyad_with_input(args, b"")
}

/// Runs `dyad` with something on standard input.
pub fn dyad_with_input<S: AsRef<std::ffi::OsStr>>(args: &[S], input: &[u8]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    output_of(Command::new(env!("CARGO_BIN_EXE_dyad")).args(args), folder.path(), input)
}

/// Runs a command in `folder` with something on standard input.
pub fn output_of(command: &mut Command, folder: &Path, input: &[u8]) -> Output {
    command.current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // The binary may end without reading its input.
    let _ = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    Output {
        status: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The repository's root.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// A folder with one file in it, and the file's path.
pub fn file(name: &str, content: impl AsRef<[u8]>) -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    let path = path.to_string_lossy().into_owned();
    (folder, path)
}

/// Rows of a query as JSON.
pub fn query(store: &Path, sql: &str) -> Vec<Value> {
    dyad(&["query", sql, "--store", store.to_str().unwrap(), "--format", "json"]).expect(0).json_lines()
}

/// The single number a query gives.
pub fn count(store: &Path, sql: &str) -> i64 {
    let rows = query(store, sql);
    rows[0].as_object().unwrap().values().next().unwrap().as_i64().unwrap()
}
