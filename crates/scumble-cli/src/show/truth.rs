//! How far predictions are from the probability behind the votes, in words.

use super::{bracketed, with_floor};
use scumble::score::{Intervals, Scores};
use scumble::truth::{ExpectedFloor, Truth};
use scumble_jobs::judge::Nearer;
use scumble_nn::{EpochReport, LossReport};

/// What counted votes tell of the predictions, or that they tell nothing.
pub(crate) fn truth(scores: &Scores, intervals: Option<&Intervals>) -> String {
    let Some(truth) = &scores.truth else {
        return "no pixel has counted votes of two raters or more: how far the predictions are from the truth behind the \
                labels cannot be known"
            .into();
    };
    let interval = |name: &str, words: fn(f64) -> String| {
        let found = intervals.and_then(|intervals| intervals.all.get(name));
        found.map_or(String::new(), |interval| format!(" {}", bracketed(interval, words)))
    };
    let Truth { distance, raters_mean_distance, worth_in_raters, expected_floor, .. } = truth;
    let ExpectedFloor { low, high, estimate } = expected_floor;
    let worth = worth_in_raters.map_or_else(
        || format!("more than these votes can tell{}", interval("worth_in_raters", number)),
        |raters| {
            format!("as good as the mean of {}{} raters", number(raters), interval("worth_in_raters", number))
        },
    );
    format!(
        "distance to the truth: {}{} percentage points (root mean square) off what any number of such raters would say;\n\
         the raters' own mean is {} off: {}\n\
         worth in raters: {worth}\n\
         expected floor: {estimate:.4} nats ({low:.4} to {high:.4}) of the cross entropy no classifier gets below",
        points(*distance),
        interval("truth_distance", points),
        points(*raters_mean_distance),
        Nearer::of(intervals).words(),
    )
}

/// How far predictions are from the truth, in a few words.
pub(crate) fn nearness(truth: &Truth) -> String {
    let worth = truth.worth_in_raters.map(|raters| format!(", worth {} raters", number(raters)));
    format!("{} points from the truth{}", points(truth.distance), worth.unwrap_or_default())
}

/// What an epoch's validation has found, if there was one.
pub(crate) fn validation(epoch: &EpochReport) -> Option<String> {
    let LossReport { value, floor, excess } = epoch.validation?;
    let nearness = epoch.truth.as_ref().map_or(String::new(), |truth| format!("; {}", nearness(truth)));
    Some(format!("cross entropy {}{nearness}", with_floor(value, floor, excess)))
}

fn points(share: f64) -> String {
    format!("{:.2}", 100.0 * share)
}

fn number(value: f64) -> String {
    if value < 10.0 { format!("{value:.1}") } else { format!("{value:.0}") }
}
