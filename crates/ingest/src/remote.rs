//! Inputs behind addresses: `s3://`, `gs://`, `az://`, `http://` and `https://`, through the crate `object_store`.
//!
//! Credentials and endpoints of buckets come from the environment under the names of each vendor's own tools
//! (`AWS_ACCESS_KEY_ID`, `AWS_ENDPOINT_URL`, `GOOGLE_SERVICE_ACCOUNT`, `AZURE_STORAGE_ACCOUNT_NAME` …).
//! Buckets can be listed; a web server cannot, so that an `http` address names one file. Addresses stand in
//! tables and messages, so that a web address with a user name, a password or a query, which may be a
//! signature, is refused.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, Bytes};
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use object_store::http::HttpBuilder;
use object_store::path::Path as ObjectPath;
use object_store::{ObjectStore, ObjectStoreExt, parse_url_opts};
use tokio::runtime::Runtime;
use url::Url;

use crate::error::IngestError;
use crate::inputs::{is_description, is_hidden_name};
use crate::stream::Cause;

const BUCKETS: [&str; 8] = ["s3", "s3a", "gs", "az", "adl", "azure", "abfs", "abfss"];
const WEB: [&str; 2] = ["http", "https"];
/// A whole transfer may take as long as it does: large files are read at the speed of the analysis …
const TRANSFER_TIMEOUT: &str = "7 days";
const CONNECT_TIMEOUT: &str = "20 seconds";
/// … but one that stands still for this long is given up.
const STALL: Duration = Duration::from_secs(180);

/// One object that can be read.
#[derive(Clone)]
pub(crate) struct Remote {
    address: String,
    path: ObjectPath,
    store: Arc<dyn ObjectStore>,
    runtime: Arc<Runtime>,
}

/// What an address stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listing {
    /// Objects to read, sorted by address.
    pub(crate) objects: Vec<Remote>,
    /// Objects left out because they describe the corpus.
    pub(crate) descriptions: u64,
}

/// The services behind the addresses of one call: one client for all addresses of a host or bucket.
#[derive(Default)]
pub(crate) struct Services {
    runtime: Option<Arc<Runtime>>,
    stores: HashMap<String, Arc<dyn ObjectStore>>,
}

/// Whether an input is an address that this module reads, and no path.
pub(crate) fn is_address(input: &str) -> bool {
    input.split_once("://").is_some_and(|(scheme, _)| BUCKETS.contains(&scheme) || WEB.contains(&scheme))
}

/// Whether an address is that of a file on a web server, which a page names as its own.
pub(crate) fn is_web_address(input: &str) -> bool {
    input.split_once("://").is_some_and(|(scheme, _)| WEB.contains(&scheme))
}

impl Services {
    /// Finds the objects of an address: one object, all below a prefix that ends with a slash, or those that a
    /// pattern with `*` matches.
    ///
    /// # Errors
    /// [`IngestError`] when the address cannot be understood, the service refuses or nothing is there.
    pub(crate) fn find(&mut self, address: &str) -> Result<Listing, IngestError> {
        let fail = |reason: String| IngestError::Remote { address: without_secrets(address), reason };
        let url =
            Url::parse(address).map_err(|error| fail(format!("it is no address ({error}); correct it")))?;
        let is_web = WEB.contains(&url.scheme());
        if let Some(reason) = refusal(&url, address, is_web) {
            return Err(fail(reason.to_owned()));
        }
        let service_error = |error: object_store::Error| {
            fail(format!(
                "{}; check the address, the credentials in the environment and the network",
                said(&error)
            ))
        };
        let path =
            ObjectPath::from_url_path(url.path()).map_err(|error| fail(format!("{error}; correct it")))?;
        let store = self.store(&url, is_web).map_err(service_error)?;
        let runtime = self.runtime().map_err(|error| {
            fail(format!("no thread for the transfer could be started ({error}); try again"))
        })?;
        let source = Remote { address: address.to_owned(), path, store, runtime };
        if address.contains('*') {
            return source.matching(&url);
        }
        if !is_web {
            if source.path.as_ref().is_empty() || address.ends_with('/') {
                return source.below(&url);
            }
            source.wait(source.store.head(&source.path)).map_err(service_error)?;
        }
        Ok(Listing { objects: vec![source], descriptions: 0 })
    }

    fn runtime(&mut self) -> io::Result<Arc<Runtime>> {
        if let Some(runtime) = &self.runtime {
            return Ok(Arc::clone(runtime));
        }
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = Arc::new(builder.worker_threads(1).thread_name("dyad-remote").enable_all().build()?);
        Ok(Arc::clone(self.runtime.insert(runtime)))
    }

