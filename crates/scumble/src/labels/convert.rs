//! A label as another kind, where that means something.

use super::error::LabelError;
use super::kind::Kind;
use super::soft_labels::SoftLabels;
use super::votes::Votes;
use ndarray::{Array3, Axis, Zip, concatenate};

impl SoftLabels {
    /// The same label as another kind, where that means something.
    ///
    /// Binary and two exclusive classes are one thing: p becomes (1 - p, p) and back. Exclusive classes may be taken
    /// as overlapping ones; overlapping ones as exclusive if they sum to 1. Votes, weights and validity go along.
    ///
    /// # Errors
    /// A number of classes that the kind cannot have; overlapping classes that do not sum to 1.
    ///
    /// ```
    /// use ndarray::array;
    /// use scumble::labels::{Kind, SoftLabels};
    ///
    /// let water = SoftLabels::new(Kind::Binary, array![[[0.25]]])?;
    /// let both = water.into_kind(Kind::Multiclass)?;
    /// assert_eq!(both.probabilities(), array![[[0.75]], [[0.25]]]);
    /// # Ok::<(), scumble::labels::LabelError>(())
    /// ```
    pub fn into_kind(self, kind: Kind) -> Result<Self, LabelError> {
        let classes = self.classes();
        match (self.kind, kind) {
            (from, to) if from == to => Ok(self),
            (Kind::Binary, Kind::Multilabel) => {
                let votes = self.votes.map(|votes| Votes { kind, ..votes });
                Ok(Self { kind, votes, ..self })
            }
            (Kind::Multilabel, Kind::Binary) if classes == 1 => {
                let votes = self.votes.map(|votes| Votes { kind, ..votes });
                Ok(Self { kind, votes, ..self })
            }
            (Kind::Binary, Kind::Multiclass) => {
                let rest = self.probabilities.mapv(|p| 1.0 - p);
                let probabilities = concatenate![Axis(0), rest, self.probabilities];
                let votes = self.votes.map(|votes| {
                    let no = Zip::from(&votes.total).and(&votes.yes).map_collect(|n, k| n - k);
                    Votes { kind, yes: concatenate![Axis(0), no, votes.yes], total: votes.total }
                });
                Ok(Self { kind, probabilities, votes, ..self })
            }
            (Kind::Multiclass, Kind::Binary) if classes == 2 => {
                let second = |maps: &Array3<f32>| maps.index_axis(Axis(0), 1).to_owned().insert_axis(Axis(0));
                let probabilities = second(&self.probabilities);
                let votes = self.votes.map(|votes| {
                    let yes = votes.yes.index_axis(Axis(0), 1).to_owned().insert_axis(Axis(0));
                    Votes { kind, yes, total: votes.total }
                });
                Ok(Self { kind, probabilities, votes, ..self })
            }
            (Kind::Multiclass, Kind::Multilabel) => {
                let votes = self.votes.map(|votes| {
                    let total = spread(&votes.total, classes);
                    Votes { kind, yes: votes.yes, total }
                });
                let valid = spread(&self.valid, classes);
                let weights = self.weights.map(|weights| spread(&weights, classes));
                Ok(Self { kind, probabilities: self.probabilities, valid, weights, votes })
            }
            (Kind::Multilabel, Kind::Multiclass) => {
                // A pixel is known where all its classes are; each class's raters no longer are one number.
                let valid = self.valid.fold_axis(Axis(0), true, |all, v| *all && *v).insert_axis(Axis(0));
                let mut maps = self.probabilities;
                Zip::from(maps.lanes_mut(Axis(0))).and(valid.index_axis(Axis(0), 0)).for_each(
                    |mut pixel, &valid| {
                        if !valid {
                            pixel.fill(f32::NAN);
                        }
                    },
                );
                let weights = self.weights.map(|w| w.index_axis(Axis(0), 0).to_owned().insert_axis(Axis(0)));
                Ok(Self { weights, ..Self::with_ignored(kind, maps, None)? })
            }
            (_, Kind::Binary) => {
                Err(LabelError::Classes { kind, needed: "one map or two exclusive ones", found: classes })
            }
            _ => unreachable!("all pairs of kinds are above"),
        }
    }
}

fn spread<T: Clone>(one: &Array3<T>, classes: usize) -> Array3<T> {
    let (_, height, width) = one.dim();
    one.broadcast((classes, height, width)).expect("one map").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labels::raters::RaterMask;
    use crate::labels::space::space;
    use ndarray::array;

    #[test]
    fn binary_and_two_classes_go_back_and_forth_with_their_votes() {
        let mut votes = Votes::new(&space(Kind::Binary, 1), (1, 2));
        for mask in [array![[true, false]], array![[true, true]], array![[false, true]]] {
            votes.add(&RaterMask::from_mask(mask.view())).unwrap();
        }
        let binary = votes.into_labels();
        let two = binary.clone().into_kind(Kind::Multiclass).unwrap();
        assert_eq!(two.votes().unwrap().yes(), array![[[1, 1]], [[2, 2]]]);
        assert_eq!(two.into_kind(Kind::Binary).unwrap(), binary);
    }

    #[test]
    fn overlapping_classes_are_exclusive_only_if_they_sum_to_one() {
        let maps = array![[[0.25]], [[0.75]]];
        let labels = SoftLabels::new(Kind::Multilabel, maps.clone()).unwrap();
        assert_eq!(labels.into_kind(Kind::Multiclass).unwrap().probabilities(), maps);
        let labels = SoftLabels::new(Kind::Multilabel, array![[[0.9]], [[0.9]]]).unwrap();
        assert!(matches!(labels.into_kind(Kind::Multiclass), Err(LabelError::Sum { .. })));
    }

    #[test]
    fn three_classes_are_not_binary() {
        let labels = SoftLabels::from_indices(array![[0, 2]].view(), 3).unwrap();
        assert!(matches!(labels.clone().into_kind(Kind::Binary), Err(LabelError::Classes { .. })));
        let free = labels.into_kind(Kind::Multilabel).unwrap();
        assert_eq!(free.valid().dim(), (3, 1, 2));
    }
}
