//! The analysis in words: the paragraph that opens the report, and the ten lines of the terminal.
//!
//! Both say no more than the numbers carry: a change is called one only where its 95 % interval leaves out
//! zero, and few articles are called few.

mod since_last;
mod words;

use crate::metric::{capitalised, frame_words, metric_label};
use crate::model::{Analysis, ChangePoint, Estimate, Shift};
pub use since_last::{alerts, since_last};
use words::{and, count, interval, number, percent, percent_interval, range, signed, truncated};

/// Articles with a relation below which averages should not be relied on.
const FEW: u64 = 10;

/// Widest line of [`lines`], in characters.
const COLUMNS: usize = 100;

/// Width of the labels of [`lines`].
const LABEL: usize = 14;

/// One paragraph of plain sentences: what the coverage says, how it changed, and on how much evidence.
pub fn paragraph(analysis: &Analysis) -> String {
    let coverage = &analysis.coverage;
    let body = match (coverage.articles, coverage.relations) {
        (0, _) => vec![format!(
            "There is no article yet, so that nothing can be said about {} and {}.",
            analysis.actor_a, analysis.actor_b
        )],
        (_, 0) => without_relations(analysis),
        (_, 1) => {
            let caution = "One sentence cannot tell how coverage as a whole portrays the two.";
            vec![extent(analysis), single_frames(analysis), average_tone(analysis), caution.to_owned()]
        }
        _ => {
            let few = coverage.articles_related < FEW;
            let caution =
                "With so few articles the intervals are wide: read the sentences, not the averages.";
            let mut body = vec![extent(analysis), frames(analysis), average_tone(analysis), change(analysis)];
            body.extend(turns(analysis));
            body.extend(few.then(|| caution.to_owned()));
            body
        }
    };
    let sentences: Vec<String> =
        body.into_iter().chain(quality(analysis)).filter(|s| !s.is_empty()).collect();
    sentences.join(" ")
}

fn without_relations(analysis: &Analysis) -> Vec<String> {
    let (coverage, a, b) = (&analysis.coverage, &analysis.actor_a, &analysis.actor_b);
    let subject = match coverage.articles {
        1 => "The only article does not mention".to_owned(),
        n => format!("None of the {} articles mentions", number(n)),
    };
    let mentioned = |n| count(n, "article mentions", "articles mention");
    vec![
        format!(
            "{subject} {a} and {b} in the same sentence, so that nothing can be said about their relationship."
        ),
        format!(
            "{} {a}, {} {b}.",
            capitalised(&mentioned(coverage.articles_a)),
            mentioned(coverage.articles_b)
        ),
        "If that is unexpected, check the names and aliases of both actors in the configuration.".to_owned(),
    ]
}

/// "From 22 July 2019 to 3 November 2025, 75 articles from 31 outlets mention A and B in the same sentence, …"
fn extent(analysis: &Analysis) -> String {
    let (coverage, a, b) = (&analysis.coverage, &analysis.actor_a, &analysis.actor_b);
    let articles = count(coverage.articles_related, "article", "articles");
    let outlets = match coverage.sources {
        0 => String::new(),
        n => format!(" from {}", count(n, "outlet", "outlets")),
    };
    let subject = articles + &outlets;
    let lead = match (coverage.first_date, coverage.last_date) {
        (Some(first), Some(last)) if first == last => format!("On {}, {subject}", first.format("%-d %B %Y")),
        (Some(first), Some(last)) => {
            format!("From {} to {}, {subject}", first.format("%-d %B %Y"), last.format("%-d %B %Y"))
        }
        _ => format!("{subject}, with no known date,"),
    };
    let verb = if coverage.articles_related == 1 { "mentions" } else { "mention" };
    let relations = count(coverage.relations, "sentence", "sentences");
    format!("{lead} {verb} {a} and {b} together, in {relations}.")
}

fn frames(analysis: &Analysis) -> String {
    let shares = shares(analysis);
    let described = |(frame, share): &(String, Estimate)| {
        format!("{frame} in {} ({})", percent(share.value), percent_interval(share))
    };
    match shares.as_slice() {
        [] => "None of these sentences reaches the threshold of any frame.".to_owned(),
        [(frame, share), rest @ ..] => {
            let first = format!(
                "The most common frame is {frame}, present in {} of these sentences (95 % interval {})",
                percent(share.value),
                percent_interval(share)
            );
            match rest.first() {
                Some(second) => format!("{first}, followed by {}.", described(second)),
                None => format!("{first}; no other frame occurs."),
            }
        }
    }
}

