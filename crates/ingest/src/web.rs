use url::Url;

/// Query parameters that follow a reader around and name no other page.
const TRACKING: [&str; 16] = [
    "fbclid", "gclid", "dclid", "gbraid", "wbraid", "msclkid", "yclid", "twclid", "ttclid", "igshid", "igsh",
    "mc_cid", "mc_eid", "mkt_tok", "_hsenc", "_hsmi",
];

/// The one form of a web address under which an article is known, or `None` for anything but http(s).
///
/// Scheme and host in lower case, default port, credentials, fragment and tracking parameters gone, no
/// slash at the end of a path.
pub(crate) fn canonical(address: &str) -> Option<Url> {
    let mut url = Url::parse(address.trim()).ok()?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return None;
    }
    url.set_fragment(None);
    // Neither can fail for a URL with a host.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    let kept = url.query().map(|query| {
        let pairs: Vec<&str> = query.split('&').filter(|pair| !is_tracking(pair)).collect();
        pairs.join("&")
    });
    url.set_query(kept.as_deref().filter(|query| !query.is_empty()));
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Some(url)
}

fn is_tracking(pair: &str) -> bool {
    let name = pair.split('=').next().unwrap_or_default().to_ascii_lowercase();
    name.is_empty() || name.starts_with("utm_") || TRACKING.contains(&name.as_str())
}

/// The host without `www.`, which stands in for the outlet.
pub(crate) fn outlet(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    // `www.` may be all there is.
    Some(host.strip_prefix("www.").filter(|rest| !rest.is_empty()).unwrap_or(host).to_owned())
}

/// Whether the address names a page of its own. A bare home page, which some collections give for every
/// article, does not: articles known by it would overwrite each other.
pub(crate) fn names_a_page(url: &Url) -> bool {
    url.path() != "/" || url.query().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn form(address: &str) -> Option<String> {
        canonical(address).map(String::from)
    }

    #[test]
    fn one_article_has_one_address() {
        let expected = Some("https://www.example.com/News/a?id=7&b=%20x".to_owned());
        for address in [
            "HTTPS://WWW.Example.com:443/News/a/?utm_source=x&id=7&fbclid=9&b=%20x#top",
            " https://user:pass@www.example.com/News/a?id=7&&b=%20x ",
        ] {
            assert_eq!(form(address), expected);
        }
        assert_eq!(form("http://example.com"), Some("http://example.com/".to_owned()));
        assert_eq!(form("https://e.com/a/?UTM_Medium=m"), Some("https://e.com/a".to_owned()));
    }

    #[test]
    fn only_web_addresses_count() {
        for address in
            ["a1ee8502-437a", "javascript:alert(1)", "ftp://e.com/x", "data:text/html,x", "/a/b", ""]
        {
            assert_eq!(form(address), None, "{address}");
        }
    }

    #[test]
    fn a_home_page_names_no_article() {
        assert!(!names_a_page(&canonical("https://e.com/#x").expect("a URL")));
        assert!(names_a_page(&canonical("https://e.com/?p=12").expect("a URL")));
    }

    proptest! {
        #[test]
        fn canonical_form_is_stable(address in "(https?://[a-z.@:0-9]{1,12}/)?[ -~]{0,40}") {
            if let Some(once) = form(&address) {
                prop_assert_eq!(form(&once), Some(once.clone()));
            }
        }
    }
}
