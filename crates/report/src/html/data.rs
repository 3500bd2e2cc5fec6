//! What the page's script needs besides figures and sentences: names, periods and the numbers of the tables.

use serde_json::{Map, Value, json};

use crate::escape;
use crate::evidence::threshold_hundredths;
use crate::figures::Kind;
use crate::view::{View, frame_label, grain_label, share_metric};

/// Names, periods, and per grain and metric one `[value, low, high, articles, sentences]` (or null) a period.
pub(super) fn page_data(view: &View<'_>) -> Value {
    let analysis = view.analysis;
    let tables = tables(view);
    let metrics: Vec<&String> = tables.iter().flat_map(|(_, metrics)| metrics).collect();
    let frames: Vec<Value> = analysis
        .frames
        .iter()
        .zip(&analysis.frame_thresholds)
        .map(|(name, &t)| {
            let (label, metric) = (frame_label(name), share_metric(name));
            json!({"label": shown(&label), "metric": metric, "threshold": threshold_hundredths(t)})
        })
        .collect();
    json!({
        "actors": [shown(&analysis.actor_a), shown(&analysis.actor_b)],
        "frames": frames,
        "frameOrder": view.frame_order,
        "grains": grains(view),
        "defaultGrain": view.default_grain().map(|g| g.as_str()),
        "metrics": metrics.iter().map(|m| ((*m).clone(), metric(view, m))).collect::<Map<_, _>>(),
        "series": series(view, &metrics),
        "tables": tables.iter().map(|(id, m)| ((*id).to_owned(), json!(m))).collect::<Map<_, _>>(),
        "evidenceTotal": analysis.evidence_total,
        "events": super::events::data(view),
    })
}

/// The metrics in the table below each chart.
fn tables(view: &View<'_>) -> Vec<(&'static str, Vec<String>)> {
    let own = |metrics: &[&str]| metrics.iter().map(|&m| m.to_owned()).collect();
    let shares = view.frame_order.iter().map(|&i| share_metric(&view.analysis.frames[i])).collect();
    vec![
        ("chart-tone", own(&["closeness", "tone"])),
        ("chart-frames", shares),
        ("chart-stance", own(&["stance_a_to_b", "stance_b_to_a"])),
        ("chart-sentiment", own(&["sentiment_a", "sentiment_b"])),
        ("chart-volume", own(&["articles_both", "articles_a", "articles_b", "relations"])),
    ]
}

fn metric(view: &View<'_>, metric: &str) -> Value {
    let label = match metric.strip_prefix("share_") {
        Some(frame) => frame_label(frame),
        None => view.label(metric),
    };
    json!({"label": shown(&label), "kind": Kind::of(metric).as_str()})
}

/// A name as the page shows it: it cannot turn around what stands beside it.
fn shown(name: &str) -> String {
    escape::without_overrides(name).into_owned()
}

fn grains(view: &View<'_>) -> Vec<Value> {
    view.grains()
        .into_iter()
        .map(|grain| {
            let periods: Vec<Value> =
                view.slots(grain).iter().map(|s| json!([s.label, s.start, s.end])).collect();
            json!({"id": grain.as_str(), "label": grain_label(grain), "periods": periods})
        })
        .collect()
}

fn series(view: &View<'_>, metrics: &[&String]) -> Map<String, Value> {
    view.grains()
        .into_iter()
        .map(|grain| {
            let of_metric = |m: &&String| {
                let points: Vec<Value> = view
                    .estimates(m, grain)
                    .iter()
                    .map(|e| {
                        e.map_or(Value::Null, |e| {
                            json!([round(e.value), round(e.low), round(e.high), e.articles, e.sentences])
                        })
                    })
                    .collect();
                ((*m).clone(), Value::Array(points))
            };
            (grain.as_str().to_owned(), Value::Object(metrics.iter().map(of_metric).collect()))
        })
        .collect()
}

/// Four decimals: more than the page shows, fewer bytes than it would take to be exact.
fn round(x: f64) -> f64 {
    (x * 1e4).round() / 1e4
}
