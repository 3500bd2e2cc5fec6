//! `dyad models train-frames`: a few labelled sentences become a frame head, a model folder of its own.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use dyad_core::{Backend, Precision};
use dyad_evaluate::{FrameData, FrameTraining, train_frames};
use dyad_models::{FrameHeadManifest, FrameHeadModel, JointModel, Manifest, ModelKind, ModelOptions};
use serde_json::json;
use tracing::warn;

use super::add::check_name;
use crate::args::{DEFAULT_BASE, EvalFormat, TrainFramesArgs};
use crate::output::Outcome;
use crate::settings;

/// Fits the head and puts it under `models_dir`, which is `given_dir` where the user gave one.
pub fn run(args: &TrainFramesArgs, models_dir: &Path, given_dir: Option<&Path>) -> Result<Outcome> {
    let start = Instant::now();
    check_name(&args.name, models_dir)?;
    let target = models_dir.join(&args.name);
    check_target(&target, args.force)?;
    let data = FrameData::read(&args.examples, args.frames.as_deref())?;
    let options = ModelOptions {
        backend: args.backend.map_or(Backend::Onnx, Backend::from),
        precision: Precision::Fp32,
        threads: args.threads.unwrap_or(0),
    };
    let base = settings::named_model(models_dir, &args.base);
    ensure!(
        ModelKind::of(&base)? == ModelKind::Joint,
        "--base {}: only a joint model has hidden states that a frame head reads",
        args.base
    );
    let mut joint = JointModel::load(&base, options)?;
    let training = train_frames(&mut joint, data)?;
    let manifest = manifest(args, &joint.manifest, &training)?;
    place(&target, &training, manifest)?;
    let seconds = start.elapsed().as_secs_f64();
    let config = config_lines(args, given_dir)?;
    let mut stdout = crate::output::results();
    match args.format {
        EvalFormat::Json => {
            let said = json(args, &target, &training, seconds, &config);
            writeln!(stdout, "{}", serde_json::to_string_pretty(&said)?)?;
        }
        EvalFormat::Table => write!(stdout, "{}", table(&target, &training, seconds, &config))?,
    }
    tell_doubts(&training);
    Ok(Outcome::Complete)
}

/// Names the frames whose figures say that the head is of no use, or say little.
fn tell_doubts(training: &FrameTraining) {
    let (poor, few) = (training.not_learnt(), training.with_few_examples());
    if !poor.is_empty() {
        warn!(
            "{}: hardly better than saying the frame always, or with the lowest threshold there is: nothing learnt; label more sentences or drop the frame",
            poor.join(", ")
        );
    }
    if !few.is_empty() {
        warn!("{}: fewer than 10 examples; the figures say little, label more", few.join(", "));
    }
}

/// What dyad.toml has to say for the head to be used; folders other than the usual are named in full.
fn config_lines(args: &TrainFramesArgs, given_dir: Option<&Path>) -> Result<String> {
    let full = |path: &Path| -> Result<String> {
        let full = std::path::absolute(path).with_context(|| path.display().to_string())?;
        Ok(full.display().to_string())
    };
    let mut lines = vec!["[model]".to_owned()];
    let mut add = |key: &str, value: String| lines.push(format!("{key} = {}", toml::Value::String(value)));
    if args.base != DEFAULT_BASE {
        let base = Path::new(&args.base);
        let is_folder = base.join("model.toml").exists();
        add("name", if is_folder { full(base)? } else { args.base.clone() });
    }
    if let Some(dir) = given_dir {
        add("dir", full(dir)?);
    }
    add("frames", args.name.clone());
    Ok(lines.join("\n") + "\n")
}

/// Only a frame head is ever replaced, and only when that was asked for.
fn check_target(target: &Path, force: bool) -> Result<()> {
    if !target.exists() {
        return Ok(());
    }
    ensure!(force, "{} is there already; give another --name, or --force to replace it", target.display());
    if !matches!(ModelKind::of(target), Ok(ModelKind::FrameHead)) {
        bail!("{} is no frame head and is not replaced; give another --name", target.display());
    }
    Ok(())
}

