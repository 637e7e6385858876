//! The entropy of c as a series of which n raters give the first terms, continued.

use super::counts::Row;

/// How many terms are summed one by one before the rest is an integral.
const TERMS: usize = 512;

/// An estimate of the mean of -c ln c.
///
/// -ln c = sum_{m>=1} (1-c)^m / m, so the mean is sum_m T_m / m with T_m the mean of c (1-c)^m. Of n raters the terms up to
/// m = n-1 are known without bias; they are Zhang's estimate (Neural Computation 24, 2012, equation 10). The others are
/// those of a beta distribution, T_{m+1} / T_m = (b+m) / (a+1+b+m), with a and b from the last known terms: points of c at 0
/// and 1, the pixels on which all are agreed, change none of these ratios. Of three raters one ratio is known, of two
/// none: a + b = 1 then, and of two a = b.
pub(super) fn with_tail(row: &Row) -> f64 {
    let n = usize::from(row.n);
    let terms = terms(row);
    let known: f64 = (1..n).map(|m| terms[m] / m as f64).sum();
    let last = terms[n - 1];
    if last <= 0.0 {
        return known;
    }
    let (a1, b) = shape(&terms);
    let mut term = last;
    let mut rest = 0.0;
    let end = n + TERMS;
    for m in n..end {
        let before = (m - 1) as f64;
        term *= (b + before) / (a1 + b + before);
        rest += term / m as f64;
    }
    // From here T_m falls as m^-(a+1).
    let end = end as f64;
    known + rest + term * (end / (end + 0.5)).powf(a1) / a1
}

/// (a + 1, b) of the beta distribution that the last terms fit.
fn shape(terms: &[f64]) -> (f64, f64) {
    // 1 - T_{m+1}/T_m = (a+1) / (a+1+b+m): the inverse grows by 1/(a+1) with each m.
    let fall = |m: usize| (1.0 - terms[m + 1] / terms[m]).clamp(1e-6, 1.0 - 1e-6);
    match terms.len() {
        0..=2 => (1.5, 0.5),
        3 => {
            let a1 = 3.0 * fall(1);
            (a1, 2.0 - a1)
        }
        n => {
            let (before, last) = (fall(n - 3).recip(), fall(n - 2).recip());
            let a1 = (last - before).max(1e-6).recip();
            (a1, (last - 1.0) * a1 - (n - 2) as f64)
        }
    }
}

/// T_0 to T_{n-1}, without bias: the mean of (k/n) C(n-k, m) / C(n-1, m).
fn terms(row: &Row) -> Vec<f64> {
    let (n, weight) = (f64::from(row.n), row.weight());
    let mut each: Vec<f64> = row.weights.iter().enumerate().map(|(k, w)| w * k as f64 / n / weight).collect();
    let mut terms = vec![each.iter().sum()];
    for m in 1..row.n {
        let m = f64::from(m);
        for (k, term) in each.iter_mut().enumerate() {
            *term *= (n - k as f64 - m + 1.0).max(0.0) / (n - m);
        }
        terms.push(each.iter().sum());
    }
    terms
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Grassberger's form of the same sum.
    #[test]
    fn the_known_terms_are_a_sum_of_inverse_numbers() {
        let row = Row { n: 5, weights: vec![3.0, 1.0, 0.5, 2.0, 0.25, 4.0] };
        let terms = terms(&row);
        let ours: f64 = (1..5).map(|m| terms[m] / m as f64).sum();
        let inverse = |k: f64| (k as usize..5).filter(|j| *j > 0).map(|j| 1.0 / j as f64).sum::<f64>();
        let theirs = row.sum(|k| k / 5.0 * if k > 0.0 { inverse(k) } else { 0.0 }) / row.weight();
        assert!((ours - theirs).abs() < 1e-15, "{ours} {theirs}");
    }

    #[test]
    fn where_all_agree_there_is_no_entropy() {
        for n in 2..9 {
            let mut weights = vec![0.0; usize::from(n) + 1];
            (weights[0], weights[usize::from(n)]) = (5.0, 3.0);
            assert_eq!(with_tail(&Row { n, weights }), 0.0);
        }
    }
}
