//! Inputs behind addresses: `s3://`, `gs://`, `az://`, `http://` and `https://`, through the crate `object_store`.
//!
//! Credentials and endpoints of buckets come from the environment under the names of each vendor's own tools
//! (`AWS_ACCESS_KEY_ID`, `AWS_ENDPOINT_URL`, `GOOGLE_SERVICE_ACCOUNT`, `AZURE_STORAGE_ACCOUNT_NAME` …).
//! Buckets can be listed; a web server cannot, so that an `http` address names one file.
//!
//! Addresses stand in tables and messages. A web address is asked for as given, but shown with `…` for the values of query
//! parameters whose names are those of secrets (`X-Amz-Signature`, `sig`, `token`, `key`, `password` …); one with a user
//! name or password is refused, and so is that of a bucket with a query.
//!
//! A server need not say how long a file is. Where it does, or sends chunks, a transfer that breaks off is an error; an
//! answer that ends with its connection is taken to be whole, as nothing tells (RFC 9112, section 8).

mod query;
mod transfer;
mod web;

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::TryStreamExt;
use object_store::path::Path as ObjectPath;
use object_store::{Attribute, ObjectMeta, ObjectStore, ObjectStoreExt, parse_url_opts};
use tokio::runtime::Runtime;
use url::Url;

use crate::error::IngestError;
use crate::inputs::{is_description, is_hidden_name};
use crate::stream::Compression;
use transfer::{Body, Transfer};

pub(crate) use query::page_address;
pub use query::shown_input;

const BUCKETS: [&str; 8] = ["s3", "s3a", "gs", "az", "adl", "azure", "abfs", "abfss"];
const WEB: [&str; 2] = ["http", "https"];
/// Seconds. A whole transfer may take as long as it does: large files are read at the speed of the analysis …
const TRANSFER_TIMEOUT: u64 = 7 * 24 * 3_600;
const CONNECT_TIMEOUT: u64 = 20;
/// … but one that stands still for this long is given up.
const STALL: Duration = Duration::from_secs(180);

/// One object that can be read.
#[derive(Clone)]
pub(crate) struct Remote {
    /// As it may be shown.
    address: String,
    /// The last part of the address.
    name: String,
    path: ObjectPath,
    /// When it was last written, where the service says so before it is asked for.
    modified: Option<DateTime<Utc>>,
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

/// The services behind the addresses of one call: one client for all web servers, and one for each bucket.
#[derive(Default)]
pub(crate) struct Services {
    runtime: Option<Arc<Runtime>>,
    web: Option<reqwest_object_store::Client>,
    stores: HashMap<String, Arc<dyn ObjectStore>>,
}

/// Whether an input is an address that this module reads, and no path.
pub(crate) fn is_address(input: &str) -> bool {
    input.split_once("://").is_some_and(|(scheme, _)| BUCKETS.contains(&scheme) || WEB.contains(&scheme))
}

/// Whether an address is that of a file on a web server.
fn is_web_address(input: &str) -> bool {
    input.split_once("://").is_some_and(|(scheme, _)| WEB.contains(&scheme))
}

impl Services {
    /// Finds the objects of an address: one object, all below a prefix that ends with a slash, or those that a
    /// pattern with `*` matches.
    ///
    /// # Errors
    /// [`IngestError`] when the address cannot be understood, the service refuses or nothing is there.
    pub(crate) fn find(&mut self, address: &str) -> Result<Listing, IngestError> {
        let fail = |reason: String| IngestError::Remote { address: without_login(address), reason };
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
        let runtime = self.runtime().map_err(|error| {
            fail(format!("no thread for the transfer could be started ({error}); try again"))
        })?;
        if is_web {
            let store = self.web_store(&url).map_err(fail)?;
            let (address, name) = (query::shown(address), web::name(&url));
            let file = Remote { address, name, path: ObjectPath::default(), modified: None, store, runtime };
            return Ok(Listing { objects: vec![file], descriptions: 0 });
        }
        let path =
            ObjectPath::from_url_path(url.path()).map_err(|error| fail(format!("{error}; correct it")))?;
        let store = self.bucket(&url).map_err(service_error)?;
        let name = name_of(&path);
        let source = Remote { address: address.to_owned(), name, path, modified: None, store, runtime };
        if address.contains('*') {
            return source.matching(&url);
        }
        if source.path.as_ref().is_empty() || address.ends_with('/') {
            return source.below(&url);
        }
        let found = source.wait(source.store.head(&source.path)).map_err(service_error)?;
        let object = Remote { modified: Some(found.last_modified), ..source };
        Ok(Listing { objects: vec![object], descriptions: 0 })
    }

