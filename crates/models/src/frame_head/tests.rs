//! Properties of the fit: it separates what can be separated, rests where the gradient is zero, and knows no order.

use ndarray::{Array1, Array2, s};
use proptest::prelude::*;

use super::logistic::{Problem, Standard};
use super::*;

/// Examples whose frame `left` is told by the first input and `right` by the second, with noise in the others.
fn separable(noise: &[f64], n: usize) -> FrameExamples {
    let inputs = noise.len() / n;
    let mut features = Array2::from_shape_fn((n, inputs), |(row, input)| noise[row * inputs + input] as f32);
    let labels = Array2::from_shape_fn((n, 2), |(row, frame)| (row >> frame) & 1 == 1);
    for ((row, frame), label) in labels.indexed_iter() {
        features[(row, frame)] += if *label { 6.0 } else { -6.0 };
    }
    FrameExamples {
        frames: vec!["left".to_owned(), "right".to_owned()],
        features,
        labels,
        groups: (0..n).map(|row| format!("sentence {row}")).collect(),
    }
}

fn probabilities(fit: &FrameFit, features: &Array2<f32>) -> Array2<f32> {
    (features.dot(&fit.weight.t()) + &fit.bias).mapv(sigmoid)
}

fn permuted(examples: &FrameExamples, order: &[usize]) -> FrameExamples {
    FrameExamples {
        frames: examples.frames.clone(),
        features: examples.features.select(Axis(0), order),
        labels: examples.labels.select(Axis(0), order),
        groups: order.iter().map(|&row| examples.groups[row].clone()).collect(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_can_be_separated_is(noise in prop::collection::vec(-1.0f64..1.0, 16 * 6)) {
        let examples = separable(&noise, 16);
        let fit = fit(&examples).expect("enough examples");
        let found = probabilities(&fit, &examples.features);
        for ((row, frame), label) in examples.labels.indexed_iter() {
            prop_assert_eq!(found[(row, frame)] >= fit.thresholds[frame], *label);
        }
    }

    #[test]
    fn the_order_of_the_examples_does_not_matter(
        noise in prop::collection::vec(-8.0f64..8.0, 15 * 5),
        order in Just((0..15).collect::<Vec<usize>>()).prop_shuffle(),
    ) {
        let examples = separable(&noise, 15);
        let (one, other) = (fit(&examples).expect("fits"), fit(&permuted(&examples, &order)).expect("fits"));
        prop_assert_eq!(one.strength, other.strength);
        for (a, b) in one.thresholds.iter().zip(&other.thresholds) {
            prop_assert!((a - b).abs() < 1e-4);
        }
        let found = probabilities(&one, &examples.features) - probabilities(&other, &examples.features);
        prop_assert!(found.iter().all(|difference| difference.abs() < 1e-4), "{}", found);
    }

    #[test]
    fn the_gradient_is_zero_at_the_solution(
        values in prop::collection::vec(-3.0f64..3.0, 20 * 8),
        labels in prop::collection::vec(0u8..2, 20 * 3),
        strength in 0.02f64..3.0,
    ) {
        let x = Array2::from_shape_vec((20, 8), values).expect("sizes fit");
        let y = Array2::from_shape_vec((20, 3), labels).expect("sizes fit").mapv(f64::from);
        let problem = Problem::new(Standard::of(x.view()).apply(x.view()), y);
        let solution = problem.minimise(&problem.start(), strength, 1e-8);
        let gradient = problem.gradient(&solution.weights, strength);
        prop_assert!(gradient.iter().all(|value| value.abs() < 1e-7), "{}", gradient);
    }
}

#[test]
fn standardisation_folds_into_the_map() {
    let x = Array2::from_shape_fn((9, 3), |(row, input)| {
        (row as f64 * 1.7).sin() * 10f64.powi(input as i32) + 4.0
    });
    let standard = Standard::of(x.view());
    let ready = standard.apply(x.view());
    let mean: Array1<f64> = ready.slice(s![.., ..3]).sum_axis(Axis(0)) / 9.0;
    assert!(mean.iter().all(|v| v.abs() < 1e-9), "{mean}");
    let y = Array2::from_shape_fn((9, 1), |(row, _)| f64::from(u8::from(row % 3 == 0)));
    let problem = Problem::new(ready.clone(), y);
    let affine = problem.minimise(&problem.start(), 0.1, 1e-8);
    let (weight, bias) = standard.unfold(&affine);
    let plain = x.dot(&weight.t()) + &bias;
    let folded = ready.dot(&affine.weights);
    assert!((plain - folded).iter().all(|difference| difference.abs() < 1e-9));
}

#[test]
fn too_few_examples_are_named() {
    let mut examples = separable(&[0.0; 8 * 2], 8);
    examples.labels.column_mut(1).fill(false);
    examples.labels[(0, 1)] = true;
    let said = fit(&examples).expect_err("one example").to_string();
    assert!(said.contains("\"right\": 1 of the examples have it"), "{said}");
    examples.labels.column_mut(1).fill(true);
    let said = fit(&examples).expect_err("all").to_string();
    assert!(said.contains("0 of the examples lack it"), "{said}");
    let mut examples = separable(&[0.0; 8 * 2], 8);
    examples.groups.fill("the same".to_owned());
    assert_eq!(fit(&examples).expect_err("one group"), FitError::OneGroup);
    examples.features[(3, 0)] = f32::NAN;
    assert!(matches!(fit(&examples), Err(FitError::Malformed { .. })));
}

#[test]
fn a_group_is_never_on_both_sides() {
    // Two sentences each of ten groups; within a group the labels are the same and the features are noise of the group, so a
    // head can only be right by having seen the group.
    let group = |row: usize| row / 2;
    let value =
        |row: usize, input: usize| ((group(row) * 30 + input) as f32 * 12.9898).sin() * 43_758.547 % 1.0;
    let examples = FrameExamples {
        frames: vec!["any".to_owned()],
        features: Array2::from_shape_fn((20, 30), |(row, input)| value(row, input)),
        labels: Array2::from_shape_fn((20, 1), |(row, _)| group(row) % 2 == 0),
        groups: (0..20).map(|row| group(row).to_string()).collect(),
    };
    let apart = FrameExamples { groups: (0..20).map(|row| row.to_string()).collect(), ..examples.clone() };
    let right = |examples: &FrameExamples| {
        let fit = fit(examples).expect("fits");
        let hits = fit.out_of_fold.iter().zip(&examples.labels).filter(|&(&p, &label)| (p >= 0.5) == label);
        hits.count()
    };
    assert!(right(&examples) < right(&apart), "{} and {}", right(&examples), right(&apart));
}
