//! The stages that commands share: opening a store, ingest into it, annotation of it.

use std::collections::{BTreeMap, HashMap};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use dyad_core::{AnnotatedArticle, AnnotationCounts, Article, ArticleId, Config, Reject, RejectCode};
use dyad_ingest::{IngestCounts, IngestOptions, NearDuplicates, Record, read_inputs};
use dyad_store::{ContentDigest, Store, StoreError};
use serde::Serialize;
use tracing::{info, warn};

use crate::args::InputArgs;
use crate::progress::{Progress, ProgressMode};
use crate::record::Run;
use crate::since::{self, Since};
use crate::{roles, settings};

/// Articles and bytes of text held before a commit of what was read. Articles come in any order of months, and
/// every commit writes a file a month: few large commits keep the table's log small, and its log is what the
/// memory of a large store goes to.
const INTAKE_ARTICLES: usize = 32_768;
const INTAKE_BYTES: usize = 48 << 20;
/// The same for annotations, which cost more to make again and take several times the text's memory. They come
/// month by month.
const COMMIT_ARTICLES: usize = 1000;
const COMMIT_BYTES: usize = 12 << 20;
/// Text annotated at a time: long documents bound it, short ones are bounded by `window_articles`.
const WINDOW_BYTES: usize = 1 << 20;
/// Rejects named on stderr; all of them are in the store.
const NAMED_REJECTS: u64 = 10;
/// How often a writer that waits asks again.
const ASK_AGAIN: Duration = Duration::from_millis(200);

/// Opens a store for writing; while another process writes to it, waits for at most `seconds`.
pub fn open_for_writing(open: impl Fn() -> Result<Store, StoreError>, seconds: u64) -> Result<Store> {
    let start = Instant::now();
    let mut is_told = false;
    loop {
        match open() {
            Err(StoreError::Locked { .. }) if start.elapsed().as_secs() < seconds => {
                if !is_told {
                    info!("another Dyad process writes to this store; waiting for at most {seconds} s");
                    is_told = true;
                }
                thread::sleep(ASK_AGAIN);
            }
            opened => return Ok(opened?),
        }
    }
}

/// What a store took in.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Ingested {
    /// What reading counted.
    #[serde(flatten)]
    pub read: IngestCounts,
    /// Articles that are new in the store.
    pub new_articles: u64,
    /// Articles the store had already, or that came twice in this run.
    pub known_articles: u64,
    /// Articles the store had with other content, which were replaced and wait for annotation again.
    pub changed_articles: u64,
    /// New articles that are near-copies of an earlier one.
    pub near_duplicates: u64,
    /// Rejects that are new in the store.
    pub new_rejects: u64,
    /// Files and objects that could not be opened or read to their end, which may go well the next time.
    pub unreadable: u64,
}

/// Options for reading, from the configuration and the command line.
pub fn ingest_options(input: &InputArgs, config: &Config) -> Result<IngestOptions> {
    let format = input.input_format.as_deref().map(str::parse).transpose()?;
    Ok(IngestOptions { input: config.input.clone(), format, threads: 0, modified_since: None })
}

/// Reads every input into the store; what the store already has is counted and left alone.
pub fn ingest(
    run: &mut Run,
    store: &Store,
    (input, since): (&InputArgs, Option<Since>),
    config: &Config,
    mode: ProgressMode,
) -> Result<Ingested> {
    let mut options = ingest_options(input, config)?;
    options.modified_since = since::resolve(run, store, (input, since), config)?;
    let mut intake = Intake::new(&run.id, store, config)?;
    let mut progress = Progress::start(mode, "reading", "records", None);
    let read = read_inputs::<anyhow::Error>(&input.inputs, &options, &mut |record| {
        progress.add(1);
        intake.take(record)
    })?;
    intake.commit()?;
    progress.finish();
    let ingested = Ingested { read, ..intake.counts };
    if read.unchanged_files > 0 {
        info!(
            unchanged_files = read.unchanged_files,
            "{} files did not change and were not read", read.unchanged_files
        );
    } else if read.records == 0 {
        warn!(
            "the input holds nothing to read ({} files; {} left out as descriptions of a corpus)",
            read.files, read.skipped_files
        );
    }
    if read.other_records > 0 {
        info!("{} records of web archives are no pages", read.other_records);
    }
    info!(
        records = read.records,
        articles = read.articles,
        rejects = read.rejects,
        "read {} records: {} new articles ({} near-copies), {} changed, {} already known, {} rejects",
        read.records,
        ingested.new_articles,
        ingested.near_duplicates,
        ingested.changed_articles,
        ingested.known_articles,
        read.rejects
    );
    run.count("ingest", &ingested)?;
    Ok(ingested)
}

