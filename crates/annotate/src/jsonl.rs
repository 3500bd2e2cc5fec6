//! The object that `dyad annotate --jsonl` prints for a sentence.

use std::collections::BTreeMap;

use dyad_core::{AnnotatedSentence, ArticleId, Polarity, Side};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// One sentence as JSON: the contract of design.md section 8. Spans are bytes of `text`, end exclusive.
#[derive(Debug, Serialize)]
pub struct SentenceRecord<'s> {
    article_id: &'s str,
    sentence_no: u32,
    text: &'s str,
    entities: Vec<EntityRecord<'s>>,
    sentiment: BTreeMap<&'static str, Polarity>,
    relation: Option<RelationRecord<'s>>,
}

#[derive(Debug, Serialize)]
struct EntityRecord<'s> {
    start: usize,
    end: usize,
    text: &'s str,
    #[serde(rename = "type")]
    entity_type: &'static str,
    actor: Option<Side>,
    score: f32,
}

#[derive(Debug, Serialize)]
struct RelationRecord<'s> {
    frames: Frames<'s>,
    stance: BTreeMap<&'static str, Polarity>,
    tone: f32,
}

/// Frames by name, in the order of the model.
#[derive(Debug)]
struct Frames<'s>(&'s [String], &'s [f32]);

impl Serialize for Frames<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, probability) in self.0.iter().zip(self.1) {
            map.serialize_entry(name, probability)?;
        }
        map.end()
    }
}

impl<'s> SentenceRecord<'s> {
    /// The record of one sentence; `frames` are the model's frame names.
    pub fn new(article_id: &'s ArticleId, annotated: &'s AnnotatedSentence, frames: &'s [String]) -> Self {
        let entities = annotated
            .mentions
            .iter()
            .map(|mention| EntityRecord {
                start: mention.span.start,
                end: mention.span.end,
                text: &mention.text,
                entity_type: mention.entity_type.as_str(),
                actor: mention.actor,
                score: mention.score,
            })
            .collect();
        let sentiment = Side::BOTH
            .into_iter()
            .filter_map(|side| Some((side.as_str(), annotated.sentiment(side)?)))
            .collect();
        let relation = annotated.relation.as_ref().map(|relation| RelationRecord {
            frames: Frames(frames, &relation.frames),
            stance: BTreeMap::from([("A->B", relation.stance_a_to_b), ("B->A", relation.stance_b_to_a)]),
            tone: relation.tone,
        });
        Self {
            article_id: article_id.as_str(),
            sentence_no: annotated.sentence.sentence_no,
            text: &annotated.sentence.text,
            entities,
            sentiment,
            relation,
        }
    }
}