    fn runtime(&mut self) -> io::Result<Arc<Runtime>> {
        if let Some(runtime) = &self.runtime {
            return Ok(Arc::clone(runtime));
        }
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = Arc::new(builder.worker_threads(1).thread_name("dyad-remote").enable_all().build()?);
        Ok(Arc::clone(self.runtime.insert(runtime)))
    }

    /// Also for hosts whose names are those of bucket services: the address says that it is a web server.
    fn web_store(&mut self, url: &Url) -> Result<Arc<dyn ObjectStore>, String> {
        let client = match &self.web {
            Some(client) => client,
            None => {
                let built = web::client().map_err(|error| {
                    format!("no connection can be set up ({error}); install CA certificates")
                })?;
                self.web.insert(built)
            }
        };
        web::store(client, url).map_err(|error| format!("{}; correct it", web::cause(&error)))
    }

    fn bucket(&mut self, url: &Url) -> object_store::Result<Arc<dyn ObjectStore>> {
        let root = url[..url::Position::BeforePath].to_owned();
        if let Some(store) = self.stores.get(&root) {
            return Ok(Arc::clone(store));
        }
        let store: Arc<dyn ObjectStore> = Arc::from(parse_url_opts(url, options())?.0);
        self.stores.insert(root, Arc::clone(&store));
        Ok(store)
    }
}

/// Why an address is not even tried.
fn refusal(url: &Url, address: &str, is_web: bool) -> Option<&'static str> {
    if !is_web && url.query().is_some() {
        return Some(
            "an address in a bucket has no '?' and what follows; leave it out, or download the file first",
        );
    }
    if is_web && (!url.username().is_empty() || url.password().is_some()) {
        return Some("web addresses with a user name or password are not read; download the file first");
    }
    let place = address.split(['?', '#']).next().unwrap_or(address);
    let wants_listing = (place.ends_with('/') && url.query().is_none()) || place.contains('*');
    (is_web && wants_listing).then_some("a web server cannot be listed; name one file")
}

impl Remote {
    /// The address as it may be shown, which stands in `Origin.file`.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// When it was last written, as the service says; `None` for a file on a web server.
    pub(crate) fn modified(&self) -> Option<DateTime<Utc>> {
        self.modified
    }

