//! `dyad extract`: the article of one HTML page.

use std::io::{BufWriter, Write};

use anyhow::{Context, Result};
use dyad_ingest::html::{self, Extracted};
use serde_json::{Value, json};

use crate::args::ExtractArgs;
use crate::output::Outcome;

pub fn run(args: &ExtractArgs) -> Result<Outcome> {
    let file = &args.file;
    let bytes = dyad_ingest::read_page(file)
        .with_context(|| format!("{file} cannot be read; check that it exists and is whole"))?;
    let page = html::extract(&bytes, args.charset.as_deref(), args.url.as_deref())
        .with_context(|| format!("{file}: no article"))?;
    let mut out = BufWriter::new(crate::output::results());
    if args.json {
        writeln!(out, "{}", object(&page))?;
    } else {
        writeln!(out, "{}", page.paragraphs.join("\n\n"))?;
        for note in &page.notes {
            tracing::warn!("{file}: {note}");
        }
    }
    out.flush()?;
    Ok(Outcome::Complete)
}

fn object(page: &Extracted) -> Value {
    let (published, published_from) = page.published.unzip();
    json!({
        "title": page.title,
        "published": published.map(|date| date.to_rfc3339()),
        "published_from": published_from.map(|from| from.as_str()),
        "author": page.author,
        "source": page.source,
        "url": page.canonical_url,
        "language": page.language,
        "paragraphs": page.paragraphs,
        "notes": page.notes.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}
