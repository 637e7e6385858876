//! Agreement counted over images.

use super::comparison::Comparison;
use super::contingency::Contingency;
use super::units::Units;
use crate::fusion::{FusionError, Patterns};
use crate::labels::{Kind, LabelSpace, NamedMask};
use crate::score::mean;
use std::collections::BTreeMap;

/// How far raters agree, counted over images.
///
/// Whole numbers all the way: images may be counted one by one, or in parts that are merged, in any order.
/// Pixels that a rater has not seen, and images that a rater has not marked, do not count for that rater.
///
/// ```
/// use ndarray::array;
/// use scumble::agreement::Agreement;
/// use scumble::labels::{Kind, LabelSpace, RaterMask};
///
/// let mask = |row: [bool; 4]| RaterMask::from_mask(array![row].view());
/// let mut agreement = Agreement::new(&LabelSpace::new(Kind::Binary, ["lesion"])?);
/// agreement.add(&[("a", mask([true, true, false, false])), ("b", mask([true, false, false, false]))])?;
/// let (_, _, pair) = agreement.pairs().next().unwrap();
/// assert_eq!((pair.dice(), pair.kappa()), (Some(2.0 / 3.0), Some(0.5)));
/// assert_eq!(agreement.disputed_share(), Some(0.25));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    space: LabelSpace,
    images: BTreeMap<String, u64>,
    pairs: BTreeMap<(String, String), Comparison>,
    units: Vec<Units>,
}

impl Agreement {
    /// Nothing counted yet.
    pub fn new(space: &LabelSpace) -> Self {
        let units = vec![Units::new(space.states()); space.groups()];
        Self { space: space.clone(), images: BTreeMap::new(), pairs: BTreeMap::new(), units }
    }

    /// Counts one image's masks, each with its rater's name.
    ///
    /// # Errors
    /// Two masks of one rater, masks of different shapes, or that do not fit the kind; nothing is then
    /// counted.
    pub fn add<'a>(
        &mut self,
        masks: impl IntoIterator<Item = impl Into<NamedMask<'a>>>,
    ) -> Result<(), FusionError> {
        let mut masks = masks.into_iter().peekable();
        if masks.peek().is_none() {
            return Ok(());
        }
        let mut patterns = Patterns::new(&self.space);
        patterns.add(masks)?;
        self.add_patterns(&patterns);
        Ok(())
    }

    /// Counts one image whose masks were counted in parts.
    ///
    /// # Panics
    /// Patterns of other labels.
    pub fn add_patterns(&mut self, patterns: &Patterns) {
        assert_eq!(&self.space, patterns.space(), "agreement on the same classes");
        let raters = patterns.raters();
        let mut pairs: BTreeMap<(usize, usize), Vec<Contingency>> = BTreeMap::new();
        for (group, units) in self.units.iter_mut().enumerate() {
            let tables = count(patterns, group, units);
            tables.into_iter().for_each(|(pair, table)| pairs.entry(pair).or_default().push(table));
        }
        for ((i, j), tables) in pairs {
            let pair = Comparison::of_image(&self.space, tables);
            if raters[i] < raters[j] {
                self.merge_pair((raters[i].clone(), raters[j].clone()), &pair);
            } else {
                self.merge_pair((raters[j].clone(), raters[i].clone()), &pair.transposed());
            }
        }
        for rater in raters {
            *self.images.entry(rater.clone()).or_default() += 1;
        }
    }

    /// Adds what another has counted.
    ///
    /// # Panics
    /// Agreement on other labels.
    pub fn merge(&mut self, other: &Self) {
        assert_eq!(self.space, other.space, "agreement on the same classes");
        for (name, images) in &other.images {
            *self.images.entry(name.clone()).or_default() += images;
        }
        for (pair, more) in &other.pairs {
            self.merge_pair(pair.clone(), more);
        }
        self.units.iter_mut().zip(&other.units).for_each(|(a, b)| a.merge(b));
    }

    fn merge_pair(&mut self, raters: (String, String), more: &Comparison) {
        let empty = || Comparison::new(&self.space);
        self.pairs.entry(raters).or_insert_with(empty).merge(more);
    }

    /// What the labels are.
    pub fn space(&self) -> &LabelSpace {
        &self.space
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
    /// The tables of the pairs are summed, so the reference at a pixel is the frequency of the others'
    /// opinions, this rater left out, weighted by how many others judged the pixel: the weight that they have
    /// in a label, too. `None` for a rater who shares no image with another.
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
        match self.space.kind() {
            Kind::Binary | Kind::Multilabel => self.units[class].clone(),
            Kind::Multiclass => self.units[0].one_against_rest(class),
        }
    }

    /// [`Units::fleiss_kappa`]; the mean over overlapping classes.
    pub fn fleiss_kappa(&self) -> Option<f64> {
        mean(self.units.iter().map(Units::fleiss_kappa))
    }

    /// [`Units::krippendorff_alpha`]; the mean over overlapping classes.
    pub fn krippendorff_alpha(&self) -> Option<f64> {
        mean(self.units.iter().map(Units::krippendorff_alpha))
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

/// The marks of one image as a table for each pair of its raters, and in `units`.
fn count(patterns: &Patterns, group: usize, units: &mut Units) -> BTreeMap<(usize, usize), Contingency> {
    let (raters, states) = (patterns.raters().len(), units.states());
    let pairs = (0..raters).flat_map(|i| (i + 1..raters).map(move |j| (i, j)));
    let mut tables: BTreeMap<_, _> = pairs.map(|pair| (pair, Contingency::new(states))).collect();
    for (pattern, pixels) in patterns.of_group(group) {
        let mut counts = vec![0; states];
        for (at, &(i, mark)) in pattern.iter().enumerate() {
            counts[usize::from(mark)] += 1;
            for &(j, other) in &pattern[at + 1..] {
                let table = tables.get_mut(&(i as usize, j as usize)).expect("patterns are sorted by rater");
                table.add(usize::from(mark), usize::from(other), pixels);
            }
        }
        units.add(&counts, pixels);
    }
    tables
}
