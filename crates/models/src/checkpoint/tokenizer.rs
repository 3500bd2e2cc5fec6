//! The tokenizer of a checkpoint: `tokenizer.json`, or built from the vocabulary as `transformers` does.

use std::path::Path;

use tokenizers::AddedToken;
use tokenizers::models::bpe::BPE;
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::normalizers::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::processors::bert::BertProcessing;
use tokenizers::processors::roberta::RobertaProcessing;

use super::CheckpointManifest;
use super::config::ModelConfig;
use crate::{ModelError, Tokenizer};

/// Loads the tokenizer that the manifest's files describe.
///
/// # Errors
/// [`ModelError::Tokenizer`] names the file that does not parse or the special token it lacks.
pub(super) fn load(manifest: &CheckpointManifest) -> Result<Tokenizer, ModelError> {
    let inner = if manifest.offers("tokenizer") {
        let path = manifest.verified("tokenizer")?;
        tokenizers::Tokenizer::from_file(&path).map_err(|error| failed(&path, error.to_string()))?
    } else {
        let vocab = manifest.verified("vocab")?;
        let config = match manifest.offers("tokenizer-config") {
            true => Some(ModelConfig::read(&manifest.verified("tokenizer-config")?)?),
            false => None,
        };
        if manifest.architecture.is_word_piece() {
            word_piece(&vocab, config.as_ref())?
        } else {
            byte_level(&vocab, &manifest.verified("merges")?, config.as_ref())?
        }
    };
    Tokenizer::of_checkpoint(inner, manifest.architecture.takes_type_ids())
}

/// BERT, DistilBERT, ELECTRA: `vocab.txt`, one piece a line.
fn word_piece(vocab: &Path, config: Option<&ModelConfig>) -> Result<tokenizers::Tokenizer, ModelError> {
    let pieces = WordPiece::read_file(&vocab.display().to_string())
        .map_err(|error| failed(vocab, error.to_string()))?;
    // Without a word on it: a vocabulary with upper-case pieces belongs to a cased model.
    let cased = pieces.keys().any(|p| !p.starts_with('[') && p.chars().any(char::is_uppercase));
    let lower_case = config.map_or(!cased, |config| config.flag_or("do_lower_case", !cased));
    // Absent or null: accents go where case goes.
    let strip_accents = config.map_or(lower_case, |config| config.flag_or("strip_accents", lower_case));
    let model = WordPiece::builder()
        .vocab(pieces)
        .unk_token("[UNK]".to_owned())
        .build()
        .map_err(|error| failed(vocab, error.to_string()))?;
    let mut tokenizer = tokenizers::Tokenizer::new(model);
    let (cls, sep) = (special(&tokenizer, "[CLS]", vocab)?, special(&tokenizer, "[SEP]", vocab)?);
    tokenizer
        .with_normalizer(Some(BertNormalizer::new(true, true, Some(strip_accents), lower_case)))
        .with_pre_tokenizer(Some(BertPreTokenizer))
        .with_post_processor(Some(BertProcessing::new(sep, cls)));
    add_specials(&mut tokenizer, &["[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]"]);
    Ok(tokenizer)
}

/// RoBERTa: `vocab.json` and `merges.txt`.
fn byte_level(
    vocab: &Path,
    merges: &Path,
    config: Option<&ModelConfig>,
) -> Result<tokenizers::Tokenizer, ModelError> {
    let prefix_space = config.is_some_and(|config| config.flag_or("add_prefix_space", false));
    let model = BPE::from_file(&vocab.display().to_string(), &merges.display().to_string())
        .build()
        .map_err(|error| failed(vocab, error.to_string()))?;
    let mut tokenizer = tokenizers::Tokenizer::new(model);
    let (cls, sep) = (special(&tokenizer, "<s>", vocab)?, special(&tokenizer, "</s>", vocab)?);
    tokenizer.with_pre_tokenizer(Some(ByteLevel::new(prefix_space, true, true))).with_post_processor(Some(
        RobertaProcessing::new(sep, cls).trim_offsets(true).add_prefix_space(prefix_space),
    ));
    add_specials(&mut tokenizer, &["<s>", "<pad>", "</s>", "<unk>"]);
    if tokenizer.token_to_id("<mask>").is_some() {
        // The mask takes the space before it.
        tokenizer.add_special_tokens(&[AddedToken::from("<mask>", true).lstrip(true)]);
    }
    Ok(tokenizer)
}

/// Only those that the vocabulary has: others would get ids beyond the embeddings.
fn add_specials(tokenizer: &mut tokenizers::Tokenizer, names: &[&str]) {
    let known: Vec<AddedToken> = names
        .iter()
        .filter(|name| tokenizer.token_to_id(name).is_some())
        .map(|name| AddedToken::from(*name, true))
        .collect();
    tokenizer.add_special_tokens(&known);
}

fn special(tokenizer: &tokenizers::Tokenizer, name: &str, vocab: &Path) -> Result<(String, u32), ModelError> {
    let id = tokenizer.token_to_id(name).ok_or_else(|| failed(vocab, format!("lacks {name}")))?;
    Ok((name.to_owned(), id))
}

fn failed(path: &Path, message: String) -> ModelError {
    ModelError::Tokenizer { message: format!("{}: {message}", path.display()) }
}
