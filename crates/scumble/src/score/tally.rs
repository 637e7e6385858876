//! The sums that scores are functions of.

use super::binning::Binning;
use super::brier::{BrierParts, Squares};
use super::calibration::{Calibration, CalibrationBin, CalibrationScore};
use super::consensus::{ConsensusSums, PartScores};
use super::decision::{Decision, Decisions};
use super::means::{RunningMean, mean, per};
use super::numbers::Numbers;
use super::options::{JudgeOptions, Resolution};
use super::overlap::Overlap;
use super::proper::{Proper, ProperScore};
use super::scores::{ClassScores, Scores};
use crate::labels::{Kind, LabelSpace};
use crate::truth::TruthSums;

/// An image, or many, reduced to sums: a few hundred numbers, whatever the pixels. Scores are functions of
/// them.
///
/// Sums of images add up, so the sums without some images, or with those of another prediction, are those of the others.
#[derive(Debug, Clone, PartialEq)]
pub struct Tally {
    space: LabelSpace,
    options: JudgeOptions,
    /// Of exclusive classes; else it is the classes' sum.
    pub(super) exclusive: Proper,
    pub(super) exclusive_consensus: ConsensusSums,
    /// Of exclusive classes: the images' correlations of entropies.
    pub(super) exclusive_correlation: RunningMean,
    /// Of the likeliest class (binary, multilabel: side) against the label's share of it.
    pub(super) top: Calibration,
    pub(super) classes: Vec<ClassTally>,
}

/// One class against the rest.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ClassTally {
    pub(super) proper: Proper,
    pub(super) consensus: ConsensusSums,
    pub(super) truth: TruthSums,
    pub(super) squares: Squares,
    pub(super) calibration: Calibration,
    pub(super) overlap: Overlap,
    pub(super) decision: Decision,
    pub(super) label: f64,
    /// The sum of the predictions, each pixel once whatever it weighs.
    pub(super) amount: f64,
    /// Of the images' Dice at QUBIQ's levels, and at those of CURVAS.
    pub(super) levels: RunningMean,
    pub(super) curvas: RunningMean,
    /// Of the images' correlations of entropies.
    pub(super) correlation: RunningMean,
}

impl Tally {
    pub(super) fn new(space: &LabelSpace, options: JudgeOptions) -> Self {
        let calibration = Calibration::with(options.bins, options.binning);
        let class = ClassTally {
            proper: Proper::default(),
            consensus: ConsensusSums::default(),
            truth: TruthSums::default(),
            squares: Squares::default(),
            calibration: calibration.clone(),
            overlap: Overlap::default(),
            decision: Decision::default(),
            label: 0.0,
            amount: 0.0,
            levels: RunningMean::default(),
            curvas: RunningMean::default(),
            correlation: RunningMean::default(),
        };
        let classes = vec![class; space.count()];
        Self {
            space: space.clone(),
            options,
            exclusive: Proper::default(),
            exclusive_consensus: ConsensusSums::default(),
            exclusive_correlation: RunningMean::default(),
            top: calibration,
            classes,
        }
    }

    /// What the labels are.
    pub fn space(&self) -> &LabelSpace {
        &self.space
    }

    pub(super) fn options(&self) -> &JudgeOptions {
        &self.options
    }

    pub(super) fn known_to(&mut self, resolution: Resolution) {
        self.options.resolution = resolution;
    }

    pub(super) fn numbers(&mut self, numbers: &mut Numbers<'_>) {
        self.exclusive.numbers(numbers);
        self.exclusive_consensus.numbers(numbers);
        self.exclusive_correlation.numbers(numbers);
        self.top.numbers(numbers);
        for class in &mut self.classes {
            class.proper.numbers(numbers);
            class.consensus.numbers(numbers);
            class.truth.numbers(numbers);
            class.squares.numbers(numbers);
            class.calibration.numbers(numbers);
            class.overlap.numbers(numbers);
            class.decision.numbers(numbers);
            numbers.reals([&mut class.label, &mut class.amount]);
            [&mut class.levels, &mut class.curvas, &mut class.correlation]
                .into_iter()
                .for_each(|mean| mean.numbers(numbers));
        }
    }

