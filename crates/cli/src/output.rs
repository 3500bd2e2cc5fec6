//! Messages on stderr and how a command ended.

use std::io::{self, ErrorKind, StdoutLock, Write};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::fmt::format::{FmtSpan, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::args::{LogFormat, OutputArgs};

/// How a command ended that was not stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Everything was done.
    Complete,
    /// Done, but something was rejected, skipped or failed; it was counted and named.
    WithSkips,
    /// Done, and a watched number moved, whether or not something was skipped.
    Alerted,
}

impl Outcome {
    /// The outcome of a run in which `n` things were rejected, skipped or failed.
    pub fn of_skips(n: u64) -> Self {
        if n == 0 { Outcome::Complete } else { Outcome::WithSkips }
    }

    /// The outcome where a report was written with so many alerts, and this one without any.
    pub fn with_alerts(self, alerts: usize) -> Self {
        if alerts == 0 { self } else { Outcome::Alerted }
    }

    /// Exit status of the process.
    pub fn exit_status(self) -> i32 {
        match self {
            Outcome::Complete => 0,
            Outcome::WithSkips => 1,
            Outcome::Alerted => 3,
        }
    }
}

/// Sets up messages: plain sentences, or one JSON object a line for schedulers.
pub fn init_messages(args: &OutputArgs) {
    let level = if args.quiet { LevelFilter::WARN } else { LevelFilter::INFO };
    // Libraries report the same failures twice; ours carry their causes.
    let filter = tracing_subscriber::EnvFilter::new(format!("off,dyad={level}"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A message that cannot be written (a log on a full disk) would otherwise be complained of there, with a panic.
    let builder = builder.log_internal_errors(false);
    match args.log_format {
        LogFormat::Json => {
            builder.json().flatten_event(true).with_span_events(FmtSpan::NONE).with_target(false).init()
        }
        LogFormat::Text => builder.event_format(PlainFormat).init(),
    }
}

/// `message`, `warning: message` or `error: message`; no time, no module.
struct PlainFormat;

impl<S, N> FormatEvent<S, N> for PlainFormat
where
    S: tracing::Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &tracing::Event<'_>,
    ) -> std::fmt::Result {
        let prefix = match *event.metadata().level() {
            tracing::Level::ERROR => "error: ",
            tracing::Level::WARN => "warning: ",
            _ => "",
        };
        let mut message = Message::default();
        event.record(&mut message);
        writeln!(writer, "{prefix}{}", message.0)
    }
}

/// Picks the message out of an event; the other fields are for the JSON form.
#[derive(Default)]
struct Message(String);

impl tracing::field::Visit for Message {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}

/// Standard output, where results go; its errors say so.
pub fn results() -> Results {
    Results(std::io::stdout().lock())
}

/// See [`results`].
pub struct Results(StdoutLock<'static>);

impl Write for Results {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).map_err(on_stdout)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush().map_err(on_stdout)
    }
}

fn on_stdout(error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot write to standard output: {error}"))
}

/// Keeps one panic from stderr: where a write of Parquet fails (a full disk), delta-rs aborts an upload that
/// `object_store` has shut down already, and catches the panic that this gives. The failure itself is reported.
pub fn silence_caught_panics() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let is_of_aborting = panic.payload_as_str() == Some("Already shut down")
            && panic.location().is_some_and(|place| place.file().ends_with("src/buffered.rs"));
        if !is_of_aborting {
            before(panic);
        }
    }));
}

/// An error with its causes, each said once: many messages have their cause in them already.
pub fn message(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |said, cause| {
        if said.is_empty() {
            cause
        } else if said.contains(&cause) {
            said
        } else {
            format!("{said}: {cause}")
        }
    })
}

/// Whether the reader of stdout went away (`dyad … | head`), which is no failure.
pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .any(|cause| cause.downcast_ref::<io::Error>().is_some_and(|io| io.kind() == ErrorKind::BrokenPipe))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_said_once() {
        let cause = || std::io::Error::other("disk on fire");
        let plain = anyhow::Error::new(cause()).context("x.jsonl could not be read");
        assert_eq!(message(&plain), "x.jsonl could not be read: disk on fire");
        let repeated = anyhow::Error::new(cause()).context("x.jsonl: disk on fire; check the path");
        assert_eq!(message(&repeated), "x.jsonl: disk on fire; check the path");
    }
}
