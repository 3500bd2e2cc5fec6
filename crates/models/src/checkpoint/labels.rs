//! A model's own labels, read as ours once at load: no magic ids, and no label left unread.

use std::collections::BTreeMap;
use std::str::FromStr;

use dyad_core::EntityType;
use ndarray::Array2;

use super::CheckpointManifest;
use crate::{LabelScheme, ModelError, Role, Tag};

const ENTITY_LABELS: &str = "\"O\", \"B-TYPE\", \"I-TYPE\" or \"TYPE\" (begins or goes on), TYPE being person, organisation, location, misc or product";
const SENTIMENT_LABELS: &str = "\"negative\", \"neutral\" or \"positive\"";
const FRAME_LABELS: &str = "\"entailment\", \"neutral\" or \"contradiction\"";

/// What an output of a sequence classifier stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SequenceLabel {
    /// An unfavourable judgement.
    Negative,
    /// No judgement; for natural language inference, neither follows nor is ruled out.
    Neutral,
    /// A favourable judgement.
    Positive,
    /// The second text follows from the first.
    Entailment,
    /// The second text is ruled out by the first.
    Contradiction,
}

impl SequenceLabel {
    /// Our name of the label.
    pub const fn as_str(self) -> &'static str {
        match self {
            SequenceLabel::Negative => "negative",
            SequenceLabel::Neutral => "neutral",
            SequenceLabel::Positive => "positive",
            SequenceLabel::Entailment => "entailment",
            SequenceLabel::Contradiction => "contradiction",
        }
    }

    /// Reads a name as models use it, in any case: `negative`, `POS`, `not_entailment`.
    fn read(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "negative" | "neg" => Some(SequenceLabel::Negative),
            "neutral" | "neu" => Some(SequenceLabel::Neutral),
            "positive" | "pos" => Some(SequenceLabel::Positive),
            "entailment" | "entail" => Some(SequenceLabel::Entailment),
            // Two-way models do not part "ruled out" from "does not follow".
            "contradiction" | "contradict" | "not_entailment" | "not-entailment" => {
                Some(SequenceLabel::Contradiction)
            }
            _ => None,
        }
    }

    /// Reads a name under a role: `positive` means nothing to natural language inference.
    pub(super) fn read_for(role: Role, name: &str) -> Option<Self> {
        let label = Self::read(name)?;
        let of_nli = matches!(label, SequenceLabel::Entailment | SequenceLabel::Contradiction);
        match role {
            Role::Frames => (of_nli || label == SequenceLabel::Neutral).then_some(label),
            _ => (!of_nli).then_some(label),
        }
    }
}

/// What an output of a token classifier stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum EntityLabel {
    Outside,
    Begin(EntityType),
    Inside(EntityType),
    /// Begins an entity or goes on with one: models without BIO.
    Either(EntityType),
}

impl EntityLabel {
    /// Reads `O`, `B-PER`, `I_ORG`, the last and single words of IOBES and BILOU, and bare types.
    fn read(name: &str) -> Option<Self> {
        if name == "O" {
            return Some(EntityLabel::Outside);
        }
        if let Ok(kind) = EntityType::from_str(name) {
            return Some(EntityLabel::Either(kind));
        }
        let (position, kind) = name.split_once(['-', '_'])?;
        let kind = EntityType::from_str(kind).ok()?;
        match position {
            "B" | "S" | "U" => Some(EntityLabel::Begin(kind)),
            "I" | "E" | "L" | "M" => Some(EntityLabel::Inside(kind)),
            _ => None,
        }
    }

    fn kind(self) -> Option<EntityType> {
        match self {
            EntityLabel::Outside => None,
            EntityLabel::Begin(kind) | EntityLabel::Inside(kind) | EntityLabel::Either(kind) => Some(kind),
        }
    }

    fn name(self) -> String {
        match self {
            EntityLabel::Outside => "O".to_owned(),
            EntityLabel::Begin(kind) => format!("B-{kind}"),
            EntityLabel::Inside(kind) => format!("I-{kind}"),
            EntityLabel::Either(kind) => kind.to_string(),
        }
    }
}

/// Our reading of one of the model's own labels, `None` when `[labels]` has to say what it means.
pub(super) fn reading(role: Role, name: &str) -> Option<String> {
    match role {
        Role::Entities => EntityLabel::read(name).map(EntityLabel::name),
        _ => SequenceLabel::read_for(role, name).map(|label| label.as_str().to_owned()),
    }
}

/// The outputs of a token classifier as BIO tags.
#[derive(Debug, Clone)]
pub(super) struct TagMap {
    /// `O`, then `B` and `I` of every type that the model knows.
    scheme: LabelScheme,
    /// For each tag the outputs that count towards it, and what is taken off their log-probability.
    sources: Vec<(Vec<usize>, f32)>,
}

/// Off the log-probability of `B` where a model has only one label for `B` and `I`, so that of two words
/// in a row the second goes on with the entity of the first.
const JOINS: f32 = 1e-3;

