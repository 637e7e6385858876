//! The likelihood of one pixel.

use crate::loss::probability::{sigmoid, sigmoid_cost};

/// Negative log likelihood of `yes` of `total` opinions on one pixel, in nats, and its derivatives by mean
/// and correlation logit, in f64: what everything fast is held against.
///
/// With mean m = sigmoid(a) and correlation r = sigmoid(b), opinions in a given order, k of them yes and
/// n - k no, have the probability (Skellam 1948; Griffiths 1973, eq. 1, without the number of orders)
///
/// ```text
///     prod_{i<k} (m (1-r) + i r)  prod_{j<n-k} ((1-m)(1-r) + j r)
/// P = -----------------------------------------------------------
///                    prod_{i<n} (1-r + i r)
/// ```
///
/// which is that of n tosses of a coin whose own probability is drawn from a beta distribution with mean m,
/// any two tosses having the correlation r. At r = 0 it is m^k (1-m)^(n-k), and the value n times the sigmoid
/// cross entropy of k/n; one opinion alone never depends on r. Divided by (1-r)^n above and below, every
/// factor is p + i s with s = r / (1-r) = exp(b): its logarithm is taken of logits, so that nothing overflows
/// or vanishes.
///
/// Counts that lie between integers, as interpolation makes them, take each product's logarithm linear
/// between those of the integers.
///
/// **The value is never below n H(k/n)**, the entropy of the share of yes times the number of opinions, for
/// any counts, integer or not. Let D be the distribution of the coin's own probability t, p the chance that
/// the next opinion is yes after k yes and l no, k and l integers: the mean of t under D(t) t^k (1-t)^l / P.
/// By Jensen's inequality (Gibbs' form), as k ln t + l ln(1-t) is concave,
///
/// ```text
/// ln P = E[k ln t + l ln(1-t)] - KL(that distribution || D)  <=  k ln p + l ln(1-p)
/// ```
///
/// Further shares x, y < 1 of a yes and a no add x ln p + y ln(1-p) where x + y <= 1. Beyond, the share
/// x + y - 1 of both a yes and a no adds ln E[t (1-t)] <= ln p + ln(1-p) in place of these two, which is
/// less. So in all ln P <= (k+x) ln p + (l+y) ln(1-p), and no p makes the right side larger than the share
/// of yes itself does: -n H. It is reached at r = 0.
///
/// ```
/// use scumble::loss::{beta_binomial_reference, sigmoid_cross_entropy_reference};
///
/// // Two of two say yes where half do: 1/4 for independent raters, more if they tend to agree.
/// let (alone, _) = beta_binomial_reference(0.0, -1e4, 2.0, 2.0);
/// assert!((alone - 2.0 * sigmoid_cross_entropy_reference(0.0, 1.0).0).abs() < 1e-12);
/// let (together, _) = beta_binomial_reference(0.0, 0.0, 2.0, 2.0); // r = 1/2
/// assert!((together + (0.5_f64 * 0.75).ln()).abs() < 1e-12);
/// ```
pub fn beta_binomial_reference(mean: f64, correlation: f64, yes: f64, total: f64) -> (f64, [f64; 2]) {
    let (m, rest) = (-sigmoid_cost(mean), -sigmoid_cost(-mean));
    let product = |count, p_ln| Product::of_logarithms(count, p_ln, correlation);
    negative_log_likelihood(product, [m, rest, 0.0], [m.exp(), rest.exp()], yes, total)
}

/// The same, several times as fast where both logits are moderate: factors are multiplied as they are, and
/// one logarithm is taken of the product.
pub(super) fn beta_binomial(mean: f64, correlation: f64, yes: f64, total: f64) -> (f64, [f64; 2]) {
    if !(mean.abs() <= MODERATE && correlation.abs() <= MODERATE) {
        return beta_binomial_reference(mean, correlation, yes, total);
    }
    let (m, rest) = sigmoid(mean);
    let s = correlation.exp();
    let product = |count, p| Product::of_numbers(count, p, s);
    negative_log_likelihood(product, [m, rest, 1.0], [m, rest], yes, total)
}

/// Logits up to which exp and its reciprocal leave room for products in an f64.
const MODERATE: f64 = 200.0;

/// From the products of a number of factors that begin at m, 1 - m and 1 (`first`, as `product` takes them).
fn negative_log_likelihood(
    product: impl Fn(f64, f64) -> Product,
    first: [f64; 3],
    [m, rest]: [f64; 2],
    yes: f64,
    total: f64,
) -> (f64, [f64; 2]) {
    // A yes more than all of them is the rounding of interpolation.
    let no = (total - yes).max(0.0);
    let [for_yes, for_no, for_all] =
        [(yes, first[0]), (no, first[1]), (yes + no, first[2])].map(|(n, p)| product(n, p));
    let value = for_all.ln - for_yes.ln - for_no.ln;
    let by_mean = m * for_no.own - rest * for_yes.own;
    let by_correlation = for_all.shared - for_yes.shared - for_no.shared;
    (value, [by_mean, by_correlation])
}

/// prod_{i<count} (p + i s).
#[derive(Default)]
struct Product {
    /// Its logarithm.
    ln: f64,
    /// Derivative of that by ln p: sum of p / (p + i s).
    own: f64,
    /// Derivative by ln s: sum of i s / (p + i s).
    shared: f64,
}

impl Product {
    fn of_logarithms(count: f64, p_ln: f64, s_ln: f64) -> Self {
        let mut product = Self::default();
        let mut i = 0.0;
        while i < count {
            let part = (count - i).min(1.0);
            // ln i is minus infinity at 0, where all of the factor is p.
            let other = s_ln + f64::ln(i);
            let (own, shared) = sigmoid(p_ln - other);
            product.ln += part * (p_ln.max(other) + sigmoid_cost((p_ln - other).abs()));
            product.own += part * own;
            product.shared += part * shared;
            i += 1.0;
        }
        product
    }

    fn of_numbers(count: f64, p: f64, s: f64) -> Self {
        let mut product = Self::default();
        let mut whole = 1.0;
        let mut i = 0.0;
        while i < count {
            let part = (count - i).min(1.0);
            let factor = p + i * s;
            let share = part / factor;
            product.own += p * share;
            product.shared += i * s * share;
            if part < 1.0 {
                product.ln += part * factor.ln();
            } else {
                whole *= factor;
            }
            if !(1e-100..1e100).contains(&whole) {
                product.ln += whole.ln();
                whole = 1.0;
            }
            i += 1.0;
        }
        product.ln += whole.ln();
        product
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn products_are_those_of_logarithms(
            a in -210.0..210.0, b in -210.0..210.0, yes in 0.0..90.0, no in 0.0..90.0, whole: bool
        ) {
            let count = |n: f64| if whole { n.floor() } else { n };
            let (yes, total) = (count(yes), count(yes) + count(no));
            let (value, slopes) = beta_binomial(a, b, yes, total);
            let (plain, plain_slopes) = beta_binomial_reference(a, b, yes, total);
            prop_assert!((value - plain).abs() < 1e-11 * plain.max(1.0), "{value} {plain}");
            for (slope, plain) in slopes.iter().zip(plain_slopes) {
                prop_assert!((slope - plain).abs() < 1e-11 * total.max(1.0), "{slope} {plain}");
            }
        }
    }
}
