//! Model folders from a Hugging Face hub, for `dyad models add hf:OWNER/NAME[@REV]`.
//!
//! The revision is pinned to its commit first. Then the few files that Dyad can read are fetched, each into a
//! partial file that a later call continues, and checked against the hub's sha256 where it announces one.
//! Pickled weights are never fetched: opening them runs code.

mod http;
#[cfg(test)]
mod tests;
mod transfer;

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use tracing::info;

use crate::progress::ProgressMode;
use http::{Endpoint, OnDisk};
use transfer::Transfer;

const CONFIG: &str = "config.json";
const WEIGHTS: &str = "model.safetensors";
/// What is fetched where the hub has it: the small files first, so that a refusal comes early.
const FILES: [&str; 9] = [
    CONFIG,
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "README.md",
    WEIGHTS,
];
/// The hub's own limit on the length of a name.
const MAX_NAME: usize = 96;

/// A model on a hub. Made with [`FromStr`], which lets through only names that are safe in a URL and as a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubModel {
    /// User or organisation.
    pub owner: String,
    /// Name among the owner's models.
    pub name: String,
    /// Branch, tag or commit; `None` is the branch `main`.
    pub revision: Option<String>,
}

impl FromStr for HubModel {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let (path, revision) = match text.split_once('@') {
            Some((path, revision)) => (path, Some(revision)),
            None => (text, None),
        };
        match path.split_once('/') {
            Some((owner, name)) if is_name(owner) && is_name(name) && revision.is_none_or(is_name) => {
                Ok(Self {
                    owner: owner.to_owned(),
                    name: name.to_owned(),
                    revision: revision.map(str::to_owned),
                })
            }
            _ => bail!(
                "'{text}' does not name a model on a hub: it takes OWNER/NAME or OWNER/NAME@REVISION, of letters, digits, '.', '_' and '-'"
            ),
        }
    }
}

impl fmt::Display for HubModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)?;
        self.revision.iter().try_for_each(|revision| write!(f, "@{revision}"))
    }
}

fn is_name(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=MAX_NAME).contains(&text.len())
        && text.bytes().all(is_plain)
        && !text.starts_with(['.', '-'])
        && !text.contains("..")
}

/// What [`fetch`] put into the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The commit every file is from, 40 hex digits.
    pub commit: String,
    /// The files, the weights last.
    pub files: Vec<FetchedFile>,
}

/// A file in the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchedFile {
    /// Name, without a folder.
    pub name: &'static str,
    /// Of the file as it lies in the folder, 64 hex digits.
    pub sha256: String,
}

/// Fetches a model's files into a folder, which is made where it is missing. Files that are there already with
/// the hub's sha256 stay; what an earlier call left unfinished is continued.
///
/// `HF_ENDPOINT` names another hub, `HF_TOKEN` a token for it.
///
/// # Errors
///
/// When the hub cannot be reached or refuses, has no weights Dyad can read, or a file does not have the sha256
/// that was announced. No error leaves a file that is not whole, except `NAME.part` and `NAME.part.etag`.
pub fn fetch(model: &HubModel, into: &Path, progress: ProgressMode) -> Result<Fetched> {
    fetch_from(&Endpoint::from_env()?, model, into, progress)
}

fn fetch_from(endpoint: &Endpoint, model: &HubModel, into: &Path, progress: ProgressMode) -> Result<Fetched> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the runtime for the network could not be started")?;
    runtime.block_on(async {
        let listing = Listing::fetch(endpoint, model).await?;
        let names = listing.wanted(model)?;
        std::fs::create_dir_all(into).with_context(|| format!("{} could not be made", into.display()))?;
        info!("{model} is at commit {}: {} files of it are needed", listing.sha, names.len());
        let transfer = Transfer { endpoint, model, commit: &listing.sha, into, progress };
        let mut files = Vec::with_capacity(names.len());
        for name in names {
            files.push(FetchedFile { name, sha256: transfer.file(name).await? });
        }
        Ok(Fetched { commit: listing.sha, files })
    })
}

/// What the hub says of a revision.
#[derive(Debug, Deserialize)]
struct Listing {
    /// The commit.
    sha: String,
    siblings: Vec<Sibling>,
}

#[derive(Debug, Deserialize)]
struct Sibling {
    /// Path in the repository.
    rfilename: String,
}

impl Listing {
    async fn fetch(endpoint: &Endpoint, model: &HubModel) -> Result<Self> {
        let revision = model.revision.as_deref().unwrap_or("main");
        let url = endpoint.url(&format!("api/models/{}/{}/revision/{revision}", model.owner, model.name))?;
        let answer =
            endpoint.get(&url, &OnDisk::default()).await?.with_context(|| format!("{url}: no answer"))?;
        let bytes = answer.response.bytes().await.map_err(|error| http::unreached(&url, &error))?;
        let listing: Self = serde_json::from_slice(&bytes)
            .with_context(|| format!("{url} did not answer as a hub does; is HF_ENDPOINT right?"))?;
        // It goes into URLs and into the manifest.
        if listing.sha.len() != 40 || !listing.sha.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            bail!("{url} gave '{}' for a commit, which is not 40 hex digits", listing.sha.escape_debug());
        }
        Ok(listing)
    }

    /// The files to fetch. The names are ours: nothing the hub says becomes a path.
    fn wanted(&self, model: &HubModel) -> Result<Vec<&'static str>> {
        let has = |name: &str| self.siblings.iter().any(|file| file.rfilename == name);
        if !has(WEIGHTS) {
            if self.siblings.iter().any(|file| is_shard(&file.rfilename)) {
                bail!(
                    "{model} has its weights in several files (model-00001-of-….safetensors), Dyad reads one {WEIGHTS}: join them elsewhere and run `dyad models add PATH`"
                );
            }
            bail!(
                "{model} has no {WEIGHTS}, and pickled weights are never loaded: save it as safetensors elsewhere and run `dyad models add PATH`"
            );
        }
        if !has(CONFIG) {
            bail!("{model} has no {CONFIG}, which says what its weights mean");
        }
        Ok(FILES.into_iter().filter(|name| has(name)).collect())
    }
}

/// Whether this is one of several files of weights, or their index.
fn is_shard(name: &str) -> bool {
    name == "model.safetensors.index.json"
        || name
            .strip_prefix("model-")
            .and_then(|rest| rest.strip_suffix(".safetensors"))
            .is_some_and(|numbers| numbers.contains("-of-"))
}
