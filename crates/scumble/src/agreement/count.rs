use super::comparison::{mean, states};
use super::patterns::patterns;
use super::{Comparison, Contingency, Units};
use crate::labels::{Kind, LabelError, RaterMask, UNSEEN};
use ndarray::Axis;
use std::collections::{BTreeMap, HashMap};

/// How far raters agree, counted over images.
///
/// Whole numbers all the way: images may be counted one by one, or in parts that are merged, in any order.
/// Pixels that a rater has not seen, and images that a rater has not marked, do not count for that rater.
///
/// ```
/// use ndarray::array;
/// use scumble::{Agreement, Kind, RaterMask};
///
/// let mask = |row: [bool; 4]| RaterMask::from_mask(array![row].view());
/// let mut agreement = Agreement::new(Kind::Binary, 1);
/// agreement.add(&[("a".into(), mask([true, true, false, false])), ("b".into(), mask([true, false, false, false]))])?;
/// let (_, _, pair) = agreement.pairs().next().unwrap();
/// assert_eq!((pair.dice(), pair.kappa()), (Some(2.0 / 3.0), Some(0.5)));
/// assert_eq!(agreement.disputed_share(), Some(0.25));
/// # Ok::<(), scumble::LabelError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    kind: Kind,
    classes: usize,
    images: BTreeMap<String, u64>,
    pairs: BTreeMap<(String, String), Comparison>,
    units: Vec<Units>,
}

impl Agreement {
    /// Nothing counted yet, for labels of `kind` with `classes` classes (binary: 1).
    pub fn new(kind: Kind, classes: usize) -> Self {
        let units = vec![Units::new(states(kind, classes)); kind.groups(classes)];
        Self { kind, classes, images: BTreeMap::new(), pairs: BTreeMap::new(), units }
    }

    /// Counts one image's masks, each with its rater's name; every rater once.
    ///
    /// # Errors
    /// Masks of different shapes, or that do not fit the kind; nothing is then counted.
    pub fn add(&mut self, masks: &[(String, RaterMask)]) -> Result<(), LabelError> {
        let mut masks: Vec<_> = masks.iter().map(|(name, mask)| (name, mask.marks())).collect();
        masks.sort_by_key(|(name, _)| *name);
        let Some((_, first)) = masks.first() else { return Ok(()) };
        let (_, height, width) = first.dim();
        let expected = vec![self.units.len(), height, width];
        if let Some((_, other)) = masks.iter().find(|(_, marks)| marks.shape() != expected) {
            return Err(LabelError::Shape {
                what: "the rater's mask",
                found: other.shape().to_vec(),
                expected,
            });
        }
        let states = states(self.kind, self.classes);
        for (_, marks) in &masks {
            let beyond = |mark: u16| mark != UNSEEN && usize::from(mark) >= states;
            if let Some(((_, row, column), &index)) = marks.indexed_iter().find(|(_, mark)| beyond(**mark)) {
                return Err(LabelError::Index { row, column, index, classes: states });
            }
        }
        let mut tables = Vec::with_capacity(self.units.len());
        for (group, units) in self.units.iter_mut().enumerate() {
            let of_group: Vec<_> = masks.iter().map(|(_, marks)| marks.index_axis(Axis(0), group)).collect();
            tables.push(count(&patterns(&of_group), masks.len(), states, units));
        }
        for (i, (first, _)) in masks.iter().enumerate() {
            *self.images.entry(first.to_string()).or_default() += 1;
            for (j, (second, _)) in masks.iter().enumerate().skip(i + 1) {
                let tables = tables.iter().map(|of_group| of_group[&(i, j)].clone()).collect();
                let pair = Comparison::of_image(self.kind, self.classes, tables);
                self.merge_pair((first.to_string(), second.to_string()), &pair);
            }
        }
        Ok(())
    }

    /// Adds what another has counted, of the same kind and classes.
    pub fn merge(&mut self, other: &Self) {
        for (name, images) in &other.images {
            *self.images.entry(name.clone()).or_default() += images;
        }
        for (pair, more) in &other.pairs {
            self.merge_pair(pair.clone(), more);
        }
        self.units.iter_mut().zip(&other.units).for_each(|(a, b)| a.merge(b));
    }

