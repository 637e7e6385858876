//! The distributions on 0..1 of given moments that lie at the ends of all of them.

/// Distributions beyond this order add little, and their moments cancel.
pub(super) const LARGEST_ORDER: usize = 9;

/// What of a distribution on 0..1 its first moments fix.
///
/// A canonical moment says where a moment lies between the least (0) and the largest (1) that those before it allow
/// (Skibinsky 1967; Dette and Studden, The Theory of Canonical Moments, 1997).
pub(super) struct Canonical {
    moments: Vec<f64>,
}

/// Nearer to 0 or 1 a canonical moment is there: the distribution is then known altogether.
const EDGE: f64 = 1e-9;

impl Canonical {
    /// From the moments 1 to r. One that no distribution can have, as chance may leave it, is taken for the nearest that
    /// one can; what follows it is not looked at.
    pub(super) fn of(moments: &[f64]) -> Self {
        // Chebyshev's algorithm: moments to the coefficients of the recurrence of orthogonal polynomials.
        let mut before = vec![0.0; moments.len() + 1];
        let mut row: Vec<f64> = [1.0].iter().chain(moments).copied().collect();
        let (mut centre, mut product) = (moments.first().copied().unwrap_or(0.0), 1.0);
        let mut canonical: Vec<f64> = Vec::new();
        let mut zeta = 0.0;
        for order in 1..=moments.len() {
            let k = order / 2;
            if order % 2 == 0 {
                let next: Vec<f64> = (0..row.len().saturating_sub(2))
                    .map(|l| row[l + 2] - centre * row[l + 1] - product * before[l + 1 + usize::from(k > 1)])
                    .collect();
                product = next[0] / row[0];
                zeta = product / zeta;
                before = std::mem::replace(&mut row, next);
            } else if k > 0 {
                centre = row[1] / row[0] - before[1] / before[0];
                zeta = centre - zeta;
            } else {
                zeta = centre;
            }
            let left = canonical.last().map_or(1.0, |p| 1.0 - p);
            let p = zeta / left;
            canonical.push(if p < EDGE {
                0.0
            } else if p > 1.0 - EDGE {
                1.0
            } else {
                p
            });
            if canonical.last().is_some_and(|p| *p == 0.0 || *p == 1.0) || !p.is_finite() {
                break;
            }
        }
        Self { moments: canonical }
    }

    /// The mean of a function over the two distributions in which the next moment is the least and the largest: the
    /// principal representations. Of a function whose derivative of order r+1 has one sign these are the least and the
    /// largest mean that there can be (Karlin and Studden 1966, chapter III).
    pub(super) fn ends(&self, of: impl Fn(f64) -> f64) -> (f64, f64) {
        let mean = |end: f64| -> f64 {
            let masses = masses(&self.moments, end);
            masses.iter().map(|(place, mass)| mass * of(place.clamp(0.0, 1.0))).sum()
        };
        let (a, b) = (mean(0.0), mean(1.0));
        (a.min(b), a.max(b))
    }
}

/// (place, mass) of the distribution whose next canonical moment is `end`.
fn masses(canonical: &[f64], end: f64) -> Vec<(f64, f64)> {
    let mut zetas = Vec::new();
    let mut left = 1.0;
    for &p in canonical.iter().chain(&[end]) {
        zetas.push(left * p);
        left = 1.0 - p;
    }
    zetas.push(left * 0.0);
    let zeta = |j: usize| if j == 0 { 0.0 } else { zetas.get(j - 1).copied().unwrap_or(0.0) };
    let size = (1..).find(|k| zeta(2 * k - 1) * zeta(2 * k) <= 0.0).expect("beyond the list all are 0");
    let diagonal: Vec<f64> = (0..size).map(|k| zeta(2 * k) + zeta(2 * k + 1)).collect();
    let beside: Vec<f64> = (1..size).map(|k| (zeta(2 * k - 1) * zeta(2 * k)).sqrt()).collect();
    eigen(&diagonal, &beside)
}

