//! One file at a time from a hub into a folder: continued where it broke off, checked, then given its name.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use reqwest::header::{CONTENT_RANGE, ETAG};
use reqwest::{Response, StatusCode};
use sha2::{Digest, Sha256};
use tracing::warn;

use super::http::{self, Beginning, Endpoint, OnDisk};
use super::{HubModel, WEIGHTS};
use crate::progress::{Progress, ProgressMode};

/// Requests for one file before giving up; each goes on where the last was cut off.
pub const ATTEMPTS: usize = 5;

/// From where to where, the same for every file of a model.
pub struct Transfer<'a> {
    pub endpoint: &'a Endpoint,
    pub model: &'a HubModel,
    /// 40 hex digits.
    pub commit: &'a str,
    pub into: &'a Path,
    pub progress: ProgressMode,
}

impl Transfer<'_> {
    /// Fetches a file unless it is there, and returns its sha256.
    pub async fn file(&self, name: &'static str) -> Result<String> {
        let HubModel { owner, name: model, .. } = self.model;
        let url = self.endpoint.url(&format!("{owner}/{model}/resolve/{}/{name}", self.commit))?;
        let target = self.into.join(name);
        let part = Part::of(self.into, name);
        let present = if target.is_file() { Some(sha256(&target)?) } else { None };
        let mut broke_off = String::new();
        for _ in 0..ATTEMPTS {
            let on_disk = OnDisk { sha256: present.clone(), beginning: part.beginning() };
            let answer = match (self.endpoint.get(&url, &on_disk).await?, &present) {
                (Some(answer), _) => answer,
                (None, Some(hash)) => {
                    part.discard()?;
                    return Ok(hash.clone());
                }
                (None, None) => bail!("{url}: no answer"),
            };
            if let Some(commit) = answer.commit.filter(|commit| commit != self.commit) {
                bail!("{url} answered with commit {commit}");
            }
            match part.receive(answer.response, on_disk.beginning, self.progress).await? {
                Received::Whole => {
                    return part.finish(&target, answer.sha256.as_deref()).with_context(|| url.to_string());
                }
                Received::CutOff(why) => broke_off = why,
            }
        }
        bail!(
            "{url} broke off {ATTEMPTS} times, the last time with: {broke_off}; what has come is kept, and the same command goes on from there"
        )
    }
}

/// How the body of an answer ended.
enum Received {
    /// With its last byte.
    Whole,
    /// Before, for this reason.
    CutOff(String),
}

/// A file on its way: `NAME.part`, and `NAME.part.etag` with the ETag that its bytes came with.
struct Part {
    name: &'static str,
    bytes: PathBuf,
    etag: PathBuf,
}

impl Part {
    fn of(folder: &Path, name: &'static str) -> Self {
        Self {
            name,
            bytes: folder.join(format!("{name}.part")),
            etag: folder.join(format!("{name}.part.etag")),
        }
    }

    /// What there is of the file, if it can be continued: without an ETag it might be of another version.
    fn beginning(&self) -> Option<Beginning> {
        let n_bytes = self.bytes.metadata().ok()?.len();
        let etag = std::fs::read_to_string(&self.etag).ok()?;
        (n_bytes > 0).then_some(Beginning { n_bytes, etag })
    }

    fn discard(&self) -> Result<()> {
        for path in [&self.bytes, &self.etag] {
            match std::fs::remove_file(path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(error).with_context(|| format!("{} could not be removed", path.display()));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Writes the body of an answer: behind the beginning if it is the rest of it, else from the start.
    async fn receive(
        &self,
        mut response: Response,
        beginning: Option<Beginning>,
        mode: ProgressMode,
    ) -> Result<Received> {
        let (mut file, from, end) = match (response.status(), beginning) {
            (StatusCode::OK, _) => {
                let file = self.start_over(strong_etag(&response))?;
                (file, 0, response.content_length())
            }
            (StatusCode::PARTIAL_CONTENT, Some(beginning)) if continues(&response, &beginning) => {
                let file = OpenOptions::new().append(true).open(&self.bytes);
                let file = file.with_context(|| unwritable(&self.bytes))?;
                (file, beginning.n_bytes, content_range(&response).and_then(|(_, total)| total))
            }
            (status, _) => {
                self.discard()?;
                return Ok(Received::CutOff(format!("{status} instead of the rest of the file")));
            }
        };
        let mut progress = Progress::start(mode, self.name, "bytes", end);
        progress.add(from);
        let mut n_bytes = from;
        let received = loop {
            match response.chunk().await {
                Ok(Some(bytes)) => {
                    file.write_all(&bytes).with_context(|| unwritable(&self.bytes))?;
                    n_bytes += bytes.len() as u64;
                    progress.add(bytes.len() as u64);
                }
                Ok(None) if end.is_none_or(|end| end == n_bytes) => break Received::Whole,
                Ok(None) => break Received::CutOff(format!("{n_bytes} bytes")),
                Err(error) => break Received::CutOff(http::cause(&error)),
            }
        };
        progress.finish();
        file.sync_all().with_context(|| unwritable(&self.bytes))?;
        Ok(received)
    }

    /// An empty partial file. Emptied before the ETag changes: no moment pairs old bytes with a new ETag.
    fn start_over(&self, etag: Option<&str>) -> Result<File> {
        self.discard()?;
        let file = File::create(&self.bytes).with_context(|| unwritable(&self.bytes))?;
        if let Some(etag) = etag {
            std::fs::write(&self.etag, etag).with_context(|| unwritable(&self.etag))?;
        }
        Ok(file)
    }

    /// Checks the whole file, gives it its name and returns its sha256. A wrong file is removed.
    fn finish(&self, target: &Path, announced: Option<&str>) -> Result<String> {
        let found = sha256(&self.bytes)?;
        match announced {
            Some(announced) if announced != found => {
                self.discard()?;
                bail!("sha256 is {found}, the hub announced {announced}; nothing of it was kept, try again");
            }
            None if self.name == WEIGHTS => {
                warn!("the hub announced no sha256 for {WEIGHTS}: only its length could be checked");
            }
            _ => {}
        }
        std::fs::rename(&self.bytes, target).with_context(|| unwritable(target))?;
        self.discard()?;
        Ok(found)
    }
}

/// Whether a partial answer is what follows the beginning, of the same version.
fn continues(response: &Response, beginning: &Beginning) -> bool {
    content_range(response).is_some_and(|(start, _)| start == beginning.n_bytes)
        && strong_etag(response).is_none_or(|etag| etag == beginning.etag)
}

/// First byte of a partial answer, and bytes of the whole file where the server knows them.
fn content_range(response: &Response) -> Option<(u64, Option<u64>)> {
    let (range, total) =
        http::header(response, CONTENT_RANGE.as_str())?.strip_prefix("bytes ")?.split_once('/')?;
    Some((range.split_once('-')?.0.parse().ok()?, total.parse().ok()))
}

/// An ETag that promises the same bytes; a weak one does not.
fn strong_etag(response: &Response) -> Option<&str> {
    http::header(response, ETAG.as_str()).filter(|etag| etag.starts_with('"'))
}

fn sha256(path: &Path) -> Result<String> {
    let mut hasher = Sha256::new();
    File::open(path)
        .and_then(|mut file| std::io::copy(&mut file, &mut hasher))
        .with_context(|| format!("{} could not be read", path.display()))?;
    Ok(format!("{:x}", hasher.finalize()))
}

fn unwritable(path: &Path) -> String {
    format!("{} could not be written", path.display())
}
