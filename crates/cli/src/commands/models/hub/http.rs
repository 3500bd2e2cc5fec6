//! Requests to a hub. The token stays with the hub, whatever it redirects to, and every failure is one sentence
//! that names the URL, the cause and the way out.

use std::env::VarError;
use std::error::Error;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use reqwest::header::{ACCEPT_ENCODING, ETAG, IF_RANGE, LOCATION, RANGE};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Response, StatusCode, Url};

/// The hub unless `HF_ENDPOINT` names another.
const DEFAULT_ENDPOINT: &str = "https://huggingface.co";
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);
/// Longest wait for the next bytes; the whole file may take as long as it likes.
const READ_TIMEOUT: Duration = Duration::from_secs(60);
const MAX_REDIRECTS: usize = 10;
const INSTEAD: &str =
    "or download the folder elsewhere and run `dyad models add PATH`, which needs no network";

/// A hub and what is needed to ask it.
pub struct Endpoint {
    client: Client,
    /// Ends with a slash.
    base: Url,
    token: Option<String>,
}

/// What lies on disk of the file that is asked for.
#[derive(Debug, Default)]
pub struct OnDisk {
    /// Of the finished file, if there is one.
    pub sha256: Option<String>,
    /// The beginning of an unfinished one.
    pub beginning: Option<Beginning>,
}

/// The first bytes of a file, and which version of it they are from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beginning {
    /// Bytes there are; more than 0.
    pub n_bytes: u64,
    /// Strong ETag the bytes came with, with its quotes.
    pub etag: String,
}

/// An answer whose headers have arrived.
pub struct Answer {
    /// Success, or 416 where the rest that was asked for is past the end of the file.
    pub response: Response,
    /// Of the whole file, as the hub itself announces it; only large files have one.
    pub sha256: Option<String>,
    /// Commit the hub says the file is from.
    pub commit: Option<String>,
}

/// How every request is made, up to what tests change.
pub fn client() -> ClientBuilder {
    Client::builder()
        .user_agent(concat!("dyad/", env!("CARGO_PKG_VERSION")))
        // Followed by hand: only so is it certain where the token goes.
        .redirect(Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT)
}

impl Endpoint {
    /// The hub and the token that the environment names.
    pub fn from_env() -> Result<Self> {
        let base = variable("HF_ENDPOINT")?;
        Self::new(client(), base.as_deref().unwrap_or(DEFAULT_ENDPOINT), variable("HF_TOKEN")?)
    }

    /// A hub at a URL.
    pub fn new(client: ClientBuilder, base: &str, token: Option<String>) -> Result<Self> {
        let base = Url::parse(&format!("{}/", base.trim_end_matches('/')))
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"))
            // It would end up in messages.
            .filter(|url| url.username().is_empty() && url.password().is_none())
            .context(
                "HF_ENDPOINT must be an http or https URL without a user name (a token goes into HF_TOKEN)",
            )?;
        let client = client.build().map_err(|error| {
            anyhow!("no HTTP client ({}): install CA certificates, {INSTEAD}", cause(&error))
        })?;
        Ok(Self { client, base, token })
    }

    /// The URL of a path on the hub.
    pub fn url(&self, path: &str) -> Result<Url> {
        self.base.join(path).with_context(|| format!("{path} is no path on {}", self.base))
    }

    /// Asks for a file, or for the rest of it. `None`: the finished file on disk is what the hub announces.
    pub async fn get(&self, asked: &Url, on_disk: &OnDisk) -> Result<Option<Answer>> {
        let mut url = asked.clone();
        let (mut sha256, mut commit) = (None, None);
        for _ in 0..=MAX_REDIRECTS {
            let response =
                self.send(&url, on_disk).await.map_err(|error| unreached_at(asked, &url, &error))?;
            if self.owns(&url) {
                sha256 = sha256.or_else(|| announced_sha256(&response));
                commit = commit.or_else(|| header(&response, "x-repo-commit").map(str::to_owned));
            }
            if sha256.is_some() && sha256 == on_disk.sha256 {
                return Ok(None);
            }
            let status = response.status();
            if status.is_redirection() {
                url = redirect_target(&url, header(&response, LOCATION.as_str()))
                    .with_context(|| format!("{asked} redirects to where Dyad does not follow"))?;
            } else if status.is_success()
                || (status == StatusCode::RANGE_NOT_SATISFIABLE && on_disk.beginning.is_some())
            {
                return Ok(Some(Answer { response, sha256, commit }));
            } else {
                return Err(self.refusal(asked, &url, &response));
            }
        }
        bail!("{asked} redirects more than {MAX_REDIRECTS} times; check HF_ENDPOINT, {INSTEAD}")
    }

