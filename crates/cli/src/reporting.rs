//! What a report is told, the same for every command that writes one.

use std::path::{Path, PathBuf};

use anyhow::Result;
use chrono::NaiveDate;
use dyad_analyze::{Event, read_events};
use dyad_core::{Config, ReportFormat};

use crate::previous::{Comparison, parse_watch};

/// What the report shows, is compared with and is written as.
#[derive(Debug, clap::Args)]
pub struct ReportingArgs {
    /// Some of html, md, json, csv, parquet, svg, png [default: all]
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub format: Option<Vec<ReportFormat>>,
    /// Events for the charts to mark: CSV with date, label and link
    #[arg(long, value_name = "FILE")]
    pub events: Option<PathBuf>,
    /// Compare before and from a day on: 2023-11-17
    #[arg(long, value_name = "DATE", value_parser = parse_day)]
    pub split: Option<NaiveDate>,
    /// Compare with the report.json of another pair (repeatable)
    #[arg(long, value_name = "FILE")]
    pub against: Vec<PathBuf>,
    /// Tell what is new since this report.json [default: that in --out]
    #[arg(long, value_name = "FILE")]
    pub compare: Option<PathBuf>,
    /// End with 3 if new articles differ in tone by X (or METRIC=X)
    #[arg(long, value_name = "X", value_parser = parse_watch)]
    pub watch_threshold: Vec<(String, f64)>,
    /// Reports to keep, 0 for all [default: 30]
    #[arg(long, value_name = "N")]
    pub keep: Option<usize>,
}

impl ReportingArgs {
    /// Puts what was typed over what is configured.
    pub fn apply(&self, config: &mut Config) {
        let report = &mut config.report;
        report.keep = self.keep.unwrap_or(report.keep);
        report.split = self.split.or(report.split);
        if !self.against.is_empty() {
            report.against.clone_from(&self.against);
        }
        if let Some(formats) = &self.format {
            report.formats.clone_from(formats);
        }
        if self.events.is_some() {
            report.events.clone_from(&self.events);
        }
        report.watch.extend(self.watch_threshold.iter().cloned());
    }
}

fn parse_day(text: &str) -> Result<NaiveDate, String> {
    text.parse().map_err(|_| format!("'{text}' is no day; write it as 2023-11-17"))
}

/// Makes the paths of a configuration file relative to the file, so that the command can be run from anywhere.
pub fn resolve(config: &mut Config, file: &Path) {
    let folder = file.parent().unwrap_or(Path::new(""));
    for path in config.report.against.iter_mut().chain(&mut config.report.events) {
        *path = folder.join(&*path);
    }
}

/// What a report is told in files besides the store and the configuration.
#[derive(Debug)]
pub struct Given {
    /// The report to compare with.
    pub comparison: Comparison,
    /// Events for the charts to mark.
    pub events: Vec<Event>,
}

impl Given {
    /// Reads the files, so that a mistake in one is found now rather than after hours of work.
    ///
    /// # Errors
    /// A file is missing or is not what it should be, or a metric watched does not exist; the message names it.
    pub fn read(args: &ReportingArgs, config: &Config, otherwise: Comparison) -> Result<Self> {
        let (report, actors) = (&config.report, &config.actors);
        dyad_analyze::check_against(&report.against, &actors.a.name, &actors.b.name)?;
        Ok(Self {
            comparison: Comparison::new(args.compare.as_deref(), config, otherwise)?,
            events: report.events.as_deref().map(read_events).transpose()?.unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        reporting: ReportingArgs,
    }

    fn args(words: &[&str]) -> Result<ReportingArgs, String> {
        let words = ["dyad"].iter().chain(words);
        Command::try_parse_from(words).map(|command| command.reporting).map_err(|error| error.to_string())
    }

    #[test]
    fn the_command_line_goes_before_the_configuration() {
        let mut config = Config::default();
        config.report.against = vec![PathBuf::from("x.json"), PathBuf::from("/data/y.json")];
        config.report.events = Some(PathBuf::from("events.csv"));
        resolve(&mut config, Path::new("/etc/dyad/dyad.toml"));
        assert_eq!(
            config.report.against,
            [Path::new("/etc/dyad/x.json"), Path::new("/data/y.json")],
            "relative to the file"
        );
        assert_eq!(config.report.events.as_deref(), Some(Path::new("/etc/dyad/events.csv")));
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