    /// The last part of the address.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Starts the transfer; requests that fail are sent again as `object_store` sees fit.
    ///
    /// # Errors
    /// One sentence, with the remedy, when the service refuses or cannot be reached.
    pub(crate) fn open(&self) -> Result<Transfer, String> {
        let is_web = is_web_address(&self.address);
        let found = self.wait(self.store.get(&self.path)).map_err(|error| match is_web {
            true => web::failure(&error),
            false => {
                let said = said(&error);
                format!("cannot be fetched ({said}); check the address, the credentials and the network")
            }
        })?;
        let left = Some(found.meta.size).filter(|&size| size != web::UNKNOWN_SIZE);
        // Other codings show in the bytes.
        let is_brotli = found
            .attributes
            .get(&Attribute::ContentEncoding)
            .is_some_and(|coding| coding.trim().eq_ignore_ascii_case("br"));
        let coding = if is_brotli { Compression::Brotli } else { Compression::None };
        let said = if is_web { web::cause } else { said };
        let (runtime, stream) = (Arc::clone(&self.runtime), found.into_stream());
        Ok(Transfer { body: Box::new(Body::new(runtime, stream, left, said)), coding })
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
        let listed = self.wait(self.store.list(Some(prefix)).try_collect::<Vec<_>>());
        let mut found = listed.map_err(|error| IngestError::Remote {
            address: self.address.clone(),
            reason: format!("cannot be listed ({}); check the credentials and the network", said(&error)),
        })?;
        found.sort_by(|a, b| a.location.cmp(&b.location));
        // Consoles mark folders with empty objects, which are no files.
        let is_folder = |at: usize| {
            let (path, size) = (&found[at].location, found[at].size);
            let has_files = |next: &ObjectMeta| next.location != *path && next.location.prefix_matches(path);
            size == 0 && (path == prefix || found.get(at + 1).is_some_and(has_files))
        };
        let folders: Vec<bool> = (0..found.len()).map(is_folder).collect();
        let files = found.into_iter().zip(folders).filter(|(_, is_folder)| !is_folder);
        let mut files: Vec<ObjectMeta> =
            files.map(|(file, _)| file).filter(|file| wanted(&file.location)).collect();
        let before = files.len();
        if without_descriptions {
            files.retain(|file| !is_description(file.location.filename().unwrap_or_default()));
        }
        let descriptions = (before - files.len()) as u64;
        if before == 0 {
            return Err(IngestError::NoMatch { pattern: self.address });
        }
        let root = &url[..url::Position::BeforePath];
        let object = |file: ObjectMeta| {
            let path = file.location;
            let (address, name) = (format!("{root}/{path}"), name_of(&path));
            Remote { address, name, path, modified: Some(file.last_modified), ..self.clone() }
        };
        Ok(Listing { objects: files.into_iter().map(object).collect(), descriptions })
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

/// The environment, and limits of time; `object_store` passes over what it does not know.
fn options() -> Vec<(String, String)> {
    let mut options = vec![
        ("timeout".to_owned(), format!("{TRANSFER_TIMEOUT} seconds")),
        ("connect_timeout".to_owned(), format!("{CONNECT_TIMEOUT} seconds")),
    ];
    options.extend(std::env::vars_os().filter_map(|(name, value)| {
        let name = name.into_string().ok()?.to_ascii_lowercase();
        let known = ["aws_", "google_", "azure_"].iter().any(|vendor| name.starts_with(vendor));
        known.then(|| Some((name, value.into_string().ok()?))).flatten()
    }));
    options
}

/// What a service said, on one line: its answer may run over many lines of XML.
fn said(error: &object_store::Error) -> String {
    one_line(&error.to_string())
}

fn one_line(message: &str) -> String {
    const LONGEST: usize = 300;
    let words: Vec<&str> = message.split_whitespace().collect();
    words.join(" ").chars().take(LONGEST).collect()
}

/// The last part of a path in a bucket.
fn name_of(path: &ObjectPath) -> String {
    path.filename().unwrap_or_default().to_owned()
}

/// A refused address as it may be shown: without user name, password and query.
fn without_login(address: &str) -> String {
    let address = address.split_once(['?', '#']).map_or(address, |(before, _)| before);
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
            ("https://e.com/*.jsonl?sig=1", "cannot be listed"),
            ("s3://bucket/a?sig=1", "download the file first"),
            ("https://me:pw@e.com/a?sig=1", "user name or password"),
        ] {
            let message = Services::default().find(address).unwrap_err().to_string();
            assert!(message.contains(part), "{message}");
            assert!(!message.contains("sig") && !message.contains("pw"), "{message}");
        }
    }

    #[test]
    fn files_are_named_by_the_last_part_of_their_path() {
        for (address, name, shown) in [
            ("https://e.com/a/b%20c.csv.gz?x=/d.txt", "b c.csv.gz", "https://e.com/a/b%20c.csv.gz?x=/d.txt"),
            ("https://e.com/?feed=rss&token=1", "", "https://e.com/?feed=rss&token=…"),
            ("https://e.com", "", "https://e.com"),
            ("https://e.com//a%2Fb#top", "b", "https://e.com//a%2Fb"),
        ] {
            let listing = Services::default().find(address).unwrap();
            let [file] = &listing.objects[..] else { panic!("{listing:?}") };
            assert_eq!((file.name(), file.address()), (name, shown));
        }
    }

    #[test]
    fn a_refused_address_is_shown_without_secrets() {
        assert_eq!(without_login("https://me:pw@e.com/a@b"), "https://e.com/a@b");
        assert_eq!(without_login("https://e.com/a?sig=secret"), "https://e.com/a");
        assert_eq!(without_login("s3://bucket/a@b"), "s3://bucket/a@b");
        assert_eq!(without_login("abfss://container@account/a"), "abfss://container@account/a");
    }
}