    async fn send(&self, url: &Url, on_disk: &OnDisk) -> reqwest::Result<Response> {
        // Compressed answers have neither the length nor the ranges of the file.
        let mut request = self.client.get(url.clone()).header(ACCEPT_ENCODING, "identity");
        if let Some(token) = self.token.as_ref().filter(|_| self.owns(url)) {
            request = request.bearer_auth(token);
        }
        if let Some(beginning) = &on_disk.beginning {
            request = request
                .header(RANGE, format!("bytes={}-", beginning.n_bytes))
                .header(IF_RANGE, &beginning.etag);
        }
        request.send().await
    }

    /// Whether a URL has the scheme, host and port of the hub.
    fn owns(&self, url: &Url) -> bool {
        url.origin() == self.base.origin()
    }

    fn refusal(&self, asked: &Url, url: &Url, response: &Response) -> anyhow::Error {
        let status = response.status();
        if !self.owns(url) {
            let host = url.host_str().unwrap_or_default();
            return anyhow!(
                "{asked} redirects to {host}, which answered {status}; try again later, {INSTEAD}"
            );
        }
        let permit = "accept its terms on the hub if it has any, set HF_TOKEN to a token that may read it";
        let why = match (status.as_u16(), header(response, "x-error-code")) {
            (401 | 403, Some("GatedRepo")) => format!("the model is gated ({status}): {permit}"),
            // The hub does not tell strangers which private models exist.
            (401 | 403, _) => {
                format!("the model is gated, private or does not exist ({status}): check its name, {permit}")
            }
            (404, Some("RevisionNotFound")) => {
                format!("the model has no such revision ({status}): check it on the hub")
            }
            (404, _) => format!("there is no such model, revision or file ({status}): check the name"),
            (429, _) => format!("the hub takes no more requests for now ({status}): try again later"),
            _ => format!("the hub answered {status}: try again later"),
        };
        anyhow!("{asked}: {why}, {INSTEAD}")
    }
}

/// The sentence for a request that broke off, or that found no one.
pub fn unreached(asked: &Url, error: &reqwest::Error) -> anyhow::Error {
    anyhow!("{asked} could not be fetched ({}): check the network, {INSTEAD}", cause(error))
}

fn unreached_at(asked: &Url, url: &Url, error: &reqwest::Error) -> anyhow::Error {
    match url.host_str() {
        // Only the host: such URLs carry signatures.
        Some(host) if url.origin() != asked.origin() => {
            unreached(asked, error).context(format!("the hub redirects to {host}"))
        }
        _ => unreached(asked, error),
    }
}

/// The innermost cause: "Connection refused" says more than "error sending request".
pub fn cause(error: &reqwest::Error) -> String {
    let mut innermost: &dyn Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    // An error without a source prints its URL; the caller names the one that was asked for.
    if error.source().is_none() { "the request failed".to_owned() } else { innermost.to_string() }
}

/// A header as text, if it is there and is text.
pub fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    response.headers().get(name)?.to_str().ok()
}

/// The sha256 in what the hub says of a file; other ETags (git's sha1 of small files) tell nothing.
fn announced_sha256(response: &Response) -> Option<String> {
    let own = || header(response, ETAG.as_str()).filter(|_| !response.status().is_redirection());
    let etag = header(response, "x-linked-etag").or_else(own)?;
    let hash = etag.trim_start_matches("W/").trim_matches('"').to_ascii_lowercase();
    (hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(hash)
}

/// Where a redirect leads; never from https to anything less.
pub fn redirect_target(from: &Url, location: Option<&str>) -> Option<Url> {
    let target = from.join(location?).ok()?;
    (target.scheme() == "https" || (target.scheme() == "http" && from.scheme() == "http")).then_some(target)
}

/// A variable of the environment; `None` where it is missing or empty.
fn variable(name: &str) -> Result<Option<String>> {
    match std::env::var(name) {
        Ok(value) => Ok(Some(value.trim().to_owned()).filter(|value| !value.is_empty())),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => bail!("{name} is not UTF-8"),
    }
}
