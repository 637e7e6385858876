//! The softmax of a block of pixels: distances from the largest logit, their exponentials and the sum of these.

use crate::blocks::{ahead, prefetch, read};
use crate::law::Prediction;
use crate::real::Real;
use std::ops::Range;

/// Pixels handled together: what is known of them stays in the first cache, that of many classes in the second.
pub(crate) const BLOCK: usize = 128;

/// Classes summed before the sum is moved on: sums of many classes keep f32's digits.
pub(crate) const GROUP: usize = 8;

/// How many pixels ahead memory is asked for.
pub(crate) const AHEAD: usize = 2 * BLOCK;

/// What all classes of a block's pixels share.
pub(crate) struct Normaliser<R> {
    /// Sum of exp(x - max) without one largest term: exact however sure the prediction is.
    pub(crate) rest: [R; BLOCK],
}

impl<R: Real> Normaliser<R> {
    /// Fills `below` with x - max and `powers` with its exponential, a row a class.
    #[inline(always)]
    pub(crate) fn new(logits: &[&[R]], range: Range<usize>, below: &mut [R], powers: &mut [R]) -> Self {
        for (plane, row) in logits.iter().zip(below.chunks_exact_mut(BLOCK)) {
            let row: &mut [R; BLOCK] = row.try_into().expect("a row of a block");
            prefetch(ahead(plane, range.start + AHEAD, BLOCK));
            read(&plane[range.clone()], row);
        }
        let ties = lower(below);
        // One loop over all rows: each end of a loop would cost as much as several of its turns.
        for (power, below) in powers.iter_mut().zip(&*below) {
            *power = below.exp_of_negative();
        }
        let mut rest =
            over_rows(below, powers, |below, power| if below == R::ZERO { R::ZERO } else { power });
        for i in 0..BLOCK {
            rest[i] = rest[i] + ties[i];
        }
        Self { rest }
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
    pub(crate) fn prediction(&self, i: usize, power: R, below: R, shares: &Shares<R>) -> Prediction<R> {
        let q = power * shares.of_one[i];
        Prediction { q, rest: self.complement(i, q, shares), cost: shares.logs[i] - below }
    }

    /// 1 - q. Only the likeliest class is above 1/2, where the difference would lose digits.
    #[inline(always)]
    fn complement(&self, i: usize, q: R, shares: &Shares<R>) -> R {
        let (of_likeliest, of_others) = (self.rest[i] * shares.of_one[i], R::ONE - q);
        if q == shares.of_one[i] { of_likeliest } else { of_others }
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
        for (plane, (q, u)) in gradient.iter_mut().zip(rows) {
            prefetch(ahead(plane, range.start + AHEAD, BLOCK));
            let q: &[R; BLOCK] = q.try_into().expect("a row of a block");
            let u: &[R; BLOCK] = u.try_into().expect("a row of a block");
            for i in 0..BLOCK {
                let derivative = u[i] * self.complement(i, q[i], shares) - q[i] * (sums[i] - u[i]);
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

/// Pixels whose sums over the classes stay in registers.
const PART: usize = 32;

/// Takes the largest of the rows at each pixel from all of them, and says how many others are as large.
#[inline(always)]
fn lower<R: Real>(rows: &mut [R]) -> [R; BLOCK] {
    let mut ties = [R::ZERO; BLOCK];
    for (part, ties) in ties.chunks_exact_mut(PART).enumerate() {
        let mut largest: [R; PART] = rows[part * PART..][..PART].try_into().expect("a part");
        for row in rows.chunks_exact(BLOCK) {
            let row: &[R; PART] = row[part * PART..][..PART].try_into().expect("a part");
            for i in 0..PART {
                largest[i] = row[i].larger(largest[i]);
            }
        }
        let mut tops = [R::ZERO; PART];
        for row in rows.chunks_exact_mut(BLOCK) {
            let row: &mut [R; PART] = (&mut row[part * PART..][..PART]).try_into().expect("a part");
            for i in 0..PART {
                row[i] = row[i] - largest[i];
                tops[i] = tops[i] + if row[i] == R::ZERO { R::ONE } else { R::ZERO };
            }
        }
        for (ties, top) in ties.iter_mut().zip(tops) {
            *ties = top - R::ONE;
        }
    }
    ties
}

/// Adds up, at each pixel, what is made of its numbers in two rows a class. A few classes at a time, as sums of many
/// keep their digits so.
#[inline(always)]
pub(crate) fn over_rows<R: Real>(a: &[R], b: &[R], of: impl Fn(R, R) -> R) -> [R; BLOCK] {
    let mut sums = [R::ZERO; BLOCK];
    for (part, sums) in sums.chunks_exact_mut(PART).enumerate() {
        let mut sum = [R::ZERO; PART];
        for (a, b) in a.chunks(GROUP * BLOCK).zip(b.chunks(GROUP * BLOCK)) {
            let mut few = [R::ZERO; PART];
            for (a, b) in a.chunks_exact(BLOCK).zip(b.chunks_exact(BLOCK)) {
                let a: &[R; PART] = a[part * PART..][..PART].try_into().expect("a part");
                let b: &[R; PART] = b[part * PART..][..PART].try_into().expect("a part");
                for i in 0..PART {
                    few[i] = few[i] + of(a[i], b[i]);
                }
            }
            for i in 0..PART {
                sum[i] = sum[i] + few[i];
            }
        }
        sums.copy_from_slice(&sum);
    }
    sums
}
