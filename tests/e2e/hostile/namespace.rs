//! Small disks of their own for single calls of the binary, in a mount namespace that dies with it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::support::{Output, output_of};

/// Mounts the disk, puts files on it, runs the binary and keeps what it left. 98 and 99 stand for the shell's own
/// failures.
const SCRIPT: &str = r#"
mount -t tmpfs -o "size=$BYTES" tmpfs "$DISK" || exit 99
cp -a "$BEFORE/." "$DISK/" || exit 99
[ "$WRITABLE" = yes ] || mount -o remount,ro "$DISK" || exit 99
"$@"
status=$?
cp -a "$DISK/." "$AFTER/" || exit 98
exit $status
"#;

/// A tmpfs for each call, filled with a copy of `before` first.
pub struct Disk {
    unshare: &'static [&'static str],
    folder: TempDir,
    /// Size; a file takes whole pages of 4096 bytes.
    pub bytes: u64,
    pub is_writable: bool,
}

impl Disk {
    /// An empty disk, or `None` where the user wants none of the tests that need one.
    ///
    /// # Panics
    /// Mount namespaces cannot be had and `DYAD_SKIP_NAMESPACES` is not 1.
    pub fn new(bytes: u64) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        for name in ["disk", "before", "after"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        let works = |unshare: &&[&str]| {
            let mut probe = Command::new("unshare");
            probe.args(*unshare).args(["mount", "-t", "tmpfs", "tmpfs"]).arg(folder.path().join("disk"));
            probe.output().is_ok_and(|output| output.status.success())
        };
        let unshare = [&["--mount"][..], &["--mount", "--map-root-user"]].into_iter().find(works);
        if unshare.is_none() && std::env::var("DYAD_SKIP_NAMESPACES").is_ok_and(|skip| skip == "1") {
            eprintln!("skipped: DYAD_SKIP_NAMESPACES=1, and no mount namespace can be had");
            return None;
        }
        let unshare = unshare.expect(
            "this test mounts a small disk in a mount namespace of its own; run it as root, or where unprivileged \
             user namespaces are allowed (sysctl user.max_user_namespaces, and `unshare` and `mount` of util-linux), \
             or set DYAD_SKIP_NAMESPACES=1 to do without it",
        );
        Some(Self { unshare, folder, bytes, is_writable: true })
    }

    /// Where the disk is mounted while the binary runs.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("disk")
    }

    /// What the disk holds when the binary starts.
    pub fn before(&self) -> PathBuf {
        self.folder.path().join("before")
    }

    /// What the disk held after the last call.
    pub fn after(&self) -> PathBuf {
        self.folder.path().join("after")
    }

    /// Lets the next call begin with what the last one left.
    pub fn keep(&self) {
        std::fs::remove_dir_all(self.before()).unwrap();
        copy(&self.after(), &self.before());
    }

    /// Runs `dyad` with the disk mounted; `variables` go into its environment.
    #[track_caller]
    pub fn dyad(&self, args: &[&str], variables: &[(&str, &Path)], input: &[u8]) -> Output {
        std::fs::remove_dir_all(self.after()).unwrap();
        std::fs::create_dir(self.after()).unwrap();
        let mut command = Command::new("unshare");
        command.args(self.unshare).args(["sh", "-c", SCRIPT, "sh", "env"]);
        for (name, value) in variables {
            command.arg(format!("{name}={}", value.display()));
        }
        command.arg(env!("CARGO_BIN_EXE_dyad")).args(args);
        command.env("BYTES", self.bytes.to_string()).env("DISK", self.path());
        command.env("BEFORE", self.before()).env("AFTER", self.after());
        command.env("WRITABLE", if self.is_writable { "yes" } else { "no" });
        let output = output_of(&mut command, self.folder.path(), input);
        assert!(!(98..=99).contains(&output.status), "the disk failed, not dyad: {}", output.stderr);
        output
    }
}

/// Bytes that the files of a folder take on a tmpfs.
pub fn bytes_on_disk(folder: &Path) -> u64 {
    let mut bytes = 0;
    walk(folder, &mut |path| bytes += path.metadata().unwrap().len().div_ceil(4096) * 4096);
    bytes
}

/// The files of a folder and their contents, without locks: one holds the number of the last process that tried.
pub fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    walk(folder, &mut |path| {
        if path.extension().is_none_or(|ending| ending != "lock") {
            found.insert(path.strip_prefix(folder).unwrap().to_owned(), std::fs::read(path).unwrap());
        }
    });
    found
}

/// Copies a folder with all that is in it.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    walk(from, &mut |path| {
        let target = to.join(path.strip_prefix(from).unwrap());
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::copy(path, target).unwrap();
    });
}

fn walk(folder: &Path, visit: &mut dyn FnMut(&Path)) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            walk(&entry.path(), visit);
        } else {
            visit(&entry.path());
        }
    }
}
