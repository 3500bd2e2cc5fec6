//! One name, many spellings: what a spelling is compared by.

/// Longest part of a name that is read, in characters; what a sentence without spaces may yield is cut.
const LONGEST: usize = 120;

/// Suffixes of companies and groups, which do not tell one from another, and what joins them ("& Co").
const SUFFIXES: &[&str] = &[
    "inc",
    "incorporated",
    "corp",
    "corporation",
    "co",
    "company",
    "ltd",
    "limited",
    "llc",
    "llp",
    "lp",
    "plc",
    "gmbh",
    "kg",
    "ag",
    "sa",
    "nv",
    "bv",
    "se",
    "spa",
    "oyj",
    "kk",
    "pte",
    "pty",
    "pvt",
    "bhd",
    "group",
    "holding",
    "holdings",
    "and",
    "asa",
    "sarl",
    "sas",
];

/// Titles before a person's name.
const TITLES: &[&str] = &["mr", "mrs", "ms", "mx", "miss", "dr", "prof", "sir", "dame", "the"];

/// Small words within a surname.
const PARTICLES: &[&str] =
    &["van", "von", "der", "den", "de", "del", "della", "da", "di", "la", "le", "bin", "al", "el"];

/// Small words that initials may leave out.
const SMALL_WORDS: &[&str] = &["and", "of", "for", "the", "in", "on"];

/// Terms of the trade that models take for names.
const TERMS: &[&str] = &[
    "ai", "genai", "agi", "asi", "ml", "nlp", "llm", "llms", "gpt", "gpts", "rag", "api", "apis", "sdk",
    "ui", "url", "gpu", "gpus", "cpu", "ceo", "cto", "cfo", "ipo", "vc",
];

/// A name as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spelling {
    /// For display: on one line, without what stands around it and without invisible characters.
    pub(super) text: String,
    /// Equal for all spellings of a name; see [`key`].
    pub(super) key: String,
}

/// A name as a model found it, or `None` for what is none: a word in lower case, a title alone, a single character,
/// a term such as "AI".
pub(super) fn spelling(raw: &str) -> Option<Spelling> {
    let text = displayed(raw);
    let key = key(&text);
    let is_name = key.chars().any(char::is_alphabetic)
        && key.chars().nth(1).is_some()
        && (text.chars().any(char::is_uppercase) || !text.chars().any(char::is_lowercase))
        && !TERMS.contains(&key.as_str())
        && !TITLES.contains(&key.as_str());
    is_name.then_some(Spelling { text, key })
}

/// The name on one line, cut to a sane length, without the punctuation around it.
pub(super) fn displayed(raw: &str) -> String {
    let seen: String = raw
        .chars()
        .filter(|&c| !is_invisible(c))
        .map(|c| if c.is_whitespace() || c.is_control() { ' ' } else { c })
        .take(LONGEST)
        .collect();
    let words: Vec<&str> = seen.split_whitespace().collect();
    let line = words.join(" ");
    let name = line.trim_matches(|c: char| !c.is_alphanumeric());
    name.strip_prefix("the ").unwrap_or(name).to_owned()
}

/// What spellings of one name share: words in lower case without punctuation, parted by a space, without a possessive, a
/// leading "the" or title, and the suffixes of companies. Empty where the text has neither letter nor digit.
pub(super) fn key(text: &str) -> String {
    let words: Vec<String> = text
        .split(|c: char| c.is_whitespace() || is_dash(c) || c == '/' || c == '_')
        .map(folded)
        .filter(|word| !word.is_empty())
        .collect();
    let mut words = words.as_slice();
    while let [first, rest @ ..] = words
        && !rest.is_empty()
        && TITLES.contains(&first.as_str())
    {
        words = rest;
    }
    while let [rest @ .., last] = words
        && !rest.is_empty()
        && SUFFIXES.contains(&last.as_str())
    {
        words = rest;
    }
    words.join(" ")
}

