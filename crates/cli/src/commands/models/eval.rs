//! `dyad models eval`: figures on labelled data, and the leaderboard.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use dyad_core::{Backend, Precision};
use dyad_evaluate::{EvaluateError, Evaluation, Measured, Task, evaluate};
use dyad_models::{ModelError, ModelKind, ModelOptions};
use tracing::warn;

use crate::args::{EvalArgs, EvalFormat};
use crate::output::Outcome;
use crate::settings;

/// Where a task's test set lies in a folder of public data; `None` for those of this repository.
const BENCHMARKS: [(Task, Option<&str>, &str); 5] = [
    (Task::Entities, Some("ner/conll2003-test.tsv"), "CoNLL-2003 test, entity F1"),
    (Task::Sentiment, Some("target-sentiment/newsmtsc-rw-test.jsonl"), "NewsMTSC test-rw, macro F1"),
    (Task::Stance, Some("directed-stance/dse-test.tsv"), "DSE test, macro F1 of 5"),
    (Task::Frames, None, "frames, held-out pairs, macro F1 of 10"),
    (Task::Tone, None, "tone, held-out pairs, macro F1 of 3"),
];
const FRAME_TEST: &str = "../corpora/frames/test.jsonl";
const BEGIN: &str = "<!-- leaderboard: written by `dyad models eval --all` -->";
const END: &str = "<!-- end of leaderboard -->";

pub fn run(args: &EvalArgs, models_dir: &Path) -> Result<Outcome> {
    if args.all {
        return leaderboard(args, models_dir);
    }
    let (Some(name), Some(task)) = (&args.name, args.task) else {
        bail!("name a model and a --task, or use --all");
    };
    let folder = settings::named_model(models_dir, name);
    let mut model = load(&folder, models_dir, args, args.backend(), args.precision())?;
    let evaluation = evaluate(&mut model, task, &args.data)?;
    if evaluation.left_out_labels > 0 {
        warn!(
            "{} labels of the data are frames that {} does not give; they are left out",
            evaluation.left_out_labels, evaluation.model
        );
    }
    let mut stdout = crate::output::results();
    match args.format {
        EvalFormat::Json => writeln!(stdout, "{}", serde_json::to_string_pretty(&evaluation)?)?,
        EvalFormat::Table => write!(stdout, "{}", table(&evaluation))?,
    }
    Ok(Outcome::Complete)
}

fn load(
    folder: &Path,
    models_dir: &Path,
    args: &EvalArgs,
    backend: Backend,
    precision: Precision,
) -> Result<Measured, EvaluateError> {
    let options = ModelOptions { backend, precision, threads: args.threads.unwrap_or(0) };
    Measured::load(folder, |base| settings::named_model(models_dir, base), options)
}

fn table(evaluation: &Evaluation) -> String {
    let mut lines = vec![
        format!(
            "{} ({}, {}) on {}: {} cases",
            evaluation.model,
            evaluation.backend,
            evaluation.precision,
            evaluation.data.display(),
            evaluation.cases
        ),
        format!("{:<20} {:>9} {:>9} {:>9} {:>9}", evaluation.task, "precision", "recall", "F1", "support"),
    ];
    lines.extend(evaluation.scores.classes.iter().map(|class| {
        format!(
            "{:<20} {:>9.4} {:>9.4} {:>9.4} {:>9}",
            class.label, class.precision, class.recall, class.f1, class.support
        )
    }));
    lines.push(format!(
        "macro F1 {:.4}, micro F1 {:.4}, expected calibration error {:.4}",
        evaluation.scores.macro_f1, evaluation.scores.micro_f1, evaluation.calibration_error
    ));
    lines.extend(evaluation.confusions.iter().take(10).map(|confusion| {
        let ids: Vec<&str> = confusion.ids.iter().take(3).map(String::as_str).collect();
        format!(
            "{:>4} x {} taken for {}: {}",
            confusion.ids.len(),
            confusion.gold,
            confusion.predicted,
            ids.join(", ")
        )
    }));
    lines.join("\n") + "\n"
}

