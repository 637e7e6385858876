use crate::labels::{Kind, RaterMask, UNSEEN};
use crate::score::Confusion;
use std::collections::BTreeMap;

/// How far raters agree, counted over images.
///
/// ```
/// use ndarray::array;
/// use scumble::{Agreement, Kind, RaterMask};
///
/// let mask = |row: [bool; 4]| RaterMask::from_mask(array![row].view());
/// let mut agreement = Agreement::new(Kind::Binary, 1);
/// agreement.add(&[("a".into(), mask([true, true, false, false])), ("b".into(), mask([true, false, false, false]))]);
/// assert_eq!(agreement.pairs().next().unwrap().2, Some(2.0 / 3.0)); // Dice
/// assert_eq!(agreement.disputed_share(), Some(0.25));
/// ```
#[derive(Debug, Clone)]
pub struct Agreement {
    kind: Kind,
    classes: usize,
    pairs: BTreeMap<(String, String), Vec<Confusion>>,
    images: BTreeMap<String, u64>,
    judged: u64,
    disputed: u64,
    marked: u64,
}

impl Agreement {
    /// Nothing counted yet, for labels of `kind` with `classes` classes (binary: 1).
    pub fn new(kind: Kind, classes: usize) -> Self {
        Self {
            kind,
            classes,
            pairs: BTreeMap::new(),
            images: BTreeMap::new(),
            judged: 0,
            disputed: 0,
            marked: 0,
        }
    }

    /// Counts one image's masks, all of one shape. Pixels that one of a pair has not seen do not count for the pair.
    pub fn add(&mut self, masks: &[(String, RaterMask)]) {
        for (name, _) in masks {
            *self.images.entry(name.clone()).or_default() += 1;
        }
        for (i, (first, a)) in masks.iter().enumerate() {
            for (second, b) in &masks[i + 1..] {
                let empty = || vec![Confusion::default(); self.classes];
                let counts = self.pairs.entry((first.clone(), second.clone())).or_insert_with(empty);
                count_pair(self.kind, a, b, counts);
            }
        }
        let Some((_, first)) = masks.first() else { return };
        let views: Vec<_> = masks.iter().map(|(_, mask)| mask.marks()).collect();
        for at in ndarray::indices(first.marks().dim()) {
            let mut seen = views.iter().map(|marks| marks[at]).filter(|mark| *mark != UNSEEN);
            let Some(mark) = seen.next() else { continue };
            let (mut same, mut any, mut several) = (true, mark > 0, false);
            for other in seen {
                several = true;
                same &= other == mark;
                any |= other > 0;
            }
            self.judged += u64::from(several);
            self.disputed += u64::from(!same);
            self.marked += u64::from(several && any);
        }
    }

    /// Adds what another has counted.
    pub fn merge(&mut self, other: &Self) {
        for (name, images) in &other.images {
            *self.images.entry(name.clone()).or_default() += images;
        }
        for (pair, more) in &other.pairs {
            let counts =
                self.pairs.entry(pair.clone()).or_insert_with(|| vec![Confusion::default(); more.len()]);
            counts.iter_mut().zip(more).for_each(|(a, b)| a.merge(b));
        }
        self.judged += other.judged;
        self.disputed += other.disputed;
        self.marked += other.marked;
    }

    /// Each rater and the images that they judged.
    pub fn raters(&self) -> impl Iterator<Item = (&str, u64)> {
        self.images.iter().map(|(name, images)| (name.as_str(), *images))
    }

    /// Each pair of raters with the Dice of their masks over all images both judged (several classes: the mean).
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str, Option<f64>)> {
        self.pairs.iter().map(|((a, b), counts)| {
            let known: Vec<f64> = counts.iter().filter_map(Confusion::f1).collect();
            let dice = (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64);
            (a.as_str(), b.as_str(), dice)
        })
    }

    /// Share of the pixels (multilabel: pixels times classes) judged by several raters on which they differ.
    pub fn disputed_share(&self) -> Option<f64> {
        (self.judged > 0).then(|| self.disputed as f64 / self.judged as f64)
    }

    /// The same among those pixels that any of them marked (as another class than 0).
    pub fn disputed_share_of_marked(&self) -> Option<f64> {
        (self.marked > 0).then(|| self.disputed as f64 / self.marked as f64)
    }
}

fn count_pair(kind: Kind, a: &RaterMask, b: &RaterMask, counts: &mut [Confusion]) {
    for (((group, _, _), &x), &y) in a.marks().indexed_iter().zip(b.marks()) {
        if x == UNSEEN || y == UNSEEN {
            continue;
        }
        match kind {
            Kind::Multiclass => {
                for (k, count) in counts.iter_mut().enumerate() {
                    count.add(usize::from(x) == k, usize::from(y) == k);
                }
            }
            Kind::Binary | Kind::Multilabel => counts[group].add(x == 1, y == 1),
        }
    }
}
