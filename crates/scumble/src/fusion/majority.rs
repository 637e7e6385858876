use crate::labels::{Kind, RaterMask, UNSEEN, Votes};
use ndarray::{Array3, Axis};

/// What most raters say, as a hard mask; where the vote is tied, or nobody voted, the mark is [`UNSEEN`].
///
/// A tie is no majority: whoever compares with the majority leaves such pixels out rather than inventing a winner.
pub fn majority(votes: &Votes) -> RaterMask {
    let (yes, total) = (votes.yes(), votes.total());
    let classes = yes.dim().0;
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
    RaterMask::new(votes.kind(), classes, marks).expect("marks made from the votes' own classes")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn ties_have_no_winner() {
        let mut votes = Votes::new(Kind::Binary, 1, (1, 3));
        votes.add(&RaterMask::from_mask(array![[true, true, false]].view())).unwrap();
        votes.add(&RaterMask::from_mask(array![[true, false, false]].view())).unwrap();
        assert_eq!(majority(&votes).marks(), array![[[1, UNSEEN, 0]]]);
    }

    #[test]
    fn most_votes_win_among_several_classes() {
        let mut votes = Votes::new(Kind::Multiclass, 3, (1, 2));
        for marks in [array![[[2, 0]]], array![[[2, 1]]], array![[[0, 2]]]] {
            votes.add(&RaterMask::new(Kind::Multiclass, 3, marks).unwrap()).unwrap();
        }
        assert_eq!(majority(&votes).marks(), array![[[2, UNSEEN]]]);
    }
}