impl TagMap {
    /// Reads the labels of `config.json` with the help of the manifest's `[labels]`.
    ///
    /// # Errors
    /// [`ModelError::ManifestInvalid`] names the label that cannot be read and what may stand there.
    pub fn new(labels: &[String], manifest: &CheckpointManifest) -> Result<Self, ModelError> {
        let mut read = read_all(labels, manifest, EntityLabel::read, ENTITY_LABELS)?;
        if !read.contains(&EntityLabel::Outside) {
            return Err(manifest.invalid(format!(
                "labels: none of the model's labels ({}) stands for \"O\"",
                labels.join(", ")
            )));
        }
        let begins: Vec<EntityType> = read
            .iter()
            .filter(|label| !matches!(label, EntityLabel::Inside(_)))
            .filter_map(|l| l.kind())
            .collect();
        for label in &mut read {
            // A type without `B`: its `I` begins entities, too.
            if let EntityLabel::Inside(kind) = *label
                && !begins.contains(&kind)
            {
                *label = EntityLabel::Either(kind);
            }
        }
        let outputs = |wanted: &[EntityLabel]| -> Vec<usize> {
            (0..read.len()).filter(|&index| wanted.contains(&read[index])).collect()
        };
        let mut tags = vec![Tag::Outside];
        let mut sources = vec![(outputs(&[EntityLabel::Outside]), 0.0)];
        for kind in EntityType::ALL.into_iter().filter(|&kind| read.iter().any(|l| l.kind() == Some(kind))) {
            let begin = outputs(&[EntityLabel::Begin(kind)]);
            let inside = outputs(&[EntityLabel::Inside(kind)]);
            let either = outputs(&[EntityLabel::Either(kind)]);
            let joins = if begin.is_empty() { JOINS } else { 0.0 };
            tags.extend([Tag::Begin(kind), Tag::Inside(kind)]);
            sources.push(([begin, either.clone()].concat(), joins));
            sources.push(([inside, either].concat(), 0.0));
        }
        Ok(Self { scheme: LabelScheme(tags), sources })
    }

    pub fn scheme(&self) -> &LabelScheme {
        &self.scheme
    }

    /// Logits `[rows, labels]` to log-probabilities `[rows, tags]`.
    ///
    /// A label that both begins an entity and goes on with it counts for both tags, so a row's
    /// probabilities then add up to more than 1; every single one is the model's. A tag without a label
    /// has probability 0 (minus infinity).
    pub fn log_probabilities(&self, mut logits: Array2<f32>) -> Array2<f32> {
        log_softmax(&mut logits);
        let mut tags = Array2::from_elem((logits.nrows(), self.sources.len()), f32::NEG_INFINITY);
        for (mut target, row) in tags.rows_mut().into_iter().zip(logits.rows()) {
            for (value, (outputs, off)) in target.iter_mut().zip(&self.sources) {
                *value = log_sum(outputs.iter().map(|&index| row[index])) - off;
            }
        }
        tags
    }
}

/// The outputs of a sequence classifier, in order.
pub(super) fn sequence_labels(
    labels: &[String],
    manifest: &CheckpointManifest,
) -> Result<Vec<SequenceLabel>, ModelError> {
    let role = manifest.role();
    let (allowed, needed) = match role {
        Role::Frames => (FRAME_LABELS, [SequenceLabel::Entailment, SequenceLabel::Contradiction]),
        _ => (SENTIMENT_LABELS, [SequenceLabel::Negative, SequenceLabel::Positive]),
    };
    let read = read_all(labels, manifest, |name| SequenceLabel::read_for(role, name), allowed)?;
    match needed.into_iter().find(|label| !read.contains(label)) {
        Some(label) => Err(manifest.invalid(format!(
            "labels: none of the model's labels ({}) stands for \"{}\"",
            labels.join(", "),
            label.as_str()
        ))),
        None => Ok(read),
    }
}

/// Reads each label by itself, or as `[labels]` says; an entry of `[labels]` must name a label of the model.
fn read_all<L>(
    labels: &[String],
    manifest: &CheckpointManifest,
    read: impl Fn(&str) -> Option<L>,
    allowed: &str,
) -> Result<Vec<L>, ModelError> {
    let table: &BTreeMap<String, String> = &manifest.labels;
    if let Some(stranger) = table.keys().find(|key| !labels.contains(key)) {
        return Err(manifest.invalid(format!(
            "labels.{stranger}: the model has no such label; config.json names {}",
            labels.join(", ")
        )));
    }
    labels
        .iter()
        .map(|label| match table.get(label) {
            Some(ours) => read(ours).ok_or_else(|| {
                manifest.invalid(format!("labels.{label} = \"{ours}\": must be {allowed}"))
            }),
            None => read(label).ok_or_else(|| {
                manifest.invalid(format!(
                    "labels.{label} is missing: config.json does not say what its label \"{label}\" stands for; add it to [labels] as {allowed}"
                ))
            }),
        })
        .collect()
}

