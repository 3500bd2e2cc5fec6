/// Why annotation stopped. One bad sentence never causes it: that is counted and the article goes on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnnotateError {
    /// Batches cannot be planned with this budget.
    #[error(
        "annotate.batch_tokens = {budget} is below the model's longest input of {longest} tokens; raise it"
    )]
    BudgetTooSmall {
        /// Tokens allowed in a batch.
        budget: usize,
        /// Longest window the model takes.
        longest: usize,
    },
    /// A checkpoint stands in a role that it does not fill.
    #[error(
        "model.{role} = \"{model}\": its model.toml says roles = [\"{found}\"]; name a checkpoint that fills {role}"
    )]
    WrongRole {
        /// Role it was named for.
        role: &'static str,
        /// Name of the checkpoint.
        model: String,
        /// Role it fills.
        found: String,
    },
    /// A zero-shot model has nothing to ask about.
    #[error(
        "model.frames = \"{model}\" is a zero-shot model, which needs frames described in words; add to dyad.toml:\n\n[[frames]]\nname = \"rivalry\"\ndescription = \"{{A}} and {{B}} compete with each other.\""
    )]
    NoFrames {
        /// Name of the checkpoint.
        model: String,
    },
    /// A statement leaves a zero-shot model no room for a sentence.
    #[error(
        "frames: the description of \"{frame}\" has {tokens} tokens, but {model} reads no more than {longest} together with the sentence; shorten it"
    )]
    LongDescription {
        /// Name of the frame.
        frame: String,
        /// Tokens of the description with names of one letter, special tokens included.
        tokens: usize,
        /// Name of the checkpoint.
        model: String,
        /// Tokens it reads.
        longest: usize,
    },
    /// An alias list could not be compiled.
    #[error("actors: the names could not be compiled into a search: {message}")]
    Aliases {
        /// Cause.
        message: String,
    },
}
