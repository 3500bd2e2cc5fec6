#![no_main]

use dyad_fuzz::{check, run, watch_panics};

libfuzzer_sys::fuzz_target!(init: watch_panics(), |bytes: &[u8]| run(check::jsonl, bytes));
