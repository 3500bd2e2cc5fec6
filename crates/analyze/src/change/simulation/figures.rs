//! The simulation at length, for the record.

use std::fmt::Write as _;
use std::time::Instant;

use super::*;

/// Scenarios beyond those of the quick tests: what else may be asked, and where the assumptions fail.
const OTHERS: [Scenario; 15] = [
    scenario("quiet, 230 days", &[(230, 0.0)], Values::Normal, Size::One),
    scenario("quiet, three times the spread in the second half", &[(200, 0.0)], Values::Louder, Size::One),
    scenario("quiet but days alike, correlation 0.2", &[(200, 0.0)], Values::Serial(0.2), Size::One),
    scenario("quiet but days alike, correlation 0.2, 60 days", &[(60, 0.0)], Values::Serial(0.2), Size::One),
    scenario("quiet but days alike, correlation 0.8", &[(200, 0.0)], Values::Serial(0.8), Size::One),
    scenario(
        "quiet but days alike, correlation 0.5, 1000 days",
        &[(1000, 0.0)],
        Values::Serial(0.5),
        Size::One,
    ),
    scenario(
        "100 + 100, days alike, correlation 0.3",
        &[(100, 0.0), (100, 1.0)],
        Values::Serial(0.3),
        Size::One,
    ),
    scenario("quiet but days alike, correlation 0.5", &[(200, 0.0)], Values::Serial(0.5), Size::One),
    scenario("300 + 30", &[(300, 0.0), (30, 1.0)], Values::Normal, Size::One),
    scenario("500 + 30 + 500, back again", &[(500, 0.0), (30, 1.0), (500, 0.0)], Values::Normal, Size::One),
    scenario("60 + 60 + 60, back again", &[(60, 0.0), (60, 1.0), (60, 0.0)], Values::Normal, Size::One),
    scenario("60 + 60 + 60, up and up", &[(60, 0.0), (60, 1.0), (60, 2.0)], Values::Normal, Size::One),
    scenario("100 + 100, half a deviation", &[(100, 0.0), (100, 0.5)], Values::Normal, Size::One),
    scenario("60 + 60, unequal articles", &[(60, 0.0), (60, 1.0)], Values::Normal, Size::Unequal),
    scenario("100 + 100, rare frame 0.05 to 0.15", &[(100, 0.0), (100, 0.1)], Values::Share, Size::Several),
];

/// `RUNS=2000 FIGURES=simulation.txt cargo test change::simulation::figures -- --ignored`
#[test]
#[ignore = "takes minutes; writes its figures to the file named by FIGURES"]
fn write_figures() {
    let runs: u64 = std::env::var("RUNS").map_or(200, |runs| runs.parse().expect("a number"));
    let path = std::env::var("FIGURES").expect("FIGURES names a file");
    let mut text = format!(
        "Change points: simulation, {runs} runs a scenario, {} with over 1,000 days; level 0.05, \
         999 permutations.\n\
         RUNS={runs} FIGURES=simulation.txt cargo test change::simulation::figures -- --ignored\n\
         found: runs with any change; exact: with as many as there are; more: with more;\n\
         covered: true dates inside their 95 % interval, and its mean length in days, over exact runs.\n\n\
         {:52} {:>6} {:>6} {:>6} {:>8} {:>6}\n",
        runs / 10,
        "scenario",
        "found",
        "exact",
        "more",
        "covered",
        "days"
    );
    for scenario in QUIET.into_iter().chain(SHIFTS).chain(OTHERS) {
        let o = simulate(scenario, if scenario.length() > 1000 { runs / 10 } else { runs });
        write!(text, "{:52} {:6.3} {:6.3} {:6.3}", scenario.name, o.found, o.exact, o.more).expect("text");
        match scenario.levels.len() {
            1 => writeln!(text).expect("text"),
            _ => writeln!(text, " {:8.3} {:6.1}", o.covered, o.width).expect("text"),
        }
        std::fs::write(&path, &text).expect("a file");
    }
    text +=
        "\n25 series of 140 days, unequal articles; those that change do so by 1.5 deviations half-way.\n";
    for changing in [0, 1, 5, 20] {
        let (wrong, power) = discoveries(changing, runs / 8);
        let line = format!("{changing:2} change: false discovery rate {wrong:.3}, share found {power:.3}\n");
        text += &line;
        std::fs::write(&path, &text).expect("a file");
    }
    text += &cost();
    std::fs::write(&path, &text).expect("a file");
}

/// Time for 25 series of about 10,000 articles on 2,000 days, every fifth with two changes.
fn cost() -> String {
    let loud = scenario("loud", &[(600, 0.0), (800, 0.5), (600, 0.0)], Values::Normal, Size::Several);
    let quiet = scenario("quiet", &[(2000, 0.0)], Values::Normal, Size::Several);
    let mut rng = SmallRng::seed_from_u64(1);
    let drawn: Vec<(String, Vec<Observation>)> =
        (0..25).map(|n| (n.to_string(), if n % 5 == 0 { loud } else { quiet }.draw(&mut rng))).collect();
    let series: Vec<Labelled<'_>> =
        drawn.iter().map(|(label, observations)| Labelled { label, observations }).collect();
    let start = Instant::now();
    let found: usize = changes(&series, Options::new(1)).iter().map(Vec::len).sum();
    format!(
        "\n25 series of 10,000 articles on 2,000 days, 5 of them with 2 changes: \
         {found} found in {:.1} s (busy machine)\n",
        start.elapsed().as_secs_f64()
    )
}
