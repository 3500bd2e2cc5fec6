//! The command line as typed; nothing here opens a file.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use dyad_core::{Backend, Precision};
use dyad_evaluate::Task;

use crate::reporting::ReportingArgs;
use crate::since::Since;

/// How the press frames a relationship between two actors, and how that changed.
#[derive(Debug, Parser)]
#[command(name = "dyad", version, about, after_help = "Example: dyad run corpora/demo --out out")]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Messages and progress, the same for every command.
#[derive(Debug, Args)]
pub struct OutputArgs {
    /// No progress, only warnings and errors on stderr
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Form of the messages on stderr
    #[arg(long, global = true, value_enum, default_value = "text")]
    pub log_format: LogFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Read articles, annotate them, and write the report
    #[command(
        after_help = "Ends with 0: done; 1: done, with rejects or skips; 2: stopped; 3: done, and a watched number moved\n\n\
                      Example: dyad run corpora/demo --out out\n         dyad run --print-config > dyad.toml"
    )]
    Run(RunArgs),
    /// Read articles into a store
    #[command(after_help = "Example: dyad ingest news/*.jsonl.gz --store out/store")]
    Ingest(IngestArgs),
    /// Annotate what is new in a store, or print annotations as JSON lines
    #[command(
        after_help = "Example: dyad annotate --store out/store\n         dyad annotate article.txt --jsonl | head"
    )]
    Annotate(AnnotateArgs),
    /// Write the report from a store
    #[command(
        after_help = "Ends with 0: done; 2: stopped; 3: done, and a watched number moved\n\nExample: dyad report --store out/store --out out"
    )]
    Report(ReportArgs),
    /// Print the article of an HTML page: its text, or text and metadata as JSON
    #[command(
        after_help = "Example: dyad extract page.html --json\n         curl -s https://example.com/story | dyad extract - --url https://example.com/story"
    )]
    Extract(ExtractArgs),
    /// Ask a store in SQL (tables: articles, sentences, mentions, relations, rejects, runs)
    #[command(
        after_help = "Example: dyad query --store out/store \"SELECT source, count(*) FROM articles GROUP BY source\""
    )]
    Query(QueryArgs),
    /// Look after a store
    #[command(after_help = "Example: dyad store compact out/store --keep 30d")]
    Store(StoreArgs),
    /// List the models, show one, or measure one on labelled data
    #[command(after_help = "Example: dyad models show joint-minilm")]
    Models(ModelsArgs),
}

#[derive(Debug, Args)]
pub struct ExtractArgs {
    /// An HTML page, also with gzip, or - for standard input
    #[arg(value_name = "FILE")]
    pub file: String,
    /// Print one JSON object: paragraphs, title, published, published_from, author, source, url, language, notes
    #[arg(long)]
    pub json: bool,
    /// The address the page was fetched from, for a page that does not say so itself
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// The charset of the HTTP header, if there was one
    #[arg(long, value_name = "NAME")]
    pub charset: Option<String>,
}

