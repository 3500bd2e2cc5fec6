use std::ops::Range;

use dyad_core::{
    AnnotatedArticle, AnnotatedSentence, AnnotationCounts, Article, Config, Mention, Polarity, Relation,
    Scope, Side, Span,
};
use dyad_models::{FrameHeadModel, Heads, JointModel, Tokenizer, relation_features};
use ndarray::ArrayView2;
use rayon::prelude::*;

use crate::encode::{self, Preparation, Prepared, TextStates, encode_all};
use crate::entities::Decoded;
use crate::link::ActorLinker;
use crate::plan::Budget;
use crate::roles::{FrameModel, RoleModels};
use crate::{AnnotateError, entities, split};

/// Sentences tokenized, sorted and batched together: enough for little padding, few enough to bound memory
/// whatever the length of the articles.
const SENTENCES_AT_ONCE: usize = 4096;

/// Annotates articles with one joint model, and with other models for single roles where there are any.
pub struct Annotator {
    model: JointModel,
    roles: RoleModels,
    linker: ActorLinker,
    budget: Budget,
    scope: Scope,
}

/// Where a sentence stands: number of the article, number of the sentence in it.
type Place = (usize, usize);

/// What the heads said about one sentence.
struct Answer {
    mentions: Vec<Mention>,
    sentiment: [Option<Polarity>; 2],
    relation: Option<Relation>,
    is_split: bool,
}

impl Annotator {
    /// Prepares names and limits for a model.
    ///
    /// # Errors
    /// [`AnnotateError`] when the batch budget is below the model's longest input or the names do not compile.
    pub fn new(model: JointModel, roles: RoleModels, config: &Config) -> Result<Self, AnnotateError> {
        let budget = Budget::new(
            config.annotate.batch_tokens,
            config.annotate.batch_sentences,
            model.manifest.max_length,
        )?;
        Ok(Self { linker: ActorLinker::new(config)?, model, roles, budget, scope: config.annotate.scope })
    }

    /// The model in use.
    pub fn model(&self) -> &JointModel {
        &self.model
    }

    /// Models that fill a role in place of the joint model: role and name.
    pub fn roles(&self) -> Vec<(&'static str, &str)> {
        self.roles.names()
    }

    /// Frame names in the order of [`Relation::frames`].
    pub fn frames(&self) -> &[String] {
        match &self.roles.frames {
            Some(model) => model.frames(),
            None => &self.model.manifest.heads.frames.labels,
        }
    }

    /// Probability from which a frame counts as present, in the order of [`frames`](Self::frames).
    pub fn frame_thresholds(&self) -> Vec<f32> {
        match &self.roles.frames {
            Some(model) => model.thresholds(),
            None => self.model.manifest.heads.frames.thresholds.clone(),
        }
    }

    /// Annotates articles; the result has one entry an article, in the same order.
    ///
    /// A sentence that the backend cannot encode is counted in `failed_sentences` and stays without
    /// annotation; it never stops the others.
    pub fn annotate(&mut self, articles: &[Article]) -> Vec<AnnotatedArticle> {
        let mut annotated: Vec<AnnotatedArticle> = articles.par_iter().map(unannotated).collect();
        let jobs: Vec<Place> = annotated
            .iter()
            .enumerate()
            .flat_map(|(article, entry)| (0..entry.sentences.len()).map(move |sentence| (article, sentence)))
            .collect();
        for group in self.in_scope(jobs, &mut annotated).chunks(SENTENCES_AT_ONCE) {
            self.annotate_group(group, &mut annotated);
        }
        for entry in &mut annotated {
            entry.counts.articles = 1;
            entry.counts.sentences = entry.sentences.len() as u64;
            entry.counts.mentions = entry.sentences.iter().map(|s| s.mentions.len() as u64).sum();
            entry.counts.relations = entry.sentences.iter().filter(|s| s.relation.is_some()).count() as u64;
        }
        annotated
    }

