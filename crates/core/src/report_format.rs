use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A form in which a report is written, as `--format` and `report.formats` name it. `report.json`, with which the next
/// report compares itself, is written whatever the formats are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReportFormat {
    /// The page: `report.html`.
    Html,
    /// The summary for a pull request: `report.md`.
    Md,
    /// The tables as JSON: `tables/*.json`.
    Json,
    /// The tables as CSV: `tables/*.csv`, `evidence.csv`, `change_points.csv` and `series/*.csv`.
    Csv,
    /// The tables as Parquet: `tables/*.parquet`.
    Parquet,
    /// Static charts as vector graphics: `charts/*.svg`.
    Svg,
    /// Static charts as pictures: `charts/*.png`.
    Png,
}

impl ReportFormat {
    /// Every format.
    pub const ALL: [ReportFormat; 7] = [
        ReportFormat::Html,
        ReportFormat::Md,
        ReportFormat::Json,
        ReportFormat::Csv,
        ReportFormat::Parquet,
        ReportFormat::Svg,
        ReportFormat::Png,
    ];

    /// The name on the command line and in the configuration, which is also the ending of the files.
    pub const fn as_str(self) -> &'static str {
        match self {
            ReportFormat::Html => "html",
            ReportFormat::Md => "md",
            ReportFormat::Json => "json",
            ReportFormat::Csv => "csv",
            ReportFormat::Parquet => "parquet",
            ReportFormat::Svg => "svg",
            ReportFormat::Png => "png",
        }
    }
}

impl fmt::Display for ReportFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A name that is no format of the report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{name}' is no format of the report; name some of html, md, json, csv, parquet, svg and png, parted by commas"
)]
pub struct UnknownReportFormat {
    /// The name as found.
    pub name: String,
}

impl FromStr for ReportFormat {
    type Err = UnknownReportFormat;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let format = ReportFormat::ALL.into_iter().find(|format| format.as_str() == name.trim());
        format.ok_or_else(|| UnknownReportFormat { name: name.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_has_a_name_that_leads_back_and_that_the_message_lists() {
        let error = "pdf".parse::<ReportFormat>().expect_err("no format").to_string();
        assert!(error.starts_with("'pdf' is no format"), "{error}");
        for format in ReportFormat::ALL {
            assert_eq!(format.as_str().parse(), Ok(format));
            assert!(error.contains(format.as_str()), "{error}");
        }
        assert_eq!(" csv".parse(), Ok(ReportFormat::Csv), "a blank after the comma");
    }
}