    fn store(&mut self, url: &Url, is_web: bool) -> object_store::Result<Arc<dyn ObjectStore>> {
        let root = url[..url::Position::BeforePath].to_owned();
        if let Some(store) = self.stores.get(&root) {
            return Ok(Arc::clone(store));
        }
        let store: Arc<dyn ObjectStore> = if is_web {
            // Also for hosts whose names are those of bucket services: the address says that it is a web server.
            let options = options(url).into_iter();
            let known = options.filter_map(|(name, value)| Some((name.parse().ok()?, value)));
            let builder = known.fold(HttpBuilder::new().with_url(&root), |builder, (key, value)| {
                builder.with_config(key, value)
            });
            Arc::new(builder.build()?)
        } else {
            Arc::from(parse_url_opts(url, options(url))?.0)
        };
        self.stores.insert(root, Arc::clone(&store));
        Ok(store)
    }
}

/// Why an address is not even tried.
fn refusal(url: &Url, address: &str, is_web: bool) -> Option<&'static str> {
    if url.query().is_some() {
        return Some("addresses with a '?' are not read; download the file first");
    }
    if is_web && (!url.username().is_empty() || url.password().is_some()) {
        return Some("web addresses with a user name or password are not read; download the file first");
    }
    let wants_listing = address.ends_with('/') || address.contains('*');
    (is_web && wants_listing).then_some("a web server cannot be listed; name one file")
}

impl Remote {
    /// The address, which stands in `Origin.file`.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The last part of the address.
    pub(crate) fn name(&self) -> String {
        self.path.filename().unwrap_or_default().to_owned()
    }

    /// Starts the transfer; requests that fail are sent again as `object_store` sees fit.
    ///
    /// # Errors
    /// One sentence, with the remedy, when the service refuses or cannot be reached.
    pub(crate) fn open(&self) -> Result<Box<dyn Read + Send>, String> {
        let found = self.wait(self.store.get(&self.path)).map_err(|error| match said(&error) {
            said if said.contains("Content-Length") => {
                "the server does not say how long the file is; download it first".to_owned()
            }
            said => format!("cannot be fetched ({said}); check the address, the credentials and the network"),
        })?;
        let left = found.meta.size;
        let stream = found.into_stream();
        Ok(Box::new(Body { runtime: Arc::clone(&self.runtime), stream, chunk: Bytes::new(), left }))
    }

    /// Waits for an answer, but not for ever.
    fn wait<T>(&self, answer: impl Future<Output = object_store::Result<T>>) -> object_store::Result<T> {
        let limited = async { tokio::time::timeout(STALL, answer).await };
        self.runtime.block_on(limited).unwrap_or_else(|_| {
            Err(object_store::Error::Generic {
                store: "remote",
                source: "no answer for three minutes".into(),
            })
        })
    }

    /// Every object below this one as a folder, without hidden ones.
    fn below(self, url: &Url) -> Result<Listing, IngestError> {
        let prefix = self.path.clone();
        let rest = |path: &ObjectPath| -> Option<String> {
            let parts: Vec<_> = path.prefix_match(&prefix)?.map(|part| part.as_ref().to_owned()).collect();
            (!parts.iter().any(|part| is_hidden_name(part))).then(|| parts.join("/"))
        };
        self.list(url, &prefix, &|path| rest(path).is_some(), true)
    }

    /// Every object that a pattern matches; `*` stays within one part of the path, `**` does not.
    fn matching(self, url: &Url) -> Result<Listing, IngestError> {
        let wanted = self.path.as_ref().to_owned();
        let pattern = glob::Pattern::new(&wanted)
            .map_err(|source| IngestError::BadPattern { pattern: self.address.clone(), source })?;
        let fixed = wanted.split('*').next().unwrap_or_default();
        let prefix = ObjectPath::from(fixed.rsplit_once('/').map_or("", |(folder, _)| folder));
        let options = crate::inputs::GLOB_OPTIONS;
        self.list(url, &prefix, &|path| pattern.matches_with(path.as_ref(), options), false)
    }

    fn list(
        self,
        url: &Url,
        prefix: &ObjectPath,
        wanted: &dyn Fn(&ObjectPath) -> bool,
        without_descriptions: bool,
    ) -> Result<Listing, IngestError> {
        let sized = self.store.list(Some(prefix)).map_ok(|meta| (meta.location, meta.size));
        let listed = self.wait(sized.try_collect::<Vec<_>>());
        let mut found = listed.map_err(|error| IngestError::Remote {
            address: self.address.clone(),
            reason: format!("cannot be listed ({}); check the credentials and the network", said(&error)),
        })?;
        found.sort();
        // Consoles mark folders with empty objects, which are no files.
        let is_folder = |at: usize| {
            let (path, size) = &found[at];
            let has_files = |next: &(ObjectPath, u64)| next.0 != *path && next.0.prefix_matches(path);
            *size == 0 && (path == prefix || found.get(at + 1).is_some_and(has_files))
        };
        let folders: Vec<bool> = (0..found.len()).map(is_folder).collect();
        let files = found.into_iter().zip(folders).filter(|(_, is_folder)| !is_folder);
        let mut paths: Vec<ObjectPath> =
            files.map(|((path, _), _)| path).filter(|path| wanted(path)).collect();
        let before = paths.len();
        if without_descriptions {
            paths.retain(|path| !is_description(path.filename().unwrap_or_default()));
        }
        let descriptions = (before - paths.len()) as u64;
        if before == 0 {
            return Err(IngestError::NoMatch { pattern: self.address });
        }
        let root = &url[..url::Position::BeforePath];
        let object = |path: ObjectPath| Remote { address: format!("{root}/{path}"), path, ..self.clone() };
        Ok(Listing { objects: paths.into_iter().map(object).collect(), descriptions })
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Remote").field(&self.address).finish()
    }
}

