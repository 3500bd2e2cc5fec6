//! Lines that are no part of an article, told from their words.

/// Longest line that a phrase below makes boilerplate, in characters: longer ones are sentences of the text.
const MAX_PHRASE_LINE: usize = 220;

/// Words that label what follows as something else, unless a sentence begins with them.
#[rustfmt::skip]
const LABELS: [&str; 51] = [
    "subscribe", "sign up", "newsletter", "follow", "read more", "read also", "also read", "also on",
    "read next", "read", "see also", "see more", "more", "more from", "more on this", "more stories",
    "related", "related stories", "related articles", "related story", "recommended", "watch", "watch more",
    "listen", "listen to this", "advertisement", "sponsored", "copyright", "photo", "photo by",
    "photograph", "image", "tags", "topics", "filed under", "share", "share this", "print this", "trending",
    "must read", "don’t miss", "don't miss", "you may also like", "you might also like",
    "recommended for you", "most read", "most popular", "up next", "in case you missed it",
    "editor’s picks", "editor's picks",
];

/// How lines begin that ask the reader for something.
#[rustfmt::skip]
const REQUESTS: [&str; 29] = [
    "sign up for", "sign up to", "sign up here", "signup", "subscribe to", "subscribe now", "subscribe for",
    "click here", "follow us", "follow @", "like us on", "join our", "get the latest", "get unlimited",
    "get our", "share on", "share via", "please enable", "please log in", "already a subscriber",
    "already have an account", "enter your email", "please support", "please consider supporting",
    "thank you for reading", "thanks for reading", "donate today", "support our journalism",
    "support independent journalism",
];

/// What lines contain that speak of the page.
#[rustfmt::skip]
const PHRASES: [&str; 10] = [
    "all rights reserved", "sign up for our", "sign up here", "subscribe to our", "click here to",
    "in your inbox", "to your inbox", "by signing up you", "by submitting your", "appeared first on",
];

/// Whether a line asks the reader for something, points to other pages or names their owner.
pub(crate) fn is_boilerplate_line(line: &str) -> bool {
    // A quotation mark is kept: what someone said is part of the text.
    let bare = line.trim_start_matches(|c: char| !c.is_alphanumeric() && !"©“\"‘'«".contains(c));
    if !bare.contains(char::is_alphanumeric) {
        return true;
    }
    if bare.chars().count() > MAX_PHRASE_LINE {
        return false;
    }
    let lower = bare.to_lowercase();
    let is_labelled = || {
        LABELS.iter().any(|label| {
            lower.strip_prefix(label).is_some_and(|rest| {
                rest.is_empty()
                    || rest.starts_with([':', '|', '>', '»'])
                    || !rest.starts_with(char::is_alphanumeric) && label.contains(' ') && !ends_sentence(bare)
            })
        })
    };
    lower.contains('©')
        || REQUESTS.iter().any(|request| lower.starts_with(request))
        || PHRASES.iter().any(|phrase| lower.contains(phrase))
        || is_labelled()
}

/// Whether a line ends as a sentence does.
pub(crate) fn ends_sentence(line: &str) -> bool {
    line.trim_end_matches(['"', '”', '’', '\'', ')', ']', '»'])
        .ends_with(['.', '!', '?', '…', ':', '。', ';'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_ask_are_told_from_sentences() {
        for line in
            ["Read more: Another story", "SUBSCRIBE", "— Sign up for our free newsletter", "© 2024 The Paper"]
        {
            assert!(is_boilerplate_line(line), "{line}");
        }
        for line in [
            "Readers more often ask.",
            "They subscribed.",
            "She would sign up soldiers.",
            "Recommended by two boards, the deal passed.",
            "Read more books, she said.",
            "“Sign up to fight,” he said.",
            "The firm changed its privacy policy.",
        ] {
            assert!(!is_boilerplate_line(line), "{line}");
        }
    }
}
