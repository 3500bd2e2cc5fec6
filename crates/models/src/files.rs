//! Files that a manifest lists, checked against the SHA-256 it promises before they are opened.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::ModelError;

/// A file of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileSpec {
    /// Path relative to the manifest.
    pub path: PathBuf,
    /// SHA-256 of the file, 64 hexadecimal digits.
    pub sha256: String,
}

/// Path of the file listed under `role`, after checking its SHA-256.
pub(crate) fn verified(
    folder: &Path,
    model: &str,
    files: &BTreeMap<String, FileSpec>,
    role: &str,
) -> Result<PathBuf, ModelError> {
    let spec = files.get(role).ok_or_else(|| ModelError::ManifestInvalid {
        path: folder.join("model.toml"),
        message: format!("[files.{role}] is missing"),
    })?;
    let path = folder.join(&spec.path);
    let found = sha256(&path).map_err(|source| ModelError::FileUnreadable {
        model: model.to_owned(),
        role: role.to_owned(),
        path: path.clone(),
        source,
    })?;
    if !found.eq_ignore_ascii_case(&spec.sha256) {
        return Err(ModelError::WrongHash {
            model: model.to_owned(),
            role: role.to_owned(),
            expected: spec.sha256.clone(),
            found,
        });
    }
    Ok(path)
}

/// SHA-256 of a file as 64 hexadecimal digits.
pub(crate) fn sha256(path: &Path) -> std::io::Result<String> {
    let mut reader = BufReader::with_capacity(1 << 20, File::open(path)?);
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match reader.read(&mut buffer)? {
            0 => break,
            n => hasher.update(&buffer[..n]),
        }
    }
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The bytes of a file listed under `role`.
pub(crate) fn read(path: &Path, model: &str, role: &str) -> Result<Vec<u8>, ModelError> {
    std::fs::read(path).map_err(|source| ModelError::FileUnreadable {
        model: model.to_owned(),
        role: role.to_owned(),
        path: path.to_owned(),
        source,
    })
}
