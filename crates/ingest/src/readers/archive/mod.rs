//! Archives of files: each file in one is an input of its own, named `ARCHIVE!/PATH/IN/ARCHIVE`.

mod tape;
mod tar;
mod zip;
mod zip_entry;

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use dyad_core::{Origin, Reject, RejectCode};

use crate::inputs;
use crate::jobs;
use crate::produce::{Emit, Producer, Stopped};
use crate::stream::{Compression, Fault, Source, Stream, read_failure};

pub(crate) use self::tar::read_tar;
pub(crate) use self::zip::read_zip;

/// What stands between the name of an archive and that of a file in it, as in `news.zip!/2024/deal.txt`.
const SEPARATOR: &str = "!/";
/// How many archives may lie in each other.
const MAX_DEPTH: u8 = 3;
/// How much of a name that is refused is shown, in characters.
const SHOWN_CHARACTERS: usize = 200;

/// What is read of an entry, by its name alone.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    /// It is an input, with this name.
    Input(String),
    /// A file that describes the corpus.
    Description,
    Hidden,
    /// The name leads out of the archive or is none; why.
    Refused(&'static str),
}

/// Finds out what an entry's name says. Backslashes part names too, as some programs on Windows write them.
fn place(name: &str) -> Place {
    if name.contains('\0') {
        return Place::Refused("holds a NUL byte");
    }
    if name.starts_with(['/', '\\']) {
        return Place::Refused("is absolute");
    }
    let parts: Vec<&str> = name.split(['/', '\\']).filter(|part| !part.is_empty() && *part != ".").collect();
    let Some(last) = parts.last() else { return Place::Refused("is empty") };
    if parts.first().is_some_and(|part| has_drive(part)) {
        return Place::Refused("starts with a drive letter");
    }
    if parts.contains(&"..") {
        return Place::Refused("leads out of the archive");
    }
    // What the archiver of macOS keeps beside the files.
    if parts.iter().any(|part| inputs::is_hidden(Path::new(part)) || *part == "__MACOSX") {
        return Place::Hidden;
    }
    if inputs::is_description(last) { Place::Description } else { Place::Input(parts.join("/")) }
}

fn has_drive(part: &str) -> bool {
    matches!(part.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic())
}

/// An archive that is being read.
struct Archive {
    file: Arc<str>,
    /// Where its files come from.
    source: Source,
    /// 1-based number of the current entry, folders included.
    position: u64,
    /// Whether it holds anything but folders.
    is_empty: bool,
}

impl Archive {
    /// # Errors
    /// The reject for an archive that lies in too many others.
    fn new(file: Arc<str>, source: &Source) -> Result<Self, Reject> {
        if source.archives >= MAX_DEPTH {
            let origin = Origin { file: file.to_string(), position: 0 };
            let reason =
                format!("archives lie in each other more than {MAX_DEPTH} deep; unpack this one first");
            return Err(Reject::new(origin, RejectCode::Malformed, reason, b""));
        }
        let source = Source { archives: source.archives + 1, ..source.clone() };
        Ok(Self { file, source, position: 0, is_empty: true })
    }

    /// The current entry, by its number.
    fn origin(&self) -> Origin {
        Origin { file: self.file.to_string(), position: self.position }
    }

    /// The name of a file in it, as an input.
    fn name_of(&self, inner: &str) -> String {
        format!("{}{SEPARATOR}{inner}", self.file)
    }

    /// The name of the current entry, if its name does not settle already what becomes of it.
    fn admit<F: Emit>(
        &mut self,
        producer: &mut Producer<'_, F>,
        name: &str,
    ) -> Result<Option<String>, Stopped> {
        self.is_empty = false;
        match place(name) {
            Place::Input(name) => return Ok(Some(name)),
            Place::Hidden => {}
            Place::Description => producer.counts.skipped_files += 1,
            Place::Refused(why) => {
                let shown: String = name.chars().take(SHOWN_CHARACTERS).collect();
                let reason = format!(
                    "the name {shown:?} of this file in the archive {why}, so it was not read; \
                     pack it again under a relative name"
                );
                producer.reject(Reject::new(
                    self.origin(),
                    RejectCode::Malformed,
                    reason,
                    name.as_bytes(),
                ))?;
            }
        }
        Ok(None)
    }

    /// Rejects the file of this admitted name.
    fn refuse<F: Emit>(
        &self,
        producer: &mut Producer<'_, F>,
        name: &str,
        code: RejectCode,
        reason: impl Into<String>,
    ) -> Result<(), Stopped> {
        let origin = Origin { file: self.name_of(name), position: 0 };
        producer.reject(Reject::new(origin, code, reason, b""))
    }

    /// Reads the file of this admitted name as an input.
    fn read<F: Emit>(
        &self,
        producer: &mut Producer<'_, F>,
        name: &str,
        content: Box<dyn Read + Send>,
    ) -> Result<(), Stopped> {
        producer.counts.files += 1;
        let file: Arc<str> = self.name_of(name).into();
        let last = name.rsplit('/').next().unwrap_or(name);
        match Stream::within(content, self.source.clone()) {
            Ok(stream) => {
                let format = producer.format_of(last, self.source.archives);
                producer.stream(stream, file, last, format)
            }
            Err(error) => {
                let origin = Origin { file: file.to_string(), position: 0 };
                producer.reject(read_failure(Compression::None, origin, &error, b""))
            }
        }
    }

    /// Why the whole file that the archive comes from is not read on, if it is not.
    fn exceeded(&self) -> Option<Fault> {
        self.source.budget.exceeded().cloned()
    }

    /// Says why the archive is not read on, unless a file in it has said so already.
    fn give_up<F: Emit>(&self, producer: &mut Producer<'_, F>, fault: &Fault) -> Result<(), Stopped> {
        if fault.is_reported() { Ok(()) } else { producer.reject(fault.reject(self.origin(), b"")) }
    }

    /// The reject for an archive without a file.
    fn finish<F: Emit>(self, producer: &mut Producer<'_, F>) -> Result<(), Stopped> {
        if self.is_empty {
            return producer.reject(jobs::empty(&self.file, "the archive holds no file"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_decide_what_is_read() {
        for (name, inner) in [
            ("a.txt", "a.txt"),
            ("./news/2024//a.txt", "news/2024/a.txt"),
            ("news\\a.txt", "news/a.txt"),
            ("a..b", "a..b"),
        ] {
            assert_eq!(place(name), Place::Input(inner.to_owned()), "{name}");
        }
        for name in [".DS_Store", "a/.git/x", "__MACOSX/a.txt", "a/._b.txt", "...", ".hidden/README"] {
            assert_eq!(place(name), Place::Hidden, "{name}");
        }
        assert_eq!(place("a/README.md"), Place::Description);
        for name in [
            "../a",
            "a/../../b",
            "a\\..\\b",
            "/etc/passwd",
            "\\\\host\\a",
            "C:a",
            "./c:\\a",
            "a\0b",
            "",
            "./",
            "..",
        ] {
            assert!(matches!(place(name), Place::Refused(_)), "{name}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn an_admitted_name_stays_within(name in "[a./\\\\:\\x00]{0,12}") {
            if let Place::Input(inner) = place(&name) {
                prop_assert!(inner.split('/').all(|part| !part.is_empty() && !part.starts_with('.')), "{inner}");
                prop_assert!(!inner.contains(['\\', '\0']));
                prop_assert_eq!(place(&inner), Place::Input(inner.clone()));
            }
        }
    }
}
