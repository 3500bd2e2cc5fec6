use std::collections::HashMap;
use std::ops::Range;

use dyad_core::{
    AnnotatedArticle, AnnotatedSentence, AnnotationCounts, Article, Config, Mention, Polarity, Relation,
    Scope, Side, Span,
};
use dyad_models::{Heads, JointModel, ModelError, RaggedBatch, Tokenizer, Tokens};
use ndarray::{Array2, ArrayView2, s};
use rayon::prelude::*;

use crate::link::ActorLinker;
use crate::plan::{Budget, plan_batches};
use crate::{AnnotateError, entities, split, windows};

/// Sentences tokenized, sorted and batched together: enough for little padding, few enough to bound memory
/// whatever the length of the articles.
const SENTENCES_AT_ONCE: usize = 4096;

/// Annotates articles with one joint model.
pub struct Annotator {
    model: JointModel,
    linker: ActorLinker,
    budget: Budget,
    scope: Scope,
}

/// A sentence ready for the encoder.
struct Prepared {
    article: usize,
    sentence: usize,
    tokens: Tokens,
    windows: Vec<Range<usize>>,
}

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
    pub fn new(model: JointModel, config: &Config) -> Result<Self, AnnotateError> {
        let budget = Budget::new(
            config.annotate.batch_tokens,
            config.annotate.batch_sentences,
            model.manifest.max_length,
        )?;
        Ok(Self { linker: ActorLinker::new(config)?, model, budget, scope: config.annotate.scope })
    }

    /// The model in use.
    pub fn model(&self) -> &JointModel {
        &self.model
    }

    /// Frame names in the order of [`Relation::frames`].
    pub fn frames(&self) -> &[String] {
        &self.model.manifest.heads.frames.labels
    }

    /// Annotates articles; the result has one entry an article, in the same order.
    ///
    /// A sentence that the backend cannot encode is counted in `failed_sentences` and stays without
    /// annotation; it never stops the others.
    pub fn annotate(&mut self, articles: &[Article]) -> Vec<AnnotatedArticle> {
        let mut annotated: Vec<AnnotatedArticle> = articles.par_iter().map(unannotated).collect();
        let jobs: Vec<(usize, usize)> = annotated
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
    fn in_scope(&self, jobs: Vec<(usize, usize)>, annotated: &mut [AnnotatedArticle]) -> Vec<(usize, usize)> {
        let (view, linker, scope): (&[AnnotatedArticle], _, _) = (annotated, &self.linker, self.scope);
        let (inside, outside): (Vec<_>, Vec<_>) = jobs.into_par_iter().partition(|&(article, sentence)| {
            linker.in_scope(&view[article].sentences[sentence].sentence.text, scope)
        });
        for (article, _) in outside {
            annotated[article].counts.out_of_scope_sentences += 1;
        }
        inside
    }

    fn annotate_group(&mut self, jobs: &[(usize, usize)], annotated: &mut [AnnotatedArticle]) {
        let prepared = self.prepare(jobs, annotated);
        let sequences: Vec<(usize, usize)> = prepared
            .iter()
            .enumerate()
            .flat_map(|(item, sentence)| (0..sentence.windows.len()).map(move |window| (item, window)))
            .collect();
        let lengths: Vec<usize> =
            sequences.iter().map(|&(item, window)| prepared[item].windows[window].len() + 2).collect();
        let mut waiting = Waiting::default();
        for batch in plan_batches(&lengths, self.budget) {
            let members: Vec<(usize, usize)> = batch.iter().map(|&index| sequences[index]).collect();
            let ragged = gather(&prepared, &members);
            let counts = &mut annotated[prepared[members[0].0].article].counts;
            counts.tokens += ragged.n_tokens() as u64;
            counts.padded_tokens += ragged.n_padded_tokens() as u64;
            let states = encode_or_halve(&mut *self.model.encoder, &ragged, counts);
            let complete = waiting.add(&prepared, &members, states);
            self.answer(complete, &prepared, annotated);
        }
    }

    fn prepare(&self, jobs: &[(usize, usize)], annotated: &mut [AnnotatedArticle]) -> Vec<Prepared> {
        let room = self.model.manifest.max_length - 2;
        let (view, tokenizer): (&[AnnotatedArticle], &Tokenizer) = (annotated, &self.model.tokenizer);
        let tokenized: Vec<Result<Tokens, ModelError>> = jobs
            .par_iter()
            .map(|&(article, sentence)| tokenizer.encode(&view[article].sentences[sentence].sentence.text))
            .collect();
        let mut prepared = Vec::with_capacity(jobs.len());
        for (&(article, sentence), tokens) in jobs.iter().zip(tokenized) {
            let counts = &mut annotated[article].counts;
            match tokens {
                Ok(tokens) if tokens.is_empty() => counts.empty_sentences += 1,
                Ok(tokens) => {
                    let windows = windows::plan_windows(tokens.len() - 2, room);
                    counts.windowed_sentences += u64::from(windows.len() > 1);
                    prepared.push(Prepared { article, sentence, tokens, windows });
                }
                Err(_) => counts.failed_sentences += 1,
            }
        }
        prepared
    }

    fn answer(
        &self,
        complete: Vec<(usize, Option<Array2<f32>>)>,
        prepared: &[Prepared],
        annotated: &mut [AnnotatedArticle],
    ) {
        let view: &[AnnotatedArticle] = annotated;
        // Not `self`: the encoder belongs to one thread.
        let (linker, heads) = (&self.linker, &self.model.heads);
        let answers: Vec<(usize, Option<Answer>)> = complete
            .into_par_iter()
            .map(|(item, hidden)| {
                let sentence = &prepared[item];
                let text = &view[sentence.article].sentences[sentence.sentence].sentence.text;
                (item, hidden.map(|hidden| read(text, sentence, hidden.view(), linker, heads)))
            })
            .collect();
        for (item, answer) in answers {
            let Prepared { article, sentence, .. } = prepared[item];
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
}

/// A window's number and its hidden states, `None` where it could not be encoded.
type WindowStates = (usize, Option<Array2<f32>>);

/// Hidden states of windows whose sentence still lacks others, by prepared sentence.
#[derive(Default)]
struct Waiting {
    parts: HashMap<usize, Vec<WindowStates>>,
}

impl Waiting {
    /// Takes in a batch's states and gives back the sentences that are now complete; `None` where a window failed.
    fn add(
        &mut self,
        prepared: &[Prepared],
        members: &[(usize, usize)],
        states: Vec<Option<Array2<f32>>>,
    ) -> Vec<(usize, Option<Array2<f32>>)> {
        let mut complete = Vec::with_capacity(members.len());
        for (&(item, window), state) in members.iter().zip(states) {
            let sentence = &prepared[item];
            if sentence.windows.len() == 1 {
                complete.push((item, state));
                continue;
            }
            let parts = self.parts.entry(item).or_default();
            parts.push((window, state));
            if parts.len() == sentence.windows.len() {
                let mut parts = self.parts.remove(&item).unwrap_or_default();
                parts.sort_by_key(|(window, _)| *window);
                let whole: Option<Vec<Array2<f32>>> = parts.into_iter().map(|(_, state)| state).collect();
                complete.push((item, whole.map(|states| join(sentence, &states))));
            }
        }
        complete
    }
}

fn join(sentence: &Prepared, states: &[Array2<f32>]) -> Array2<f32> {
    let views: Vec<ArrayView2<'_, f32>> = states.iter().map(|state| state.view()).collect();
    windows::join(sentence.tokens.len() - 2, &sentence.windows, &views)
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

fn gather(prepared: &[Prepared], members: &[(usize, usize)]) -> RaggedBatch {
    let mut batch = RaggedBatch::new();
    for &(item, window) in members {
        let sentence = &prepared[item];
        let (ids, type_ids) = windows::window_ids(&sentence.tokens, &sentence.windows[window]);
        batch.push(&ids, &type_ids);
    }
    batch
}

/// Encodes a batch; when the backend fails, halves it until the sequences that cannot be encoded stand alone.
///
/// The result has one entry a sequence, `None` for one that failed by itself.
fn encode_or_halve(
    encoder: &mut dyn dyad_models::Encoder,
    batch: &RaggedBatch,
    counts: &mut AnnotationCounts,
) -> Vec<Option<Array2<f32>>> {
    match encoder.encode(batch) {
        Ok(states) => {
            (0..batch.len()).map(|index| Some(states.slice(s![batch.rows(index), ..]).to_owned())).collect()
        }
        Err(_) if batch.len() > 1 => {
            counts.retried_batches += 1;
            let middle = batch.len() / 2;
            let mut states = encode_or_halve(encoder, &batch.slice(0..middle), counts);
            states.extend(encode_or_halve(encoder, &batch.slice(middle..batch.len()), counts));
            states
        }
        Err(_) => vec![None],
    }
}

/// Reads every answer off a sentence's hidden states.
fn read(
    text: &str,
    sentence: &Prepared,
    hidden: ArrayView2<'_, f32>,
    linker: &ActorLinker,
    heads: &Heads,
) -> Answer {
    let tokens = &sentence.tokens;
    let decoded = entities::decode(tokens, hidden, heads);
    let mut mentions = linker.link(text, &decoded);
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
            let scores = heads.relation(hidden, &rows_a, &rows_b);
            Some(Relation {
                span_a,
                span_b,
                frames: scores.frames,
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