    /// The sums of images together, each as often as it was drawn; `None` without any.
    ///
    /// # Panics
    /// Tallies of labels of another kind or number, or of other bins.
    pub fn drawn<'t>(images: impl IntoIterator<Item = &'t Self>, times: &[u32]) -> Option<Self> {
        let mut images = images.into_iter().zip(times).peekable();
        let (first, _) = images.peek()?;
        let mut sum = Self::new(&first.space, first.options);
        images.filter(|(_, n)| **n > 0).for_each(|(image, &n)| sum.add_times(image, n));
        Some(sum)
    }

    /// Adds another's sums, `times` times.
    ///
    /// # Panics
    /// Labels of another kind or number, or other bins.
    pub fn add_times(&mut self, other: &Self, times: u32) {
        // What the classes are called is nobody's business: two predictions of one question may name them differently.
        let labels = |space: &LabelSpace| (space.kind(), space.count());
        assert_eq!(labels(&self.space), labels(&other.space), "tallies of labels of one kind");
        let n = f64::from(times);
        self.exclusive.add_times(&other.exclusive, times);
        self.exclusive_consensus.add_times(&other.exclusive_consensus, times);
        self.exclusive_correlation.add_times(&other.exclusive_correlation, times);
        self.top.add_times(&other.top, n);
        for (class, more) in self.classes.iter_mut().zip(&other.classes) {
            class.proper.add_times(&more.proper, times);
            class.consensus.add_times(&more.consensus, times);
            class.truth.add_times(&more.truth, times);
            class.squares.add_times(&more.squares, n);
            class.calibration.add_times(&more.calibration, n);
            class.overlap.add_times(&more.overlap, n);
            class.decision.add_times(&more.decision, n);
            class.label += n * more.label;
            class.amount += n * more.amount;
            class.levels.add_times(&more.levels, times);
            class.curvas.add_times(&more.curvas, times);
            class.correlation.add_times(&more.correlation, times);
        }
    }

    /// How sure the decisions are, and their risk, as means over the pixels: the mean probability of the likeliest class (two
    /// sides: of the likelier side), and the mean share of raters who say something else. What orders images, see
    /// [`RiskCoverageScore::of_images`](super::RiskCoverageScore::of_images). `None` without a pixel, and unless all scores
    /// are asked for.
    pub fn confidence_and_risk(&self) -> Option<(f64, f64)> {
        let bins = self.top.bins();
        let sum = |of: fn(&CalibrationBin) -> f64| bins.iter().map(of).sum::<f64>();
        let weight = sum(|bin| bin.weight);
        Some((per(sum(|bin| bin.predicted), weight)?, 1.0 - per(sum(|bin| bin.observed), weight)?))
            .filter(|_| self.options.all())
    }

    /// The scores that follow from the sums: all but the curves, the adaptive calibration error and those
    /// against raters.
    pub fn scores(&self) -> Scores {
        let all = match self.space.kind() {
            Kind::Multiclass => self.exclusive,
            // Independent classes: every class at every pixel is an element, as in the sigmoid cross entropy.
            Kind::Binary | Kind::Multilabel => {
                self.classes.iter().fold(Proper::default(), |mut sum, class| {
                    sum.merge(&class.proper);
                    sum
                })
            }
        };
        let truths = self.classes.iter().map(|class| &class.truth);
        let truth = TruthSums::of(self.space.kind(), truths);
        let full = self.options.all();
        let consensus = self.classes.iter().map(|class| &class.consensus);
        let consensus = ConsensusSums::together(self.space.kind(), &self.exclusive_consensus, consensus);
        let [consensus, dissensus] = in_parts(&consensus, &all, &self.options);
        let parts = self.classes.iter().fold(BrierParts::default(), |mut sum, class| {
            sum.add(&class.brier_parts());
            sum
        });
        let named = self.space.classes().iter().zip(&self.classes);
        let classes: Vec<_> = named.map(|(name, class)| class.scores(name, &self.options)).collect();
        let decisions: Vec<_> = classes.iter().filter_map(|class| class.decisions).collect();
        Scores {
            pixels: all.count,
            weight: all.weight,
            clipped: all.clipped,
            cross_entropy: cross_entropy(&all),
            truth,
            consensus,
            dissensus,
            spherical: spherical(&all).filter(|_| full),
            brier: per(all.brier, all.weight),
            brier_parts: full
                .then(|| Some(parts.per(all.weight)?.beside(truth.as_ref(), all.count)))
                .flatten(),
            calibration_error: mean(classes.iter().map(|c| c.calibration_error)),
            calibration: mean_calibration(&classes),
            top_label: self.top.score().filter(|_| full),
            dice: mean(classes.iter().map(|c| c.dice)),
            iou: mean(classes.iter().map(|c| c.iou)),
            decisions: Decisions::mean(&decisions),
            areas: None,
            levels_dice: mean(classes.iter().map(|c| c.levels_dice)),
            curvas_dice: mean(classes.iter().map(|c| c.curvas_dice)),
            entropy_correlation: match self.space.kind() {
                Kind::Multiclass => self.exclusive_correlation.value(),
                Kind::Binary | Kind::Multilabel => mean(classes.iter().map(|c| c.entropy_correlation)),
            },
            risk_coverage: None,
            rater_calibration: None,
            rater_top_label_calibration: None,
            raters: Vec::new(),
            majority: None,
            classes,
        }
    }
}

