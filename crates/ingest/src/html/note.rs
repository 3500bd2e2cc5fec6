//! What was noticed while a page was read; nothing is cut, replaced or guessed without one.

use std::fmt;

/// Why a date was passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DateFault {
    /// Later than two days after now.
    Future,
    /// No date that exists, before 1990, or not readable as one.
    Impossible,
}

/// One thing noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Note {
    /// Characters that the page's charset does not have; they are U+FFFD in the text.
    Malformed {
        /// The charset the page was read with.
        charset: &'static str,
        /// How many characters.
        n_characters: usize,
    },
    /// Elements nested too deep to open; their content was kept beside them.
    Flattened {
        /// How many elements.
        n_elements: usize,
    },
    /// JSON-LD that is no JSON; what could be saved was used.
    BrokenJsonLd {
        /// How many scripts.
        n_scripts: usize,
    },
    /// The text is JSON-LD's `articleBody`, for the page itself shows less of it.
    BodyFromJsonLd,
    /// A date of the page that was not used.
    DatePassedOver {
        /// The date as the page writes it.
        written: String,
        /// What is wrong with it.
        fault: DateFault,
    },
    /// A time without a zone, taken for UTC.
    ZoneUnknown {
        /// The time as the page writes it.
        written: String,
    },
}

impl fmt::Display for Note {
    /// One sentence without its full stop.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Note::Malformed { charset, n_characters } => {
                write!(
                    f,
                    "{n_characters} characters are not in the page's charset {charset} and were replaced"
                )
            }
            Note::Flattened { n_elements } => {
                write!(f, "{n_elements} elements are nested too deep and were put beside the others")
            }
            Note::BrokenJsonLd { n_scripts } => {
                write!(f, "{n_scripts} JSON-LD scripts are no JSON and were read as far as possible")
            }
            Note::BodyFromJsonLd => f.write_str("the text is that of JSON-LD, for the page shows less of it"),
            Note::DatePassedOver { written, fault: DateFault::Future } => {
                write!(f, "the date \"{written}\" lies in the future and was passed over")
            }
            Note::DatePassedOver { written, fault: DateFault::Impossible } => {
                write!(f, "the date \"{written}\" cannot be read or does not exist and was passed over")
            }
            Note::ZoneUnknown { written } => {
                write!(f, "the time \"{written}\" names no zone and was taken for UTC")
            }
        }
    }
}
