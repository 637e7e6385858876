//! Where a prediction stands among the raters.

use super::mask::pixels_of_class;
use crate::labels::{Kind, LabelSpace, NamedMask, RaterMask, named};
use crate::score::confusion::Confusion;
use crate::score::decision::predicted;
use crate::score::means::RunningMean;
use crate::score::numbers::Numbers;
use ndarray::{ArrayView3, Axis};
use scumble_kernels::Real;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a contestant is judged by against one rater's mask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DuelScore {
    /// Dice of the hard decisions: what is at least 0.5, of exclusive classes the likeliest. Higher is
    /// better.
    Dice,
    /// Brier score, the mean squared difference: of probabilities, against which a rater says 0 or 1. Lower
    /// is better.
    Brier,
}

/// Where a prediction stands among the raters.
///
/// Each rater in turn is left out and has to be predicted: by the model, by each other rater, and by the mean
/// of all other raters. The model meets every other rater in a duel over the pixels that this rater and the
/// one left out have both seen, class by class; it wins if it is nearer. A model that wins half its duels is
/// as good as one of the raters. The log loss is not offered: a rater says 0 or 1, and would lose it to
/// anyone.
///
/// ```
/// use ndarray::{Array3, array};
/// use scumble::labels::{Kind, LabelSpace, RaterMask};
/// use scumble::score::diversity::{DuelScore, Standing};
///
/// let rater = |marks| RaterMask::from_mask(ndarray::ArrayView2::from_shape((1, 4), marks).unwrap());
/// let raters = [
///     ("anna", rater(&[true, true, false, false])),
///     ("ben", rater(&[true, false, false, false])),
///     ("cleo", rater(&[true, true, true, false])),
/// ];
/// let (prediction, valid): (Array3<f32>, _) = (array![[[1.0, 0.7, 0.4, 0.0]]], Array3::from_elem((1, 1, 4), true));
/// let water = LabelSpace::new(Kind::Binary, ["water"])?;
/// let mut standing = Standing::new(&water, DuelScore::Dice);
/// standing.add(prediction.view(), &raters, valid.view());
/// // The decision is anna's mask, which lies between the two others.
/// assert_eq!(standing.rank(), Some((1, 4)));
/// assert!(standing.wins().unwrap() > 0.5);
/// # Ok::<(), scumble::labels::LabelError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    space: LabelSpace,
    score: DuelScore,
    model: RunningMean,
    others: RunningMean,
    raters: BTreeMap<String, RunningMean>,
    /// Of duels, ties half.
    wins: RunningMean,
}

/// The numbers of a [`Standing`], to be kept in a file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedStanding {
    raters: Vec<String>,
    reals: Vec<f64>,
    counts: Vec<u64>,
}

impl Standing {
    /// Nothing judged yet.
    pub fn new(space: &LabelSpace, score: DuelScore) -> Self {
        let none = RunningMean::default();
        Self { space: space.clone(), score, model: none, others: none, raters: BTreeMap::new(), wins: none }
    }