impl ClassTally {
    fn brier_parts(&self) -> BrierParts {
        self.squares.parts(&self.calibration.bins())
    }

    fn scores(&self, name: &str, options: &JudgeOptions) -> ClassScores {
        let weight = self.proper.weight;
        let [consensus, dissensus] = in_parts(&self.consensus, &self.proper, options);
        // Bins of equal mass are not among the sums.
        let truth = self.truth.truth();
        let calibration = self.calibration.score().filter(|_| options.binning != Binning::EqualMass);
        ClassScores {
            class: name.to_string(),
            frequency: per(self.label, weight),
            cross_entropy: cross_entropy(&self.proper),
            truth,
            consensus,
            dissensus,
            spherical: spherical(&self.proper).filter(|_| options.all()),
            brier: per(self.proper.brier, weight),
            brier_parts: options
                .all()
                .then(|| Some(self.brier_parts().per(weight)?.beside(truth.as_ref(), self.proper.count)))
                .flatten(),
            calibration_error: calibration.map(|calibration| calibration.expected),
            calibration,
            dice: self.overlap.dice(),
            iou: self.overlap.iou(),
            decisions: (options.all() && weight > 0.0).then(|| self.decision.scores(options.threshold)),
            areas: None,
            levels_dice: self.levels.value(),
            curvas_dice: self.curvas.value(),
            entropy_correlation: self.correlation.value(),
            rater_calibration: None,
            reliability: self.calibration.bins(),
        }
    }
}

/// The mean over classes of each error.
pub(super) fn mean_calibration(classes: &[ClassScores]) -> Option<CalibrationScore> {
    let of = |of: fn(&CalibrationScore) -> f64| mean(classes.iter().map(|c| c.calibration.as_ref().map(of)));
    Some(CalibrationScore {
        expected: of(|c| c.expected)?,
        root_mean_square: of(|c| c.root_mean_square)?,
        maximum: of(|c| c.maximum)?,
        signed: of(|c| c.signed)?,
        adaptive: mean(classes.iter().map(|c| c.calibration.and_then(|c| c.adaptive))),
    })
}

fn cross_entropy(proper: &Proper) -> Option<ProperScore> {
    let (value, floor) = (per(proper.cross_entropy, proper.weight)?, per(proper.floor, proper.weight)?);
    Some(ProperScore::above((value, floor)))
}

/// Where raters agree and where they differ, if all scores are asked for.
fn in_parts(sums: &ConsensusSums, all: &Proper, options: &JudgeOptions) -> [Option<PartScores>; 2] {
    sums.scores(all).filter(|_| options.all()).map_or([None; 2], |parts| parts.map(Some))
}

/// As a loss: 1 less the score.
fn spherical(proper: &Proper) -> Option<ProperScore> {
    let (score, best) = (per(proper.spherical, proper.weight)?, per(proper.spherical_best, proper.weight)?);
    Some(ProperScore { value: 1.0 - score, floor: 1.0 - best, excess: best - score })
}
