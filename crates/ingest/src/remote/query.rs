//! Addresses as they may be shown: the values of query parameters that are likely to be secrets are left out.

use std::borrow::Cow;

use url::{Url, form_urlencoded};

use super::is_web_address;

/// What stands in place of a secret.
const HIDDEN: &str = "…";

/// Names of parameters whose value is a secret, in lower case and without what is no letter or digit.
const SECRETS: [&str; 20] = [
    "sig",
    "auth",
    "oauth",
    "authorization",
    "bearer",
    "pass",
    "pwd",
    "pw",
    "passphrase",
    "code",
    "otp",
    "pin",
    "sid",
    "session",
    "hmac",
    "jwt",
    "ticket",
    "nonce",
    "hdnts",
    "hdnea",
];
/// Parts of names that say the same, as in `X-Amz-Signature`, `access_token` and `client_secret`.
const SECRET_PARTS: [&str; 9] =
    ["token", "secret", "signature", "passw", "credential", "accesskey", "keypair", "sessionid", "apikey"];
/// How a JSON Web Token begins: `{"` in base64 (RFC 7519).
const WEB_TOKEN: &str = "eyJ";

/// An address without its fragment, which no server sees, and with [`HIDDEN`] for the secrets in its query.
///
/// A secret shows in the name of its parameter; one in the path, or under a name that tells nothing, stays.
pub(super) fn shown(address: &str) -> String {
    let address = address.split_once('#').map_or(address, |(before, _)| before);
    let Some((place, query)) = address.split_once('?') else { return address.to_owned() };
    let parts = query.split_inclusive(['&', ';']).map(shown_part);
    std::iter::once(Cow::Borrowed(place)).chain(std::iter::once(Cow::Borrowed("?"))).chain(parts).collect()
}

/// An input of [`crate::read_inputs`] as it may be printed and stored: as it is, but for an `http` or `https` address the values of
/// query parameters that are likely to be secrets (`X-Amz-Signature`, `sig`, `token`, `key` …) are replaced by `…`.
pub fn shown_input(input: &str) -> String {
    if is_web_address(input) { shown(input) } else { input.to_owned() }
}

/// The address of a page that was read from `file` ([`dyad_core::Origin::file`]), if it is one on the web. Of one with
/// something hidden no more than the host: pages that differ in what is hidden must not be known as one.
pub(crate) fn page_address(file: &str) -> Option<&str> {
    if !is_web_address(file) || file.contains("!/") {
        return None;
    }
    let (place, query) = file.split_once('?').unwrap_or((file, ""));
    let host = place.find("://")? + 3;
    let path = place[host..].find('/').map_or(place.len(), |at| host + at);
    Some(if query.contains(HIDDEN) { &place[..path] } else { file })
}

/// A parameter with the separator behind it.
fn shown_part(part: &str) -> Cow<'_, str> {
    let pair = part.trim_end_matches(['&', ';']);
    let (name, value) = pair.split_once('=').unwrap_or(("", pair));
    if value.is_empty() || !(is_secret_name(&decoded(name)) || is_secret_value(&decoded(value))) {
        return Cow::Borrowed(part);
    }
    let before = &pair[..pair.len() - value.len()];
    Cow::Owned(format!("{before}{HIDDEN}{}", &part[pair.len()..]))
}

fn is_secret_name(name: &str) -> bool {
    let plain: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    plain.ends_with("key")
        || SECRETS.contains(&plain.as_str())
        || SECRET_PARTS.iter().any(|part| plain.contains(part))
}

/// Whether a value tells by itself that it is a secret, or is an address that holds one.
fn is_secret_value(value: &str) -> bool {
    let mut inner = value.split(['?', '&', ';', '#']).skip(1);
    value.starts_with(WEB_TOKEN)
        || inner.any(|pair| pair.split_once('=').is_some_and(|(name, _)| is_secret_name(&decoded(name))))
        || Url::parse(value).is_ok_and(|url| url.password().is_some())
}

/// A name or value without its percent-encoding.
fn decoded(text: &str) -> String {
    // As the value of a parameter, so that an equals sign in it does not count.
    let pair = format!("v={}", text.replace('&', "%26"));
    form_urlencoded::parse(pair.as_bytes()).next().map(|(_, text)| text.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn secrets_are_told_by_the_names_of_their_parameters() {
        for (address, expected) in [
            ("https://e.com/feed?format=rss&page=2", "https://e.com/feed?format=rss&page=2"),
            (
                "https://e.com/?author=me&keyword=x&design=y&q=",
                "https://e.com/?author=me&keyword=x&design=y&q=",
            ),
            ("https://e.com/a?id=3&access_token=S&x=1", "https://e.com/a?id=3&access_token=…&x=1"),
            (
                "https://e.com/a?X-Amz-Date=1&X-Amz-Signature=S",
                "https://e.com/a?X-Amz-Date=1&X-Amz-Signature=…",
            ),
            ("https://e.com/a?X-Goog-Credential=S;sig=S", "https://e.com/a?X-Goog-Credential=…;sig=…"),
            (
                "https://e.com/a?api%5Fkey=S&KEY=S&password=a=b",
                "https://e.com/a?api%5Fkey=…&KEY=…&password=…",
            ),
            ("https://e.com/a?t=eyJhbGciOi&eyJhbGciOi", "https://e.com/a?t=…&…"),
            ("https://e.com/a?url=https%3A%2F%2Ff.com%2F%3Ftoken%3DS", "https://e.com/a?url=…"),
            ("https://e.com/a?url=https://f.com/?id=1", "https://e.com/a?url=https://f.com/?id=1"),
            ("https://e.com/a?url=https%3A%2F%2Fme%3AS%40f.com", "https://e.com/a?url=…"),
            ("https://e.com/a?id=1#access_token=S", "https://e.com/a?id=1"),
            ("https://e.com/a#access_token=S?x=1", "https://e.com/a"),
        ] {
            assert_eq!(shown(address), expected);
        }
    }

    #[test]
    fn inputs_that_are_no_web_address_are_shown_as_they_are() {
        assert_eq!(shown_input("news/a?key=1#2"), "news/a?key=1#2");
        assert_eq!(shown_input("https://e.com/?key=1"), "https://e.com/?key=…");
    }

    #[test]
    fn pages_that_differ_in_what_is_hidden_are_not_known_by_their_address() {
        assert_eq!(page_address("https://e.com/a?id=1"), Some("https://e.com/a?id=1"));
        assert_eq!(page_address("https://e.com/a?key=…"), Some("https://e.com"));
        assert_eq!(page_address("https://e.com?key=…"), Some("https://e.com"));
        assert_eq!(page_address("https://e.com/a.zip!/b.html"), None);
        assert_eq!(page_address("news/a.html"), None);
    }

    proptest! {
        #[test]
        fn any_address_can_be_shown_and_shows_no_more_the_second_time(
            address in "https://e\\.com/[a-z?&=;#%]{0,9}\\?([a-zé%=_+-]{0,9}[&;#]?){0,4}",
            name in "(access_|X-Amz-)?(token|Signature|key|password)",
        ) {
            let once = shown(&address);
            prop_assert_eq!(shown(&once), once.clone());
            let longer = shown(&format!("{address}&{name}=SECRET"));
            prop_assert!(!longer.contains("SECRET"), "{}", longer);
        }
    }
}
