//! Answers each path of an HTML page on standard input with the nanoseconds its extraction took and the number of paragraphs.
//! The measuring side of `scripts/extraction/speed.py`.

use std::io::{self, BufRead, Write};
use std::time::Instant;

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    for path in io::stdin().lock().lines() {
        let page = dyad_ingest::read_page(path?.trim())?;
        let start = Instant::now();
        let found = dyad_ingest::html::extract(&page, None, None);
        let elapsed = start.elapsed().as_nanos();
        writeln!(out, "{elapsed} {}", found.map_or(0, |found| found.paragraphs.len()))?;
        out.flush()?;
    }
    Ok(())
}