fn single_frames(analysis: &Analysis) -> String {
    let names: Vec<String> = shares(analysis).into_iter().map(|(frame, _)| frame).collect();
    match names.len() {
        0 => "The sentence reaches the threshold of no frame.".to_owned(),
        _ => format!("The sentence is framed as {}.", and(&names)),
    }
}

fn average_tone(analysis: &Analysis) -> String {
    let Some(tone) = overall(analysis, "tone") else { return String::new() };
    let scale = "−1 is conflict, +1 cooperation";
    if tone.sentences == 1 {
        return format!("Its tone is {} ({scale}).", signed(tone.value));
    }
    let (words, value) = (tone_words(&tone), signed(tone.value));
    format!("The average tone is {words}: {value} ({}; {scale}).", interval(&tone))
}

fn tone_words(tone: &Estimate) -> &'static str {
    if tone.low <= 0.0 && tone.high >= 0.0 {
        return "neither clearly cooperative nor clearly conflictual";
    }
    match tone.value {
        v if v >= 0.5 => "strongly cooperative",
        v if v >= 0.2 => "cooperative",
        v if v > 0.0 => "slightly cooperative",
        v if v > -0.2 => "slightly conflictual",
        v if v > -0.5 => "conflictual",
        _ => "strongly conflictual",
    }
}

fn change(analysis: &Analysis) -> String {
    let Some(tone) = analysis.shifts.iter().find(|shift| shift.metric == "tone") else {
        return "There are too few dated articles, or too short a time between them, to compare an early \
                with a late part."
            .to_owned();
    };
    let parts = format!(
        "Between {} ({}) and {} ({})",
        tone.early_label,
        count(tone.early.articles, "article", "articles"),
        tone.late_label,
        count(tone.late.articles, "article", "articles"),
    );
    let difference = format!("{}, interval {}", signed(tone.difference.value), interval(&tone.difference));
    let of_tone = if tone.is_clear() {
        let (from, to) = (signed(tone.early.value), signed(tone.late.value));
        format!("{parts} the tone {} from {from} to {to} (difference {difference})", moved(tone))
    } else {
        format!("{parts} the tone shows no clear change (difference {difference})")
    };
    let clear: Vec<String> = clear_shares(analysis).take(2).map(share_change).collect();
    match clear.len() {
        0 => format!("{of_tone}, and no frame's share changed clearly."),
        _ => format!("{of_tone}; {} of sentences.", and(&clear)),
    }
}

/// "The tone lies at another level from 21 January 2025 on (95 % interval of the day …): −0.05 after +0.41."
fn turns(analysis: &Analysis) -> Option<String> {
    let of_tone = || analysis.change_points.iter().filter(|change| change.metric == "tone");
    let clearest = of_tone().min_by(|x, y| x.adjusted_p.total_cmp(&y.adjusted_p))?;
    let (from, to) = (clearest.earliest.format("%-d %B %Y"), clearest.latest.format("%-d %B %Y"));
    let others = match of_tone().count() - 1 {
        0 => String::new(),
        n => format!("; {} of its level", count(n as u64, "other change", "other changes")),
    };
    Some(format!(
        "The data place the change of tone on {} (95 % interval {from} to {to}): {} before, {} after{others}.",
        clearest.date.format("%-d %B %Y"),
        signed(clearest.before.value),
        signed(clearest.after.value),
    ))
}

fn moved(shift: &Shift) -> &'static str {
    if shift.difference.value > 0.0 { "rose" } else { "fell" }
}

/// "rivalry rose from 4 % to 28 %"
fn share_change(shift: &Shift) -> String {
    let (from, to) = (percent(shift.early.value), percent(shift.late.value));
    format!("{} {} from {from} to {to}", share_name(&shift.metric), moved(shift))
}

/// Clear shifts of frames' shares, clearest first.
fn clear_shares(analysis: &Analysis) -> impl Iterator<Item = &Shift> {
    analysis.shifts.iter().filter(|shift| shift.metric.starts_with("share_") && shift.is_clear())
}

