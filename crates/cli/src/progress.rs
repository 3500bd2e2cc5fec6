//! Progress on stderr: a bar on a terminal, a plain line now and then elsewhere, nothing with `--quiet`.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use tracing::info;

const PLAIN_EVERY: Duration = Duration::from_secs(10);

/// One stage of a run.
pub struct Progress {
    stage: &'static str,
    unit: &'static str,
    bar: ProgressBar,
    is_plain: bool,
    done: u64,
    total: Option<u64>,
    last_line: Instant,
}

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProgressMode {
    /// Nothing at all.
    pub quiet: bool,
    /// Lines instead of bars, whatever stderr is.
    pub plain: bool,
}

impl Progress {
    /// Starts a stage that counts `unit`s; `total` is `None` where it is not known.
    pub fn start(mode: ProgressMode, stage: &'static str, unit: &'static str, total: Option<u64>) -> Self {
        let is_plain = mode.plain || !std::io::stderr().is_terminal();
        let bar = match (mode.quiet || is_plain, total) {
            (true, _) => ProgressBar::hidden(),
            (false, Some(total)) => ProgressBar::new(total)
                .with_style(style("{prefix:<10} {wide_bar} {human_pos}/{human_len} {msg}, {eta} left")),
            (false, None) => {
                ProgressBar::new_spinner().with_style(style("{prefix:<10} {spinner} {human_pos} {msg}"))
            }
        };
        bar.set_prefix(stage);
        bar.set_message(unit);
        Self {
            stage,
            unit,
            bar,
            is_plain: is_plain && !mode.quiet,
            done: 0,
            total,
            last_line: Instant::now(),
        }
    }

    /// Counts `n` more.
    pub fn add(&mut self, n: u64) {
        self.done += n;
        self.bar.inc(n);
        if self.is_plain && self.last_line.elapsed() >= PLAIN_EVERY {
            self.last_line = Instant::now();
            match self.total {
                Some(total) => info!(
                    stage = self.stage,
                    done = self.done,
                    total,
                    "{}: {} of {total} {}",
                    self.stage,
                    self.done,
                    self.unit
                ),
                None => {
                    info!(stage = self.stage, done = self.done, "{}: {} {}", self.stage, self.done, self.unit)
                }
            }
        }
    }

    /// Ends the stage.
    pub fn finish(self) {
        self.bar.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
