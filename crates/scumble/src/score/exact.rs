//! Sums of many numbers that are exact until they are read, and so the same in any order.

use std::collections::BTreeMap;

/// A list of sums, each kept as numbers that do not overlap and whose sum it is exactly (Shewchuk 1997, "Adaptive precision
/// floating-point arithmetic"). What most sums need, one number, lies in a plain list.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ExactSums {
    /// Of each sum the largest number.
    high: Vec<f64>,
    /// Whether it needs others.
    more: Vec<bool>,
    /// These, in rising order.
    rest: BTreeMap<usize, Vec<f64>>,
}

/// Sum and what was rounded off.
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let (large, small) = if a.abs() < b.abs() { (b, a) } else { (a, b) };
    let sum = large + small;
    (sum, small - (sum - large))
}

impl ExactSums {
    /// So many sums of nothing.
    pub(super) fn new(count: usize) -> Self {
        Self { high: vec![0.0; count], more: vec![false; count], rest: BTreeMap::new() }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.high.len()
    }

    /// Adds to one of them.
    pub(super) fn add(&mut self, at: usize, number: f64) {
        if number == 0.0 {
            return;
        }
        let (sum, off) = two_sum(self.high[at], number);
        if off == 0.0 && !self.more[at] {
            self.high[at] = sum;
            return;
        }
        let mut parts = self.rest.remove(&at).unwrap_or_default();
        parts.push(self.high[at]);
        let (mut carried, mut kept) = (number, 0);
        for part in 0..parts.len() {
            let (sum, off) = two_sum(carried, parts[part]);
            if off != 0.0 {
                parts[kept] = off;
                kept += 1;
            }
            carried = sum;
        }
        parts.truncate(kept);
        self.high[at] = carried;
        self.more[at] = !parts.is_empty();
        if !parts.is_empty() {
            self.rest.insert(at, parts);
        }
    }

    /// Adds others, one by one.
    pub(super) fn merge(&mut self, other: &Self) {
        other.parts().for_each(|(at, number)| self.add(at, number));
    }

    /// Numbers that have these sums, each with its place.
    pub(super) fn parts(&self) -> impl Iterator<Item = (usize, f64)> {
        let high = self.high.iter().copied().enumerate().filter(|(_, number)| *number != 0.0);
        high.chain(self.rest.iter().flat_map(|(at, rest)| rest.iter().map(|number| (*at, *number))))
    }

    /// A sum, rounded once: the nearest number, of two the even one.
    pub(super) fn value(&self, at: usize) -> f64 {
        let mut sum = self.high[at];
        let Some(rest) = self.rest.get(&at).filter(|_| self.more[at]) else { return sum };
        let mut parts = rest.iter().rev();
        while let Some(part) = parts.next() {
            let off;
            (sum, off) = two_sum(sum, *part);
            if off == 0.0 {
                continue;
            }
            // Halfway, to the even one; what is below says where it is not halfway.
            if parts.next().is_some_and(|next| (off < 0.0) == (*next < 0.0)) {
                let further = sum + 2.0 * off;
                if further - sum == 2.0 * off {
                    sum = further;
                }
            }
            break;
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sum(numbers: &[f64]) -> f64 {
        let mut sums = ExactSums::new(1);
        numbers.iter().for_each(|number| sums.add(0, *number));
        sums.value(0)
    }

    /// As Python's `math.fsum` has them.
    #[test]
    fn sums_are_those_of_fsum() {
        assert_eq!(sum(&[0.1; 10]), 1.0);
        assert_eq!(sum(&[1e16, 1.0, 1e-16]), 1e16 + 2.0);
        assert_eq!(sum(&[1e16, 1.0]), 1e16);
        assert_eq!(sum(&[9_007_199_254_740_991.0, 0.5, 2f64.powi(-70)]), 9_007_199_254_740_992.0);
        assert_eq!(sum(&[1e-300, 1e300, -1e300]), 1e-300);
        assert_eq!(sum(&[]), 0.0);
    }

    proptest! {
        #[test]
        fn the_order_does_not_matter(
            numbers in prop::collection::vec((0.0..1.0_f64, -60..60_i32), 0..60), at in 0..60_usize
        ) {
            let numbers: Vec<f64> = numbers.iter().map(|(number, power)| number * 2f64.powi(*power)).collect();
            let mut turned: Vec<f64> = numbers.iter().rev().copied().collect();
            turned.rotate_left(at.min(numbers.len()));
            let (left, right) = numbers.split_at(at.min(numbers.len()));
            let mut parts = ExactSums::new(1);
            for half in [right, left] {
                let mut part = ExactSums::new(1);
                half.iter().for_each(|number| part.add(0, *number));
                parts.merge(&part);
            }
            let plain: f64 = numbers.iter().sum();
            prop_assert_eq!(sum(&numbers).to_bits(), sum(&turned).to_bits());
            prop_assert_eq!(sum(&numbers).to_bits(), parts.value(0).to_bits());
            prop_assert!((plain - sum(&numbers)).abs() <= 1e-12 * plain);
        }
    }
}