    fn merge_pair(&mut self, raters: (String, String), more: &Comparison) {
        let empty = || Comparison::new(self.kind, self.classes);
        self.pairs.entry(raters).or_insert_with(empty).merge(more);
    }

    /// What the labels are.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The number of classes (binary: 1).
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Each rater and the images that they judged, by name.
    pub fn raters(&self) -> impl Iterator<Item = (&str, u64)> {
        self.images.iter().map(|(name, images)| (name.as_str(), *images))
    }

    /// Each pair of raters who met on some image, by name.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str, &Comparison)> {
        self.pairs.iter().map(|((a, b), pair)| (a.as_str(), b.as_str(), pair))
    }

    /// A rater held against all the others: they are the first of the [`Comparison`], this rater the second.
    ///
    /// The tables of the pairs are summed, so the reference at a pixel is the frequency of the others' opinions,
    /// this rater left out, weighted by how many others judged the pixel: the weight that they have in a label, too.
    /// `None` for a rater who shares no image with another.
    pub fn against_others(&self, rater: &str) -> Option<Comparison> {
        let mut sum: Option<Comparison> = None;
        for (a, b, pair) in self.pairs().filter(|(a, b, _)| *a == rater || *b == rater) {
            let pair = if b == rater { pair.clone() } else { pair.transposed() };
            debug_assert!(a != b, "a rater has one name");
            match &mut sum {
                Some(sum) => sum.merge(&pair),
                None => sum = Some(pair),
            }
        }
        sum
    }

    /// What all raters said together: one for binary and exclusive classes, one a class for overlapping ones.
    pub fn units(&self) -> &[Units] {
        &self.units
    }

    /// Marked or not marked as `class` (binary: 0), over all raters.
    ///
    /// # Panics
    /// For a class beyond the classes.
    pub fn units_of(&self, class: usize) -> Units {
        match self.kind {
            Kind::Binary | Kind::Multilabel => self.units[class].clone(),
            Kind::Multiclass => self.units[0].one_against_rest(class),
        }
    }

    /// [`Units::fleiss_kappa`]; the mean over overlapping classes.
    pub fn fleiss_kappa(&self) -> Option<f64> {
        mean(self.units.iter().filter_map(Units::fleiss_kappa))
    }

    /// [`Units::krippendorff_alpha`]; the mean over overlapping classes.
    pub fn krippendorff_alpha(&self) -> Option<f64> {
        mean(self.units.iter().filter_map(Units::krippendorff_alpha))
    }

    /// Share of the pixels (multilabel: pixels times classes) judged by several raters on which they differ.
    pub fn disputed_share(&self) -> Option<f64> {
        self.share(Units::disputed, Units::judged)
    }

    /// The same among those pixels that any of them marked (as another class than 0).
    pub fn disputed_share_of_marked(&self) -> Option<f64> {
        self.share(Units::disputed, Units::marked)
    }

    fn share(&self, part: fn(&Units) -> u64, of: fn(&Units) -> u64) -> Option<f64> {
        let sum = |what: fn(&Units) -> u64| self.units.iter().map(what).sum::<u64>();
        (sum(of) > 0).then(|| sum(part) as f64 / sum(of) as f64)
    }
}

/// The patterns of one image as a table for each pair of its raters, and in `units`.
fn count(
    patterns: &HashMap<Box<[u16]>, u64>,
    raters: usize,
    states: usize,
    units: &mut Units,
) -> BTreeMap<(usize, usize), Contingency> {
    let pairs = (0..raters).flat_map(|i| (i + 1..raters).map(move |j| (i, j)));
    let mut tables: BTreeMap<_, _> = pairs.map(|pair| (pair, Contingency::new(states))).collect();
    for (pattern, &pixels) in patterns {
        let mut counts = vec![0; states];
        for &mark in pattern.iter().filter(|mark| **mark != UNSEEN) {
            counts[usize::from(mark)] += 1;
        }
        units.add(&counts, pixels);
        for (&(i, j), table) in &mut tables {
            if pattern[i] != UNSEEN && pattern[j] != UNSEEN {
                table.add(usize::from(pattern[i]), usize::from(pattern[j]), pixels);
            }
        }
    }
    tables
}