/// Every model on every benchmark that it answers and every precision it has, written into the models' README.
fn leaderboard(args: &EvalArgs, models_dir: &Path) -> Result<Outcome> {
    let readme = models_dir.join("README.md");
    let text = std::fs::read_to_string(&readme)
        .with_context(|| format!("{} could not be read", readme.display()))?;
    let (Some(begin), Some(end)) = (text.find(BEGIN), text.find(END)) else {
        bail!("{} lacks the lines\n{BEGIN}\n{END}\nbetween which the leaderboard goes", readme.display());
    };
    let (mut rows, mut invalid) = (Vec::new(), 0);
    for folder in super::folders(models_dir)? {
        // A model that cannot be read keeps no other from being measured.
        let measured = rows_of(&folder, models_dir, args);
        match measured {
            Ok(found) => rows.extend(found),
            Err(error) if error.downcast_ref::<ModelError>().is_some() => {
                invalid += 1;
                warn!("{} is left out: {}", folder.display(), super::one_line(&error.to_string()));
            }
            Err(error) => return Err(error),
        }
    }
    let heads = BENCHMARKS.map(|(_, _, title)| title).join(" | ");
    let rule = "|---".repeat(BENCHMARKS.len() + 2);
    let block = format!("{BEGIN}\n| model | precision | {heads} |\n{rule}|\n{}\n", rows.join("\n"));
    let updated = format!("{}{block}{}", &text[..begin], &text[end..]);
    // A whole file or none: written beside and moved over.
    let fresh = readme.with_extension("md.new");
    std::fs::write(&fresh, updated).with_context(|| format!("{} could not be written", fresh.display()))?;
    std::fs::rename(&fresh, &readme).with_context(|| format!("{} could not be written", readme.display()))?;
    writeln!(crate::output::results(), "{block}\nwritten to {}", readme.display())?;
    Ok(Outcome::of_skips(invalid))
}

/// The lines of one model, one a precision; a [`ModelError`] says that it cannot be loaded.
fn rows_of(folder: &Path, models_dir: &Path, args: &EvalArgs) -> Result<Vec<String>> {
    let mut rows = Vec::new();
    for precision in precisions(folder, args)? {
        if let Some(mut model) = load_any(folder, models_dir, args, precision)? {
            rows.push(row(&mut model, models_dir, &args.data)?);
        }
    }
    Ok(rows)
}

/// The precisions that are measured: checkpoints run in fp32 only, and so does torch.
fn precisions(folder: &Path, args: &EvalArgs) -> Result<Vec<Precision>> {
    let is_checkpoint = ModelKind::of(folder)? == ModelKind::Checkpoint;
    Ok(match args.backend() {
        Backend::Onnx if !is_checkpoint => vec![Precision::Fp32, Precision::Int8],
        Backend::Onnx | Backend::Torch => vec![Precision::Fp32],
    })
}

/// The model on the backend asked for, or on the first it has; `None`, with a warning, where it has none or cannot be measured.
fn load_any(
    folder: &Path,
    models_dir: &Path,
    args: &EvalArgs,
    precision: Precision,
) -> Result<Option<Measured>> {
    let backends = match args.backend {
        Some(_) => vec![args.backend()],
        None if precision == Precision::Fp32 => vec![Backend::Onnx, Backend::Torch],
        None => vec![Backend::Onnx],
    };
    let mut refusal = None;
    for backend in backends {
        match load(folder, models_dir, args, backend, precision) {
            Ok(model) => return Ok(Some(model)),
            Err(error) if is_left_out(&error) => refusal = Some(error),
            // Not what is around it, so that the caller can tell.
            Err(EvaluateError::Model(error)) => return Err(error.into()),
            Err(error) => return Err(error.into()),
        }
    }
    if let Some(error) = refusal {
        warn!("{} is left out: {error}", folder.display());
    }
    Ok(None)
}

fn is_left_out(error: &EvaluateError) -> bool {
    matches!(
        error,
        EvaluateError::ZeroShot { .. }
            | EvaluateError::Model(ModelError::NotOffered { .. } | ModelError::BackendMissing { .. })
    )
}

/// A line of the leaderboard; a dash stands for a question that the model does not answer, or with other frames.
fn row(model: &mut Measured, models_dir: &Path, data: &Path) -> Result<String> {
    let mut cells = vec![model.name().to_owned(), model.info().precision.to_owned()];
    for (task, file, _) in BENCHMARKS {
        let path = file.map_or_else(|| models_dir.join(FRAME_TEST), |file| data.join(file));
        let value = match model.answers(task).then(|| evaluate(model, task, &path)).transpose() {
            Ok(evaluation) => evaluation.filter(|found| found.left_out_labels == 0).map(|found| found.value),
            Err(EvaluateError::UnknownFrame { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        cells.push(value.map_or_else(|| "–".to_owned(), |value| format!("{:.1}", 100.0 * value)));
    }
    Ok(format!("| {} |", cells.join(" | ")))
}
