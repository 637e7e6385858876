//! What most raters say.

use super::error::FusionError;
use super::mean::with_counts;
use super::paint::paint;
use crate::labels::{Kind, LabelSpace, NamedMask, RaterMask, SoftLabels, UNSEEN, Votes, named};
use ndarray::{Array3, Axis};
use serde::{Deserialize, Serialize};

/// What most raters say, as a hard mask; where the vote is tied, or nobody voted, the mark is [`UNSEEN`].
///
/// A tie is no majority: whoever compares with the majority leaves such pixels out rather than inventing a winner.
pub fn majority(votes: &Votes) -> RaterMask {
    let (yes, total) = (votes.yes(), votes.total());
    let marks = match votes.kind() {
        Kind::Binary | Kind::Multilabel => Array3::from_shape_fn(total.dim(), |at| {
            let (k, n) = (u32::from(yes[at]), u32::from(total[at]));
            match (2 * k).cmp(&n) {
                std::cmp::Ordering::Less => 0,
                std::cmp::Ordering::Greater => 1,
                std::cmp::Ordering::Equal => UNSEEN,
            }
        }),
        Kind::Multiclass => yes
            .map_axis(Axis(0), |counts| {
                let most = counts.iter().copied().max().unwrap_or(0);
                let mut winners = counts.iter().enumerate().filter(|(_, k)| **k == most);
                match (winners.next(), winners.next()) {
                    (Some((class, _)), None) if most > 0 => class as u16,
                    _ => UNSEEN,
                }
            })
            .insert_axis(Axis(0)),
    };
    RaterMask::of_marks(marks)
}

/// What a tied vote makes of a pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ties {
    /// The winners share the pixel: 0.5 for two, 1/3 for three.
    #[default]
    Soft,
    /// The winner of the lowest index: no before yes, the background before the rest.
    Zero,
    /// The winner of the highest index: yes before no.
    One,
    /// Nobody: the pixel is not valid.
    Ignore,
}

/// What most raters say, as a label of zeros and ones but for ties, with the counts k and n beside it.
///
/// # Errors
/// No mask, two of one rater, masks of different sizes or that do not fit the labels.
///
/// ```
/// use ndarray::array;
/// use scumble::fusion::{Ties, majority_labels};
/// use scumble::labels::{Kind, LabelSpace, RaterMask};
///
/// let water = LabelSpace::new(Kind::Binary, ["water"])?;
/// let mask = |row: [bool; 3]| RaterMask::from_mask(array![row].view());
/// let masks = [("ann", mask([true, true, false])), ("bob", mask([true, false, false]))];
/// let soft = majority_labels(&water, &masks, Ties::Soft)?;
/// assert_eq!(soft.probabilities(), array![[[1.0, 0.5, 0.0]]]);
/// let strict = majority_labels(&water, &masks, Ties::Ignore)?;
/// assert_eq!(strict.valid(), array![[[true, false, true]]]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn majority_labels<'a>(
    space: &LabelSpace,
    masks: impl IntoIterator<Item = impl Into<NamedMask<'a>>>,
    ties: Ties,
) -> Result<SoftLabels, FusionError> {
    let masks = named(masks);
    let first = usize::from(space.kind() != Kind::Multiclass);
    let labels = paint(space, &masks, |_, marks| {
        let mut counts = vec![0u32; space.states()];
        marks.iter().filter(|mark| **mark != UNSEEN).for_each(|mark| counts[usize::from(*mark)] += 1);
        let most = counts.iter().copied().max().filter(|most| *most > 0)?;
        let mut winners: Vec<usize> = (0..counts.len()).filter(|state| counts[*state] == most).collect();
        match ties {
            Ties::Soft => {}
            Ties::Zero => winners.truncate(1),
            Ties::One => drop(winners.drain(..winners.len() - 1)),
            Ties::Ignore if winners.len() > 1 => return None,
            Ties::Ignore => {}
        }
        let share = 1.0 / winners.len() as f32;
        let value = |state| if winners.contains(&state) { share } else { 0.0 };
        Some((first..counts.len()).map(value).collect())
    })?;
    with_counts(space, labels, &masks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labels::space;
    use ndarray::array;

    #[test]
    fn ties_have_no_winner() {
        let mut votes = Votes::new(&space(Kind::Binary, 1), (1, 3));
        votes.add(&RaterMask::from_mask(array![[true, true, false]].view())).unwrap();
        votes.add(&RaterMask::from_mask(array![[true, false, false]].view())).unwrap();
        assert_eq!(majority(&votes).marks(), array![[[1, UNSEEN, 0]]]);
    }

    #[test]
    fn most_votes_win_among_several_classes() {
        let mut votes = Votes::new(&space(Kind::Multiclass, 3), (1, 2));
        for marks in [array![[[2, 0]]], array![[[2, 1]]], array![[[0, 2]]]] {
            votes.add(&RaterMask::new(&space(Kind::Multiclass, 3), marks).unwrap()).unwrap();
        }
        assert_eq!(majority(&votes).marks(), array![[[2, UNSEEN]]]);
    }
}
