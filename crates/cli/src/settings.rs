//! From what was typed to what is meant: configuration, models folder, fingerprint.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use dyad_annotate::{Annotator, RoleModels};
use dyad_core::{Config, Scope};
use dyad_models::{JointModel, ModelOptions};

use crate::args::{ConfigArgs, ModelArgs, ScopeArg};
use crate::{reporting, roles};

const BUILT_IN: &str = include_str!("default.toml");
const FILE: &str = "dyad.toml";

/// Raised whenever the code changes what it makes of the same text with the same model and
/// configuration (splitting, linking, decoding), so that stores are annotated anew.
const ANNOTATION_VERSION: u32 = 1;

/// The configuration in force: built-in values, under the file's, under the command line's.
pub fn config(args: &ConfigArgs, model: Option<&ModelArgs>) -> Result<Config> {
    let mut config = match config_file(args) {
        Some(path) => read_config(&path)?,
        None => built_in()?,
    };
    if let Some(model) = model {
        apply(model, &mut config);
    }
    config.validate().context("the configuration makes no sense")?;
    Ok(config)
}

fn config_file(args: &ConfigArgs) -> Option<PathBuf> {
    args.config.clone().or_else(|| Path::new(FILE).exists().then(|| PathBuf::from(FILE)))
}

fn built_in() -> Result<Config> {
    toml::from_str(BUILT_IN).context("the built-in configuration does not parse: this is a bug")
}

fn read_config(path: &Path) -> Result<Config> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("{} could not be read; check --config", path.display()))?;
    let mut config: Config =
        toml::from_str(&text).with_context(|| format!("{} is not a valid configuration", path.display()))?;
    reporting::resolve(&mut config, path);
    if config.actors.a.name.is_empty() && config.actors.b.name.is_empty() {
        config.actors = built_in()?.actors;
    }
    Ok(config)
}

fn apply(args: &ModelArgs, config: &mut Config) {
    if let Some(scope) = args.scope {
        config.annotate.scope = match scope {
            ScopeArg::All => Scope::All,
            ScopeArg::Either => Scope::Either,
            ScopeArg::Pair => Scope::Pair,
        };
    }
    let model = &mut config.model;
    if let Some(name) = &args.model {
        model.name.clone_from(name);
    }
    if let Some(dir) = &args.models_dir {
        model.dir = Some(dir.clone());
    }
    if let Some(backend) = args.backend {
        model.backend = backend.into();
    }
    if let Some(precision) = args.precision {
        model.precision = precision.into();
    }
    if let Some(threads) = args.threads {
        model.threads = threads;
    }
}

/// Where the models may lie, from the folder of the binary itself, links resolved: `PREFIX/bin/dyad`, and
/// `PREFIX/lib/dyad/bin/dyad` as `scripts/install` has it.
const BESIDE: [&str; 2] = ["../share/dyad/models", "../../../share/dyad/models"];

/// The models folder: as given, else beside the binary ([`BESIDE`]), else in the source tree.
pub fn models_dir(given: Option<&Path>) -> Result<PathBuf> {
    if let Some(dir) = given {
        return Ok(dir.to_owned());
    }
    let exe = std::env::current_exe().and_then(|exe| exe.canonicalize()).ok();
    let folder = exe.as_deref().and_then(Path::parent);
    let beside = folder.into_iter().flat_map(|folder| BESIDE.map(|path| folder.join(path)));
    let source_tree = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    for dir in beside.chain([source_tree]) {
        if dir.is_dir() {
            return dir.canonicalize().with_context(|| dir.display().to_string());
        }
    }
    bail!("no models folder was found beside the binary; name one with --models-dir")
}

/// The folder of the configured model.
pub fn model_folder(config: &Config) -> Result<PathBuf> {
    let name = &config.model.name;
    if Path::new(name).join("model.toml").exists() {
        return Ok(PathBuf::from(name));
    }
    Ok(models_dir(config.model.dir.as_deref())?.join(name))
}

/// The folder that a name means: a folder with a manifest as it is, else the one under the models folder.
pub fn named_model(models_dir: &Path, name: &str) -> PathBuf {
    if Path::new(name).join("model.toml").exists() { PathBuf::from(name) } else { models_dir.join(name) }
}

/// Loads and verifies the configured models, and gives them with the fingerprint of what they will write.
pub fn load_annotator(config: &Config) -> Result<(Annotator, String)> {
    let options = ModelOptions {
        backend: config.model.backend,
        precision: config.model.precision,
        threads: config.model.threads,
    };
    let joint = JointModel::load(&roles::joint_folder(config)?, options)?;
    let roles = roles::load(&joint.manifest, config, options)?;
    let fingerprint = fingerprint(&joint, &roles, config)?;
    Ok((Annotator::new(joint, roles, config)?, fingerprint))
}

/// Identifies everything that decides an annotation: model, actors, scope and the version of the code.
fn fingerprint(model: &JointModel, roles: &RoleModels, config: &Config) -> Result<String> {
    let actors = serde_json::to_string(&(&config.actors, config.annotate.scope))
        .context("the actors cannot be written as JSON")?;
    let mut parts = vec![format!("annotation {ANNOTATION_VERSION}"), model.fingerprint(), actors];
    parts.extend(Some(roles.fingerprint()).filter(|print| !print.is_empty()));
    Ok(blake3::hash(parts.join("\n").as_bytes()).to_hex()[..32].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_configuration_is_valid() {
        let config = built_in().expect("parses");
        config.validate().expect("makes sense");
        assert_eq!(config.actors.a.name, "Microsoft");
    }

    #[test]
    fn co_actors_are_read_checked_and_printed() {
        let with = |text: &str| -> Config { toml::from_str(&format!("{BUILT_IN}\n{text}")).expect("parses") };
        let config =
            with("[[co_actors]]\nname = \"Oracle\"\naliases = [\"OCI\"]\n[[co_actors]]\nname = \"SoftBank\"");
        config.validate().expect("makes sense");
        let printed = toml::to_string_pretty(&config).expect("as TOML");
        assert_eq!(printed.matches("[[co_actors]]").count(), 2, "{printed}");
        assert_eq!(toml::from_str::<Config>(&printed).expect("parses").co_actors, config.co_actors);
        let error = with("[[co_actors]]\nname = \"altman\"").validate().expect_err("an actor's name");
        assert!(error.to_string().contains("'altman' stands for an actor"), "{error}");
    }
}