#[derive(Debug, Args)]
pub struct ConfigArgs {
    /// Configuration [default: dyad.toml here if there is one, else built in]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct ModelArgs {
    /// Model: a name under the models folder, or a folder
    #[arg(long, value_name = "NAME")]
    pub model: Option<String>,
    /// Folder of the models [default: the one that belongs to this binary]
    #[arg(long, value_name = "DIR")]
    pub models_dir: Option<PathBuf>,
    /// Runtime of the encoder
    #[arg(long, value_enum)]
    pub backend: Option<BackendArg>,
    /// fp32: exact; int8: faster, scores depend a little on the batch
    #[arg(long, value_enum)]
    pub precision: Option<PrecisionArg>,
    /// Sentences the model reads: all, those that name either actor (enough for the report), or the pair
    #[arg(long, value_enum)]
    pub scope: Option<ScopeArg>,
    /// Threads of the encoder [default: every core]
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum BackendArg {
    Onnx,
    Torch,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PrecisionArg {
    Fp32,
    Int8,
}

impl From<BackendArg> for Backend {
    fn from(arg: BackendArg) -> Self {
        match arg {
            BackendArg::Onnx => Backend::Onnx,
            BackendArg::Torch => Backend::Torch,
        }
    }
}

impl From<PrecisionArg> for Precision {
    fn from(arg: PrecisionArg) -> Self {
        match arg {
            PrecisionArg::Fp32 => Precision::Fp32,
            PrecisionArg::Int8 => Precision::Int8,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ScopeArg {
    All,
    Either,
    Pair,
}

#[derive(Debug, Args)]
pub struct InputArgs {
    /// Files, folders, globs, addresses (https://, s3://, gs://, az://), or - for standard input
    #[arg(value_name = "INPUT")]
    pub inputs: Vec<String>,
    /// Format of every input: jsonl, json, csv, tsv, text, markdown, html, feed, warc, parquet, arrow, zip or tar [default: told from name and content]
    #[arg(long, value_name = "FORMAT")]
    pub input_format: Option<String>,
}

/// What a command that runs on a schedule can be told.
#[derive(Debug, Args)]
pub struct ScheduleArgs {
    /// Write figures of the run as OpenMetrics text, also when it fails (node_exporter reads *.prom)
    #[arg(long, value_name = "FILE")]
    pub metrics: Option<PathBuf>,
    /// Seconds to wait for another run on this store to end
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub wait: u64,
}

#[derive(Debug, Args)]
pub struct RunArgs {
    #[command(flatten)]
    pub input: InputArgs,
    /// Leave out files unchanged since the last run on these inputs (last) or a time (2025-01-31, 2025-01-31T12:00:00Z)
    #[arg(long, value_name = "WHEN")]
    pub since: Option<Since>,
    /// Folder for the report; the store is its subfolder `store` unless --store names another
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Folder of the Delta tables
    #[arg(long, value_name = "DIR")]
    pub store: Option<PathBuf>,
    #[command(flatten)]
    pub reporting: ReportingArgs,
    /// Print the configuration in force and stop
    #[arg(long)]
    pub print_config: bool,
    #[command(flatten)]
    pub schedule: ScheduleArgs,
    #[command(flatten)]
    pub config: ConfigArgs,
    #[command(flatten)]
    pub model: ModelArgs,
}

#[derive(Debug, Args)]
pub struct IngestArgs {
    #[command(flatten)]
    pub input: InputArgs,
    /// Leave out files unchanged since the last run on these inputs (last) or a time (2025-01-31, 2025-01-31T12:00:00Z)
    #[arg(long, value_name = "WHEN")]
    pub since: Option<Since>,
    /// Folder of the Delta tables
    #[arg(long, value_name = "DIR")]
    pub store: PathBuf,
    #[command(flatten)]
    pub schedule: ScheduleArgs,
    #[command(flatten)]
    pub config: ConfigArgs,
}

#[derive(Debug, Args)]
pub struct AnnotateArgs {
    #[command(flatten)]
    pub input: InputArgs,
    /// Folder of the Delta tables
    #[arg(long, value_name = "DIR", conflicts_with_all = ["inputs", "jsonl"])]
    pub store: Option<PathBuf>,
    /// One JSON object a sentence on stdout, no store
    #[arg(long)]
    pub jsonl: bool,
    #[command(flatten)]
    pub schedule: ScheduleArgs,
    #[command(flatten)]
    pub config: ConfigArgs,
    #[command(flatten)]
    pub model: ModelArgs,
}

#[derive(Debug, Args)]
pub struct ReportArgs {
    /// Folder of the Delta tables
    #[arg(long, value_name = "DIR")]
    pub store: PathBuf,
    /// Folder for the report
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// As the store stood after a run, or at a time: RUN_ID, 2025-01-31 or 2025-01-31T12:00:00Z
    #[arg(long, value_name = "WHEN")]
    pub as_of: Option<String>,
    #[command(flatten)]
    pub reporting: ReportingArgs,
    /// Write figures of the run as OpenMetrics text, also when it fails (node_exporter reads *.prom)
    #[arg(long, value_name = "FILE")]
    pub metrics: Option<PathBuf>,
    #[command(flatten)]
    pub config: ConfigArgs,
    #[command(flatten)]
    pub model: ModelArgs,
}

#[derive(Debug, Args)]
pub struct StoreArgs {
    #[command(subcommand)]
    pub command: StoreCommand,
}

#[derive(Debug, Subcommand)]
pub enum StoreCommand {
    /// Merge small files, and delete what only older versions need
    #[command(after_help = "Example: dyad store compact out/store --keep 30d")]
    Compact {
        /// Folder of the Delta tables
        #[arg(value_name = "DIR")]
        store: PathBuf,
        /// How long older versions stay readable with --as-of: days or hours (90d, 12h)
        #[arg(long, value_name = "TIME", default_value = "30d", value_parser = parse_keep)]
        keep: chrono::Duration,
    },
}

/// `30d` or `12h`.
fn parse_keep(text: &str) -> Result<chrono::Duration, String> {
    let wrong = || format!("'{text}' is no time; write days as 30d or hours as 12h");
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(wrong)?;
    let number: i64 = number.parse().map_err(|_| wrong())?;
    let time = match unit {
        "d" => chrono::Duration::try_days(number),
        "h" => chrono::Duration::try_hours(number),
        _ => None,
    };
    time.filter(|time| *time >= chrono::Duration::zero() && time.num_days() <= 36_500).ok_or_else(wrong)
}

#[derive(Debug, Args)]
pub struct QueryArgs {
    /// SQL as DataFusion reads it
    pub sql: String,
    /// Folder of the Delta tables
    #[arg(long, value_name = "DIR")]
    pub store: PathBuf,
    /// As the store stood after a run, or at a time: RUN_ID, 2025-01-31 or 2025-01-31T12:00:00Z
    #[arg(long, value_name = "WHEN")]
    pub as_of: Option<String>,
    /// table, csv, json (one object a line) or parquet
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub format: String,
}

#[derive(Debug, Args)]
pub struct ModelsArgs {
    #[command(subcommand)]
    pub command: ModelsCommand,
    /// Folder of the models [default: the one that belongs to this binary]
    #[arg(long, value_name = "DIR", global = true)]
    pub models_dir: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum ModelsCommand {
    /// Name, version, roles and licence of every model
    List,
    /// The manifest of one model, after checking every file's hash
    Show {
        /// Name under the models folder, or a folder
        name: String,
    },
    /// Take a Hugging Face checkpoint into the models folder
    #[command(
        after_help = "Example: dyad models add ~/checkpoints/bert-base-NER\n         dyad models add hf:dslim/bert-base-NER@main --name ner"
    )]
    Add {
        /// A checkpoint folder (config.json, tokenizer, safetensors), or `hf:OWNER/NAME@REVISION`
        source: String,
        /// Name under the models folder [default: the name of the folder or of the hub's model]
        #[arg(long)]
        name: Option<String>,
    },
    /// Whether a model behaves: files, odd input, batches, agreement of backends
    #[command(after_help = "Example: dyad models check joint-minilm")]
    Check {
        /// Name under the models folder, or a folder
        name: String,
    },
    /// Precision, recall, F1 and calibration on labelled data
    #[command(
        after_help = "Example: dyad models eval joint-minilm --task entities --data ner/conll2003-test.tsv"
    )]
    Eval(EvalArgs),
    /// Fit frames of your own on a few labelled sentences, in seconds
    #[command(after_help = "Example: dyad models train-frames examples.jsonl --name deals")]
    TrainFrames(TrainFramesArgs),
}

/// The joint model that comes with Dyad, which a configuration means unless it names another.
pub const DEFAULT_BASE: &str = "joint-minilm";

#[derive(Debug, Args)]
pub struct TrainFramesArgs {
    /// Labelled sentences: JSON lines with text, a, b (byte spans of the mentions) and frames
    #[arg(value_name = "EXAMPLES")]
    pub examples: PathBuf,
    /// Name of the new model under the models folder
    #[arg(long)]
    pub name: String,
    /// Joint model whose hidden states it reads: a name under the models folder, or a folder
    #[arg(long, value_name = "NAME", default_value = DEFAULT_BASE)]
    pub base: String,
    /// Frames in this order, others left out [default: those of the examples as they appear]
    #[arg(long, value_name = "A,B,…", value_delimiter = ',')]
    pub frames: Option<Vec<String>>,
    /// Replace a frame head of this name
    #[arg(long)]
    pub force: bool,
    /// Form of the result
    #[arg(long, value_enum, default_value = "table")]
    pub format: EvalFormat,
    /// Runtime of the encoder [default: onnx]
    #[arg(long, value_enum)]
    pub backend: Option<BackendArg>,
    /// Threads of the encoder [default: every core]
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
}

#[derive(Debug, Args)]
pub struct EvalArgs {
    /// Name under the models folder, or a folder
    #[arg(required_unless_present = "all")]
    pub name: Option<String>,
    /// entities (CoNLL columns), sentiment (NewsMTSC), stance (DSE), frames or tone (frame JSON lines)
    #[arg(long, required_unless_present = "all")]
    pub task: Option<Task>,
    /// Labelled file; with --all the folder that holds the public data sets
    #[arg(long, value_name = "PATH")]
    pub data: PathBuf,
    /// Every model on every benchmark; rewrites the leaderboard in the README of the models folder
    #[arg(long, conflicts_with_all = ["name", "task", "precision", "format"])]
    pub all: bool,
    /// Form of the result
    #[arg(long, value_enum, default_value = "table")]
    pub format: EvalFormat,
    /// Runtime of the encoder [default: onnx]
    #[arg(long, value_enum)]
    pub backend: Option<BackendArg>,
    /// Numbers the encoder computes with [default: fp32]
    #[arg(long, value_enum)]
    pub precision: Option<PrecisionArg>,
    /// Threads of the encoder [default: every core]
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
}

impl EvalArgs {
    /// The runtime asked for.
    pub fn backend(&self) -> Backend {
        self.backend.map_or(Backend::Onnx, Backend::from)
    }

    /// The precision asked for.
    pub fn precision(&self) -> Precision {
        self.precision.map_or(Precision::Fp32, Precision::from)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EvalFormat {
    Table,
    Json,
}
