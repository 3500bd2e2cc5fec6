//! `dyad models`: what is there, whether it is intact, and how good it is.

mod add;
mod eval;
mod hub;
mod train_frames;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use dyad_evaluate::check::{Check, check_checkpoint, check_frame_head};
use dyad_models::{CheckpointManifest, FileSpec, FrameHeadManifest, Manifest, ModelError, ModelKind, Role};

use crate::args::{ModelsArgs, ModelsCommand};
use crate::output::Outcome;
use crate::progress::ProgressMode;
use crate::settings;

pub fn run(args: &ModelsArgs, mode: ProgressMode) -> Result<Outcome> {
    let dir = settings::models_dir(args.models_dir.as_deref())?;
    match &args.command {
        ModelsCommand::List => list(&dir),
        ModelsCommand::Show { name } => show(&settings::named_model(&dir, name)),
        ModelsCommand::Add { source, name } => add(source, name.as_deref(), &dir, mode),
        ModelsCommand::Check { name } => check(&settings::named_model(&dir, name), &dir),
        ModelsCommand::Eval(args) => eval::run(args, &dir),
        ModelsCommand::TrainFrames(train) => train_frames::run(train, &dir, args.models_dir.as_deref()),
    }
}

/// The folders that hold a manifest, by name; a name that starts with a dot is one of a command under way.
fn folders(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(dir)
        .with_context(|| format!("{} could not be read", dir.display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.join("model.toml").exists() && !folder_name(path).starts_with('.'))
        .collect();
    folders.sort();
    Ok(folders)
}

fn folder_name(folder: &Path) -> String {
    folder.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Takes in a checkpoint folder, or one fetched from a hub into a folder that a later call continues.
fn add(source: &str, name: Option<&str>, models_dir: &Path, mode: ProgressMode) -> Result<Outcome> {
    let Some(named) = source.strip_prefix("hf:") else {
        add::add_local(Path::new(source), models_dir, name)?;
        return Ok(Outcome::Complete);
    };
    let model: hub::HubModel = named.parse()?;
    let staging = models_dir.join(format!(".hub-{}-{}", model.owner, model.name)).join(&model.name);
    let fetched = hub::fetch(&model, &staging, mode)?;
    let target = add::add_local(&staging, models_dir, name)?;
    // The manifest says which commit the files are from, so that the model can be fetched again.
    let mut manifest = CheckpointManifest::load(&target)?;
    manifest.version = format!("{}/{}@{}", model.owner, model.name, fetched.commit);
    manifest.write(&target)?;
    if let Some(folder) = staging.parent() {
        std::fs::remove_dir_all(folder).with_context(|| format!("{} is left over", folder.display()))?;
    }
    Ok(Outcome::Complete)
}

/// One line a model; one that cannot be read has a line that says so, and the others go on.
fn list(dir: &Path) -> Result<Outcome> {
    let mut stdout = crate::output::results();
    let mut invalid = 0;
    for folder in folders(dir)? {
        match listed(&folder) {
            Ok(line) => writeln!(stdout, "{line}")?,
            Err(error) => {
                invalid += 1;
                writeln!(
                    stdout,
                    "{:<20} {:<8} {}",
                    folder_name(&folder),
                    "invalid",
                    one_line(&error.to_string())
                )?;
            }
        }
    }
    Ok(Outcome::of_skips(invalid))
}

/// Name, version, architecture and roles of a model.
fn listed(folder: &Path) -> Result<String, ModelError> {
    let (name, version, architecture, roles) = match ModelKind::of(folder)? {
        ModelKind::Joint => {
            let manifest = Manifest::load(folder)?;
            (manifest.name, manifest.version, manifest.architecture, manifest.roles)
        }
        ModelKind::Checkpoint => {
            let manifest = CheckpointManifest::load(folder)?;
            (manifest.name, manifest.version, manifest.architecture.to_string(), manifest.roles)
        }
        ModelKind::FrameHead => {
            let manifest = FrameHeadManifest::load(folder)?;
            (manifest.name, manifest.version, "frame-head".to_owned(), manifest.roles)
        }
    };
    Ok(format!("{name:<20} {version:<8} {architecture:<12} {}", role_names(&roles)))
}

/// A message without the excerpt of the file that TOML errors draw between their first line and their last.
fn one_line(message: &str) -> String {
    let lines: Vec<&str> = message.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    match lines.as_slice() {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first, .., last] => format!("{first}: {last}"),
    }
}

fn show(folder: &Path) -> Result<Outcome> {
    match ModelKind::of(folder)? {
        ModelKind::Joint => show_joint(folder),
        ModelKind::Checkpoint => show_checkpoint(folder),
        ModelKind::FrameHead => show_frame_head(folder),
    }
}

fn show_checkpoint(folder: &Path) -> Result<Outcome> {
    let manifest = CheckpointManifest::load(folder)?;
    let mut stdout = crate::output::results();
    writeln!(stdout, "{} {} ({})", manifest.name, manifest.version, manifest.architecture)?;
    write_facts(&mut stdout, &manifest.roles, &manifest.licence, &manifest.data)?;
    writeln!(stdout, "max length  {} tokens", manifest.max_length)?;
    for (label, ours) in manifest.readings()? {
        writeln!(stdout, "label       {label} = {}", ours.as_deref().unwrap_or("(not used)"))?;
    }
    write_files(&mut stdout, &manifest.files, |role| manifest.verified(role))?;
    Ok(Outcome::Complete)
}

fn show_joint(folder: &Path) -> Result<Outcome> {
    let manifest = Manifest::load(folder)?;
    let mut stdout = crate::output::results();
    writeln!(stdout, "{} {} ({})", manifest.name, manifest.version, manifest.architecture)?;
    write_facts(&mut stdout, &manifest.roles, &manifest.licence, &manifest.data)?;
    writeln!(stdout, "max length  {} tokens", manifest.max_length)?;
    write_files(&mut stdout, &manifest.files, |role| manifest.verified(role))?;
    write_metrics(&mut stdout, &manifest.metrics)
}

fn show_frame_head(folder: &Path) -> Result<Outcome> {
    let manifest = FrameHeadManifest::load(folder)?;
    let mut stdout = crate::output::results();
    writeln!(stdout, "{} {} (frame-head)", manifest.name, manifest.version)?;
    write_facts(&mut stdout, &manifest.roles, &manifest.licence, &manifest.data)?;
    writeln!(stdout, "base        {} (encoder {})", manifest.base, manifest.base_encoder_sha256)?;
    let frames = &manifest.heads.frames;
    for (label, threshold) in frames.labels.iter().zip(&frames.thresholds) {
        writeln!(stdout, "frame       {label} from {threshold}")?;
    }
    write_files(&mut stdout, &manifest.files, |role| manifest.verified(role))?;
    write_metrics(&mut stdout, &manifest.metrics)
}

fn write_metrics(out: &mut impl Write, metrics: &toml::Table) -> Result<Outcome> {
    let metrics = toml::to_string(metrics).context("metrics as TOML")?;
    writeln!(out, "\n{metrics}")?;
    Ok(Outcome::Complete)
}

/// What a manifest of any kind says of its model.
fn write_facts(out: &mut impl Write, roles: &[Role], licence: &str, data: &[String]) -> Result<()> {
    writeln!(out, "roles       {}", role_names(roles))?;
    writeln!(out, "licence     {licence}")?;
    writeln!(out, "data        {}", data.join(", "))?;
    Ok(())
}

/// The files of a manifest, each after checking its hash.
fn write_files(
    out: &mut impl Write,
    files: &BTreeMap<String, FileSpec>,
    verified: impl Fn(&str) -> Result<PathBuf, ModelError>,
) -> Result<()> {
    for (role, file) in files {
        verified(role)?;
        writeln!(out, "{role:<11} {} (sha256 as in model.toml)", file.path.display())?;
    }
    Ok(())
}

fn check(folder: &Path, models_dir: &Path) -> Result<Outcome> {
    match ModelKind::of(folder)? {
        ModelKind::Joint => tell_checks(&dyad_evaluate::check::check(folder, 0)?),
        ModelKind::Checkpoint => tell_checks(&check_checkpoint(folder, 0)?),
        ModelKind::FrameHead => {
            let base = FrameHeadManifest::load(folder)?.base;
            tell_checks(&check_frame_head(folder, &settings::named_model(models_dir, &base), 0)?)
        }
    }
}

/// Prints one line a check; a failed one ends the command with an error.
fn tell_checks(checks: &[Check]) -> Result<Outcome> {
    let mut stdout = crate::output::results();
    for check in checks {
        writeln!(
            stdout,
            "{:<6} {}: {}",
            if check.passed { "ok" } else { "FAILED" },
            check.name,
            check.detail
        )?;
    }
    let failed = checks.iter().filter(|check| !check.passed).count();
    ensure!(failed == 0, "{failed} of {} checks failed", checks.len());
    Ok(Outcome::Complete)
}

fn role_names(roles: &[Role]) -> String {
    let names: Vec<String> = roles.iter().map(|role| format!("{role:?}").to_lowercase()).collect();
    names.join(", ")
}
