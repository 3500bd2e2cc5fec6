//! `--split` and `--against`: what the report is compared with.

use std::path::{Path, PathBuf};

use anyhow::Result;
use chrono::NaiveDate;
use dyad_core::Config;

/// What the report is compared with, the same for every command that writes one.
#[derive(Debug, clap::Args)]
pub struct CompareArgs {
    /// Compare every measure before a day and from it on: 2023-11-17
    #[arg(long, value_name = "DATE", value_parser = parse_day)]
    pub split: Option<NaiveDate>,
    /// Compare with another pair of actors: its report.json; may be given several times
    #[arg(long, value_name = "FILE")]
    pub against: Vec<PathBuf>,
}

impl CompareArgs {
    /// Puts what was typed over what is configured.
    pub fn apply(&self, config: &mut Config) {
        let report = &mut config.report;
        report.split = self.split.or(report.split);
        if !self.against.is_empty() {
            report.against.clone_from(&self.against);
        }
    }
}

fn parse_day(text: &str) -> Result<NaiveDate, String> {
    text.parse().map_err(|_| format!("'{text}' is no day; write it as 2023-11-17"))
}

/// Makes the paths of a configuration file relative to the file.
pub fn resolve(config: &mut Config, file: &Path) {
    let folder = file.parent().unwrap_or(Path::new(""));
    for path in &mut config.report.against {
        *path = folder.join(&*path);
    }
}

/// Fails now rather than after hours of work if a report to compare with cannot be.
pub fn check(config: &Config) -> Result<()> {
    let actors = &config.actors;
    Ok(dyad_analyze::check_against(&config.report.against, &actors.a.name, &actors.b.name)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        compare: CompareArgs,
    }

    fn args(words: &[&str]) -> Result<CompareArgs, String> {
        let words = ["dyad"].iter().chain(words);
        Command::try_parse_from(words).map(|command| command.compare).map_err(|error| error.to_string())
    }

    #[test]
    fn the_command_line_goes_before_the_configuration() {
        let mut config = Config::default();
        config.report.against = vec![PathBuf::from("x.json"), PathBuf::from("/data/y.json")];
        resolve(&mut config, Path::new("/etc/dyad/dyad.toml"));
        assert_eq!(
            config.report.against,
            [Path::new("/etc/dyad/x.json"), Path::new("/data/y.json")],
            "relative to the file"
        );
        args(&[]).expect("nothing").apply(&mut config);
        assert_eq!((config.report.against.len(), config.report.split), (2, None));
        args(&["--split", "2023-11-17", "--against", "a.json", "--against", "b.json"])
            .expect("both")
            .apply(&mut config);
        assert_eq!(config.report.against, [Path::new("a.json"), Path::new("b.json")]);
        assert_eq!(config.report.split, NaiveDate::from_ymd_opt(2023, 11, 17));
        let printed = toml::to_string_pretty(&config).expect("TOML");
        assert_eq!(toml::from_str::<Config>(&printed).expect("the same"), config);
        let error = args(&["--split", "yesterday"]).expect_err("no day");
        assert!(error.contains("write it as 2023-11-17"), "{error}");
    }

    #[test]
    fn printed_and_read_groups_are_the_same() {
        let mut config = Config::default();
        let printed = toml::to_string_pretty(&config).expect("TOML");
        for key in ["split = \"\"", "against = []", "[report.source_groups]"] {
            assert!(printed.contains(key), "{printed}");
        }
        let outlets = vec!["Reuters".to_owned(), "AP \"wire\"".to_owned()];
        config.report.source_groups.insert("press agencies".to_owned(), outlets);
        let printed = toml::to_string_pretty(&config).expect("TOML");
        assert_eq!(toml::from_str::<Config>(&printed).expect("the same"), config);
    }
}
