use super::*;

fn outlet_of(articles: &[(f64, f64)]) -> Outlet {
    Outlet::of(articles.iter().map(|&(mean, sentences)| (mean * sentences, sentences))).expect("articles")
}

/// Outlets with articles of one sentence each.
fn outlets<M: AsRef<[f64]>>(of: &[M]) -> Vec<Outlet> {
    of.iter()
        .map(|means| outlet_of(&means.as_ref().iter().map(|&mean| (mean, 1.0)).collect::<Vec<_>>()))
        .collect()
}

#[test]
fn the_variance_of_an_outlet_is_that_of_a_ratio() {
    let equal = outlet_of(&[(0.1, 1.0), (0.2, 1.0), (0.6, 1.0)]);
    assert!((equal.mean - 0.3).abs() < 1e-12 && (equal.effective - 3.0).abs() < 1e-12);
    // The sample variance is 0.07, that of the mean a third of it.
    assert!((equal.squares / equal.expected - 0.07).abs() < 1e-12);
    assert!((equal.linearised - 0.07 / 3.0).abs() < 1e-12);
    assert!((equal.variance(0.03) - 0.01).abs() < 1e-12, "few articles take the pooled one");
    let unequal = outlet_of(&[(0.0, 3.0), (1.0, 1.0)]);
    assert!((unequal.effective - 1.6).abs() < 1e-12 && (unequal.mean - 0.25).abs() < 1e-12);
    let lone = outlet_of(&[(0.4, 7.0)]);
    assert_eq!((lone.expected, lone.linearised, lone.effective), (0.0, 0.0, 1.0));
    assert!(Outlet::of([(0.0, 0.0)].into_iter()).is_none());
}

#[test]
fn the_variance_between_outlets_meets_its_equation() {
    let means = [(0.1, 0.01), (0.5, 0.04), (-0.3, 0.02), (0.2, 0.01), (0.0, 0.09)];
    let between = between_variance(&means);
    let (mu, _) = weighted_mean(&means, between);
    let q: f64 = means.iter().map(|&(y, v)| (y - mu).powi(2) / (v + between)).sum();
    assert!((q - 4.0).abs() < 1e-9 && between > 0.01, "{between}: {q}");
    // With equal variances it is the variance of the means less theirs.
    let equal = [0.1, 0.5, -0.3, 0.2, 0.0].map(|y| (y, 0.01));
    assert!((between_variance(&equal) - (0.085 - 0.01)).abs() < 1e-9, "{}", between_variance(&equal));
    assert_eq!(between_variance(&equal.map(|(y, _)| (y, 0.5))), 0.0);
}

#[test]
fn few_articles_are_pulled_far_and_many_hardly() {
    let spread = |mean: f64, n: usize| -> Vec<f64> {
        (0..n).map(|i| mean + if i % 2 == 0 { 0.2 } else { -0.2 }).collect()
    };
    let articles = [
        spread(0.8, 2),
        spread(0.8, 200),
        spread(0.0, 30),
        spread(0.1, 30),
        spread(-0.3, 30),
        spread(0.2, 30),
    ];
    let outlets = outlets(&articles.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let pooled = pool(&outlets);
    let (few, many) = (pooled[0], pooled[1]);
    assert!(few.mean < 0.78 && few.mean > 0.3, "{few:?}");
    assert!((many.mean - 0.8).abs() < 0.01, "{many:?}");
    assert!(few.half_width > 2.0 * many.half_width, "{few:?} {many:?}");
}

#[test]
fn what_cannot_be_told_from_chance_is_not_said() {
    assert!(pool(&[]).is_empty());
    assert!(pool(&outlets(&[&[0.1, 0.3], &[0.2, 0.1], &[0.3, 0.4], &[0.0, 0.2]])).is_empty(), "four outlets");
    assert!(pool(&outlets(&[&[0.1], &[0.2], &[0.3], &[0.4], &[0.5], &[0.6]])).is_empty(), "lone articles");
    assert!(pool(&outlets(&[&[0.1, 0.1]; 8])).is_empty(), "articles that never differ");
    assert_eq!(pool(&outlets(&[&[0.1, 0.2]; 8])).len(), 8);
}

#[test]
fn outlets_that_all_say_the_same_meet_in_the_middle() {
    let pooled = pool(&outlets(&[&[0.1, 0.5]; 40]));
    assert!(pooled.iter().all(|pooled| (pooled.mean - 0.3).abs() < 1e-12 && pooled.half_width < 0.2));
}