/// What a reader should know of the data, in one sentence; `None` where there is nothing.
fn quality(analysis: &Analysis) -> Option<String> {
    let coverage = &analysis.coverage;
    let mut notes = Vec::new();
    if coverage.relations_raw > coverage.relations {
        notes.push(format!(
            "near-copies count once ({} with them)",
            count(coverage.relations_raw, "sentence", "sentences")
        ));
    }
    if coverage.undated > 0 && coverage.first_date.is_some() {
        let undated = count(coverage.undated, "article has", "articles have");
        notes.push(format!(
            "{undated} no date and {} in no series",
            if coverage.undated == 1 { "is" } else { "are" }
        ));
    }
    if coverage.foreign > 0 {
        let foreign = count(coverage.foreign, "article is", "articles are");
        notes.push(format!("{foreign} in a language not covered"));
    }
    if coverage.rejected > 0 {
        notes.push(format!("{} could not be read", count(coverage.rejected, "input", "inputs")));
    }
    (!notes.is_empty()).then(|| format!("{}.", capitalised(&and(&notes))))
}

/// Eleven lines for the terminal, each at most 100 characters wide: what there is, what it says, how it
/// changed, and what is wrong with it; then one or two on what is new, where there was a report before.
pub fn lines(analysis: &Analysis) -> Vec<String> {
    let (a, b) = (&analysis.actor_a, &analysis.actor_b);
    let direction = |from: &str, to: &str, metric| {
        format!("{from} → {to} {}", described(overall(analysis, metric).as_ref()))
    };
    let sentiment = format!(
        "{a} {}; {b} {}",
        described(overall(analysis, "sentiment_a").as_ref()),
        described(overall(analysis, "sentiment_b").as_ref())
    );
    [
        ("Articles", articles_line(analysis)),
        ("Dates", dates_line(analysis)),
        ("Relations", relations_line(analysis)),
        ("Frames", frames_line(analysis)),
        ("Tone", tone_line(analysis)),
        ("Change", change_line(analysis)),
        ("When", when_line(analysis)),
        ("Stance", direction(a, b, "stance_a_to_b")),
        ("", direction(b, a, "stance_b_to_a")),
        ("Sentiment", sentiment),
        ("Data quality", quality_line(analysis)),
    ]
    .into_iter()
    .chain(since_last::lines(analysis))
    .map(|(label, text)| truncated(&format!("{label:<LABEL$}{text}"), COLUMNS))
    .collect()
}

fn described(estimate: Option<&Estimate>) -> String {
    match estimate {
        Some(estimate) => format!("{} ({})", signed(estimate.value), interval(estimate)),
        None => "not measured".to_owned(),
    }
}

fn articles_line(analysis: &Analysis) -> String {
    let coverage = &analysis.coverage;
    let mut parts = Vec::new();
    for (n, one, many) in [
        (coverage.duplicates, "near-copy", "near-copies"),
        (coverage.undated, "undated", "undated"),
        (coverage.foreign, "in another language", "in other languages"),
    ] {
        if n > 0 {
            parts.push(count(n, one, many));
        }
    }
    let parts = if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) };
    format!("{}{parts}, {}", number(coverage.articles), count(coverage.sentences, "sentence", "sentences"))
}

fn dates_line(analysis: &Analysis) -> String {
    match (analysis.coverage.first_date, analysis.coverage.last_date) {
        (Some(first), Some(last)) => format!("{first} to {last}"),
        _ => "no dated article with a relation".to_owned(),
    }
}

fn relations_line(analysis: &Analysis) -> String {
    let coverage = &analysis.coverage;
    if coverage.relations == 0 {
        return "no sentence mentions both".to_owned();
    }
    let raw = match coverage.relations_raw {
        raw if raw > coverage.relations => format!(" ({} with near-copies)", number(raw)),
        _ => String::new(),
    };
    format!(
        "{}{raw} in {} from {}",
        count(coverage.relations, "sentence", "sentences"),
        count(coverage.articles_related, "article", "articles"),
        count(coverage.sources, "outlet", "outlets"),
    )
}

/// As many frames as fit.
fn frames_line(analysis: &Analysis) -> String {
    let mut line = String::new();
    for (frame, share) in shares(analysis) {
        let next = format!("{frame} {} ({})", percent(share.value), range(&share));
        let separator = if line.is_empty() { "" } else { ", " };
        if LABEL + line.chars().count() + separator.len() + next.chars().count() > COLUMNS {
            break;
        }
        line = line + separator + &next;
    }
    if line.is_empty() { "none over its threshold".to_owned() } else { line }
}

