//! Files on web servers: `object_store` asks, asks again and continues transfers, over a transport that sends the address
//! exactly as it was given and takes answers that do not say how long they are.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use object_store::ObjectStore;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService,
};
use object_store::http::HttpBuilder;
use object_store::path::Path as ObjectPath;
use reqwest_object_store::redirect::Policy;
use url::{Position, Url};

use super::{CONNECT_TIMEOUT, TRANSFER_TIMEOUT, one_line};

/// The size of a file whose server does not say it (RFC 9112, section 6.3: chunked, or up to the end of the connection).
pub(super) const UNKNOWN_SIZE: u64 = u64::MAX;
const MAX_REDIRECTS: usize = 10;

/// The connections to all web servers.
pub(super) fn client() -> reqwest_object_store::Result<reqwest_object_store::Client> {
    let redirects = Policy::custom(|attempt| {
        let is_downgrade = attempt.url().scheme() == "http"
            && attempt.previous().last().is_some_and(|before| before.scheme() == "https");
        if is_downgrade {
            attempt.error("the server redirects from https to http")
        } else if attempt.previous().len() > MAX_REDIRECTS {
            attempt.error("the server redirects more than ten times")
        } else {
            attempt.follow()
        }
    });
    reqwest_object_store::Client::builder()
        .user_agent(concat!("dyad/", env!("CARGO_PKG_VERSION")))
        .redirect(redirects)
        // It would tell the next host what stands in the query.
        .referer(false)
        .http1_only()
        .connect_timeout(Duration::from_secs(CONNECT_TIMEOUT))
        .timeout(Duration::from_secs(TRANSFER_TIMEOUT))
        .build()
}

/// A store that has one file, at whatever path it is asked for.
///
/// # Errors
/// Whatever `object_store` says against the host.
pub(super) fn store(
    client: &reqwest_object_store::Client,
    url: &Url,
) -> object_store::Result<Arc<dyn ObjectStore>> {
    let mut url = url.clone();
    url.set_fragment(None);
    // The store is not told the query, so that it cannot repeat it.
    let root = url[..Position::BeforePath].to_owned();
    let file = WebFile { client: HttpClient::new(client.clone()), url };
    Ok(Arc::new(HttpBuilder::new().with_url(root).with_http_connector(file).build()?))
}

/// The name of a file: the last part of the path.
pub(super) fn name(url: &Url) -> String {
    let last = url.path().rsplit('/').next().unwrap_or_default();
    let decoded = ObjectPath::from_url_path(last).ok();
    decoded.as_ref().and_then(ObjectPath::filename).unwrap_or(last).to_owned()
}

/// Why a file could not be opened and what to do, in one sentence.
pub(super) fn failure(error: &object_store::Error) -> String {
    let cause = innermost(error);
    match cause.downcast_ref::<Refused>() {
        Some(refused) => format!("{refused}; {}", refused.remedy()),
        None => {
            format!("cannot be fetched ({}); check the address and the network", one_line(&cause.to_string()))
        }
    }
}

/// What went wrong, on one line and without addresses: "Connection refused" says more than what is around it.
pub(super) fn cause(error: &object_store::Error) -> String {
    one_line(&innermost(error).to_string())
}

fn innermost(error: &object_store::Error) -> &(dyn Error + 'static) {
    let mut innermost: &(dyn Error + 'static) = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost
}

/// The transport of one file.
#[derive(Clone)]
struct WebFile {
    client: HttpClient,
    /// With its query; without a fragment.
    url: Url,
}

impl WebFile {
    async fn answer(self, mut request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let address = self.url.as_str().parse();
        *request.uri_mut() = address.map_err(|error| HttpError::new(HttpErrorKind::Unknown, error))?;
        let is_rest = request.headers().contains_key("range");
        let mut response = self.client.execute(request).await?;
        let code = response.status().as_u16();
        // What was asked for, as it is or as a proxy changed it (RFC 9110, 15.3.4), or the rest of it.
        if !matches!((is_rest, code), (false, 200 | 203) | (true, 206)) {
            let refused = Refused { code, status: response.status().to_string(), is_rest };
            return Err(HttpError::new(refused.kind(), refused));
        }
        let headers = response.headers_mut();
        // A length beside a transfer coding does not count (RFC 9112, section 6.3).
        if headers.contains_key("transfer-encoding") || !headers.contains_key("content-length") {
            headers.insert("content-length", UNKNOWN_SIZE.into());
        }
        Ok(response)
    }
}

impl HttpConnector for WebFile {
    fn connect(&self, _: &object_store::ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

impl HttpService for WebFile {
    // The signature that `async_trait` gives it.
    fn call<'s, 'f>(&'s self, request: HttpRequest) -> BoxFuture<'f, Result<HttpResponse, HttpError>>
    where
        's: 'f,
        Self: 'f,
    {
        Box::pin(self.clone().answer(request))
    }
}

impl fmt::Debug for WebFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WebFile").field(&super::query::shown(self.url.as_str())).finish()
    }
}

/// An answer that is not the file.
#[derive(Debug)]
struct Refused {
    code: u16,
    /// With its name, such as `404 Not Found`. The body stays out of messages: it may repeat the query.
    status: String,
    is_rest: bool,
}

impl Refused {
    /// Whether a server may think better of it (those that `object_store` asks again anyway).
    fn is_passing(&self) -> bool {
        matches!(self.code, 408 | 429 | 500..)
    }

    fn kind(&self) -> HttpErrorKind {
        if self.is_passing() { HttpErrorKind::Request } else { HttpErrorKind::Unknown }
    }

    fn remedy(&self) -> &'static str {
        match self.code {
            401 | 403 | 407 => "it may want a login or a newer signature: download the file first",
            _ if self.is_passing() => "try again later",
            _ => "check the address",
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let instead = if self.is_rest { "the rest of the file" } else { "the file" };
        write!(f, "the server answered {} instead of {instead}", self.status)
    }
}

impl Error for Refused {}