    /// The sentences that the scope takes in; the others are counted.
    fn in_scope(&self, jobs: Vec<Place>, annotated: &mut [AnnotatedArticle]) -> Vec<Place> {
        let (view, linker, scope): (&[AnnotatedArticle], _, _) = (annotated, &self.linker, self.scope);
        let (inside, outside): (Vec<_>, Vec<_>) = jobs.into_par_iter().partition(|&(article, sentence)| {
            linker.in_scope(&view[article].sentences[sentence].sentence.text, scope)
        });
        for (article, _) in outside {
            annotated[article].counts.out_of_scope_sentences += 1;
        }
        inside
    }

    fn annotate_group(&mut self, jobs: &[Place], annotated: &mut [AnnotatedArticle]) {
        let (places, prepared) = self.prepare(jobs, annotated);
        let entities: Option<Vec<Option<Decoded>>> = self.roles.entities.as_mut().map(|model| {
            let text =
                |&(article, sentence): &Place| annotated[article].sentences[sentence].sentence.text.as_str();
            model.find(&places.iter().map(text).collect::<Vec<_>>())
        });
        // Not `self`: the encoder belongs to one thread.
        let readers = Readers {
            linker: &self.linker,
            heads: &self.model.heads,
            frames: self.roles.frames.as_ref().and_then(FrameModel::head),
        };
        encode_all(&mut *self.model.encoder, &prepared, self.budget, |batch| {
            let counts = &mut annotated[places[batch.first].0].counts;
            counts.tokens += batch.tokens as u64;
            counts.padded_tokens += batch.padded_tokens as u64;
            counts.retried_batches += batch.retries;
            let work = Work { places: &places, prepared: &prepared, entities: entities.as_deref() };
            answer(batch.complete, &work, annotated, &readers);
        });
        if let Some(model) = &mut self.roles.sentiment {
            model.judge(&places, annotated);
        }
        if let Some(FrameModel::ZeroShot(model)) = &mut self.roles.frames {
            model.frame(&places, annotated);
        }
    }

    /// The sentences that can be encoded, with their places (article, sentence); the others are counted.
    fn prepare(&self, jobs: &[Place], annotated: &mut [AnnotatedArticle]) -> (Vec<Place>, Vec<Prepared>) {
        let (view, tokenizer): (&[AnnotatedArticle], &Tokenizer) = (annotated, &self.model.tokenizer);
        let max_length = self.model.manifest.max_length;
        let tokenized: Vec<Preparation> = jobs
            .par_iter()
            .map(|&(article, sentence)| {
                encode::prepare(tokenizer, &view[article].sentences[sentence].sentence.text, max_length)
            })
            .collect();
        let (mut places, mut prepared) = (Vec::with_capacity(jobs.len()), Vec::with_capacity(jobs.len()));
        for (&(article, sentence), preparation) in jobs.iter().zip(tokenized) {
            let counts = &mut annotated[article].counts;
            match preparation {
                Preparation::Empty => counts.empty_sentences += 1,
                Preparation::Failed => counts.failed_sentences += 1,
                Preparation::Ready(ready) => {
                    counts.windowed_sentences += u64::from(ready.windows.len() > 1);
                    places.push((article, sentence));
                    prepared.push(ready);
                }
            }
        }
        (places, prepared)
    }
}

/// The sentences at work: where they stand, as they were tokenized, and their entities where a checkpoint finds them.
struct Work<'w> {
    places: &'w [Place],
    prepared: &'w [Prepared],
    entities: Option<&'w [Option<Decoded>]>,
}

/// What turns hidden states into answers.
struct Readers<'r> {
    linker: &'r ActorLinker,
    heads: &'r Heads,
    /// A fitted frame head in place of the joint model's.
    frames: Option<&'r FrameHeadModel>,
}

