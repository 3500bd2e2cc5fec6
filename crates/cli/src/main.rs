//! The `dyad` binary: arguments, progress, exit codes; no logic of its own.
//!
//! Exit codes: 0 all done; 1 done, with rejects or skips (counted on stderr, kept in the store); 2 stopped;
//! 3 done, and a watched number moved.

mod args;
mod classifier_error;
mod commands;
mod metrics;
mod output;
mod previous;
mod progress;
mod record;
mod reporting;
mod roles;
mod settings;
mod since;
mod stages;
mod startup;

use std::process::ExitCode;

use args::Command;
use output::Outcome;

fn main() -> ExitCode {
    let cli = startup::command_line();
    output::init_messages(&cli.output);
    output::silence_caught_panics();
    let mode = progress::ProgressMode {
        quiet: cli.output.quiet,
        plain: cli.output.log_format == args::LogFormat::Json,
    };
    let result = match &cli.command {
        Command::Run(args) => commands::run::run(args, mode),
        Command::Ingest(args) => commands::ingest::run(args, mode),
        Command::Annotate(args) => commands::annotate::run(args, mode),
        Command::Report(args) => commands::report::run(args),
        Command::Extract(args) => commands::extract::run(args),
        Command::Query(args) => commands::query::run(args),
        Command::Store(args) => commands::store::run(args),
        Command::Models(args) => commands::models::run(args, mode),
    };
    match result {
        Ok(Outcome::Complete) => ExitCode::SUCCESS,
        Ok(Outcome::WithSkips) => ExitCode::from(1),
        Ok(Outcome::Alerted) => ExitCode::from(3),
        Err(error) if output::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{}", output::message(&error));
            ExitCode::from(2)
        }
    }
}
