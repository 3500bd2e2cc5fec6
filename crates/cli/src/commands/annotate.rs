//! `dyad annotate`: a store, or JSON lines without one.

use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};
use dyad_annotate::Annotator;
use dyad_annotate::jsonl::SentenceRecord;
use dyad_core::{Article, Config};
use dyad_ingest::{Record, read_inputs};
use dyad_store::Store;

use crate::args::AnnotateArgs;
use crate::metrics::Metrics;
use crate::output::Outcome;
use crate::progress::ProgressMode;
use crate::{settings, stages};

pub fn run(args: &AnnotateArgs, mode: ProgressMode) -> Result<Outcome> {
    match &args.store {
        Some(path) => annotate_store(args, path, mode),
        None if args.schedule.metrics.is_some() => bail!("--metrics goes with --store DIR"),
        None if args.jsonl => print_annotations(args, &settings::config(&args.config, Some(&args.model))?),
        None => bail!("name a store with --store DIR, or inputs and --jsonl"),
    }
}

fn annotate_store(args: &AnnotateArgs, path: &Path, mode: ProgressMode) -> Result<Outcome> {
    let metrics = Metrics { file: args.schedule.metrics.as_deref(), command: "annotate", store: path };
    metrics.of(|run| {
        let config = settings::config(&args.config, Some(&args.model))?;
        let store = stages::open_for_writing(|| Store::open_existing(path), args.schedule.wait)?;
        let result = stages::recover(&store)
            .and_then(|()| run.stage("annotate", |run| stages::annotate(run, &store, &config, mode)))
            .map(|annotated| Outcome::of_skips(annotated.skips()));
        run.record(&store, &config, result)
    })
}

fn print_annotations(args: &AnnotateArgs, config: &Config) -> Result<Outcome> {
    let (annotator, _) = settings::load_annotator(config)?;
    let options = stages::ingest_options(&args.input, config)?;
    let mut printer = Printer {
        annotator,
        window: config.annotate.window_articles,
        languages: &config.annotate.languages,
        out: BufWriter::new(crate::output::results()),
        held: Vec::new(),
        skips: 0,
    };
    let mut named = 0;
    let read = read_inputs::<anyhow::Error>(&args.input.inputs, &options, &mut |record| match record {
        Record::Article(article) => printer.take(article),
        Record::Reject(reject) => {
            stages::warn_reject(&reject, &mut named);
            Ok(())
        }
    })?;
    printer.flush()?;
    Ok(Outcome::of_skips(read.rejects + printer.skips))
}

/// Annotates a window of articles at a time and prints their sentences in order.
struct Printer<'c, W: Write> {
    annotator: Annotator,
    window: usize,
    languages: &'c [String],
    out: W,
    held: Vec<Article>,
    skips: u64,
}

impl<W: Write> Printer<'_, W> {
    fn take(&mut self, article: Article) -> Result<()> {
        if article.language.as_ref().is_some_and(|language| !self.languages.contains(language)) {
            tracing::warn!("{}: language {:?} is not covered; skipped", article.origin, article.language);
            self.skips += 1;
            return Ok(());
        }
        self.held.push(article);
        if self.held.len() >= self.window { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<()> {
        let articles = std::mem::take(&mut self.held);
        for annotated in self.annotator.annotate(&articles) {
            self.skips += annotated.counts.failed_sentences;
            for sentence in &annotated.sentences {
                let record = SentenceRecord::new(&annotated.article_id, sentence, self.annotator.frames());
                serde_json::to_writer(&mut self.out, &record)
                    .context("a sentence cannot be written as JSON")?;
                self.out.write_all(b"\n")?;
            }
        }
        self.out.flush()?;
        Ok(())
    }
}
