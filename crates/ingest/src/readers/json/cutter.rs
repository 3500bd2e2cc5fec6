//! Where a JSON value (RFC 8259) ends, byte by byte, in constant memory.

use memchr::memchr3;

/// Levels of nesting whose brackets are matched; serde_json gives up at as many. Deeper ones are only counted.
const MATCHED_LEVELS: u64 = 128;

/// Why a value cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// A `{` where a name must stand: the object before was not closed.
    NotClosed,
    /// A line end within a string: its closing quotation mark is missing.
    LineEnd,
    /// Any other byte that cannot stand here.
    Unexpected(u8),
}

/// What became of the bytes so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// The value goes on.
    Open,
    /// The value ended with the last byte that was taken.
    Done,
    /// The byte after those taken is wrong.
    Fault(Fault),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Value,
    ValueOrEnd,
    Key,
    KeyOrEnd,
    Colon,
    After,
    Text { is_key: bool },
    Escape { is_key: bool },
    Scalar,
}

/// Follows one value through strings, escapes and brackets. What it lets pass need not be valid JSON; where it stops,
/// valid JSON would stop too.
#[derive(Debug)]
pub(super) struct Cutter {
    state: State,
    depth: u64,
    /// One bit a level, the outermost lowest: whether it is an object.
    objects: u128,
}

impl Cutter {
    /// Before a value.
    pub(super) fn new() -> Self {
        Self { state: State::Value, depth: 0, objects: 0 }
    }

    /// Behind a value within so many objects, at most 2.
    pub(super) fn within_objects(n_objects: u32) -> Self {
        Self { state: State::After, depth: u64::from(n_objects), objects: 0b11 }
    }

    /// Within a list, before an element or behind one.
    pub(super) fn within_list(is_behind: bool) -> Self {
        let state = if is_behind { State::After } else { State::ValueOrEnd };
        Self { state, depth: 1, objects: 0 }
    }

    /// Whether the value is complete if no byte follows.
    pub(super) fn may_end(&self) -> bool {
        self.state == State::Scalar && self.depth == 0
    }

    /// Takes bytes up to the end of the value or the first that is wrong, and returns how many.
    pub(super) fn advance(&mut self, chunk: &[u8]) -> (usize, Progress) {
        let mut at = 0;
        while at < chunk.len() {
            if let State::Text { is_key } = self.state {
                let Some(found) = memchr3(b'"', b'\\', b'\n', &chunk[at..]) else {
                    return (chunk.len(), Progress::Open);
                };
                at += found;
                match chunk[at] {
                    b'"' if is_key => self.state = State::Colon,
                    b'"' if self.depth == 0 => return (at + 1, Progress::Done),
                    b'"' => self.state = State::After,
                    b'\\' => self.state = State::Escape { is_key },
                    _ => return (at, Progress::Fault(Fault::LineEnd)),
                }
                at += 1;
                continue;
            }
            match self.step(chunk[at]) {
                Step::Take => at += 1,
                Step::Last => return (at + 1, Progress::Done),
                Step::Before => return (at, Progress::Done),
                Step::Wrong(fault) => return (at, Progress::Fault(fault)),
            }
        }
        (at, Progress::Open)
    }

    fn step(&mut self, byte: u8) -> Step {
        let is_space = matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        match (self.state, byte) {
            (State::Escape { is_key }, _) => self.state = State::Text { is_key },
            (State::Scalar, b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'+' | b'-' | b'.') => {}
            (State::Scalar, _) if self.depth == 0 => return Step::Before,
            (State::Scalar, _) => {
                self.state = State::After;
                return self.step(byte);
            }
            _ if is_space => {}
            (State::Value | State::ValueOrEnd, b'"') => self.state = State::Text { is_key: false },
            (State::Value | State::ValueOrEnd, b'{') => self.open(true),
            (State::Value | State::ValueOrEnd, b'[') => self.open(false),
            (State::Value | State::ValueOrEnd, b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-') => {
                self.state = State::Scalar;
            }
            (State::Key | State::KeyOrEnd, b'"') => self.state = State::Text { is_key: true },
            (State::Key | State::KeyOrEnd, b'{') => return Step::Wrong(Fault::NotClosed),
            (State::Colon, b':') => self.state = State::Value,
            (State::After, b',') => {
                self.state = match self.is_object() {
                    Some(true) => State::Key,
                    Some(false) => State::Value,
                    // Too deep to know; both are let pass.
                    None => State::After,
                };
            }
            (State::After | State::KeyOrEnd | State::ValueOrEnd, b'}' | b']')
                if self.is_object().is_none_or(|is_object| is_object == (byte == b'}')) =>
            {
                self.depth -= 1;
                self.state = State::After;
                if self.depth == 0 {
                    return Step::Last;
                }
            }
            (State::After, b'{') if self.is_object() == Some(true) => return Step::Wrong(Fault::NotClosed),
            (State::After, _) if self.is_object().is_none() => match byte {
                b'"' => self.state = State::Text { is_key: false },
                b'{' | b'[' => self.open(byte == b'{'),
                _ => {}
            },
            _ => return Step::Wrong(Fault::Unexpected(byte)),
        }
        Step::Take
    }

