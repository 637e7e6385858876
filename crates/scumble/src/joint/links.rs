//! Weights between pairs of labels, and where they lie among the parameters.

use super::lanes::{Lanes, ZERO, add, total};

/// How the weights between pairs of labels are laid out behind the K parameters of the labels themselves.
#[derive(Debug, Clone, Copy)]
pub(super) enum PairOrder {
    /// i < j row by row: 01, 02, .., 12, .. (pairwise).
    Upper,
    /// j < i row by row: 10, 20, 21, .. (chain).
    Lower,
}

/// Parameters of labels and pairs: eta_i(y) = a_i + sum of w_ij over the labels j < i in y.
///
/// A chain's conditional logits, and what label i adds to the score of a pairwise family once those before it are
/// set: s(y) = sum over i in y of eta_i(y).
#[derive(Debug, Clone, Copy)]
pub(super) struct Links {
    pub(super) labels: usize,
    pub(super) order: PairOrder,
}

impl Links {
    /// Where the weight of the pair j < i is.
    pub(super) fn place(&self, j: usize, i: usize) -> usize {
        let k = self.labels;
        match self.order {
            // Rows before j have K-1, K-2, .. entries.
            PairOrder::Upper => k + j * (2 * k - j - 1) / 2 + (i - j - 1),
            PairOrder::Lower => k + i * (i - 1) / 2 + j,
        }
    }

    /// eta of every label i and every set y of the labels before it, at 2^i + y. Place 0 stays as it is.
    pub(super) fn spread(&self, parameters: &[Lanes], levels: &mut [Lanes]) {
        for i in 0..self.labels {
            let level = &mut levels[1 << i..2 << i];
            level[0] = parameters[i];
            for j in 0..i {
                let weight = &parameters[self.place(j, i)];
                let (without, with) = level.split_at_mut(1 << j);
                for (with, without) in with.iter_mut().zip(without.iter()) {
                    *with = *without;
                    add(with, weight);
                }
            }
        }
    }

    /// The transpose of [`spread`](Self::spread): slopes on eta, used up, become slopes on the parameters.
    pub(super) fn gather(&self, levels: &mut [Lanes], slope: &mut [Lanes]) {
        for i in 0..self.labels {
            let level = &mut levels[1 << i..2 << i];
            for j in (0..i).rev() {
                let (without, with) = level.split_at_mut(1 << j);
                let with = &with[..1 << j];
                slope[self.place(j, i)] = total(with);
                for (without, with) in without.iter_mut().zip(with) {
                    add(without, with);
                }
            }
            slope[i] = level.first().copied().unwrap_or(ZERO);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_laid_out_row_by_row() {
        let all = |order| {
            let links = Links { labels: 4, order };
            (0..4).flat_map(|i| (0..i).map(move |j| (links.place(j, i), (j, i)))).collect::<Vec<_>>()
        };
        let sorted = |mut places: Vec<(usize, (usize, usize))>| {
            places.sort();
            assert_eq!(places.iter().map(|p| p.0).collect::<Vec<_>>(), (4..10).collect::<Vec<_>>());
            places.into_iter().map(|p| p.1).collect::<Vec<_>>()
        };
        assert_eq!(sorted(all(PairOrder::Upper)), [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]);
        assert_eq!(sorted(all(PairOrder::Lower)), [(0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3)]);
    }
}