/// Reads the heads for every sentence whose hidden states are complete.
fn answer(
    complete: Vec<TextStates>,
    work: &Work<'_>,
    annotated: &mut [AnnotatedArticle],
    readers: &Readers<'_>,
) {
    let view: &[AnnotatedArticle] = annotated;
    let answers: Vec<(Place, Option<Answer>)> = complete
        .into_par_iter()
        .map(|(item, hidden)| {
            let (article, sentence) = work.places[item];
            let text = &view[article].sentences[sentence].sentence.text;
            let ready = &work.prepared[item];
            let answer = hidden.and_then(|hidden| {
                let decoded = match work.entities {
                    Some(found) => found[item].clone()?,
                    None => entities::decode(&ready.tokens, hidden.view(), readers.heads),
                };
                Some(read(text, ready, &decoded, hidden.view(), readers))
            });
            (work.places[item], answer)
        })
        .collect();
    for ((article, sentence), answer) in answers {
        let entry = &mut annotated[article];
        let Some(answer) = answer else {
            entry.counts.failed_sentences += 1;
            continue;
        };
        entry.counts.split_relations += u64::from(answer.is_split);
        let target = &mut entry.sentences[sentence];
        target.mentions = answer.mentions;
        [target.sentiment_a, target.sentiment_b] = answer.sentiment;
        target.relation = answer.relation;
    }
}

fn unannotated(article: &Article) -> AnnotatedArticle {
    let split = split::split_article(article);
    let counts = AnnotationCounts { hard_split_sentences: split.hard_splits, ..AnnotationCounts::default() };
    let sentences = split
        .sentences
        .into_iter()
        .map(|sentence| AnnotatedSentence {
            sentence,
            mentions: Vec::new(),
            sentiment_a: None,
            sentiment_b: None,
            relation: None,
        })
        .collect();
    AnnotatedArticle { article_id: article.article_id.clone(), sentences, counts }
}

/// Reads every answer off a sentence's hidden states.
fn read(
    text: &str,
    sentence: &Prepared,
    decoded: &Decoded,
    hidden: ArrayView2<'_, f32>,
    readers: &Readers<'_>,
) -> Answer {
    let (tokens, heads) = (&sentence.tokens, readers.heads);
    let mut mentions = readers.linker.link(text, decoded);
    let spans = |side: Side| -> Vec<Span> {
        mentions.iter().filter(|mention| mention.actor == Some(side)).map(|mention| mention.span).collect()
    };
    let (spans_a, spans_b) = (spans(Side::A), spans(Side::B));
    let (rows_a, rows_b) = (tokens.overlapping(&spans_a), tokens.overlapping(&spans_b));
    let sentiment = |rows: &[usize]| (!rows.is_empty()).then(|| heads.sentiment(hidden, rows));
    let (sentiment_a, sentiment_b) = (sentiment(&rows_a), sentiment(&rows_b));
    for mention in mentions.iter_mut().filter(|mention| mention.actor.is_some()) {
        mention.sentiment = sentiment(&tokens.overlapping(&[mention.span]));
    }
    let relation = match (closest(&spans_a, &spans_b), sentiment_a, sentiment_b) {
        (Some((span_a, span_b)), Some(sentiment_a), Some(sentiment_b)) => {
            let features = relation_features(hidden, &rows_a, &rows_b);
            let scores = heads.relation_of(features.view());
            let frames = readers.frames.map(|head| head.probabilities(features.view()));
            Some(Relation {
                span_a,
                span_b,
                frames: frames.unwrap_or(scores.frames),
                stance_a_to_b: scores.stance_a_to_b,
                stance_b_to_a: scores.stance_b_to_a,
                sentiment_a,
                sentiment_b,
                tone: scores.tone,
            })
        }
        _ => None,
    };
    let is_split = relation.is_some() && !share_a_window(&sentence.windows, &rows_a, &rows_b);
    Answer { mentions, sentiment: [sentiment_a, sentiment_b], relation, is_split }
}

/// The pair of spans, one of each side, with the fewest bytes between them; the first of equals.
fn closest(a: &[Span], b: &[Span]) -> Option<(Span, Span)> {
    a.iter()
        .flat_map(|&left| b.iter().map(move |&right| (left, right)))
        .min_by_key(|(left, right)| left.distance(right))
}

fn share_a_window(windows: &[Range<usize>], rows_a: &[usize], rows_b: &[usize]) -> bool {
    // Rows count the classification token, windows do not.
    let inside = |window: &Range<usize>, rows: &[usize]| rows.iter().any(|&row| window.contains(&(row - 1)));
    windows.iter().any(|window| inside(window, rows_a) && inside(window, rows_b))
}
