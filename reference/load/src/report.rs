//! What was found, for people and for programs.

use core::fmt::Write as _;
use std::collections::BTreeMap;

use serde::Serialize;

use crate::Failure;
use crate::campaign::{Found, Runs};
use crate::measure::{Figures, Measure, median};
use crate::scenario::Scenario;

/// Width of a column of figures.
const WIDTH: usize = 10;

/// The medians as a table: the floor, Pinnace, and one as a multiple of the other.
pub(crate) fn table(found: &Found) -> String {
    let mut table = format!("{:<20}", "median of the runs");
    for measure in Measure::COLUMNS {
        // Writing to a text does not fail.
        let _ = write!(table, "{:>WIDTH$}", measure.name());
    }
    table.push('\n');
    for (scenario, runs) in found {
        line(&mut table, scenario.name(), "floor", |measure| middle(&runs.floor, measure));
        line(&mut table, scenario.name(), "pinnace", |measure| middle(&runs.pinnace, measure));
        line(&mut table, "", "x floor", |measure| ratio(runs, measure));
    }
    table
}

fn line(table: &mut String, scenario: &str, subject: &str, figure: impl Fn(Measure) -> Option<f64>) {
    let figures: Vec<Option<f64>> = Measure::COLUMNS.into_iter().map(figure).collect();
    if figures.iter().all(Option::is_none) {
        return;
    }
    let _ = write!(table, "{scenario:<11}{subject:<9}");
    for figure in figures {
        let _ = write!(table, "{:>WIDTH$}", figure.map_or_else(String::new, digits));
    }
    table.push('\n');
}

/// Three digits that mean something.
fn digits(figure: f64) -> String {
    match figure.abs() {
        size if size >= 100.0 => format!("{figure:.0}"),
        size if size >= 10.0 => format!("{figure:.1}"),
        size if size >= 0.1 => format!("{figure:.2}"),
        _ => format!("{figure:.4}"),
    }
}

fn middle(runs: &[Figures], measure: Measure) -> Option<f64> {
    median(runs.iter().filter_map(|figures| figures.get(&measure).copied()))
}

fn ratio(runs: &Runs, measure: Measure) -> Option<f64> {
    let (floor, pinnace) = (middle(&runs.floor, measure)?, middle(&runs.pinnace, measure)?);
    (floor > 0.0).then(|| pinnace / floor)
}

#[derive(Serialize)]
struct Told<'a> {
    floor: BTreeMap<Measure, f64>,
    pinnace: BTreeMap<Measure, f64>,
    ratio: BTreeMap<Measure, f64>,
    floor_runs: &'a [Figures],
    pinnace_runs: &'a [Figures],
}

/// Everything as JSON: by scenario the medians, their ratios, and the figures of each run.
pub(crate) fn json(found: &Found) -> Result<String, Failure> {
    let of = |figure: &dyn Fn(Measure) -> Option<f64>| {
        let counts = [Measure::Accepted, Measure::Received, Measure::Receipted, Measure::Sessions];
        let measures = Measure::COLUMNS.into_iter().chain(counts);
        measures.filter_map(|measure| Some((measure, figure(measure)?))).collect()
    };
    let told: BTreeMap<&str, Told<'_>> = found
        .iter()
        .map(|(scenario, runs): (&Scenario, &Runs)| {
            let told = Told {
                floor: of(&|measure| middle(&runs.floor, measure)),
                pinnace: of(&|measure| middle(&runs.pinnace, measure)),
                ratio: of(&|measure| ratio(runs, measure)),
                floor_runs: &runs.floor,
                pinnace_runs: &runs.pinnace,
            };
            (scenario.name(), told)
        })
        .collect();
    serde_json::to_string_pretty(&told).map_err(|error| Failure::Wrong(format!("report: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_tells_medians_and_their_ratio() {
        let figures = |value| Figures::from([(Measure::PerS, value)]);
        let runs = Runs { floor: vec![figures(10.0)], pinnace: [1.0, 5.0, 2.0].map(figures).to_vec() };
        let table = table(&Found::from([(Scenario::Online, runs)]));
        let cells: Vec<Vec<&str>> =
            table.lines().skip(1).map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(
            cells,
            [vec!["online", "floor", "10.0"], vec!["online", "pinnace", "2.00"], vec!["x", "floor", "0.20"]]
        );
    }
}