/// Articles and rejects on their way into the store.
struct Intake<'s> {
    run_id: &'s str,
    store: &'s Store,
    /// What the store holds, and `None` for what this run has met: of two records of one article the first
    /// counts, so that the same input twice changes nothing.
    known: HashMap<ArticleId, Option<ContentDigest>>,
    near: NearDuplicates,
    new: Vec<Article>,
    changed: Vec<Article>,
    rejects: Vec<Reject>,
    bytes: usize,
    named: u64,
    counts: Ingested,
}

impl<'s> Intake<'s> {
    fn new(run_id: &'s str, store: &'s Store, config: &Config) -> Result<Self> {
        let mut near = NearDuplicates::new(config.input.duplicate_percent);
        let mut known = HashMap::new();
        store.for_each_article(&mut |stored| {
            near.insert_known(&stored.article_id, stored.duplicate_of.as_ref(), &stored.text);
            known.insert(stored.article_id, Some(stored.digest));
        })?;
        Ok(Self {
            run_id,
            store,
            known,
            near,
            new: Vec::new(),
            changed: Vec::new(),
            rejects: Vec::new(),
            bytes: 0,
            named: 0,
            counts: Ingested::default(),
        })
    }

    fn take(&mut self, record: Record) -> Result<()> {
        match record {
            Record::Reject(reject) => {
                warn_reject(&reject, &mut self.named);
                self.counts.unreadable += u64::from(reject.code == RejectCode::Unreadable);
                self.rejects.push(reject);
            }
            Record::Article(article) => self.article(article),
        }
        let held = self.new.len() + self.changed.len() + self.rejects.len();
        if held >= INTAKE_ARTICLES || self.bytes >= INTAKE_BYTES {
            self.commit()?;
        }
        Ok(())
    }

    fn article(&mut self, mut article: Article) {
        let before = self.known.insert(article.article_id.clone(), None);
        let is_changed = match before {
            None => false,
            Some(Some(digest)) if digest != ContentDigest::of(&article) => true,
            Some(_) => {
                self.counts.known_articles += 1;
                return;
            }
        };
        article.duplicate_of = self.near.insert(&article.article_id, &article.text);
        self.bytes += article.text.len();
        if is_changed {
            self.counts.changed_articles += 1;
            self.changed.push(article);
        } else {
            self.counts.new_articles += 1;
            self.counts.near_duplicates += u64::from(article.duplicate_of.is_some());
            self.new.push(article);
        }
    }

    fn commit(&mut self) -> Result<()> {
        if !self.new.is_empty() {
            self.store.append_articles(self.run_id, &self.new)?;
        }
        self.store.replace_articles(self.run_id, &self.changed)?;
        self.counts.new_rejects += self.store.append_rejects(self.run_id, &self.rejects)?;
        self.new.clear();
        self.changed.clear();
        self.rejects.clear();
        self.bytes = 0;
        Ok(())
    }
}

/// Names the first few rejects on stderr.
pub fn warn_reject(reject: &Reject, named: &mut u64) {
    *named += 1;
    if *named <= NAMED_REJECTS {
        warn!(code = reject.code.as_str(), origin = %reject.origin, "{}: {}", reject.origin, reject.reason);
    } else if *named == NAMED_REJECTS + 1 {
        warn!("more rejects follow; all of them are kept in the table `rejects`");
    }
}

/// What annotating a store did.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Annotated {
    /// What the annotator counted.
    #[serde(flatten)]
    pub counts: AnnotationCounts,
    /// Articles in languages the model does not cover.
    pub skipped_foreign: u64,
    /// Articles without a single sentence; they are in `rejects`.
    pub without_sentences: u64,
}

impl Annotated {
    /// How much was left without its annotation.
    pub fn skips(&self) -> u64 {
        self.skipped_foreign + self.counts.failed_sentences + self.without_sentences
    }
}

