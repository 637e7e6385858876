//! What came out: a sentence, three numbers, an image, and more on demand.

use super::content::Report;
use super::hero::hero;
use super::quantity::{Unit, quantity};
use super::words::{count, percent, points, significant};
use crate::judge::Nearer;
use crate::numbers::thousands;
use maud::{Markup, html};
use scumble::labels::{Kind, binary_entropy, entropy};
use scumble::score::{Binning, CalibrationBin, ClassScores, CrossEntropyScore, score_names};
use scumble::truth::{ExpectedFloor, Truth};

/// The section at the top of the page: a sentence, three numbers and an image; what else there is to know folded away.
pub(super) fn summary(report: &Report<'_>) -> Markup {
    let all = &report.judgement.all;
    let Some(loss) = all.cross_entropy else {
        return html! { p.lead { "No valid pixel: nothing was judged." } };
    };
    let headline = distance(report);
    html! {
        p.lead { @match &headline { Some(distance) => { (distance) } None => { (calibration(report)) } } }
        @for sentence in [known_truth(report), caution(report)].into_iter().flatten() { p { (sentence) } }
        div.tiles {
            @match &all.truth {
                Some(truth) => {
                    (tile(report, "truth_distance", html! {
                        "root mean square; the raters' own mean: " (Unit::Points.words(truth.raters_mean_distance))
                    }))
                    (tile(report, "worth_in_raters", html! { "their mean would be as near to the truth" }))
                    (tile(report, "calibration", html! { "mean over all pixels" }))
                }
                None => {
                    (tile(report, "calibration", html! { "mean over all pixels" }))
                    (tile(report, "brier", html! { "mean squared difference to the label" }))
                    (tile(report, "dice", html! { "1 where prediction and label are the same" }))
                }
            }
        }
        @if let Some(hero) = hero(report) { (hero) }
        details {
            summary { "More: calibration where it counts, log loss, overlap" }
            @if headline.is_some() { p { (calibration(report)) } }
            @for sentence in [doubt(report), Some(cost(report, &loss)), skill(report, &loss)].into_iter().flatten() { p { (sentence) } }
            div.tiles {
                (tile(report, "log_loss", bar(&loss)))
                @if all.truth.is_some() {
                    (tile(report, "brier", html! { "mean squared difference to the label" }))
                    (tile(report, "dice", html! { "1 where prediction and label are the same" }))
                }
            }
        }
    }
}

/// A score by its name, in its unit, with its interval.
fn tile(report: &Report<'_>, name: &str, note: Markup) -> Markup {
    let (title, unit) = quantity(name);
    let score = score_names()
        .iter()
        .find(|score| score.name == name)
        .and_then(|score| (score.of)(&report.judgement.all));
    let interval = report.judgement.intervals.as_ref().and_then(|intervals| intervals.all.get(name));
    html! {
        div.tile {
            div.tile-name { (title) }
            div.tile-value {
                @match score {
                    Some(score) => { (unit.number(score)) @if !unit.symbol().is_empty() { " " span.unit { (unit.symbol()) } } }
                    None => { "-" }
                }
            }
            div.tile-note {
                (note)
                @if let Some(interval) = interval {
                    br; (unit.interval(interval))
                }
            }
        }
    }
}

/// How far the predictions are from the probability behind the votes.
fn distance(report: &Report<'_>) -> Option<String> {
    let truth = report.judgement.all.truth?;
    let intervals = report.judgement.intervals.as_ref();
    let mean = points(truth.raters_mean_distance);
    let Some(worth) = truth.worth_in_raters else {
        let most = intervals.and_then(|intervals| intervals.all.get("truth_distance"));
        let most = most.filter(|interval| interval.high.is_finite()).map_or(String::new(), |interval| {
            format!(" (less than {} pp, percentage points)", points(interval.high))
        });
        return Some(format!(
            "The probabilities are nearer to what any number of such raters would say than these votes can tell{most}; the \
             mean of the raters at hand is {mean} pp off."
        ));
    };
    Some(format!(
        "The probabilities are {} pp (percentage points, root mean square) off what any number of such raters would say: as \
         good as the mean of {} raters. The mean of the raters at hand is {mean} pp off; {}.",
        points(truth.distance),
        significant(worth, 2),
        Nearer::of(intervals).words()
    ))
}