fn manifest(args: &TrainFramesArgs, base: &Manifest, training: &FrameTraining) -> Result<FrameHeadManifest> {
    let mut manifest = FrameHeadManifest::new(&args.name, base, training.frames.clone(), &training.fit)?;
    let file = args.examples.file_name().unwrap_or_default().to_string_lossy();
    manifest.data = vec![format!("{file} ({} sentences)", training.sentences)];
    let metric = format!("macro F1, {} frames", training.frames.len());
    let mut figure = toml::Table::new();
    figure.insert("data_set".to_owned(), file.into_owned().into());
    figure.insert("split".to_owned(), split(training).into());
    figure.insert("metric".to_owned(), metric.into());
    figure.insert("value".to_owned(), rounded(training.scores.macro_f1).into());
    figure.insert("regularisation".to_owned(), training.fit.strength.into());
    manifest.metrics.insert("cross-validation".to_owned(), figure.into());
    Ok(manifest)
}

fn rounded(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}

fn split(training: &FrameTraining) -> String {
    let whole = if training.by_pair { "pairs" } else { "sentences" };
    format!("{}-fold cross-validation by {whole}", training.fit.folds)
}

/// Writes the model whole or not at all: into a folder of another name, which then takes the target's place.
fn place(target: &Path, training: &FrameTraining, manifest: FrameHeadManifest) -> Result<()> {
    let beside = |ending: &str| -> PathBuf {
        target.with_file_name(format!(".{}.{}.{ending}", manifest.name, std::process::id()))
    };
    let (partial, old) = (beside("part"), beside("old"));
    for left_over in [&partial, &old] {
        if left_over.exists() {
            std::fs::remove_dir_all(left_over)
                .with_context(|| format!("{} is in the way", left_over.display()))?;
        }
    }
    let failed = || format!("{} could not be made", target.display());
    std::fs::create_dir_all(&partial).with_context(failed)?;
    let placed =
        FrameHeadModel::save(&partial, &training.fit, manifest).map_err(anyhow::Error::from).and_then(|()| {
            if target.exists() {
                std::fs::rename(target, &old).with_context(failed)?;
            }
            std::fs::rename(&partial, target).with_context(failed)
        });
    if placed.is_err() {
        // The failure itself is what the user has to see.
        std::fs::remove_dir_all(&partial).ok();
        if !target.exists() {
            std::fs::rename(&old, target).ok();
        }
        return placed;
    }
    if old.exists() {
        std::fs::remove_dir_all(&old).with_context(|| format!("{} is left over", old.display()))?;
    }
    Ok(())
}

fn table(target: &Path, training: &FrameTraining, seconds: f64, config: &str) -> String {
    let mut lines = vec![format!(
        "{:<20} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}",
        "frame", "examples", "precision", "recall", "F1", "always", "threshold"
    )];
    let figures = training.scores.classes.iter().zip(&training.always).zip(&training.fit.thresholds);
    for ((class, always), threshold) in figures {
        lines.push(format!(
            "{:<20} {:>9} {:>9.4} {:>9.4} {:>9.4} {:>9.4} {:>9.3}",
            class.label, class.support, class.precision, class.recall, class.f1, always, threshold
        ));
    }
    lines.push("always: F1 of saying the frame of every sentence".to_owned());
    lines.push(format!(
        "macro F1 {:.4}, micro F1 {:.4} in {} of {} sentences; {seconds:.1} s",
        training.scores.macro_f1,
        training.scores.micro_f1,
        split(training),
        training.sentences
    ));
    lines.push(format!("written to {}; to use it, in dyad.toml:\n", target.display()));
    lines.push(config.to_owned());
    lines.join("\n")
}

fn json(
    args: &TrainFramesArgs,
    target: &Path,
    training: &FrameTraining,
    seconds: f64,
    config: &str,
) -> serde_json::Value {
    let classes: Vec<serde_json::Value> = training
        .scores
        .classes
        .iter()
        .zip(&training.always)
        .zip(&training.fit.thresholds)
        .map(|((class, always), threshold)| {
            json!({
                "label": class.label,
                "precision": class.precision,
                "recall": class.recall,
                "f1": class.f1,
                "always": always,
                "support": class.support,
                "threshold": threshold,
            })
        })
        .collect();
    json!({
        "model": args.name,
        "folder": target,
        "sentences": training.sentences,
        "split": split(training),
        "regularisation": training.fit.strength,
        "classes": classes,
        "macro_f1": training.scores.macro_f1,
        "micro_f1": training.scores.micro_f1,
        "seconds": seconds,
        "config": config,
    })
}
