//! Memory and time of the near-copy index: `near_copies_scale ARTICLES` puts in that many texts of 300 words
//! (a tenth of them near-copies of an earlier one) and prints a line each time their number has doubled:
//! articles, copies found, seconds, resident megabytes.
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::fs;
use std::time::Instant;

use dyad_core::ArticleId;
use dyad_ingest::NearDuplicates;

const WORDS: u64 = 300;

/// Words of one story; `edited` of them are other words.
fn text(story: u64, edited: u64) -> String {
    let word = |n: u64| {
        let salt = if n < edited { 1 << 40 } else { 0 };
        let mixed = (story * WORDS + n + salt).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        format!("{:x} ", (mixed ^ (mixed >> 27)) >> 40)
    };
    (0..WORDS).map(word).collect()
}

fn resident_megabytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
}

fn main() -> Result<(), Box<dyn Error>> {
    let wanted: u64 = std::env::args().nth(1).ok_or("usage: near_copies_scale ARTICLES")?.parse()?;
    let mut index = NearDuplicates::new(60);
    let (start, mut found, mut next) = (Instant::now(), 0, 125_000);
    for n in 0..wanted {
        let (story, edited) = if n % 10 == 9 { (n / 2, 6) } else { (n, 0) };
        found += u64::from(index.insert(&ArticleId(format!("{n:032x}")), &text(story, edited)).is_some());
        if n + 1 == next || n + 1 == wanted {
            println!("{} {found} {:.1} {}", n + 1, start.elapsed().as_secs_f64(), resident_megabytes());
            next *= 2;
        }
    }
    Ok(())
}
