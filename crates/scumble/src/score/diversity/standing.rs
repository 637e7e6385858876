use super::mask::pixels_of_class;
use crate::labels::{Kind, RaterMask};
use crate::score::Confusion;
use ndarray::{ArrayView3, Axis};
use std::collections::BTreeMap;

/// What a contestant is judged by against one rater's mask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
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
/// use scumble::labels::{Kind, RaterMask};
/// use scumble::score::diversity::{Measure, Standing};
///
/// let rater = |marks| RaterMask::from_mask(ndarray::ArrayView2::from_shape((1, 4), marks).unwrap());
/// let raters = [
///     ("anna".to_string(), rater(&[true, true, false, false])),
///     ("ben".to_string(), rater(&[true, false, false, false])),
///     ("cleo".to_string(), rater(&[true, true, true, false])),
/// ];
/// let (prediction, valid): (Array3<f32>, _) = (array![[[1.0, 0.7, 0.4, 0.0]]], Array3::from_elem((1, 1, 4), true));
/// let mut standing = Standing::new(Measure::Dice);
/// standing.add(Kind::Binary, prediction.view(), &raters, valid.view());
/// // The decision is anna's mask, which lies between the two others.
/// assert_eq!(standing.rank(), Some((1, 4)));
/// assert!(standing.wins().unwrap() > 0.5);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    measure: Measure,
    model: Mean,
    others: Mean,
    raters: BTreeMap<String, Mean>,
    /// Of duels, ties half.
    wins: Mean,
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Mean {
    sum: f64,
    count: u64,
}

impl Mean {
    fn add(&mut self, value: f64) {
        self.merge(&Self { sum: value, count: 1 });
    }

    fn merge(&mut self, other: &Self) {
        self.sum += other.sum;
        self.count += other.count;
    }

    fn value(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / self.count as f64)
    }
}

impl Standing {
    /// Nothing judged yet.
    pub fn new(measure: Measure) -> Self {
        let none = Mean::default();
        Self { measure, model: none, others: none, raters: BTreeMap::new(), wins: none }
    }

    /// Judges one image of labels of `kind`: the predicted probabilities [K, H, W], its raters by name, and
    /// the pixels that count, [G, H, W]. An image of fewer than two raters has no duels.
    ///
    /// # Panics
    /// Masks or valid pixels of another size than the prediction's, or that do not fit the kind.
    pub fn add(
        &mut self,
        kind: Kind,
        prediction: ArrayView3<'_, f32>,
        raters: &[(String, RaterMask)],
        valid: ArrayView3<'_, bool>,
    ) {
        let (classes, height, width) = prediction.dim();
        let expected = (kind.groups(classes), height, width);
        let fits = raters.iter().all(|(_, mask)| mask.marks().dim() == expected) && valid.dim() == expected;
        assert!(fits, "masks of the prediction's size");
        let likeliest = (kind == Kind::Multiclass && self.measure == Measure::Dice).then(|| {
            prediction.map_axis(Axis(0), |q| (0..q.len()).fold(0, |a, b| if q[b] > q[a] { b } else { a }))
        });
        for class in 0..classes {
            let map = prediction.index_axis(Axis(0), class);
            let on = |on: bool| f32::from(u8::from(on));
            let model: Vec<f32> = match (self.measure, &likeliest) {
                (Measure::Brier, _) => map.iter().copied().collect(),
                (Measure::Dice, Some(likeliest)) => likeliest.iter().map(|best| on(*best == class)).collect(),
                (Measure::Dice, None) => map.iter().map(|q| on(*q >= 0.5)).collect(),
            };
            let opinions: Vec<Vec<f32>> =
                raters.iter().map(|(_, mask)| opinion(kind, mask, class, valid)).collect();
            for (left_out, target) in opinions.iter().enumerate() {
                let others = self.average_others(&opinions, left_out);
                if let Some(score) = self.score(&others, target, &others) {
                    self.others.add(score);
                }
                for (rival, map) in opinions.iter().enumerate().filter(|(rival, _)| *rival != left_out) {
                    let scores = self.score(&model, target, map).zip(self.score(map, target, map));
                    if let Some((ours, theirs)) = scores {
                        self.model.add(ours);
                        self.raters.entry(raters[rival].0.clone()).or_default().add(theirs);
                        self.wins.add(self.win(ours, theirs));
                    }
                }
            }
        }
    }

    /// Adds what was judged of other images.
    ///
    /// # Panics
    /// Another measure.
    pub fn merge(&mut self, other: &Self) {
        assert_eq!(self.measure, other.measure, "standings by one measure");
        self.model.merge(&other.model);
        self.others.merge(&other.others);
        self.wins.merge(&other.wins);
        for (name, mean) in &other.raters {
            self.raters.entry(name.clone()).or_default().merge(mean);
        }
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
        let ahead = if self.measure == Measure::Dice { ours - theirs } else { theirs - ours };
        if ahead == 0.0 { 0.5 } else { f64::from(u8::from(ahead > 0.0)) }
    }

    /// How near `map` comes to `target` where neither these nor `seen` are NaN; `None` where nothing can be
    /// said.
    fn score(&self, map: &[f32], target: &[f32], seen: &[f32]) -> Option<f64> {
        let pixels = map.iter().zip(target).zip(seen).filter(|((_, p), seen)| !p.is_nan() && !seen.is_nan());
        if self.measure == Measure::Dice {
            let mut counts = Confusion::default();
            pixels.for_each(|((q, p), _)| counts.add(*p == 1.0, *q == 1.0));
            return counts.f1();
        }
        let mut squares = Mean::default();
        pixels.for_each(|((q, p), _)| squares.add((f64::from(*q) - f64::from(*p)).powi(2)));
        squares.value()
    }

    /// The mean of all opinions but one, NaN where there is none; for Dice its decision.
    fn average_others(&self, opinions: &[Vec<f32>], left_out: usize) -> Vec<f32> {
        (0..opinions[left_out].len())
            .map(|at| {
                let others = opinions.iter().enumerate().filter(|(rater, _)| *rater != left_out);
                let seen = others.map(|(_, opinion)| opinion[at]).filter(|p| !p.is_nan());
                let (sum, count) = seen.fold((0.0f32, 0.0f32), |(sum, count), p| (sum + p, count + 1.0));
                match self.measure {
                    Measure::Dice if count > 0.0 => f32::from(u8::from(2.0 * sum >= count)),
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
