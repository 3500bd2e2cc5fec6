//! Which model answers which question: the joint model, and those that `[model]` names for single roles.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Result, bail, ensure};
use dyad_annotate::{AnnotateError, FrameModel, RoleModels, ZERO_SHOT_THRESHOLD, ZeroShot};
use dyad_core::{Config, FrameDefinition};
use dyad_models::{
    CheckpointManifest, FileSpec, FrameHead, FrameHeadManifest, FrameHeadModel, Manifest, ModelKind,
    ModelOptions, Role, SequenceClassifier, TokenClassifier,
};

use crate::settings::{model_folder, models_dir, named_model};

/// The folder of the joint model, told apart from a model that fills a single role.
pub fn joint_folder(config: &Config) -> Result<PathBuf> {
    let (name, folder) = (&config.model.name, model_folder(config)?);
    match ModelKind::of(&folder)? {
        ModelKind::Joint => Ok(folder),
        ModelKind::FrameHead => bail!(
            "\"{name}\" is a frame head; write frames = \"{name}\" under [model], and leave model.name and --model to the joint model"
        ),
        ModelKind::Checkpoint => {
            let role = role_name(CheckpointManifest::load(&folder)?.role());
            bail!(
                "\"{name}\" is a checkpoint for {role} alone; write {role} = \"{name}\" under [model], and leave model.name and --model to a joint model"
            )
        }
    }
}

/// Loads the models that fill single roles beside a joint model.
pub fn load(joint: &Manifest, config: &Config, options: ModelOptions) -> Result<RoleModels> {
    let folder = |role, name: &Option<String>| -> Result<Option<PathBuf>> {
        name.as_ref().map(|name| checkpoint_folder(config, role, name)).transpose()
    };
    let entities = folder(Role::Entities, &config.model.entities)?;
    let sentiment = folder(Role::Sentiment, &config.model.sentiment)?;
    let frames = FramesBy::of(config)?.map(|by| by.load(joint, config, options)).transpose()?;
    Ok(RoleModels::new(
        entities.map(|folder| TokenClassifier::load(&folder, options)).transpose()?,
        sentiment.map(|folder| SequenceClassifier::load(&folder, options)).transpose()?,
        frames,
        &config.annotate,
    )?)
}

/// Names and thresholds of the configured frames; no weights are read.
pub fn frame_head(config: &Config) -> Result<FrameHead> {
    match FramesBy::of(config)? {
        None => Ok(Manifest::load(&joint_folder(config)?)?.heads.frames),
        Some(FramesBy::Head(folder)) => Ok(FrameHeadManifest::load(&folder)?.heads.frames),
        Some(FramesBy::ZeroShot(_)) => Ok(FrameHead {
            labels: config.frames.iter().map(|frame| frame.name.clone()).collect(),
            thresholds: vec![ZERO_SHOT_THRESHOLD; config.frames.len()],
            temperature: 1.0,
        }),
    }
}

/// Identifies the weights and words that decide the frames' probabilities, by the manifests alone: no weights are read.
///
/// Two models of equal frames and thresholds differ in it. Backend and precision do not count, since a report has no use for
/// them and may be asked for without.
pub fn frame_fingerprint(config: &Config) -> Result<String> {
    let mut parts = match FramesBy::of(config)? {
        None => {
            let manifest = Manifest::load(&joint_folder(config)?)?;
            vec!["joint".to_owned(), hashes(&manifest.files, &["encoder", "heads"])]
        }
        Some(FramesBy::Head(folder)) => {
            let manifest = FrameHeadManifest::load(&folder)?;
            vec!["head".to_owned(), manifest.base_encoder_sha256.clone(), hashes(&manifest.files, &["head"])]
        }
        Some(FramesBy::ZeroShot(folder)) => {
            let manifest = CheckpointManifest::load(&folder)?;
            let roles: Vec<&str> = manifest.files.keys().map(String::as_str).collect();
            let labels: Vec<String> =
                manifest.labels.iter().map(|(own, ours)| format!("{own}->{ours}")).collect();
            let limit = manifest.max_length.to_string();
            vec!["zero-shot".to_owned(), hashes(&manifest.files, &roles), labels.join(" "), limit]
        }
    };
    let head = frame_head(config)?;
    parts.extend([head.labels.join(" "), head.temperature.to_string()]);
    parts.extend(
        config.frames.iter().map(|FrameDefinition { name, description }| format!("{name}={description:?}")),
    );
    Ok(blake3::hash(parts.join("\n").as_bytes()).to_hex()[..16].to_owned())
}

