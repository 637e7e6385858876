//! What scores are called on the page, and their units: one name and one unit for each, wherever it stands.

use super::words::{number, percent, points, significant};
use crate::numbers::thousands;
use scumble::score::Interval;

/// In which unit a number is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// Percentage points: differences of probabilities.
    Points,
    /// Percent: shares of pixels.
    Percent,
    /// Of log losses.
    Nats,
    /// How many raters' mean.
    Raters,
    /// How many.
    Count,
    /// A number without a unit, to four decimals.
    Plain,
    /// A probability, to two digits that count.
    Probability,
}

impl Unit {
    /// Its symbol; none of a plain number.
    pub(super) fn symbol(self) -> &'static str {
        match self {
            Self::Points => "pp",
            Self::Percent => "%",
            Self::Nats => "nats",
            Self::Raters => "raters",
            Self::Count | Self::Plain | Self::Probability => "",
        }
    }

    /// The number in this unit.
    pub(super) fn scaled(self, value: f64) -> f64 {
        match self {
            Self::Points | Self::Percent => 100.0 * value,
            Self::Nats | Self::Raters | Self::Count | Self::Plain | Self::Probability => value,
        }
    }

    /// The number as people read it, without its unit.
    pub(super) fn number(self, value: f64) -> String {
        match self {
            Self::Points | Self::Percent => points(value),
            Self::Raters => significant(value, 2),
            Self::Count => thousands(value as u64),
            Self::Nats | Self::Plain => number(value),
            Self::Probability => probability(value),
        }
    }

    /// Number and unit.
    pub(super) fn words(self, value: f64) -> String {
        match self {
            Self::Percent => percent(value),
            unit if unit.symbol().is_empty() => unit.number(value),
            unit => format!("{}\u{a0}{}", unit.number(value), unit.symbol()),
        }
    }

    /// The ends of a 95 % interval, which need not have an upper one.
    pub(super) fn interval(self, interval: &Interval) -> String {
        let low = self.number(interval.low);
        match interval.high.is_finite() {
            true => format!("95\u{a0}% interval {low} to {}", self.number(interval.high)),
            false => format!("95\u{a0}% interval {low} or more"),
        }
    }

    /// A name with the unit behind it where the name does not say it, for the head of a column.
    pub(super) fn head(self, name: &str) -> String {
        match self.symbol() {
            "" | "raters" => name.to_owned(),
            symbol => format!("{name}, {symbol}"),
        }
    }
}

/// A probability, to two decimals, near 0 to two digits that count.
fn probability(value: f64) -> String {
    if value < 0.1 { significant(value, 2) } else { format!("{value:.2}") }
}