impl PartialEq for Remote {
    fn eq(&self, other: &Self) -> bool {
        self.address == other.address
    }
}

impl Eq for Remote {}

/// A transfer as bytes to read, which fails when it ends before the size that was announced.
struct Body {
    runtime: Arc<Runtime>,
    stream: BoxStream<'static, object_store::Result<Bytes>>,
    chunk: Bytes,
    left: u64,
}

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.chunk.is_empty() {
            let next = async { tokio::time::timeout(STALL, self.stream.next()).await };
            let broken = |detail: String| io::Error::from(Cause::Transfer(detail));
            match self.runtime.block_on(next) {
                Err(_) => return Err(broken("nothing came for three minutes".to_owned())),
                Ok(Some(chunk)) => self.chunk = chunk.map_err(|error| broken(said(&error)))?,
                Ok(None) if self.left > 0 => {
                    return Err(broken(format!("it ended {} bytes early", std::mem::take(&mut self.left))));
                }
                Ok(None) => return Ok(0),
            }
        }
        let n = buffer.len().min(self.chunk.len());
        self.chunk.copy_to_slice(&mut buffer[..n]);
        self.left = self.left.saturating_sub(n as u64);
        Ok(n)
    }
}

/// The environment, and limits of time; `object_store` passes over what it does not know.
fn options(url: &Url) -> Vec<(String, String)> {
    let mut options = vec![
        ("timeout".to_owned(), TRANSFER_TIMEOUT.to_owned()),
        ("connect_timeout".to_owned(), CONNECT_TIMEOUT.to_owned()),
    ];
    if url.scheme() == "http" {
        options.push(("allow_http".to_owned(), "true".to_owned()));
    }
    options.extend(std::env::vars_os().filter_map(|(name, value)| {
        let name = name.into_string().ok()?.to_ascii_lowercase();
        let known = ["aws_", "google_", "azure_"].iter().any(|vendor| name.starts_with(vendor));
        known.then(|| Some((name, value.into_string().ok()?))).flatten()
    }));
    options
}

/// What a service said, on one line: its answer may run over many lines of XML.
fn said(error: &object_store::Error) -> String {
    const LONGEST: usize = 300;
    let message = error.to_string();
    let words: Vec<&str> = message.split_whitespace().collect();
    words.join(" ").chars().take(LONGEST).collect()
}

/// A refused address as it may be shown: without user name, password and query.
fn without_secrets(address: &str) -> String {
    let address = address.split_once('?').map_or(address, |(before, _)| before);
    let Some((scheme, rest)) = address.split_once("://") else { return address.to_owned() };
    let host_end = rest.find('/').unwrap_or(rest.len());
    match rest[..host_end].rfind('@') {
        Some(at) if WEB.contains(&scheme) => format!("{scheme}://{}", &rest[at + 1..]),
        _ => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_paths() {
        for address in ["s3://b/k", "gs://b", "az://c/k", "https://e.com/a.jsonl", "http://localhost:1/a"] {
            assert!(is_address(address), "{address}");
        }
        for path in ["news/a.jsonl", "C://x", "s3:/b", "ftp://e.com/a", "-"] {
            assert!(!is_address(path), "{path}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_said_at_once() {
        for (address, part) in [
            ("https://e.com/folder/", "cannot be listed"),
            ("https://e.com/*.jsonl", "cannot be listed"),
            ("https://e.com/a?sig=1", "download the file first"),
            ("https://me:pw@e.com/a", "user name or password"),
        ] {
            let message = Services::default().find(address).unwrap_err().to_string();
            assert!(message.contains(part), "{message}");
            assert!(!message.contains("sig") && !message.contains("pw"), "{message}");
        }
    }

    #[test]
    fn secrets_do_not_reach_tables_or_messages() {
        assert_eq!(without_secrets("https://me:pw@e.com/a@b"), "https://e.com/a@b");
        assert_eq!(without_secrets("https://e.com/a?sig=secret"), "https://e.com/a");
        assert_eq!(without_secrets("s3://bucket/a@b"), "s3://bucket/a@b");
        assert_eq!(without_secrets("abfss://container@account/a"), "abfss://container@account/a");
    }
}
