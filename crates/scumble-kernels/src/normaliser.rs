//! The softmax of a block of pixels: distances from the largest logit, their exponentials and the sum of these.

use crate::blocks::{ahead, prefetch, read, whole};
use crate::law::Prediction;
use crate::real::Real;
use std::ops::Range;

/// Pixels handled together: what is known of them stays in the first cache, that of many classes in the second.
pub(crate) const BLOCK: usize = 128;

/// Classes summed before the sum is moved on: sums of many classes keep f32's digits.
const GROUP: usize = 8;

/// How many pixels ahead memory is asked for.
pub(crate) const AHEAD: usize = 2 * BLOCK;

/// What all classes of a block's pixels share.
pub(crate) struct Normaliser<R> {
    /// The class of the largest logit.
    winner: [u32; BLOCK],
    /// Sum of exp(x - max) without the largest term: exact however sure the prediction is.
    pub(crate) rest: [R; BLOCK],
}

impl<R: Real> Normaliser<R> {
    /// Fills `below` with x - max and `powers` with its exponential, a row a class.
    #[inline(always)]
    pub(crate) fn new(logits: &[&[R]], range: Range<usize>, below: &mut [R], powers: &mut [R]) -> Self {
        let mut largest = [R::ZERO; BLOCK];
        let mut winner = [0u32; BLOCK];
        let mut spare = [R::ZERO; BLOCK];
        read(&logits[0][range.clone()], &mut largest);
        for (class, (plane, row)) in logits.iter().zip(below.chunks_exact_mut(BLOCK)).enumerate() {
            let row: &mut [R; BLOCK] = row.try_into().expect("a row of a block");
            let x = whole(&plane[range.clone()], &mut spare);
            prefetch(ahead(plane, range.start + AHEAD, BLOCK));
            for i in 0..BLOCK {
                row[i] = x[i];
                let higher = x[i] > largest[i];
                largest[i] = if higher { x[i] } else { largest[i] };
                winner[i] = if higher { class as u32 } else { winner[i] };
            }
        }
        let mut rest = [R::ZERO; BLOCK];
        let mut part = [R::ZERO; BLOCK];
        let classes = logits.len();
        let rows = below.chunks_exact_mut(BLOCK).zip(powers.chunks_exact_mut(BLOCK));
        for (class, (row, power)) in rows.enumerate() {
            let row: &mut [R; BLOCK] = row.try_into().expect("a row of a block");
            let power: &mut [R; BLOCK] = power.try_into().expect("a row of a block");
            for i in 0..BLOCK {
                row[i] = row[i] - largest[i];
                power[i] = row[i].exp_of_negative();
                part[i] = part[i] + if winner[i] == class as u32 { R::ZERO } else { power[i] };
            }
            if is_last_of_group(class, classes) {
                for i in 0..BLOCK {
                    rest[i] = rest[i] + part[i];
                    part[i] = R::ZERO;
                }
            }
        }
        Self { winner, rest }
    }

    /// ln(1 + rest) and 1 / (1 + rest).
    #[inline(always)]
    pub(crate) fn shares(&self) -> Shares<R> {
        let mut shares = Shares { logs: [R::ZERO; BLOCK], of_one: [R::ZERO; BLOCK] };
        for i in 0..BLOCK {
            shares.logs[i] = self.rest[i].ln_1p_of_positive();
            shares.of_one[i] = R::ONE / (R::ONE + self.rest[i]);
        }
        shares
    }

    /// A class at a pixel, from its exp(x - max) and x - max.
    #[inline(always)]
    pub(crate) fn prediction(
        &self,
        class: usize,
        i: usize,
        power: R,
        below: R,
        shares: &Shares<R>,
    ) -> Prediction<R> {
        let q = power * shares.of_one[i];
        Prediction { q, rest: self.complement(class, i, q, shares), cost: shares.logs[i] - below }
    }

    /// 1 - q. Only the likeliest class is above 1/2, where the difference would lose digits.
    #[inline(always)]
    fn complement(&self, class: usize, i: usize, q: R, shares: &Shares<R>) -> R {
        let (of_winner, of_others) = (self.rest[i] * shares.of_one[i], R::ONE - q);
        if self.winner[i] == class as u32 { of_winner } else { of_others }
    }

    /// Writes `scale` w times the derivatives by the logits, from rows of q and of u = q times the derivative by q:
    /// u - q sum_j u_j, with the own u taken out of the sum, which keeps its digits.
    #[inline(always)]
    #[allow(clippy::too_many_arguments, reason = "rows of a block, each of them another thing")]
    pub(crate) fn chain(
        &self,
        (q, u): (&[R], &[R]),
        shares: &Shares<R>,
        w: &[R; BLOCK],
        scale: R,
        gradient: &mut [&mut [R]],
        range: Range<usize>,
    ) {
        let mut sums = [R::ZERO; BLOCK];
        for u in u.chunks_exact(BLOCK) {
            let u: &[R; BLOCK] = u.try_into().expect("a row of a block");
            for i in 0..BLOCK {
                sums[i] = sums[i] + u[i];
            }
        }
        let mut derivatives = [R::ZERO; BLOCK];
        let rows = q.chunks_exact(BLOCK).zip(u.chunks_exact(BLOCK));
        for (class, (plane, (q, u))) in gradient.iter_mut().zip(rows).enumerate() {
            let q: &[R; BLOCK] = q.try_into().expect("a row of a block");
            let u: &[R; BLOCK] = u.try_into().expect("a row of a block");
            for i in 0..BLOCK {
                let derivative = u[i] * self.complement(class, i, q[i], shares) - q[i] * (sums[i] - u[i]);
                derivatives[i] = if w[i] == R::ZERO { R::ZERO } else { scale * (w[i] * derivative) };
            }
            plane[range.clone()].copy_from_slice(&derivatives[..range.len()]);
        }
    }
}

/// What becomes of a block's sums of powers.
pub(crate) struct Shares<R> {
    /// ln(1 + rest): what the likeliest class costs.
    logs: [R; BLOCK],
    /// 1 / (1 + rest): its probability.
    of_one: [R; BLOCK],
}

#[inline(always)]
pub(crate) fn is_last_of_group(class: usize, classes: usize) -> bool {
    class % GROUP == GROUP - 1 || class == classes - 1
}