/// What a score is called on the page, and its unit, by its name in gates and JSON.
pub(super) fn quantity(name: &str) -> (&str, Unit) {
    match name {
        "log_loss" => ("log loss", Unit::Nats),
        "floor" => ("entropy of the labels", Unit::Nats),
        "excess" => ("excess", Unit::Nats),
        "truth_distance" => ("distance to the truth", Unit::Points),
        "raters_mean_distance" => ("distance of the raters' mean", Unit::Points),
        "lead_over_raters" => ("lead over the raters' mean", Unit::Points),
        "worth_in_raters" => ("worth in raters", Unit::Raters),
        "expected_floor" => ("expected floor", Unit::Nats),
        "expected_floor_low" => ("expected floor at least", Unit::Nats),
        "expected_floor_high" => ("expected floor at most", Unit::Nats),
        "brier" => ("Brier score", Unit::Plain),
        "brier_reliability" => ("reliability in the Brier score", Unit::Plain),
        "brier_resolution" => ("resolution in the Brier score", Unit::Plain),
        "brier_label_noise" => ("noise of the labels in the Brier score", Unit::Plain),
        "dissensus_share" => ("share of the pixels where raters differ", Unit::Percent),
        "consensus_log_loss" => ("log loss where raters agree", Unit::Nats),
        "consensus_excess" => ("excess where raters agree", Unit::Nats),
        "consensus_brier" => ("Brier score where raters agree", Unit::Plain),
        "dissensus_log_loss" => ("log loss where raters differ", Unit::Nats),
        "dissensus_excess" => ("excess where raters differ", Unit::Nats),
        "dissensus_brier" => ("Brier score where raters differ", Unit::Plain),
        "rater_calibration" => ("calibration error against single raters", Unit::Points),
        "rater_top_label_calibration" => {
            ("calibration error of the top label against single raters", Unit::Points)
        }
        "entropy_correlation" => ("correlation of uncertainty and disagreement", Unit::Plain),
        "aurc" => ("area below the risk-coverage curve", Unit::Plain),
        "excess_aurc" => ("excess area below the risk-coverage curve", Unit::Plain),
        "curvas_dice" => ("Dice at the levels of CURVAS", Unit::Plain),
        "spherical" => ("spherical score", Unit::Plain),
        "spherical_excess" => ("excess of the spherical score", Unit::Plain),
        "calibration" => ("calibration error", Unit::Points),
        "calibration_rms" => ("calibration error, root mean square", Unit::Points),
        "calibration_max" => ("calibration error, the largest", Unit::Points),
        "calibration_adaptive" => ("calibration error, bins of equal mass", Unit::Points),
        "bias" => ("bias", Unit::Points),
        "top_label_calibration" => ("calibration error of the top label", Unit::Points),
        "overconfidence" => ("overconfidence of the top label", Unit::Points),
        "dice" => ("soft Dice", Unit::Plain),
        "iou" => ("soft IoU", Unit::Plain),
        "dice_at" => ("Dice at the threshold", Unit::Plain),
        "iou_at" => ("IoU at the threshold", Unit::Plain),
        "precision_at" => ("precision at the threshold", Unit::Plain),
        "recall_at" => ("recall at the threshold", Unit::Plain),
        "specificity_at" => ("specificity at the threshold", Unit::Plain),
        "soft_dice_at" => ("Dice at the threshold, soft label", Unit::Plain),
        "soft_iou_at" => ("IoU at the threshold, soft label", Unit::Plain),
        "soft_precision_at" => ("precision at the threshold, soft label", Unit::Plain),
        "soft_recall_at" => ("recall at the threshold, soft label", Unit::Plain),
        "soft_specificity_at" => ("specificity at the threshold, soft label", Unit::Plain),
        "average_precision" => ("average precision", Unit::Plain),
        "roc_auc" => ("area below the ROC curve", Unit::Plain),
        "qubiq" => ("Dice over ten levels", Unit::Plain),
        other => (other, Unit::Plain),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scumble::score::score_names;
    use std::collections::BTreeSet;

    #[test]
    fn no_two_scores_have_one_name() {
        let titles: BTreeSet<&str> = score_names().iter().map(|score| quantity(score.name).0).collect();
        assert_eq!(titles.len(), score_names().len());
    }

    #[test]
    fn numbers_have_their_units() {
        let read = |unit: Unit, value| unit.words(value).replace('\u{a0}', " ");
        assert_eq!(read(Unit::Points, 0.066), "6.6 pp");
        assert_eq!(read(Unit::Percent, 0.5), "50 %");
        assert_eq!(read(Unit::Nats, 0.25), "0.2500 nats");
        assert_eq!(read(Unit::Raters, 9.04), "9.0 raters");
        assert_eq!(
            (read(Unit::Probability, 0.5), read(Unit::Probability, 0.003)),
            ("0.50".into(), "0.0030".into())
        );
        let interval = |high| Unit::Points.interval(&Interval { low: 0.01, high }).replace('\u{a0}', " ");
        assert_eq!(interval(0.02), "95 % interval 1.0 to 2.0");
        assert_eq!(interval(f64::INFINITY), "95 % interval 1.0 or more");
        assert_eq!(Unit::Points.head("bias"), "bias, pp");
        assert_eq!(Unit::Points.scaled(0.5), 50.0);
    }
}