/// Annotates every article of the store that has no annotation by this model and configuration.
pub fn annotate(run: &mut Run, store: &Store, config: &Config, mode: ProgressMode) -> Result<Annotated> {
    let (mut annotator, fingerprint) = settings::load_annotator(config)?;
    let model = annotator.model();
    let info = model.encoder.info();
    let described = serde_json::json!({
        "name": model.manifest.name,
        "version": model.manifest.version,
        "backend": info.backend,
        "precision": info.precision,
        "device": info.device,
        "threads": info.threads,
        "roles": annotator.roles().into_iter().collect::<BTreeMap<_, _>>(),
        "frame_thresholds": annotator.frames().iter().zip(annotator.frame_thresholds()).collect::<BTreeMap<_, _>>(),
        "frame_fingerprint": roles::frame_fingerprint(config)?,
    });
    info!(
        model = model.manifest.name,
        backend = info.backend,
        precision = info.precision,
        "model {} on {}, {}, {} threads",
        model.manifest.name,
        info.backend,
        info.precision,
        info.threads
    );
    for (role, name) in annotator.roles() {
        info!(role, name, "{role} by {name}");
    }
    let mut pending = store.pending(&fingerprint, &config.annotate.languages)?;
    let mut annotated = Annotated { skipped_foreign: pending.skipped_foreign, ..Annotated::default() };
    let mut progress = Progress::start(mode, "annotating", "articles", Some(pending.total_articles));
    let mut writer = AnnotationWriter {
        run_id: run.id.clone(),
        fingerprint: fingerprint.clone(),
        store,
        held: Vec::new(),
        bytes: 0,
    };
    while let Some(articles) = pending.next_chunk(config.annotate.window_articles)? {
        for articles in windows_by_bytes(articles) {
            let results = annotator.annotate(&articles);
            progress.add(articles.len() as u64);
            for (article, result) in articles.into_iter().zip(results) {
                annotated.counts += result.counts;
                if result.sentences.is_empty() {
                    annotated.without_sentences += 1;
                    store.append_rejects(&run.id, &[without_sentences(&article)])?;
                } else {
                    writer.push(article, result, annotator.frames())?;
                }
            }
        }
    }
    writer.commit(annotator.frames())?;
    progress.finish();
    tell(&annotated);
    run.annotated_by(fingerprint, described);
    run.count("annotation", &annotated)?;
    Ok(annotated)
}

/// Parts of a chunk with at most [`WINDOW_BYTES`] of text each, in order; a longer article stands alone.
fn windows_by_bytes(articles: Vec<Article>) -> Vec<Vec<Article>> {
    let mut windows: Vec<Vec<Article>> = Vec::new();
    let mut bytes = 0;
    for article in articles {
        bytes += article.text.len();
        match windows.last_mut() {
            Some(window) if bytes <= WINDOW_BYTES => window.push(article),
            _ => {
                bytes = article.text.len();
                windows.push(vec![article]);
            }
        }
    }
    windows
}

fn tell(annotated: &Annotated) {
    let counts = &annotated.counts;
    info!(
        articles = counts.articles,
        sentences = counts.sentences,
        relations = counts.relations,
        "annotated {} articles: {} sentences, {} mentions, {} relations",
        counts.articles,
        counts.sentences,
        counts.mentions,
        counts.relations
    );
    if counts.out_of_scope_sentences > 0 {
        info!(
            "{} sentences name no actor that the scope asks for; they were not read",
            counts.out_of_scope_sentences
        );
    }
    if counts.failed_sentences > 0 {
        warn!(
            "{} sentences could not be encoded and stay without annotation, or without their relation",
            counts.failed_sentences
        );
    }
    if annotated.skipped_foreign > 0 {
        warn!(
            "{} articles are in a language the model does not cover; they are kept but not annotated",
            annotated.skipped_foreign
        );
    }
}

fn without_sentences(article: &Article) -> Reject {
    let reason = "stage split: the text holds no sentence; check the record's text field";
    Reject::new(article.origin.clone(), RejectCode::AnnotationFailed, reason, article.text.as_bytes())
}

/// Gathers annotations into commits of a good size.
struct AnnotationWriter<'s> {
    run_id: String,
    fingerprint: String,
    store: &'s Store,
    held: Vec<(Article, AnnotatedArticle)>,
    bytes: usize,
}

impl AnnotationWriter<'_> {
    fn push(&mut self, article: Article, annotated: AnnotatedArticle, frames: &[String]) -> Result<()> {
        self.bytes += article.text.len();
        self.held.push((article, annotated));
        if self.held.len() >= COMMIT_ARTICLES || self.bytes >= COMMIT_BYTES {
            self.commit(frames)?;
        }
        Ok(())
    }

    fn commit(&mut self, frames: &[String]) -> Result<()> {
        self.store.write_annotations(&self.run_id, &self.fingerprint, frames, &self.held)?;
        self.held.clear();
        self.bytes = 0;
        Ok(())
    }
}

/// Removes what an interrupted run left behind.
pub fn recover(store: &Store) -> Result<()> {
    let recovered = store.recover()?;
    if recovered.articles > 0 {
        info!(
            "an earlier run was interrupted: {} half-written articles are annotated again",
            recovered.articles
        );
    }
    Ok(())
}