/// A word in lower case with letters and digits only; "&" is "and", "Amazon.com" is "amazon", "Altman's" is "altman".
fn folded(word: &str) -> String {
    if word == "&" {
        return "and".to_owned();
    }
    let lower = word.to_lowercase();
    let bare = lower.trim_matches(|c: char| !c.is_alphanumeric());
    let bare = APOSTROPHES
        .iter()
        .find_map(|&apostrophe| bare.strip_suffix('s')?.strip_suffix(apostrophe))
        .unwrap_or(bare);
    let bare = bare.strip_suffix(".com").filter(|rest| !rest.is_empty()).unwrap_or(bare);
    bare.chars().filter(|c| c.is_alphanumeric()).collect()
}

const APOSTROPHES: [char; 4] = ['\'', '\u{2019}', '\u{2bc}', '`'];

/// The name without the possessive at its end.
pub(super) fn without_possessive(text: &str) -> &str {
    APOSTROPHES
        .iter()
        .find_map(|&apostrophe| text.strip_suffix(['s', 'S'])?.strip_suffix(apostrophe))
        .unwrap_or(text)
}

/// Characters that show nothing: marks and overrides of direction, joiners, soft hyphens.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}')
}

/// Whether a person's key is a surname alone, so that a full name may stand behind it.
pub(super) fn is_surname(key: &str) -> bool {
    let mut words = key.split(' ').rev();
    words.next();
    words.all(|word| PARTICLES.contains(&word))
}

/// The initials of a key of two words or more, with and without its small words: `cama` and `cma` for the Competition
/// and Markets Authority.
pub(super) fn initials(key: &str) -> Option<[String; 2]> {
    let words: Vec<&str> = key.split(' ').collect();
    let of = |keep: &dyn Fn(&&&str) -> bool| {
        words.iter().filter(keep).filter_map(|word| word.chars().next()).collect::<String>()
    };
    (words.len() > 1).then(|| [of(&|_| true), of(&|word| !SMALL_WORDS.contains(word))])
}

/// Whether a name may be the initials of another: two to six capitals.
pub(super) fn is_acronym(text: &str) -> bool {
    (2..=6).contains(&text.chars().count()) && text.chars().all(char::is_uppercase)
}

/// The name within a descriptive or numbered one, as a key: "Redmond" of "the Redmond giant", "Office" of "Office 365"; `None`
/// where there is no such part.
pub(super) fn head(name: &str) -> Option<String> {
    let name = displayed(name);
    let words: Vec<&str> = name.split(|c: char| c.is_whitespace() || is_dash(c)).collect();
    let kept = words.iter().rposition(|word| word.starts_with(char::is_uppercase))? + 1;
    (kept < words.len()).then(|| key(&words[..kept].join(" ")))
}

/// Keys of an outlet, whose name may be that of its site: `theverge.com` is also `verge`. Without spaces; see [`compact`].
pub(super) fn outlet_keys(source: &str) -> Vec<String> {
    let mut keys = vec![compact(&key(source))];
    let name = source.trim().to_lowercase();
    if name.contains('.') && !name.contains(char::is_whitespace) {
        let labels: Vec<&str> = name.split('.').filter(|label| *label != "www").collect();
        // What is left of the top-level domain, also of one in two parts such as "co.uk".
        let site = labels
            .iter()
            .rev()
            .skip(1)
            .find(|label| !["co", "com", "org", "ac", "gov", "net"].contains(label));
        if let Some(site) = site.map(|label| compact(&key(label))) {
            keys.extend(site.strip_prefix("the").map(str::to_owned));
            keys.push(site);
        }
    }
    keys.retain(|key| key.chars().nth(1).is_some());
    keys
}

