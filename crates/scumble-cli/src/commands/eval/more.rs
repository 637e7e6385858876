//! Chance, amounts, consensus and uncertainty in few words.

use crate::show::{counted, decimals, name, optional, percent, signed};
use scumble::score::{Interval, Scores};
use scumble_jobs::judge::{AmountUnit, ClassAmounts, JudgedAmounts, JudgedUncertainty, Judgement};

/// A line for each class: how much is predicted, and how much the raters see. Nothing without raters.
pub(super) fn amounts(amounts: &JudgedAmounts) -> Option<String> {
    let unit = match amounts.unit {
        AmountUnit::Pixels => "pixels",
        AmountUnit::SquareMillimetres => "mm²",
        AmountUnit::CubicMillimetres => "mm³",
    };
    let volumes = amounts.images.iter().any(|image| image.slices.is_some());
    let line = |amount: &ClassAmounts| {
        let scores = &amount.scores;
        let (predicted, raters, bias) = (scores.predicted?, scores.raters_mean?, scores.bias?);
        let relative = scores.relative_bias.map_or(String::new(), |share| {
            let interval =
                amount.intervals.get("relative_bias").map_or(String::new(), |Interval { low, high }| {
                    format!(" [{}, {}]", signed(100.0 * low, 1), signed(100.0 * high, 1))
                });
            format!(", on the mean {} %{interval}", signed(100.0 * share, 1))
        });
        Some(format!(
            "amount of {}: {} {unit} predicted, {} by the raters (means of {}); bias {}{relative}; CRPS {}",
            name(&amount.class),
            number(predicted),
            number(raters),
            counted(scores.count, if volumes { "volume" } else { "image" }),
            signed(bias, places(bias)),
            scores.crps.map_or_else(|| "-".into(), number),
        ))
    };
    let lines: Vec<String> = amounts.classes.iter().filter_map(line).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// How much of the calibration error is there whatever is predicted, for want of images.
pub(super) fn chance(judgement: &Judgement) -> Option<String> {
    let (error, chance) = (judgement.all.calibration_error?, judgement.calibration_by_chance?);
    Some(format!(
        "of the calibration error of {}, {} would be there by chance if every probability were true ({})",
        decimals(error, 4),
        decimals(chance.min(error), 4),
        counted(judgement.images.len(), "image"),
    ))
}

/// Where raters agree, and where they do not.
pub(super) fn consensus(scores: &Scores) -> Option<String> {
    let (agree, differ) = (scores.consensus?, scores.dissensus?);
    let log_loss = |part: &scumble::score::PartScores| optional(part.cross_entropy.map(|ce| ce.value));
    Some(format!(
        "raters agree at {} of the pixels: log loss {}, Brier {} there; {}, {} where they differ",
        percent(agree.share),
        log_loss(&agree),
        optional(agree.brier),
        log_loss(&differ),
        optional(differ.brier),
    ))
}

/// Whether the predictions know where they err, by image; by pixel it is in the table of all scores.
pub(super) fn uncertainty(uncertainty: &JudgedUncertainty) -> Option<String> {
    let by_image = uncertainty.by_image?;
    Some(format!(
        "risk where only the surest images count (area below the curve, {}): {}, {} above the best order; of all {}",
        counted(uncertainty.images.len(), "image"),
        decimals(by_image.aurc, 4),
        decimals(by_image.excess_aurc, 4),
        decimals(by_image.risk, 4),
    ))
}

/// Four digits, and none behind the point where there are as many before it.
fn number(value: f64) -> String {
    decimals(value, places(value))
}

fn places(value: f64) -> usize {
    [1000.0, 100.0, 10.0].iter().filter(|size| value.abs() < **size).count()
}
