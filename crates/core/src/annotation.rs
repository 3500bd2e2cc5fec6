use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

use crate::{ArticleId, Mention, Polarity, Relation, Sentence, Side};

/// A sentence and everything the models said about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AnnotatedSentence {
    /// The sentence.
    pub sentence: Sentence,
    /// Mentions in order of their start; they do not overlap.
    pub mentions: Vec<Mention>,
    /// Sentiment towards actor A over all of its mentions; `None` when it is not mentioned.
    pub sentiment_a: Option<Polarity>,
    /// Sentiment towards actor B over all of its mentions; `None` when it is not mentioned.
    pub sentiment_b: Option<Polarity>,
    /// The relation; `None` unless both actors are mentioned.
    pub relation: Option<Relation>,
}

impl AnnotatedSentence {
    /// Sentiment towards one side, if it is mentioned.
    pub fn sentiment(&self, side: Side) -> Option<Polarity> {
        match side {
            Side::A => self.sentiment_a,
            Side::B => self.sentiment_b,
        }
    }

    /// Whether one side is mentioned.
    pub fn mentions_actor(&self, side: Side) -> bool {
        self.mentions.iter().any(|mention| mention.actor == Some(side))
    }
}

/// An article's sentences after annotation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AnnotatedArticle {
    /// The article.
    pub article_id: ArticleId,
    /// Its sentences in order, the title first.
    pub sentences: Vec<AnnotatedSentence>,
    /// What happened on the way.
    pub counts: AnnotationCounts,
}

/// What annotation did, counted; stored in `runs` so that nothing is cut or dropped in silence.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnnotationCounts {
    /// Articles annotated.
    pub articles: u64,
    /// Sentences of annotated articles.
    pub sentences: u64,
    /// Mentions found.
    pub mentions: u64,
    /// Relations found.
    pub relations: u64,
    /// Sentences that the scope leaves out: stored, not read by the model.
    pub out_of_scope_sentences: u64,
    /// Sentences longer than the model takes, read in overlapping windows.
    pub windowed_sentences: u64,
    /// Sentences in which A and B never stand in one window, so that frames and stance see the text around each apart.
    pub split_relations: u64,
    /// Sentences without a token the model knows (only white space or control characters).
    pub empty_sentences: u64,
    /// Sentences cut at the length limit of the sentence splitter.
    pub hard_split_sentences: u64,
    /// Mentions judged in a sentence cut to the length of a sentiment checkpoint.
    pub cut_targets: u64,
    /// Relations judged in a sentence cut to the length of a zero-shot checkpoint.
    pub cut_relations: u64,
    /// Batches that failed and were tried again in halves.
    pub retried_batches: u64,
    /// Sentences that no retry could encode, which stay without annotation, or whose frames a zero-shot model could not judge,
    /// which stay without their relation.
    pub failed_sentences: u64,
    /// Real tokens encoded, special tokens included.
    pub tokens: u64,
    /// Tokens after padding, what the backend computed.
    pub padded_tokens: u64,
}

impl AddAssign for AnnotationCounts {
    fn add_assign(&mut self, other: Self) {
        self.articles += other.articles;
        self.sentences += other.sentences;
        self.mentions += other.mentions;
        self.relations += other.relations;
        self.out_of_scope_sentences += other.out_of_scope_sentences;
        self.windowed_sentences += other.windowed_sentences;
        self.split_relations += other.split_relations;
        self.empty_sentences += other.empty_sentences;
        self.hard_split_sentences += other.hard_split_sentences;
        self.cut_targets += other.cut_targets;
        self.cut_relations += other.cut_relations;
        self.retried_batches += other.retried_batches;
        self.failed_sentences += other.failed_sentences;
        self.tokens += other.tokens;
        self.padded_tokens += other.padded_tokens;
    }
}
