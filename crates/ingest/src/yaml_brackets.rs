//! How deep the brackets of a YAML text nest, found out without parsing it.
//!
//! What libyaml does for one token costs as much as brackets are open, so a hostile text costs the square of its
//! length. Where a bracket counts depends on the indentation and on all that stands before; but between two brackets
//! (a flow collection, YAML 1.1, chapter 7) it depends on quotation marks, comments and plain words alone. So every place
//! where a collection may begin is taken as the start of a reading, all readings are followed at once, and of those
//! that stand in the same kind of place only the deepest matters.

/// Where in a flow collection a reading stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Where a value, a key or an indicator may begin.
    Start,
    /// In text without quotation marks.
    Plain,
    /// In white space behind such text, which may go on.
    Gap,
    /// In an anchor, an alias or a tag.
    Name,
    /// In double quotation marks.
    Double,
    /// The same, behind a backslash.
    Escape,
    /// In single quotation marks; a doubled one ends and begins.
    Single,
    Comment,
}

const PLACES: [Place; 8] = [
    Place::Start,
    Place::Plain,
    Place::Gap,
    Place::Name,
    Place::Double,
    Place::Escape,
    Place::Single,
    Place::Comment,
];

/// Whether more than `limit` brackets may be open at once. It is never `false` for a text where libyaml would open
/// more; it is `true` beyond that only for running text that opens as many and closes none of them.
pub(crate) fn may_nest_deeper(text: &str, limit: u32) -> bool {
    let mut readings = Readings::default();
    let mut before = Before::default();
    for c in text.chars() {
        let is_open = matches!(c, '[' | '{');
        if readings.are_any() {
            readings = readings.behind(c);
        }
        if is_open && before.a_node_may_begin {
            readings.reach(Place::Start, 1);
        }
        if is_open && readings.deepest() > limit {
            return true;
        }
        before.pass(c);
    }
    false
}

/// How many brackets the deepest reading in each place has open; 0 where there is none.
#[derive(Debug, Default)]
struct Readings([u32; PLACES.len()]);

impl Readings {
    fn are_any(&self) -> bool {
        self.deepest() > 0
    }

    fn deepest(&self) -> u32 {
        self.0.into_iter().max().unwrap_or(0)
    }

    fn reach(&mut self, place: Place, depth: u32) {
        let deepest = &mut self.0[place as usize];
        *deepest = depth.max(*deepest);
    }

    /// The readings behind another character.
    fn behind(&self, c: char) -> Self {
        let mut next = Self::default();
        for (place, depth) in PLACES.into_iter().zip(self.0).filter(|(_, depth)| *depth > 0) {
            next.read(place, depth, c);
        }
        next
    }

    fn read(&mut self, place: Place, depth: u32, c: char) {
        use Place::{Comment, Double, Escape, Gap, Name, Plain, Single, Start};
        match (place, c) {
            (Double, '"') | (Single, '\'') => self.reach(Start, depth),
            (Double, '\\') => self.reach(Escape, depth),
            (Double | Escape, _) => self.reach(Double, depth),
            (Single, _) => self.reach(Single, depth),
            (Comment, _) => self.reach(if is_break(c) { Start } else { Comment }, depth),
            (Start | Name, _) if is_white(c) => self.reach(Start, depth),
            (Plain | Gap, _) if is_white(c) => self.reach(Gap, depth),
            // A tag may hold indicators.
            (Name, _) => {
                self.reach(Name, depth);
                self.indicate(depth, c);
            }
            (_, '[' | ']' | '{' | '}' | ',') => self.indicate(depth, c),
            // The end of a key, unless more text follows at once.
            (Plain | Gap, ':') => {
                self.reach(Plain, depth);
                self.indicate(depth, c);
            }
            (Start | Gap, '#') => self.reach(Comment, depth),
            (Start, '"') => self.reach(Double, depth),
            (Start, '\'') => self.reach(Single, depth),
            (Start, '&' | '*' | '!') => self.reach(Name, depth),
            (Start, ':' | '?') => self.reach(Start, depth),
            // A byte order mark may start a line.
            (Start, '\u{feff}') => {
                self.reach(Start, depth);
                self.reach(Plain, depth);
            }
            _ => self.reach(Plain, depth),
        }
    }

    /// Goes on behind a character if it is an indicator.
    fn indicate(&mut self, depth: u32, c: char) {
        match c {
            '[' | '{' => self.reach(Place::Start, depth + 1),
            ']' | '}' => self.reach(Place::Start, depth - 1),
            ',' | ':' => self.reach(Place::Start, depth),
            _ => {}
        }
    }
}

/// What stands before a character outside all brackets.
#[derive(Debug)]
struct Before {
    /// Whether a bracket that follows may begin a collection: at the start of a line, and behind an indicator
    /// (`-`, `?`, `:`), an anchor or a tag and white space. Within running text it is a letter.
    a_node_may_begin: bool,
    /// The first and last character of the word that ends here, if one does.
    word: Option<(char, char)>,
}

impl Default for Before {
    fn default() -> Self {
        Self { a_node_may_begin: true, word: None }
    }
}

impl Before {
    fn pass(&mut self, c: char) {
        if is_break(c) {
            *self = Self::default();
        } else if is_white(c) {
            if let Some((first, last)) = self.word.take() {
                self.a_node_may_begin = matches!(first, '&' | '!') || matches!(last, '-' | '?' | ':');
            }
        } else if c != '\u{feff}' {
            self.a_node_may_begin = false;
            self.word = Some((self.word.map_or(c, |(first, _)| first), c));
        }
    }
}

/// Whether a character ends a line (YAML 1.1, section 4.2).
fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_white(c: char) -> bool {
    matches!(c, ' ' | '\t') || is_break(c)
}
