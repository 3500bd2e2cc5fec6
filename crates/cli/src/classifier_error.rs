//! What the manifests tell of the classifier's error, by metric of the report.

use std::collections::BTreeMap;

use anyhow::Result;
use dyad_core::Config;
use dyad_models::Manifest;

use crate::roles;

/// Standard deviations of the classifier's error in units of the metric. A metric is left out where the model that decides it
/// has no figure: one named for a role takes the place of the joint model, whose figures then say nothing.
pub fn deviations(config: &Config) -> Result<BTreeMap<String, f64>> {
    let manifest = Manifest::load(&roles::joint_folder(config)?)?;
    Ok(by_metric(&manifest.errors, config.model.sentiment.is_none(), config.model.frames.is_none()))
}

/// The joint model's figures for what it decides; sentiment and stance hold for both actors and directions.
fn by_metric(
    errors: &BTreeMap<String, f64>,
    decides_sentiment: bool,
    decides_frames: bool,
) -> BTreeMap<String, f64> {
    let metrics = |name: &str| match name {
        "sentiment" if decides_sentiment => vec!["sentiment_a".to_owned(), "sentiment_b".to_owned()],
        "sentiment" => vec![],
        "stance" => vec!["stance_a_to_b".to_owned(), "stance_b_to_a".to_owned()],
        "tone" => vec![name.to_owned()],
        // Frames and closeness, which is made of them.
        _ if decides_frames => vec![name.to_owned()],
        _ => vec![],
    };
    errors
        .iter()
        .flat_map(|(name, &deviation)| metrics(name).into_iter().map(move |metric| (metric, deviation)))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn names(decides_sentiment: bool, decides_frames: bool) -> Vec<String> {
        let figures = ["tone", "stance", "sentiment", "closeness", "frame_rivalry", "share_rivalry"];
        let errors = figures.map(|name| (name.to_owned(), 0.05)).into();
        by_metric(&errors, decides_sentiment, decides_frames).into_keys().collect()
    }

    #[test]
    fn figures_hold_for_what_the_model_decides() {
        let always = ["stance_a_to_b", "stance_b_to_a", "tone"];
        assert_eq!(names(false, false), always);
        let with_sentiment = ["sentiment_a", "sentiment_b", "stance_a_to_b", "stance_b_to_a", "tone"];
        assert_eq!(names(true, false), with_sentiment);
        let with_frames =
            ["closeness", "frame_rivalry", "share_rivalry", "stance_a_to_b", "stance_b_to_a", "tone"];
        assert_eq!(names(false, true), with_frames);
    }

    #[test]
    fn the_built_in_model_has_a_figure_for_every_metric() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/joint-minilm");
        let manifest = Manifest::load(&folder).expect("a manifest");
        let known = by_metric(&manifest.errors, true, true);
        let frames = manifest.heads.frames.labels.iter();
        let of_frames = frames.flat_map(|frame| [format!("frame_{frame}"), format!("share_{frame}")]);
        let others = ["tone", "stance_a_to_b", "stance_b_to_a", "sentiment_a", "sentiment_b", "closeness"]
            .map(str::to_owned);
        for metric in of_frames.chain(others) {
            assert!(known.contains_key(&metric), "{metric}");
        }
    }

    #[test]
    fn a_model_without_figures_gives_none() {
        assert!(by_metric(&BTreeMap::new(), true, true).is_empty());
    }
}