    /// Judges one image: the predicted probabilities [K, H, W] as f32 or f64, its raters by name, and
    /// the pixels that count, [G, H, W]. An image of fewer than two raters has no duels.
    ///
    /// # Panics
    /// Masks or valid pixels of another size than the prediction's, or that do not fit the labels.
    pub fn add<'a, R: Real>(
        &mut self,
        prediction: ArrayView3<'_, R>,
        raters: impl IntoIterator<Item = impl Into<NamedMask<'a>>>,
        valid: ArrayView3<'_, bool>,
    ) {
        let raters = named(raters);
        let kind = self.space.kind();
        let (classes, height, width) = prediction.dim();
        let expected = (self.space.groups(), height, width);
        let fits = raters.iter().all(|one| one.mask.marks().dim() == expected) && valid.dim() == expected;
        assert!(fits && classes == self.space.count(), "masks of the prediction's size");
        let contestant = match self.score {
            DuelScore::Brier => prediction.mapv(Real::to_f64),
            DuelScore::Dice => predicted(kind, prediction, 0.5).mapv(|on| f64::from(u8::from(on))),
        };
        for class in 0..classes {
            let model: Vec<f64> = contestant.index_axis(Axis(0), class).iter().copied().collect();
            let opinions: Vec<Vec<f32>> =
                raters.iter().map(|one| opinion(kind, one.mask, class, valid)).collect();
            for (left_out, target) in opinions.iter().enumerate() {
                let others = self.average_others(&opinions, left_out);
                if let Some(score) = self.duel(&others, target, &others) {
                    self.others.add(score);
                }
                for (rival, map) in opinions.iter().enumerate().filter(|(rival, _)| *rival != left_out) {
                    let scores = self.duel(&model, target, map).zip(self.duel(map, target, map));
                    if let Some((ours, theirs)) = scores {
                        self.model.add(ours);
                        self.raters.entry(raters[rival].rater.to_string()).or_default().add(theirs);
                        self.wins.add(self.win(ours, theirs));
                    }
                }
            }
        }
    }

    /// Adds what was judged of other images.
    ///
    /// # Panics
    /// Standings of other labels or by another score.
    pub fn merge(&mut self, other: &Self) {
        assert_eq!(self.space, other.space, "standings of the same classes");
        assert_eq!(self.score, other.score, "standings by one score");
        self.model.merge(&other.model);
        self.others.merge(&other.others);
        self.wins.merge(&other.wins);
        for (name, mean) in &other.raters {
            self.raters.entry(name.clone()).or_default().merge(mean);
        }
    }

    /// What was judged, to be kept in a file.
    ///
    /// ```
    /// use scumble::labels::{Kind, LabelSpace};
    /// use scumble::score::diversity::{DuelScore, Standing};
    ///
    /// let standing = Standing::new(&LabelSpace::new(Kind::Binary, ["water"])?, DuelScore::Dice);
    /// let again = Standing::restore(&standing.save(), &LabelSpace::new(Kind::Binary, ["water"])?, DuelScore::Dice);
    /// assert_eq!(again, Some(standing));
    /// # Ok::<(), scumble::labels::LabelError>(())
    /// ```
    pub fn save(&self) -> SavedStanding {
        let mut saved =
            SavedStanding { raters: self.raters.keys().cloned().collect(), ..SavedStanding::default() };
        let mut numbers = Numbers::Out(&mut saved.reals, &mut saved.counts);
        self.clone().numbers(&mut numbers);
        saved
    }

    /// What was [saved](Self::save); `None` of numbers that are no standing.
    pub fn restore(saved: &SavedStanding, space: &LabelSpace, score: DuelScore) -> Option<Self> {
        let mut standing = Self::new(space, score);
        standing.raters = saved.raters.iter().map(|name| (name.clone(), RunningMean::default())).collect();
        let mut numbers = Numbers::In { reals: &saved.reals, counts: &saved.counts, short: false };
        standing.numbers(&mut numbers);
        numbers.are_all_taken().then_some(standing)
    }

    fn numbers(&mut self, numbers: &mut Numbers<'_>) {
        let Self { model, others, raters, wins, .. } = self;
        [model, others, wins].into_iter().chain(raters.values_mut()).for_each(|mean| mean.numbers(numbers));
    }

    /// The model's mean score over its duels.
    pub fn model(&self) -> Option<f64> {
        self.model.value()
    }

    /// The mean score of the mean of the others (its decision at 0.5 for Dice).
    pub fn mean_of_others(&self) -> Option<f64> {
        self.others.value()
    }

    /// Each rater's mean score as a predictor of the others, by name.
    pub fn raters(&self) -> impl Iterator<Item = (&str, f64)> {
        self.raters.iter().filter_map(|(name, mean)| Some((name.as_str(), mean.value()?)))
    }

    /// The share of duels that the model wins, ties half: 0.5 is one of the raters.
    pub fn wins(&self) -> Option<f64> {
        self.wins.value()
    }

    /// Duels fought.
    pub fn duels(&self) -> u64 {
        self.wins.count
    }

    /// The model's rank by mean score, 1 the best, among so many contestants: the raters and itself.
    pub fn rank(&self) -> Option<(usize, usize)> {
        let ours = self.model()?;
        let better = self.raters().filter(|(_, theirs)| self.win(ours, *theirs) == 0.0).count();
        Some((better + 1, self.raters().count() + 1))
    }

    /// 1 if `ours` is better, 0 if `theirs` is, else a half.
    fn win(&self, ours: f64, theirs: f64) -> f64 {
        let ahead = if self.score == DuelScore::Dice { ours - theirs } else { theirs - ours };
        if ahead == 0.0 { 0.5 } else { f64::from(u8::from(ahead > 0.0)) }
    }

    /// How near `map` comes to `target` where neither these nor `seen` are NaN; `None` where nothing can be
    /// said.
    fn duel<R: Real>(&self, map: &[R], target: &[f32], seen: &[f32]) -> Option<f64> {
        let pixels = map.iter().zip(target).zip(seen).filter(|((_, p), seen)| !p.is_nan() && !seen.is_nan());
        if self.score == DuelScore::Dice {
            let mut counts = Confusion::default();
            pixels.for_each(|((q, p), _)| counts.add(*p == 1.0, q.to_f64() == 1.0));
            return counts.f1();
        }
        let mut squares = RunningMean::default();
        pixels.for_each(|((q, p), _)| squares.add((q.to_f64() - f64::from(*p)).powi(2)));
        squares.value()
    }

    /// The mean of all opinions but one, NaN where there is none; for Dice its decision.
    fn average_others(&self, opinions: &[Vec<f32>], left_out: usize) -> Vec<f32> {
        (0..opinions[left_out].len())
            .map(|at| {
                let others = opinions.iter().enumerate().filter(|(rater, _)| *rater != left_out);
                let seen = others.map(|(_, opinion)| opinion[at]).filter(|p| !p.is_nan());
                let (sum, count) = seen.fold((0.0f32, 0.0f32), |(sum, count), p| (sum + p, count + 1.0));
                match self.score {
                    DuelScore::Dice if count > 0.0 => f32::from(u8::from(2.0 * sum >= count)),
                    _ => sum / count,
                }
            })
            .collect()
    }
}

/// One rater's opinion of one class, 0 or 1, NaN where unseen or not valid.
fn opinion(kind: Kind, mask: &RaterMask, class: usize, valid: ArrayView3<'_, bool>) -> Vec<f32> {
    let pixels = pixels_of_class(kind, mask, class, valid).into_iter();
    pixels.map(|pixel| pixel.map_or(f32::NAN, |on| f32::from(u8::from(on)))).collect()
}