    fn open(&mut self, is_object: bool) {
        if self.depth < MATCHED_LEVELS {
            let bit = 1_u128 << self.depth;
            self.objects = if is_object { self.objects | bit } else { self.objects & !bit };
        }
        self.depth += 1;
        self.state = match self.is_object() {
            Some(true) => State::KeyOrEnd,
            Some(false) => State::ValueOrEnd,
            None => State::After,
        };
    }

    /// Whether the innermost open level is an object; `None` where that is not known.
    fn is_object(&self) -> Option<bool> {
        (1..=MATCHED_LEVELS).contains(&self.depth).then(|| self.objects >> (self.depth - 1) & 1 == 1)
    }
}

enum Step {
    Take,
    /// The value ends with this byte.
    Last,
    /// The value ended before this byte.
    Before,
    Wrong(Fault),
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    /// What is taken of a text in chunks of the given length, and how it ends.
    fn cut(text: &str, length: usize) -> (usize, Progress) {
        let mut cutter = Cutter::new();
        let mut taken = 0;
        for chunk in text.as_bytes().chunks(length) {
            let (n, progress) = cutter.advance(chunk);
            taken += n;
            if progress != Progress::Open {
                return (taken, progress);
            }
        }
        (taken, if cutter.may_end() { Progress::Done } else { Progress::Open })
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "[a\"\\\\{}\\[\\],:é\\n]{0,6}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a\"\\\\}]{0,3}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    #[test]
    fn faults_are_found_where_they_are() {
        for (text, taken, fault) in [
            ("{\"a\":1,\n{\"a\":2}", 8, Fault::NotClosed),
            ("{\"a\":\"x},\n", 9, Fault::LineEnd),
            ("{\"a\":[1}", 7, Fault::Unexpected(b'}')),
            ("{\"a\" 1}", 5, Fault::Unexpected(b'1')),
            ("{\"a\":\"b\"c\"}", 8, Fault::Unexpected(b'c')),
            ("}", 0, Fault::Unexpected(b'}')),
        ] {
            assert_eq!(cut(text, 3), (taken, Progress::Fault(fault)), "{text}");
        }
    }

    #[test]
    fn deep_values_cost_no_memory_and_end_where_they_end() {
        let deep = format!("{}{{\"a]\":\"]\"}}{}", "[".repeat(5_000), "]".repeat(5_000));
        assert_eq!(cut(&format!("{deep},1"), 7), (deep.len(), Progress::Done));
        assert_eq!(cut(&"[{\"a\":".repeat(9_999), 64).1, Progress::Open);
    }

    proptest! {
        #[test]
        fn values_end_where_serde_json_ends_them(value in json(), pretty: bool, length in 1usize..9) {
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
            let text = text.expect("JSON");
            prop_assert_eq!(cut(&text, length), (text.len(), Progress::Done));
            prop_assert_eq!(cut(&format!("{text}, 1"), length), (text.len(), Progress::Done));
        }

        #[test]
        fn valid_json_has_no_fault(text in "[\\[\\]{}\",:a1\\\\ \\n]{0,16}") {
            let (taken, progress) = cut(&text, 5);
            let mut parsed = serde_json::Deserializer::from_str(&text).into_iter::<Value>();
            if let Some(Ok(_)) = parsed.next() {
                prop_assert_eq!((taken, progress), (parsed.byte_offset(), Progress::Done));
            }
        }
    }
}