fn tone_line(analysis: &Analysis) -> String {
    let overall = described(overall(analysis, "tone").as_ref());
    match analysis.shifts.iter().find(|shift| shift.metric == "tone") {
        Some(shift) => format!(
            "{overall}; {} {}, {} {}: {}",
            shift.early_label,
            signed(shift.early.value),
            shift.late_label,
            signed(shift.late.value),
            if shift.is_clear() { "a clear change" } else { "no clear change" },
        ),
        None => overall,
    }
}

fn change_line(analysis: &Analysis) -> String {
    let Some(first) = analysis.shifts.first() else {
        return "not compared: too few dated articles, or too short a time".to_owned();
    };
    let (early, late) = (&first.early_label, &first.late_label);
    let changes: Vec<String> = clear_shares(analysis)
        .take(3)
        .map(|s| format!("{} {} to {}", share_name(&s.metric), percent(s.early.value), percent(s.late.value)))
        .collect();
    match changes.len() {
        0 => format!("no frame's share changed clearly from {early} to {late}"),
        _ => format!("{early} to {late}: {}", changes.join(", ")),
    }
}

/// As many changes of level as fit, the most significant first, of equals that of tone.
fn when_line(analysis: &Analysis) -> String {
    let mut changes: Vec<_> =
        analysis.change_points.iter().filter(|change| !repeats_tone(change, analysis)).collect();
    let rank = |change: &ChangePoint| (change.metric != "tone", change.date);
    changes.sort_by(|x, y| x.adjusted_p.total_cmp(&y.adjusted_p).then(rank(x).cmp(&rank(y))));
    let mut line = String::new();
    for change in changes {
        let name = metric_label(&change.metric, &analysis.actor_a, &analysis.actor_b);
        let name = name.trim_end_matches(" (mean probability)");
        let is_share = change.metric.starts_with("frame_");
        let value = |e: &Estimate| if is_share { percent(e.value) } else { signed(e.value) };
        let next = format!("{name} {} ({} to {})", change.date, value(&change.before), value(&change.after));
        let separator = if line.is_empty() { "" } else { ", " };
        if LABEL + line.chars().count() + separator.len() + next.chars().count() > COLUMNS {
            continue;
        }
        line = line + separator + &next;
    }
    if line.is_empty() { "no day on which a measure clearly changed its level".to_owned() } else { line }
}

/// Whether a change of closeness is one of tone, of which closeness is made in part, seen a second time.
fn repeats_tone(change: &ChangePoint, analysis: &Analysis) -> bool {
    change.metric == "closeness"
        && analysis
            .change_points
            .iter()
            .any(|other| other.metric == "tone" && other.overlaps(change.earliest, change.latest))
}

fn quality_line(analysis: &Analysis) -> String {
    let coverage = &analysis.coverage;
    let rejected = match coverage.rejected {
        0 => "no input rejected".to_owned(),
        n => {
            let codes: Vec<String> = coverage
                .rejects_by_code
                .iter()
                .map(|(code, n)| format!("{} {n}", frame_words(code)))
                .collect();
            format!("{} rejected ({})", count(n, "input", "inputs"), codes.join(", "))
        }
    };
    let notes = coverage.annotation_notes.iter().map(|(note, n)| format!("{} {n}", frame_words(note)));
    std::iter::once(rejected).chain(notes).collect::<Vec<_>>().join("; ")
}

fn overall(analysis: &Analysis, metric: &str) -> Option<Estimate> {
    analysis.overall.iter().find(|estimate| estimate.metric == metric).map(|found| found.estimate)
}

/// Frames over their threshold at least once, in words, with their share, the largest first.
fn shares(analysis: &Analysis) -> Vec<(String, Estimate)> {
    let mut shares: Vec<(String, Estimate)> = analysis
        .overall
        .iter()
        .filter(|found| found.metric.starts_with("share_") && found.estimate.value > 0.0)
        .map(|found| (share_name(&found.metric), found.estimate))
        .collect();
    shares.sort_by(|x, y| y.1.value.total_cmp(&x.1.value));
    shares
}

fn share_name(metric: &str) -> String {
    frame_words(metric.strip_prefix("share_").unwrap_or(metric))
}

#[cfg(test)]
mod tests;
