//! `dyad models`: what is there, whether it is intact, and how good it is.

mod eval;

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use dyad_models::Manifest;

use crate::args::{ModelsArgs, ModelsCommand};
use crate::output::Outcome;
use crate::settings;

pub fn run(args: &ModelsArgs) -> Result<Outcome> {
    let dir = settings::models_dir(args.models_dir.as_deref())?;
    match &args.command {
        ModelsCommand::List => list(&dir),
        ModelsCommand::Show { name } => show(&settings::named_model(&dir, name)),
        ModelsCommand::Eval(args) => eval::run(args, &dir),
    }
}

/// The folders that hold a manifest, by name.
fn folders(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(dir)
        .with_context(|| format!("{} could not be read", dir.display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.join("model.toml").exists())
        .collect();
    folders.sort();
    Ok(folders)
}

fn list(dir: &Path) -> Result<Outcome> {
    let mut stdout = std::io::stdout().lock();
    for folder in folders(dir)? {
        let manifest = Manifest::load(&folder)?;
        writeln!(
            stdout,
            "{:<20} {:<8} {:<12} {}",
            manifest.name,
            manifest.version,
            manifest.architecture,
            roles(&manifest)
        )?;
    }
    Ok(Outcome::Complete)
}

fn show(folder: &Path) -> Result<Outcome> {
    let manifest = Manifest::load(folder)?;
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{} {} ({})", manifest.name, manifest.version, manifest.architecture)?;
    writeln!(stdout, "roles       {}", roles(&manifest))?;
    writeln!(stdout, "max length  {} tokens", manifest.max_length)?;
    writeln!(stdout, "licence     {}", manifest.licence)?;
    writeln!(stdout, "data        {}", manifest.data.join(", "))?;
    for (role, file) in &manifest.files {
        manifest.verified(role)?;
        writeln!(stdout, "{role:<11} {} (sha256 as in model.toml)", file.path.display())?;
    }
    let metrics = toml::to_string(&manifest.metrics).context("metrics as TOML")?;
    writeln!(stdout, "\n{metrics}")?;
    Ok(Outcome::Complete)
}

fn roles(manifest: &Manifest) -> String {
    let names: Vec<String> = manifest.roles.iter().map(|role| format!("{role:?}").to_lowercase()).collect();
    names.join(", ")
}
