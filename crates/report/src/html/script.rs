//! The scripts of the page and the policy that lets only them run.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use crate::ReportError;

/// The page's own script: readable parts that share one scope.
pub(super) const APP: &str = concat!(
    "(function () {\n\"use strict\";\n",
    include_str!("../../assets/js/data.js"),
    include_str!("../../assets/js/contents.js"),
    include_str!("../../assets/js/explorer.js"),
    include_str!("../../assets/js/excerpt.js"),
    include_str!("../../assets/js/results.js"),
    include_str!("../../assets/js/tables.js"),
    include_str!("../../assets/js/events.js"),
    include_str!("../../assets/js/charts.js"),
    include_str!("../../assets/js/main.js"),
    "})();\n",
);

/// Plotly's script as the page carries it.
pub(super) struct Plotly {
    /// gzip, then base64: 1.9 MB instead of 4.7 MB. The page unpacks it and runs it as an inline script.
    pub(super) packed: String,
    /// Hash of the unpacked script for the policy.
    hash: String,
}

impl Plotly {
    /// Takes the script out of the plotly crate and packs it.
    pub(super) fn load() -> Result<Self, ReportError> {
        let sources = plotly::Plot::offline_js_sources();
        let text = plotly_text(&sources)?;
        Ok(Self { packed: pack(text)?, hash: hash(text) })
    }
}

/// The crate offers its script only as HTML together with MathJax, which the page does not need (2.1 MB).
fn plotly_text(sources: &str) -> Result<&str, ReportError> {
    sources
        .split("<script type=\"text/javascript\">")
        .filter_map(|part| part.rsplit_once("</script>").map(|(text, _)| text))
        .find(|text| text.trim_start().starts_with("/**\n* plotly.js"))
        .ok_or(ReportError::PlotlyScript { detail: "no script element that starts with Plotly's banner" })
}

/// gzip, then base64; the page's script unpacks it.
pub(super) fn pack(text: &str) -> Result<String, ReportError> {
    let packing = |source| ReportError::Pack { source };
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text.as_bytes()).map_err(packing)?;
    Ok(STANDARD.encode(encoder.finish().map_err(packing)?))
}

fn hash(script: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(script.as_bytes())))
}

/// The content security policy: no network at all, and no script but the two whose hashes stand in it.
pub(super) fn policy(plotly: Option<&Plotly>) -> String {
    let scripts: Vec<String> = std::iter::once(hash(APP)).chain(plotly.map(|p| p.hash.clone())).collect();
    format!(
        "default-src 'none'; script-src {}; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; \
         form-action 'none'",
        scripts.join(" ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plotly_crate_still_carries_plotly_and_it_packs_small() {
        let sources = plotly::Plot::offline_js_sources();
        let text = plotly_text(&sources).expect("the embedded script");
        assert!(!text.contains("<script") && !text.contains("MathJax.startup ="));
        assert!(text.len() > 1_000_000);
        let plotly = Plotly::load().expect("packs");
        assert!(plotly.packed.len() < 2_000_000, "{} bytes", plotly.packed.len());
    }

    #[test]
    fn the_app_cannot_end_its_own_element() {
        assert!(!APP.to_lowercase().contains("</script"));
        assert!(!APP.contains("innerHTML") && !APP.contains("eval("));
    }
}
