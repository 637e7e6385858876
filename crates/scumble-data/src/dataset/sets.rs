//! Label sets: what overlapping labels are together.

use super::read::ItemData;
use super::{Dataset, Target};
use crate::DataError;
use ndarray::{Array2, Array3, ArrayView3, Axis, Zip};
use scumble::joint::{label_sets, set_space};
use scumble::labels::{Kind, LabelError, LabelSpace, RaterMask, SoftLabels, UNSEEN};

/// As much of a class may lie outside the class that it is nested in.
const OUTSIDE: f64 = 0.05;

impl Dataset {
    /// Label sets as exclusive classes, 2^K of K labels.
    ///
    /// # Errors
    /// More labels than there are sets for; `id` is what then is said to have too many.
    pub(super) fn set_space(&self, id: &str) -> Result<LabelSpace, DataError> {
        set_space(self.classes().len()).map_err(DataError::label_sets(id))
    }
}

impl ItemData<'_> {
    /// The distribution of the item's label sets: a multiclass label over the 2^K sets of K labels, bit i being label i.
    ///
    /// It is counted from the raters' masks ([`Target::Auto`]: wherever there are any); a rater who left any label of a
    /// pixel unjudged gave no set there. A label file says only what share has each label, which tells the sets where
    /// every share is 0 or 1, or where dataset.toml says that each class lies inside another (`nested`). Ignored pixels
    /// and weights are those of [`labels`](Self::labels), a pixel being ignored if any of its labels is.
    ///
    /// # Errors
    /// As [`labels`](Self::labels); soft shares and no rater; classes that are not nested as declared; more than 12 labels.
    pub fn label_sets(&self, target: Target) -> Result<SoftLabels, DataError> {
        let mut sets = match target {
            _ if self.item.sets_from_file(target) => self.told_by_shares()?,
            Target::Staple | Target::DawidSkene => {
                self.fused(&self.rater_sets()?, &self.set_space()?, target)?
            }
            _ => self.counted(&self.rater_sets()?, &self.set_space()?)?,
        };
        self.apply_ignore_and_weights(&mut sets)?;
        Ok(sets)
    }

    fn set_space(&self) -> Result<LabelSpace, DataError> {
        self.dataset.set_space(self.item.id())
    }

    /// Sets from the share of each label, where these tell them.
    fn told_by_shares(&self) -> Result<SoftLabels, DataError> {
        let shares = self.file()?;
        let states = self.set_space()?.count();
        let nested = &self.dataset.meaning.nested;
        let mut sets = if self.dataset.kind() == Kind::Multiclass {
            let (classes, height, width) = shares.probabilities().dim();
            let mut sets = Array3::zeros((states, height, width));
            for class in 0..classes {
                let share = shares.probabilities();
                sets.index_axis_mut(Axis(0), 1 << class).assign(&share.index_axis(Axis(0), class));
            }
            SoftLabels::new(Kind::Multiclass, sets)
        } else if nested.is_empty() {
            let counts = shares.valid();
            let soft = |(p, valid): (&f32, &bool)| *valid && *p != 0.0 && *p != 1.0;
            if shares.probabilities().iter().zip(counts).any(soft) {
                return Err(DataError::SoftLabelSets { id: self.item.id().to_owned() });
            }
            let bits = shares.probabilities().map_axis(Axis(0), |shares| {
                shares.iter().enumerate().fold(0, |set, (label, p)| set | (u16::from(*p == 1.0) << label))
            });
            SoftLabels::from_indices(bits.view(), states)
        } else {
            SoftLabels::new(Kind::Multiclass, self.of_nested(shares.probabilities(), states)?)
        }
        .map_err(|source| self.wrong(source))?;
        // A pixel of which any label is unknown has no set.
        let unknown = shares.valid().map_axis(Axis(0), |valid| !valid.iter().all(|valid| *valid));
        sets.ignore(unknown.view()).map_err(|source| self.wrong(source))?;
        Ok(sets)
    }

    /// Of classes of which each lies inside the one before, whoever saw one saw all before it: what the next share lacks
    /// is the share of the set that ends here.
    fn of_nested(&self, shares: ArrayView3<'_, f32>, states: usize) -> Result<Array3<f32>, DataError> {
        let (_, height, width) = shares.dim();
        let mut sets = Array3::zeros((states, height, width));
        let mut outer = Array2::<f32>::ones((height, width));
        let mut set = 0;
        for (depth, &class) in self.dataset.meaning.nested.iter().enumerate() {
            // A careless outline or rounding may have put an inner share above the outer one, here and there.
            let share = shares.index_axis(Axis(0), class);
            let inner = Zip::from(&outer).and(share).map_collect(|o, i| o.min(*i));
            let outside = 1.0 - f64::from(inner.sum()) / f64::from(share.sum()).max(f64::MIN_POSITIVE);
            if depth > 0 && share.sum() > 0.0 && outside > OUTSIDE {
                let name = |class: usize| self.dataset.classes()[class].clone();
                let (inner, outer) = (name(class), name(self.dataset.meaning.nested[depth - 1]));
                return Err(DataError::NotNested { id: self.item.id().to_owned(), inner, outer, outside });
            }
            sets.index_axis_mut(Axis(0), set).assign(&(&outer - &inner));
            set |= 1 << class;
            outer = inner;
        }
        sets.index_axis_mut(Axis(0), set).assign(&outer);
        Ok(sets)
    }

    /// The label sets of all raters who marked this image, sorted by their names: masks of 2^K exclusive classes, bit i
    /// of a mark being label i. Unseen is a pixel of which a rater left any label unjudged, and one that is ignored.
    ///
    /// # Errors
    /// As [`label_sets`](Self::label_sets).
    pub fn rater_sets(&self) -> Result<Vec<(String, RaterMask)>, DataError> {
        let space = self.set_space()?;
        let sets = |(name, mask): &(String, RaterMask)| {
            let marks: Array2<u16> = if self.dataset.kind() == Kind::Multiclass {
                // Exclusive classes: every set has one label.
                let marks = mask.marks();
                marks.index_axis(Axis(0), 0).mapv(|class| if class == UNSEEN { UNSEEN } else { 1 << class })
            } else {
                let sets = label_sets(mask).map_err(DataError::label_sets(self.item.id()))?;
                sets.mapv(|set| set.map_or(UNSEEN, |set| set as u16))
            };
            let sets = RaterMask::new(&space, marks.insert_axis(Axis(0)));
            let mut sets = sets.map_err(|source| self.wrong(source))?;
            self.hide_ignored(&mut sets);
            Ok((name.clone(), sets))
        };
        self.raters.iter().map(sets).collect()
    }

    fn wrong(&self, source: LabelError) -> DataError {
        let path = self.item.files().next().unwrap_or(self.dataset.root()).to_owned();
        DataError::Label { path, source }
    }
}
