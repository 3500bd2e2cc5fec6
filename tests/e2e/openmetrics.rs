//! A strict reader of the text that `--metrics` writes: what both OpenMetrics 1.0 and Prometheus' text format allow.

use std::collections::{BTreeMap, BTreeSet};

/// A line with a number.
#[derive(Debug, PartialEq)]
pub struct Sample {
    pub name: String,
    pub labels: BTreeMap<String, String>,
    pub value: f64,
}

/// What stands before the samples of a metric.
#[derive(Default)]
struct Family {
    name: String,
    keywords: BTreeSet<String>,
    samples: usize,
}

/// Every sample, or what is wrong with the text.
pub fn parse(text: &str) -> Result<Vec<Sample>, String> {
    let body = text.strip_suffix("# EOF\n").ok_or("the text does not end with # EOF and a line feed")?;
    if !body.is_empty() && !body.ends_with('\n') {
        return Err("# EOF does not begin a line".to_owned());
    }
    let (mut samples, mut family, mut names) = (Vec::<Sample>::new(), Family::default(), BTreeSet::new());
    for line in body.split_terminator('\n') {
        let fail = |what: &str| Err(format!("{what}: {line}"));
        if let Some(rest) = line.strip_prefix('#') {
            let [keyword, name, value] =
                rest.strip_prefix(' ').unwrap_or_default().splitn(3, ' ').collect::<Vec<_>>()[..]
            else {
                return fail("a comment that is no metadata");
            };
            if name != family.name {
                if family.samples == 0 && !family.name.is_empty() {
                    return fail("the metric before has no sample");
                }
                if !is_name(name, true) || !names.insert(name.to_owned()) {
                    return fail("a name that is none, or whose metric is not in one piece");
                }
                family = Family { name: name.to_owned(), ..Family::default() };
            }
            if family.samples > 0 || !family.keywords.insert(keyword.to_owned()) {
                return fail("metadata given twice, or behind samples");
            }
            match keyword {
                // The only type that means the same in both and demands no ending of the name.
                "TYPE" if value == "gauge" => {}
                "UNIT" if !value.is_empty() && name.ends_with(&format!("_{value}")) => {}
                // The two escape quotation marks and backslashes in different ways.
                "HELP" if !value.is_empty() && !value.contains(['"', '\\']) => {}
                _ => return fail("unknown or wrong metadata"),
            }
            continue;
        }
        let sample = sample(line).ok_or_else(|| format!("no sample: {line}"))?;
        if sample.name != family.name || !family.keywords.contains("TYPE") {
            return fail("a sample without its metadata");
        }
        if samples.iter().any(|before| (&before.name, &before.labels) == (&sample.name, &sample.labels)) {
            return fail("the same labels twice");
        }
        family.samples += 1;
        samples.push(sample);
    }
    if family.samples == 0 && !family.name.is_empty() {
        Err("the last metric is empty".to_owned())
    } else {
        Ok(samples)
    }
}

/// `name{label="value",…} number`, with one blank and nothing behind.
fn sample(line: &str) -> Option<Sample> {
    let end = line.find(['{', ' '])?;
    let (name, mut rest) = line.split_at(end);
    let mut labels = BTreeMap::new();
    if let Some(inner) = rest.strip_prefix('{') {
        rest = inner;
        loop {
            let (label, value) = rest.split_once("=\"")?;
            let (value, after) = quoted(value)?;
            if !is_name(label, false) || labels.insert(label.to_owned(), value).is_some() {
                return None;
            }
            match (after.strip_prefix(','), after.strip_prefix('}')) {
                (Some(more), _) => rest = more,
                (_, Some(end)) => break rest = end,
                _ => return None,
            }
        }
    }
    let value = rest.strip_prefix(' ')?;
    let is_number = value.chars().all(|c| c.is_ascii_digit() || "+-.e".contains(c));
    let value = value.parse().ok().filter(|_| is_number)?;
    is_name(name, true).then(|| Sample { name: name.to_owned(), labels, value })
}

/// A value up to its closing quotation mark, unescaped, and what follows.
fn quoted(text: &str) -> Option<(String, &str)> {
    let (mut value, mut chars) = (String::new(), text.char_indices());
    while let Some((at, c)) = chars.next() {
        value.push(match c {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => match chars.next()?.1 {
                'n' => '\n',
                same @ ('"' | '\\') => same,
                _ => return None,
            },
            other => other,
        });
    }
    None
}

fn is_name(name: &str, of_metric: bool) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || (of_metric && c == ':'))
}

#[test]
fn the_reader_takes_what_is_right_and_refuses_what_is_not() {
    let right = "# HELP a_seconds Time.\n# TYPE a_seconds gauge\n# UNIT a_seconds seconds\na_seconds{x=\"1\\n\\\"\"} 1.5\na_seconds 2\n# EOF\n";
    let samples = parse(right).unwrap();
    assert_eq!((samples.len(), samples[0].labels["x"].as_str(), samples[1].value), (2, "1\n\"", 2.0));
    for (from, to) in [
        ("# EOF\n", ""),
        ("# EOF\n", "# EOF"),
        ("gauge", "info"),
        ("# TYPE a_seconds gauge\n", ""),
        ("UNIT a_seconds seconds", "UNIT a_seconds bytes"),
        ("a_seconds 2", "a_seconds 2 "),
        ("a_seconds 2", "a_seconds  2"),
        ("a_seconds 2", "a_seconds two"),
        ("a_seconds 2", "a_seconds{x=\"1\\n\\\"\"} 3"),
        ("a_seconds 2", "b_seconds 2"),
        ("\\n", "\\t"),
        ("\\\"\"", "\""),
        ("x=", "1x="),
        ("a_seconds 2\n", "a_seconds 2\n\n"),
        ("Time.", "A \"time\"."),
    ] {
        let wrong = right.replacen(from, to, 1);
        assert!(wrong != right || to.is_empty(), "{from}");
        if from != "\\\"\"" {
            assert!(parse(&wrong).is_err(), "{wrong}");
        }
    }
}