/// The eigenvalues of a symmetric tridiagonal matrix, each with the square of the first component of its vector: places and
/// masses of the distribution of this recurrence (Golub and Welsch 1969). By Jacobi's rotations, for a few rows.
fn eigen(diagonal: &[f64], beside: &[f64]) -> Vec<(f64, f64)> {
    let n = diagonal.len();
    let mut a = vec![vec![0.0; n]; n];
    let mut first = vec![0.0; n];
    first[0] = 1.0;
    for i in 0..n {
        a[i][i] = diagonal[i];
        if i + 1 < n {
            (a[i][i + 1], a[i + 1][i]) = (beside[i], beside[i]);
        }
    }
    for _ in 0..50 {
        let off: f64 = (0..n).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| a[i][j].powi(2)).sum();
        if off < 1e-30 {
            break;
        }
        for p in 0..n {
            for q in p + 1..n {
                rotate(&mut a, &mut first, p, q);
            }
        }
    }
    (0..n).map(|i| (a[i][i], first[i] * first[i])).collect()
}

/// Turns the plane of p and q so that the element between them vanishes; `first` is the first row of all turns together.
fn rotate(a: &mut [Vec<f64>], first: &mut [f64], p: usize, q: usize) {
    if a[p][q] == 0.0 {
        return;
    }
    let theta = (a[q][q] - a[p][p]) / (2.0 * a[p][q]);
    let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
    let c = (t * t + 1.0).sqrt().recip();
    let s = t * c;
    for row in a.iter_mut() {
        (row[p], row[q]) = (c * row[p] - s * row[q], s * row[p] + c * row[q]);
    }
    let (row_p, row_q) = (a[p].clone(), a[q].clone());
    for (i, (at_p, at_q)) in row_p.into_iter().zip(row_q).enumerate() {
        (a[p][i], a[q][i]) = (c * at_p - s * at_q, s * at_p + c * at_q);
    }
    (first[p], first[q]) = (c * first[p] - s * first[q], s * first[p] + c * first[q]);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The moments 1 to r of masses at places.
    fn moments(masses: &[(f64, f64)], r: usize) -> Vec<f64> {
        (1..=r).map(|j| masses.iter().map(|(c, w)| w * c.powi(j as i32)).sum()).collect()
    }

    const FOUR: [(f64, f64); 4] = [(0.03, 0.5), (0.2, 0.2), (0.55, 0.2), (0.9, 0.1)];

    #[test]
    fn both_ends_have_the_moments_and_the_next_lies_between() {
        for r in 1..=7 {
            let wanted = moments(&FOUR, r + 1);
            let canonical = Canonical::of(&wanted[..r]);
            assert_eq!(canonical.moments.len(), r, "of four places seven moments are free");
            for end in [0.0, 1.0] {
                let found = moments(&masses(&canonical.moments, end), r + 1);
                for (j, (found, wanted)) in found.iter().zip(&wanted).enumerate().take(r) {
                    assert!((found - wanted).abs() < 1e-9, "{r} {end} {j}: {found} {wanted}");
                }
                let (found, wanted) = (found[r], wanted[r]);
                assert!(if end == 0.0 { found <= wanted + 1e-9 } else { found >= wanted - 1e-9 });
            }
        }
    }

    #[test]
    fn two_places_are_known_by_four_moments() {
        let two = [(0.25, 0.75), (0.75, 0.25)];
        let (low, high) = Canonical::of(&moments(&two, 6)).ends(|c| c.exp());
        let right = 0.75 * 0.25_f64.exp() + 0.25 * 0.75_f64.exp();
        assert!((low - right).abs() < 1e-9 && (high - right).abs() < 1e-9, "{low} {high} {right}");
    }

    #[test]
    fn what_no_distribution_has_is_taken_for_the_nearest() {
        // A second moment below the square of the mean.
        assert_eq!(Canonical::of(&[0.5, 0.2]).ends(|c| c), (0.5, 0.5));
        // Above the mean: all at 0 and 1.
        let (low, high) = Canonical::of(&[0.5, 0.6, 0.1]).ends(|c| c * (1.0 - c));
        assert!(low.abs() < 1e-12 && high.abs() < 1e-12, "{low} {high}");
    }
}
