//! A checkpoint folder becomes a model: its files under the models folder, with a manifest.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use dyad_models::{CheckpointManifest, ModelKind};

/// Copies the files that Dyad needs of a Hugging Face checkpoint folder to `models_dir`/NAME, writes
/// `model.toml` there, and prints what the model does and what has to be filled in.
///
/// NAME is the folder's name unless given. Files become hard links where possible. A `model.toml` in the
/// folder, written by hand for labels that say nothing, is kept with its labels, licence and data.
///
/// # Errors
/// When the folder holds no checkpoint that Dyad can read, or NAME is taken or no plain name. Nothing is left
/// behind then.
pub fn add_local(path: &Path, models_dir: &Path, name: Option<&str>) -> Result<PathBuf> {
    let mut manifest = manifest_of(path)?;
    if let Some(name) = name {
        manifest.name = name.to_owned();
    }
    check_name(&manifest.name, models_dir)?;
    complete(&mut manifest, path);
    let target = models_dir.join(&manifest.name);
    ensure!(!target.exists(), "{} is there already; give another name, or remove it first", target.display());
    // Whole or not at all: a folder of another name until everything is in it.
    let partial = models_dir.join(format!(".{}.part", manifest.name));
    if partial.exists() {
        std::fs::remove_dir_all(&partial).with_context(|| format!("{} is in the way", partial.display()))?;
    }
    let placed = place(&manifest, path, &partial).and_then(|()| {
        std::fs::rename(&partial, &target).with_context(|| format!("{} could not be made", target.display()))
    });
    if placed.is_err() {
        // The failure itself is what the user has to see.
        std::fs::remove_dir_all(&partial).ok();
    }
    placed?;
    let readings = manifest.readings()?;
    write!(crate::output::results(), "{}", summary(&manifest, &readings, &target))?;
    Ok(target)
}

/// The folder's own manifest, its files verified, or one that describes the folder.
fn manifest_of(path: &Path) -> Result<CheckpointManifest> {
    if !path.join("model.toml").exists() {
        return Ok(CheckpointManifest::describe(path)?);
    }
    if ModelKind::of(path)? != ModelKind::Checkpoint {
        bail!(
            "{} is a model of Dyad's own kind already; copy the folder, or name it with --model",
            path.display()
        );
    }
    let manifest = CheckpointManifest::load(path)?;
    for role in manifest.files.keys() {
        manifest.verified(role)?;
    }
    Ok(manifest)
}

/// Whether a name can be that of a folder under the models folder.
pub(super) fn check_name(name: &str, models_dir: &Path) -> Result<()> {
    ensure!(
        is_plain(name),
        "'{name}' cannot name a folder under {}; give a --name of letters, digits, '-', '_' and '.', which is not the first",
        models_dir.display()
    );
    Ok(())
}

/// Whether a name needs no quoting anywhere: in a configuration, in a shell, in a table of figures.
fn is_plain(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    !name.is_empty() && !name.starts_with('.') && name.chars().all(fits)
}

/// Takes licence and data from the front matter of the folder's README.md where the manifest has none.
fn complete(manifest: &mut CheckpointManifest, path: &Path) {
    let card = std::fs::read_to_string(path.join("README.md")).unwrap_or_default();
    if manifest.licence.is_empty() {
        manifest.licence = front_matter(&card, "license").join(", ");
    }
    if manifest.data.is_empty() {
        manifest.data = front_matter(&card, "datasets");
    }
}

/// The values of one key in the YAML front matter of a model card: `key: value`, `key: [a, b]`, or a list of
/// `- value` lines. Cards use no other form for these keys; one that does gives no value.
fn front_matter(card: &str, key: &str) -> Vec<String> {
    let mut lines = card.lines().map(str::trim_end);
    if lines.next() != Some("---") {
        return Vec::new();
    }
    let mut lines = lines
        .take_while(|line| *line != "---")
        .skip_while(|line| !line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':')));
    let Some(first) = lines.next() else { return Vec::new() };
    let value = first[key.len() + 1..].trim();
    let items: Vec<&str> = match value.strip_prefix('[').and_then(|list| list.strip_suffix(']')) {
        Some(list) => list.split(',').collect(),
        None if value.is_empty() => lines.map_while(|line| line.trim_start().strip_prefix("- ")).collect(),
        None => vec![value],
    };
    let plain = |item: &str| item.trim().trim_matches(['"', '\'']).to_owned();
    items.into_iter().map(plain).filter(|item| !item.is_empty()).collect()
}

/// Puts the manifest and every file it lists into a new folder.
fn place(manifest: &CheckpointManifest, from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to).with_context(|| format!("{} could not be made", to.display()))?;
    for file in manifest.files.values() {
        let (source, target) = (from.join(&file.path), to.join(&file.path));
        // What a hub's cache holds under a name is itself a link.
        let source =
            source.canonicalize().with_context(|| format!("{} could not be read", source.display()))?;
        if let Some(folder) = target.parent() {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("{} could not be made", folder.display()))?;
        }
        if std::fs::hard_link(&source, &target).is_err() {
            std::fs::copy(&source, &target).with_context(|| {
                format!("{} could not be copied to {}", source.display(), target.display())
            })?;
        }
    }
    Ok(manifest.write(to)?)
}