/// A key without its spaces, since sites run their words together.
pub(super) fn compact(key: &str) -> String {
    key.replace(' ', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_share_a_key() {
        for (name, others) in [
            (
                "Oracle",
                &[
                    "ORACLE",
                    "Oracle Corp.",
                    "Oracle Corporation",
                    "Oracle's",
                    "Oracle’s",
                    "“Oracle”",
                    "the Oracle",
                ][..],
            ),
            (
                "Oracle",
                &[
                    "Oracle, Inc.",
                    "Ora\u{ad}cle",
                    "\u{202e}Oracle\u{202c}",
                    " Oracle \n",
                    "Oracle Co., Ltd.",
                    "(Oracle)",
                ],
            ),
            (
                "Sam Altman",
                &["Sam Altman's", "SAM ALTMAN", "Mr. Sam Altman", "Sam  Altman", "Sam\u{a0}Altman,"],
            ),
            ("SoftBank", &["SoftBank Group Corp", "Softbank", "SoftBank’s"]),
            ("Johnson & Johnson", &["Johnson and Johnson", "JOHNSON & JOHNSON INC"]),
            ("Amazon", &["Amazon.com", "Amazon.com Inc.", "amazon.com's"]),
            ("Société Générale", &["SOCIÉTÉ GÉNÉRALE", "Société Générale SA", "Société Générale S.A."]),
            ("Coca-Cola", &["Coca Cola", "the Coca-Cola Company"]),
            ("xAI", &["x.AI", "X.ai"]),
            ("Ärzte", &["ÄRZTE GmbH & Co. KG"]),
            ("Οδυσσέας", &["ΟΔΥΣΣΈΑΣ"]),
        ] {
            for other in others {
                assert_eq!(key(&displayed(other)), key(name), "{other:?} is {name:?}");
            }
        }
    }

    #[test]
    fn names_that_differ_have_keys_that_differ() {
        for (one, other) in [
            ("Google", "Google DeepMind"),
            ("Sam Altman", "Altman"),
            ("Sam Altman", "Jack Altman"),
            ("Meta", "Metal"),
            ("Mistral", "Mistral AI"),
            ("Group", "Co"),
        ] {
            assert_ne!(key(one), key(other));
        }
    }

    #[test]
    fn words_that_are_no_names_are_passed_over() {
        for text in [
            "",
            "—",
            "starve",
            "one",
            "the",
            "The",
            "Mr.",
            "AI",
            "AGI's",
            "a",
            "X",
            "123",
            "\u{202e}\u{202d}",
            "$",
        ] {
            assert_eq!(spelling(text), None, "{text:?}");
        }
        for (text, shown) in [
            ("xAI", "xAI"),
            ("AWS", "AWS"),
            ("3M", "3M"),
            ("日本銀行", "日本銀行"),
            ("the FTC", "FTC"),
            ("Amazon $", "Amazon"),
            ("\u{202e}Apple\n Inc.", "Apple Inc"),
        ] {
            assert_eq!(spelling(text).map(|found| found.text).as_deref(), Some(shown));
        }
    }

    #[test]
    fn a_flood_is_cut() {
        let found = spelling(&"Flood ".repeat(2000)).expect("a name");
        assert!(found.text.chars().count() <= LONGEST && found.key.chars().count() <= LONGEST);
    }

    #[test]
    fn surnames_and_initials_are_told() {
        for surname in ["altman", "von der leyen", "de vries", "d"] {
            assert!(is_surname(surname), "{surname}");
        }
        assert!(!is_surname("sam altman") && !is_surname("ursula von der leyen"));
        let of = |name: &str| initials(&key(name));
        assert_eq!(of("Competition and Markets Authority"), Some(["cama".to_owned(), "cma".to_owned()]));
        assert_eq!(of("Oracle"), None);
        assert!(is_acronym("FTC") && !is_acronym("xAI") && !is_acronym("A") && !is_acronym("F-16"));
        assert_eq!(without_possessive("Sam Altman’s"), "Sam Altman");
        assert_eq!(without_possessive("James"), "James");
    }

    #[test]
    fn a_descriptive_or_numbered_name_holds_another() {
        let head = |name| head(name).unwrap_or_default();
        assert_eq!(head("the Redmond giant"), "redmond");
        assert_eq!(head("Office 365"), "office");
        assert_eq!(head("Phi-3"), "phi");
        for whole in ["Open AI", "Azure OpenAI Service", "Copilot", "o1-preview", "DALL-E", ""] {
            assert_eq!(head(whole), "", "{whole}");
        }
    }

    #[test]
    fn outlets_are_known_by_name_and_site() {
        let is_of = |source: &str, name: &str| outlet_keys(source).contains(&compact(&key(name)));
        assert!(is_of("The Information", "Information"));
        assert!(is_of("theverge.com", "The Verge") && is_of("www.reuters.com", "Reuters"));
        assert!(is_of("bbc.co.uk", "BBC") && is_of("news.bbc.co.uk", "BBC"));
        assert!(is_of("washingtonpost.com", "Washington Post"));
        assert!(!is_of("reuters.com", "Com") && !is_of("reuters.com", "Oracle") && !is_of("", ""));
    }
}
