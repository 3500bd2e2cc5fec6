//! `dyad models train-frames`: a few labelled sentences become a frame head, a model folder of its own.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use dyad_core::{Backend, Precision};
use dyad_evaluate::{FrameData, FrameTraining, train_frames};
use dyad_models::{FrameHeadManifest, FrameHeadModel, JointModel, Manifest, ModelKind, ModelOptions};
use serde_json::json;

use super::add::check_name;
use crate::args::{EvalFormat, TrainFramesArgs};
use crate::output::Outcome;
use crate::settings;

pub fn run(args: &TrainFramesArgs, models_dir: &Path) -> Result<Outcome> {
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
    let mut stdout = std::io::stdout().lock();
    match args.format {
        EvalFormat::Json => {
            let said = json(args, &target, &training, seconds);
            writeln!(stdout, "{}", serde_json::to_string_pretty(&said)?)?;
        }
        EvalFormat::Table => write!(stdout, "{}", table(args, &target, &training, seconds))?,
    }
    Ok(Outcome::Complete)
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
    let beside = |ending: &str| -> PathBuf { target.with_file_name(format!(".{}.{ending}", manifest.name)) };
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

fn table(args: &TrainFramesArgs, target: &Path, training: &FrameTraining, seconds: f64) -> String {
    let mut lines = vec![format!(
        "{:<20} {:>9} {:>9} {:>9} {:>9} {:>9}",
        "frame", "examples", "precision", "recall", "F1", "threshold"
    )];
    for (class, threshold) in training.scores.classes.iter().zip(&training.fit.thresholds) {
        lines.push(format!(
            "{:<20} {:>9} {:>9.4} {:>9.4} {:>9.4} {:>9.3}",
            class.label, class.support, class.precision, class.recall, class.f1, threshold
        ));
    }
    lines.push(format!(
        "macro F1 {:.4}, micro F1 {:.4} in {} of {} sentences; {seconds:.1} s",
        training.scores.macro_f1,
        training.scores.micro_f1,
        split(training),
        training.sentences
    ));
    lines.push(format!("written to {}; to use it, in dyad.toml:\n", target.display()));
    lines.push(format!("[model]\nframes = \"{}\"", args.name));
    lines.join("\n") + "\n"
}

fn json(args: &TrainFramesArgs, target: &Path, training: &FrameTraining, seconds: f64) -> serde_json::Value {
    let classes: Vec<serde_json::Value> = training
        .scores
        .classes
        .iter()
        .zip(&training.fit.thresholds)
        .map(|(class, threshold)| {
            json!({
                "label": class.label,
                "precision": class.precision,
                "recall": class.recall,
                "f1": class.f1,
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
        "config": format!("[model]\nframes = \"{}\"\n", args.name),
    })
}