/// What the model does, and what has to be filled in by hand.
fn summary(manifest: &CheckpointManifest, readings: &[(String, Option<String>)], target: &Path) -> String {
    let known: Vec<String> = readings
        .iter()
        .filter_map(|(own, ours)| Some((own, ours.as_ref()?)))
        .map(|(own, ours)| if own == ours { own.clone() } else { format!("{own} = {ours}") })
        .collect();
    let or_missing = |text: String| if text.is_empty() { "not stated".to_owned() } else { text };
    let mut lines = vec![
        format!("{} ({})", manifest.name, manifest.architecture),
        format!("role        {}", format!("{:?}", manifest.role()).to_lowercase()),
        format!("labels      {}", or_missing(known.join(", "))),
        format!("max length  {} tokens", manifest.max_length),
        format!("licence     {}", or_missing(manifest.licence.clone())),
        format!("data        {}", or_missing(manifest.data.join(", "))),
    ];
    let mut missing: Vec<String> = readings
        .iter()
        .filter(|(_, ours)| ours.is_none())
        .map(|(own, _)| format!("labels.{own} (what this label of the model stands for)"))
        .collect();
    if manifest.licence.is_empty() {
        missing.push("licence".to_owned());
    }
    if manifest.data.is_empty() {
        missing.push("data".to_owned());
    }
    if !missing.is_empty() {
        lines.push(format!("fill in     {} in {}", missing.join(", "), target.join("model.toml").display()));
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    const CARD: &str = "---\nlanguage: en\nlicense: \"apache-2.0\"\ndatasets:\n- conll2003\n- 'wnut'\nmetrics: f1\n---\n# A model\n";

    /// A folder that `describe` takes; its weights are never opened.
    fn checkpoint(labels: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let config = format!(
            r#"{{"model_type": "bert", "architectures": ["BertForTokenClassification"], "hidden_size": 8,
                "max_position_embeddings": 32, "id2label": {labels}}}"#
        );
        for (name, text) in [
            ("config.json", config.as_str()),
            ("tokenizer.json", "{}"),
            ("model.safetensors", "weights"),
            ("README.md", CARD),
            ("training_args.bin", "left behind"),
        ] {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    #[test]
    fn a_folder_becomes_a_model() {
        let (folder, models) = (checkpoint(r#"{"0": "O", "1": "B-PER"}"#), tempfile::tempdir().unwrap());
        let target = add_local(folder.path(), models.path(), Some("tagger")).unwrap();
        assert_eq!(target, models.path().join("tagger"));
        let manifest = CheckpointManifest::load(&target).unwrap();
        assert_eq!((manifest.name.as_str(), manifest.licence.as_str()), ("tagger", "apache-2.0"));
        assert_eq!(manifest.data, ["conll2003", "wnut"]);
        for role in ["config", "encoder", "tokenizer"] {
            manifest.verified(role).unwrap();
        }
        let mut names: Vec<_> =
            std::fs::read_dir(&target).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["config.json", "model.safetensors", "model.toml", "tokenizer.json"]);
        let text = summary(&manifest, &manifest.readings().unwrap(), &target);
        assert!(text.contains("labels      O, B-PER = B-person") && !text.contains("fill in"), "{text}");
    }

    #[test]
    fn nothing_is_overwritten_and_nothing_left_behind() {
        let (folder, models) = (checkpoint(r#"{"0": "O"}"#), tempfile::tempdir().unwrap());
        add_local(folder.path(), models.path(), Some("tagger")).unwrap();
        let error = add_local(folder.path(), models.path(), Some("tagger")).unwrap_err().to_string();
        assert!(error.contains("is there already"), "{error}");
        for name in ["", "..", "a/b", ".hidden", "a/", "a b", "a|b", "né"] {
            let error = add_local(folder.path(), models.path(), Some(name)).unwrap_err().to_string();
            assert!(error.contains("cannot name a folder"), "{name}: {error}");
        }
        std::fs::remove_file(folder.path().join("model.safetensors")).unwrap();
        let error = add_local(folder.path(), models.path(), Some("other")).unwrap_err().to_string();
        assert!(error.contains("model.safetensors is missing"), "{error}");
        assert_eq!(std::fs::read_dir(models.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_manifest_written_by_hand_is_kept() {
        let (folder, models) = (checkpoint(r#"{"0": "LABEL_0", "1": "O"}"#), tempfile::tempdir().unwrap());
        std::fs::remove_file(folder.path().join("README.md")).unwrap();
        let target = add_local(folder.path(), models.path(), Some("first")).unwrap();
        let manifest = CheckpointManifest::load(&target).unwrap();
        let text = summary(&manifest, &manifest.readings().unwrap(), &target);
        assert!(text.contains("labels.LABEL_0") && text.contains("licence, data in"), "{text}");
        let mut by_hand = manifest;
        by_hand.labels.insert("LABEL_0".to_owned(), "person".to_owned());
        by_hand.licence = "MIT".to_owned();
        by_hand.write(folder.path()).unwrap();
        let target = add_local(folder.path(), models.path(), Some("second")).unwrap();
        let kept = CheckpointManifest::load(&target).unwrap();
        assert_eq!((kept.labels["LABEL_0"].as_str(), kept.licence.as_str()), ("person", "MIT"));
        std::fs::write(folder.path().join("tokenizer.json"), "changed").unwrap();
        let error = add_local(folder.path(), models.path(), Some("third")).unwrap_err().to_string();
        assert!(error.contains("files.tokenizer: sha256"), "{error}");
    }

    #[test]
    fn front_matter_in_its_three_forms() {
        assert_eq!(front_matter(CARD, "license"), ["apache-2.0"]);
        assert_eq!(front_matter("---\ndatasets: [a, \"b\"]\n---\n", "datasets"), ["a", "b"]);
        assert_eq!(front_matter("---\ndatasets:\n  - a\n  - b\nlicense: mit\n---\n", "datasets"), ["a", "b"]);
        assert!(front_matter("license: mit\n", "license").is_empty());
        assert!(front_matter("---\nlicense_name: x\n---\nlicense: mit\n", "license").is_empty());
    }
}