/// Takes each row's logits to log-probabilities.
pub(super) fn log_softmax(logits: &mut Array2<f32>) {
    for mut row in logits.rows_mut() {
        let total = log_sum(row.iter().copied());
        row -= total;
    }
}

/// Logarithm of the sum of probabilities given by their logarithms; minus infinity for none.
fn log_sum(values: impl Iterator<Item = f32> + Clone) -> f32 {
    let max = values.clone().fold(f32::NEG_INFINITY, f32::max);
    if max == f32::NEG_INFINITY {
        return max;
    }
    values.map(|value| (value - max).exp()).sum::<f32>().ln() + max
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::{Architecture, CheckpointKind};

    fn manifest(role: Role, labels: &[(&str, &str)]) -> CheckpointManifest {
        CheckpointManifest {
            name: "m".to_owned(),
            version: "1".to_owned(),
            kind: CheckpointKind::Checkpoint,
            architecture: Architecture::Bert,
            roles: vec![role],
            max_length: 8,
            hidden_size: 4,
            licence: String::new(),
            data: Vec::new(),
            files: BTreeMap::new(),
            labels: labels.iter().map(|&(from, to)| (from.to_owned(), to.to_owned())).collect(),
            metrics: toml::Table::new(),
            folder: "folder".into(),
        }
    }

    fn names(labels: &[&str]) -> Vec<String> {
        labels.iter().map(|label| (*label).to_owned()).collect()
    }

    #[test]
    fn a_scheme_of_bio_labels_only_changes_their_order() {
        let labels = names(&["B-ORG", "O", "I-ORG", "B-PER", "I-PER"]);
        let map = TagMap::new(&labels, &manifest(Role::Entities, &[])).unwrap();
        let (person, organisation) = (EntityType::Person, EntityType::Organisation);
        let tags = [
            Tag::Outside,
            Tag::Begin(person),
            Tag::Inside(person),
            Tag::Begin(organisation),
            Tag::Inside(organisation),
        ];
        assert_eq!(map.scheme().0, tags);
        let logits = ndarray::arr2(&[[1.0f32, 2.0, 3.0, 4.0, 5.0]]);
        let found = map.log_probabilities(logits).mapv(f32::exp);
        assert!((found.sum() - 1.0).abs() < 1e-6);
        assert!((found[(0, 2)] / found[(0, 1)] - 1f32.exp()).abs() < 1e-4, "I-PER against B-PER: {found}");
    }

    #[test]
    fn other_schemes_are_folded_into_bio() {
        let labels = names(&["O", "S-PER", "B-PER", "E-PER", "I-ORG", "LOC"]);
        let map = TagMap::new(&labels, &manifest(Role::Entities, &[])).unwrap();
        let p = map.log_probabilities(ndarray::arr2(&[[0.0f32; 6]])).mapv(f32::exp).row(0).to_vec();
        // O, then B and I of person, organisation (I alone), location (bare).
        for (found, expected) in p.iter().zip([1.0, 2.0, 1.0, 1.0, 1.0, 1.0, 1.0]) {
            assert!((found - expected / 6.0).abs() < 1e-3, "{p:?}");
        }
        assert!(p[3] < p[4] && p[5] < p[6], "the second of two words goes on: {p:?}");
    }

    #[test]
    fn an_unknown_label_is_named_with_what_may_stand_there_and_where() {
        let error =
            TagMap::new(&names(&["O", "LABEL_1"]), &manifest(Role::Entities, &[])).unwrap_err().to_string();
        for part in ["folder/model.toml", "labels.LABEL_1 is missing", "\"B-TYPE\"", "organisation"] {
            assert!(error.contains(part), "{error}");
        }
        let labels = [("LABEL_0", "O"), ("LABEL_1", "person")];
        assert!(TagMap::new(&names(&["LABEL_0", "LABEL_1"]), &manifest(Role::Entities, &labels)).is_ok());
    }

    #[test]
    fn a_table_of_labels_must_fit_the_model() {
        let said = |table: &[(&str, &str)]| {
            sequence_labels(&names(&["a", "POS"]), &manifest(Role::Sentiment, table)).unwrap_err().to_string()
        };
        assert!(said(&[("a", "bad")]).contains("labels.a = \"bad\": must be \"negative\""));
        assert!(said(&[("b", "negative")]).contains("labels.b: the model has no such label"));
        assert!(said(&[("a", "neutral")]).contains("stands for \"negative\""));
    }

    #[test]
    fn roles_read_their_own_labels() {
        let nli = names(&["ENTAILMENT", "neutral", "contradiction"]);
        let read = sequence_labels(&nli, &manifest(Role::Frames, &[])).unwrap();
        assert_eq!(read[0], SequenceLabel::Entailment);
        assert!(sequence_labels(&nli, &manifest(Role::Sentiment, &[])).is_err());
    }
}
