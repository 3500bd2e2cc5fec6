//! The first thing the binary does: the command line read, messages set up.

use clap::Parser as _;
use clap::error::ErrorKind;

use crate::args::{Cli, LogFormat, OutputArgs};
use crate::output;

/// Reads the command line. With `--log-format json` a mistake in it, and a panic, are JSON lines like every other message.
pub fn command_line() -> Cli {
    let cli = Cli::try_parse().unwrap_or_else(|error| {
        let is_message = !matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
        if is_message && wants_json(std::env::args().skip(1)) {
            output::init_messages(&OutputArgs { quiet: false, log_format: LogFormat::Json });
            tracing::error!("{}", one_line(&error.to_string()));
            std::process::exit(error.exit_code());
        }
        error.exit()
    });
    if cli.output.log_format == LogFormat::Json {
        std::panic::set_hook(Box::new(|panic| tracing::error!("{panic}; this is a bug in Dyad")));
    }
    cli
}

/// Whether JSON is asked for in a command line that does not parse.
fn wants_json(words: impl Iterator<Item = String>) -> bool {
    let words: Vec<String> = words.take_while(|word| word != "--").collect();
    words.iter().any(|word| word == "--log-format=json")
        || words.windows(2).any(|pair| pair == ["--log-format", "json"])
}

/// What is wrong and what it concerns; not how the command is used.
fn one_line(message: &str) -> String {
    let message = message.split("\n\nUsage:").next().unwrap_or_default();
    let words: Vec<&str> = message.trim_start_matches("error: ").split_whitespace().collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_found_in_a_command_line_that_does_not_parse() {
        let wants = |line: &str| wants_json(line.split(' ').map(str::to_owned));
        assert!(wants("run --log-format json --nonsense") && wants("--log-format=json"));
        assert!(!wants("run --log-format text json") && !wants("run -- --log-format json"));
        assert_eq!(one_line("error: a\n  b\n\nUsage: dyad"), "a b");
    }
}
