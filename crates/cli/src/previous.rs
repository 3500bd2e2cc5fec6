//! `--compare` and `--watch-threshold`: the report that the next one is compared with, and the metrics watched.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use anyhow::{Context, Result};
use dyad_analyze::{PreviousError, PreviousReport, check_watched};
use dyad_core::Config;

use crate::roles;

/// The metric of a threshold that names none.
const USUAL: &str = "tone";

/// `0.2` or `share_tension=0.1`.
pub fn parse_watch(text: &str) -> Result<(String, f64), String> {
    let (metric, size) = text.split_once('=').unwrap_or((USUAL, text));
    let is_allowed = |size: &f64| *size > 0.0 && *size <= 2.0;
    match size.trim().parse().ok().filter(is_allowed) {
        Some(size) if !metric.trim().is_empty() => Ok((metric.trim().to_owned(), size)),
        _ => Err(format!(
            "'{text}' is no threshold; write a number above 0 and at most 2, for tone, or METRIC=NUMBER, such as share_tension=0.1"
        )),
    }
}

/// What a report is compared with.
#[derive(Debug)]
pub enum Comparison {
    /// The report that `--compare` names, read and found to be about the same.
    Given(Box<PreviousReport>),
    /// The latest report in the folder, if it can be read and is about the same.
    Latest,
    /// Nothing.
    None,
}

impl Comparison {
    /// What the command line names, else `otherwise`. What is wrong with it or with the metrics watched is found here,
    /// before hours of annotation.
    ///
    /// # Errors
    /// The file cannot be read, or is no report, or one of other actors or frames; or a metric watched does not exist.
    pub fn new(path: Option<&Path>, config: &Config, otherwise: Self) -> Result<Self> {
        if path.is_none() && config.report.watch.is_empty() {
            return Ok(otherwise);
        }
        let frames = roles::frame_head(config)?.labels;
        check_watched(&config.report.watch, &frames)?;
        let Some(path) = path else { return Ok(otherwise) };
        let named = || format!("--compare {}", path.display());
        let file = File::open(path).with_context(|| {
            format!("{}: cannot be opened; name the report.json of an earlier report", named())
        })?;
        Ok(Comparison::Given(Box::new(read(file, config, &frames).with_context(named)?)))
    }

    /// The report to compare with, read before the next one takes its place in `out`.
    pub fn report(self, out: &Path, config: &Config, frames: &[String]) -> Option<PreviousReport> {
        match self {
            Comparison::Given(report) => Some(*report),
            Comparison::Latest => {
                let file = File::open(dyad_report::latest_json(out)).ok()?;
                read(file, config, frames).ok()
            }
            Comparison::None => None,
        }
    }
}

fn read(file: File, config: &Config, frames: &[String]) -> Result<PreviousReport, PreviousError> {
    let report = PreviousReport::read(BufReader::new(file))?;
    report.check((&config.actors.a.name, &config.actors.b.name), frames)?;
    Ok(report)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_is_of_tone_unless_it_names_a_metric() {
        assert_eq!(parse_watch("0.2"), Ok(("tone".to_owned(), 0.2)));
        assert_eq!(parse_watch("share_tension=2"), Ok(("share_tension".to_owned(), 2.0)));
        for wrong in ["", "0", "-0.1", "2.01", "tone", "tone=", "=0.2", "tone=NaN", "tone=inf", "a=b=0.1"] {
            let error = parse_watch(wrong).unwrap_err();
            assert!(error.contains("METRIC=NUMBER"), "{error}");
        }
    }
}
