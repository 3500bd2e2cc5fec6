//! How fast actor names are looked for in JSONL: `prefilter_speed FILE SCOPE PASSES` prints a line a pass,
//! `SECONDS LINES LINES_IN_SCOPE`. One thread; `scripts/prefilter-speed` compares it with `wc -l` and ripgrep.
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::time::Instant;

use dyad_annotate::link::ActorLinker;
use dyad_core::{Actor, Actors, Config, Scope};

fn actor(name: &str, aliases: &[&str], people: &[&str], products: &[&str]) -> Actor {
    let list = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    Actor {
        name: name.to_owned(),
        aliases: list(aliases),
        people: list(people),
        products: list(products),
        ..Actor::default()
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, file, scope, passes] = arguments.as_slice() else {
        return Err("usage: prefilter_speed FILE pair|either PASSES".into());
    };
    let scope = if scope == "pair" { Scope::Pair } else { Scope::Either };
    let config = Config {
        actors: Actors {
            a: actor("Microsoft", &["MSFT"], &["Satya Nadella", "Nadella"], &["Azure", "Copilot", "Bing"]),
            b: actor("OpenAI", &["Open AI"], &["Sam Altman", "Altman"], &["ChatGPT", "GPT-4", "Sora"]),
        },
        ..Config::default()
    };
    let linker = ActorLinker::new(&config)?;
    for _ in 0..passes.parse::<u32>()? {
        let start = Instant::now();
        let mut reader = BufReader::with_capacity(1 << 18, File::open(file)?);
        let (mut lines, mut found, mut line) = (0_u64, 0_u64, Vec::new());
        while reader.read_until(b'\n', &mut line)? > 0 {
            lines += 1;
            found += u64::from(linker.in_scope(&String::from_utf8_lossy(&line), scope));
            line.clear();
        }
        println!("{:.4} {lines} {found}", start.elapsed().as_secs_f64());
    }
    Ok(())
}