/// Floor and excess as parts of the whole.
fn bar(loss: &CrossEntropyScore) -> Markup {
    let share = if loss.value > 0.0 { (100.0 * loss.floor / loss.value).clamp(0.0, 100.0) } else { 0.0 };
    html! {
        div.bar aria-hidden="true" { div.bar-floor style={ "width:" (format!("{share:.1}")) "%" } {} }
        "entropy of the labels " (Unit::Nats.number(loss.floor)) ", excess " (Unit::Nats.number(loss.excess))
    }
}

/// Who says what the predictions are held against.
fn authority(report: &Report<'_>) -> &'static str {
    if report.material.opinions { "the raters say" } else { "the labels say" }
}

fn calibration(report: &Report<'_>) -> String {
    let all = &report.judgement.all;
    let error = points(all.calibration_error.unwrap_or(0.0));
    let over = match all.classes.len() {
        1 => String::new(),
        n => format!(" (mean over the {n} classes)"),
    };
    let mut words = format!(
        "In the mean over a bin the probabilities are {error} pp off what {}{over}.",
        authority(report)
    );
    if let [class] = &all.classes[..] {
        let [predicted, observed] = [sum(class, |bin| bin.predicted), sum(class, |bin| bin.observed)]
            .map(|part| part / sum(class, |bin| bin.weight));
        let verdict = match predicted / observed {
            r if r > 1.02 => "too high",
            r if r < 0.98 => "too low",
            _ => "right",
        };
        words += &format!(
            " In all they are {verdict}: {} {} is predicted, {} found.",
            exactly(predicted),
            class.class,
            exactly(observed)
        );
    }
    words
}

/// Percent with the digits that tell neighbours apart.
fn exactly(share: f64) -> String {
    format!("{}\u{a0}%", significant(100.0 * share, 3))
}

fn sum(class: &ClassScores, of: fn(&CalibrationBin) -> f64) -> f64 {
    class.reliability.iter().map(of).sum()
}

/// Calibration without the easy pixels, which hide everything in an average: the outermost bins are left out. Of bins of
/// equal mass the outermost are not the easy ones, so nothing is said.
fn doubt(report: &Report<'_>) -> Option<String> {
    let all = &report.judgement.all;
    let (mut gap, mut weight, mut total) = (0.0, 0.0, 0.0);
    let bins = report.judgement.scoring.bins;
    if bins < 3 || report.judgement.scoring.binning == Binning::EqualMass {
        return None;
    }
    for class in &all.classes {
        total += sum(class, |bin| bin.weight);
        for bin in &class.reliability[1..bins - 1] {
            gap += (bin.predicted - bin.observed).abs();
            weight += bin.weight;
        }
    }
    let [low, high] = [1.0 / bins as f64, 1.0 - 1.0 / bins as f64].map(|edge| Unit::Probability.words(edge));
    let what = if all.classes.len() == 1 { "the pixels" } else { "the pixels and classes" };
    (weight > 0.0).then(|| {
        let (share, gap) = (weight / total, gap / weight);
        let easy = if share < 0.2 { "Most pixels are easy, and hide in the average the others. " } else { "" };
        format!(
            "{easy}Where the prediction is in doubt (a probability of {low} to {high}: {} of {what}), it is {} pp \
             off.",
            percent(share),
            points(gap)
        )
    })
}

fn cost(report: &Report<'_>, loss: &CrossEntropyScore) -> String {
    let (value, floor, excess) =
        (Unit::Nats.number(loss.value), Unit::Nats.number(loss.floor), Unit::Nats.number(loss.excess));
    if loss.floor == 0.0 {
        return format!(
            "A pixel costs {value} nats of log loss. The labels are certain, so all of it is the model's."
        );
    }
    let entropy = format!(
        "A pixel costs {value} nats of log loss. The labels' own entropy is {floor}; {excess} is the excess over it."
    );
    match report.judgement.all.truth {
        Some(Truth { expected_floor: ExpectedFloor { low, high, estimate }, .. }) => format!(
            "{entropy} Against all such raters instead of these few no classifier gets below about {} ({} to {}).",
            Unit::Nats.number(estimate),
            Unit::Nats.number(low),
            Unit::Nats.number(high)
        ),
        None => entropy,
    }
}

/// How much of what can be known beyond the classes' frequencies is known.
fn skill(report: &Report<'_>, loss: &CrossEntropyScore) -> Option<String> {
    let guess = guess(report)? - loss.floor;
    (guess > 0.0).then(|| {
        let share = loss.excess / guess;
        let verdict = match share {
            s if s < 1.0 => format!("the predictions take away {} of that", percent(1.0 - s)),
            _ => "the predictions are no better than that".into(),
        };
        format!(
            "Whoever always says how common a class is on these images has an excess of {}; {verdict}.",
            Unit::Nats.number(guess)
        )
    })
}

/// The cross entropy of the classes' frequencies as a prediction of every pixel.
fn guess(report: &Report<'_>) -> Option<f64> {
    let frequencies = || report.judgement.all.classes.iter().map(|class| class.frequency);
    if report.judgement.task.kind() == Kind::Multiclass {
        return Some(entropy(frequencies().collect::<Option<Vec<f64>>>()?));
    }
    let (mut cost, mut weight) = (0.0, 0.0);
    for class in report.judgement.all.classes.iter().filter(|class| class.frequency.is_some()) {
        let pixels = sum(class, |bin| bin.weight);
        cost += pixels * binary_entropy(class.frequency?);
        weight += pixels;
    }
    (weight > 0.0).then(|| cost / weight)
}

/// Where the truth is known: what the estimate of the distance is worth.
fn known_truth(report: &Report<'_>) -> Option<String> {
    let known = Unit::Points.number(report.truth?.brier?.sqrt());
    let estimate = Unit::Points.number(report.judgement.all.truth?.distance);
    Some(format!(
        "The truth behind these made-up opinions is known: the predictions are {known} pp off it, where the votes alone say \
         {estimate} pp."
    ))
}

fn caution(report: &Report<'_>) -> Option<String> {
    let images = report.judgement.images.len();
    let learnt = report.judgement.selection.learnt.len();
    if learnt > 0 {
        let some = if learnt == images { "all".into() } else { thousands(learnt as u64) };
        return Some(format!(
            "The model has learnt from {some} of these images: on others it will be worse."
        ));
    }
    (images < 10).then(|| {
        format!("This rests on {}: others of the same kind may give other numbers.", count(images, "image"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::Judgement;
    use ndarray::{Array3, array};
    use scumble::labels::{LabelSpace, NO_RATERS, SoftLabels};
    use scumble::score::{Judge, JudgeOptions};

    fn judged(kind: Kind, label: Array3<f32>, prediction: Array3<f32>) -> Judgement {
        let names = (0..label.dim().0).map(|k| format!("class {k}"));
        let mut judge = Judge::new(&LabelSpace::new(kind, names).unwrap(), JudgeOptions::default());
        judge.add(&SoftLabels::new(kind, label).unwrap(), prediction.view(), NO_RATERS).unwrap();
        Judgement::of(kind, judge.scores(), &[("x", judge.scores())])
    }

    #[test]
    fn words_are_the_numbers() {
        let judged = judged(Kind::Binary, array![[[0.2, 0.6]]], array![[[0.5, 0.5]]]);
        let text = summary(&Report::new(&judged).unwrap()).into_string().replace('\u{a0}', " ");
        for part in [
            "10 pp off what the labels say",
            "too high: 50.0 % class 0 is predicted, 40.0 % found",
            "0.067 to 0.93: 100 % of the pixels",
            "rests on 1 image:",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    /// Saying the frequency everywhere is what the baseline does, so nothing of it is taken away.
    #[test]
    fn the_frequency_is_the_guess() {
        for (kind, label, prediction) in [
            (Kind::Binary, array![[[0.25f32, 0.75]]], array![[[0.5f32, 0.5]]]),
            (
                Kind::Multiclass,
                array![[[0.5f32, 0.0]], [[0.25, 0.25]], [[0.25, 0.75]]],
                array![[[0.25f32, 0.25]], [[0.25, 0.25]], [[0.5, 0.5]]],
            ),
            (
                Kind::Multilabel,
                array![[[1.0f32, 0.0]], [[0.25, 0.25]]],
                array![[[0.5f32, 0.5]], [[0.25, 0.25]]],
            ),
        ] {
            let judged = judged(kind, label, prediction);
            let loss = judged.all.cross_entropy.unwrap();
            assert!((guess(&Report::new(&judged).unwrap()).unwrap() - loss.value).abs() < 1e-7, "{kind}");
        }
    }

    #[test]
    fn certain_labels_have_no_floor() {
        let judged = judged(Kind::Binary, array![[[0.0, 1.0]]], array![[[0.1, 0.9]]]);
        assert!(summary(&Report::new(&judged).unwrap()).into_string().contains("all of it is the model"));
    }
}