/// Hashes of some files of a manifest.
fn hashes(files: &BTreeMap<String, FileSpec>, roles: &[&str]) -> String {
    let known = roles.iter().filter_map(|role| Some(format!("{role}={}", files.get(*role)?.sha256)));
    known.collect::<Vec<_>>().join(" ")
}

/// The folder of a model that fills a role.
fn role_folder(config: &Config, name: &str) -> Result<PathBuf> {
    Ok(named_model(&models_dir(config.model.dir.as_deref())?, name))
}

/// The folder of a checkpoint that fills a role, told apart from every other model.
fn checkpoint_folder(config: &Config, role: Role, name: &str) -> Result<PathBuf> {
    let (wanted, folder) = (role_name(role), role_folder(config, name)?);
    match ModelKind::of(&folder)? {
        ModelKind::Joint => bail!(
            "model.{wanted} = \"{name}\" is a joint model, which fills every role; choose it with model.name or --model"
        ),
        ModelKind::FrameHead => bail!(
            "model.{wanted} = \"{name}\" is a frame head; write frames = \"{name}\" under [model], and name a checkpoint that fills {wanted}"
        ),
        ModelKind::Checkpoint => {
            let found = CheckpointManifest::load(&folder)?.role();
            let known = role_name(found);
            ensure!(
                found == role,
                "model.{wanted} = \"{name}\": its model.toml says roles = [\"{known}\"]; write {known} = \"{name}\" under [model], and name a checkpoint that fills {wanted}"
            );
            Ok(folder)
        }
    }
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::Entities => "entities",
        Role::Sentiment => "sentiment",
        Role::Stance => "stance",
        Role::Frames => "frames",
    }
}

/// What finds the frames in place of the joint model.
enum FramesBy {
    Head(PathBuf),
    ZeroShot(PathBuf),
}

impl FramesBy {
    /// The model that `model.frames` names, if it names one; its definitions are there exactly where it needs them.
    fn of(config: &Config) -> Result<Option<Self>> {
        let Some(name) = &config.model.frames else { return Ok(None) };
        let folder = role_folder(config, name)?;
        match ModelKind::of(&folder)? {
            ModelKind::Joint => bail!(
                "model.frames = \"{name}\" is a joint model, which fills every role; choose it with model.name or --model"
            ),
            ModelKind::FrameHead => {
                ensure!(
                    config.frames.is_empty(),
                    "model.frames = \"{name}\" is a fitted head, whose frames come from its model.toml; remove [[frames]], or name a zero-shot model"
                );
                Ok(Some(FramesBy::Head(folder)))
            }
            ModelKind::Checkpoint => {
                let folder = checkpoint_folder(config, Role::Frames, name)?;
                if config.frames.is_empty() {
                    return Err(AnnotateError::NoFrames { model: name.clone() }.into());
                }
                Ok(Some(FramesBy::ZeroShot(folder)))
            }
        }
    }

    fn load(&self, joint: &Manifest, config: &Config, options: ModelOptions) -> Result<FrameModel> {
        match self {
            FramesBy::Head(folder) => Ok(FrameModel::Head(Box::new(FrameHeadModel::load(folder, joint)?))),
            FramesBy::ZeroShot(folder) => {
                let model = SequenceClassifier::load(folder, options)?;
                let zero_shot = ZeroShot::new(model, config.frames.clone(), &config.annotate)?;
                Ok(FrameModel::ZeroShot(Box::new(zero_shot)))
            }
        }
    }
}
