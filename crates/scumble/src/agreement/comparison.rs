//! One rater beside another.

use super::contingency::Contingency;
use crate::labels::{Kind, LabelSpace};
use crate::score::mean;

/// One rater beside another, or beside all the others taken together: a table for each separate question
/// (binary and multiclass: one; multilabel: one a class).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    space: LabelSpace,
    images: u64,
    tables: Vec<Contingency>,
}

impl Comparison {
    pub(super) fn new(space: &LabelSpace) -> Self {
        let tables = vec![Contingency::new(space.states()); space.groups()];
        Self { space: space.clone(), images: 0, tables }
    }

    pub(super) fn of_image(space: &LabelSpace, tables: Vec<Contingency>) -> Self {
        Self { space: space.clone(), images: 1, tables }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.images += other.images;
        self.tables.iter_mut().zip(&other.tables).for_each(|(a, b)| a.merge(b));
    }

    #[must_use]
    pub(super) fn transposed(&self) -> Self {
        Self { tables: self.tables.iter().map(Contingency::transposed).collect(), ..self.clone() }
    }

    /// Images that both judged; of several others the sum over them.
    pub fn images(&self) -> u64 {
        self.images
    }

    /// The tables, one for each separate question.
    pub fn tables(&self) -> &[Contingency] {
        &self.tables
    }

    /// Marked or not marked as `class` (binary: 0), as a table of two states.
    ///
    /// # Panics
    /// For a class beyond the classes.
    pub fn of_class(&self, class: usize) -> Contingency {
        assert!(class < self.space.count(), "a class beyond the classes");
        match self.space.kind() {
            Kind::Binary | Kind::Multilabel => self.tables[class].clone(),
            Kind::Multiclass => self.tables[0].one_against_rest(class),
        }
    }

    /// Dice of the two masks of one class over all images; `None` where both are empty.
    pub fn dice_of(&self, class: usize) -> Option<f64> {
        self.of_class(class).confusion(1).f1()
    }

    /// The mean of [`dice_of`](Self::dice_of) over the classes that have one.
    pub fn dice(&self) -> Option<f64> {
        mean((0..self.space.count()).map(|class| self.dice_of(class)))
    }

    /// Cohen's kappa: of the whole table for exclusive classes, the mean over overlapping ones.
    pub fn kappa(&self) -> Option<f64> {
        mean(self.tables.iter().map(Contingency::kappa))
    }

    /// The share of pixels (multilabel: of pixels times classes) with equal marks.
    pub fn observed(&self) -> Option<f64> {
        let total: u64 = self.tables.iter().map(Contingency::total).sum();
        let same: u64 = self.tables.iter().map(Contingency::same).sum();
        (total > 0).then(|| same as f64 / total as f64)
    }

    /// Of the pixels that the first marked as `class`, the share that the second marked, too.
    pub fn sensitivity(&self, class: usize) -> Option<f64> {
        self.of_class(class).confusion(1).recall()
    }

    /// Of the pixels that the first did not mark as `class`, the share that the second did not mark either.
    pub fn specificity(&self, class: usize) -> Option<f64> {
        self.of_class(class).confusion(1).specificity()
    }
}
