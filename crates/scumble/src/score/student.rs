//! Student's t distribution.

use statrs::distribution::{ContinuousCDF, StudentsT};

/// What a variable of so many degrees of freedom is below with a probability of `p`.
///
/// # Panics
/// Fewer than one degree, a probability that is not within 0..1.
pub(super) fn t_quantile(p: f64, degrees: u64) -> f64 {
    assert!(p > 0.0 && p < 1.0, "a probability within 0..1: {p}");
    StudentsT::new(0.0, 1.0, degrees as f64).expect("one degree at least").inverse_cdf(p)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// scipy.stats.t.ppf (SciPy 1.17.1).
    const SCIPY: [(f64, u64, f64); 24] = [
        (0.8, 2, 1.06066017178),
        (0.95, 2, 2.919985580354),
        (0.975, 2, 4.302652729749),
        (0.8, 3, 0.978472312363),
        (0.95, 3, 2.353363434802),
        (0.975, 3, 3.182446305284),
        (0.8, 5, 0.919543780241),
        (0.95, 5, 2.015048373333),
        (0.975, 5, 2.570581835636),
        (0.8, 9, 0.883403859686),
        (0.95, 9, 1.833112932656),
        (0.975, 9, 2.262157162798),
        (0.8, 13, 0.870151533968),
        (0.95, 13, 1.770933395987),
        (0.975, 13, 2.160368656463),
        (0.8, 19, 0.860950550269),
        (0.95, 19, 1.729132811521),
        (0.975, 19, 2.093024054408),
        (0.8, 49, 0.849018398538),
        (0.95, 49, 1.676550892617),
        (0.975, 49, 2.009575237129),
        (0.8, 249, 0.843067153918),
        (0.95, 249, 1.650996151677),
        (0.975, 249, 1.96953686764),
    ];

    #[test]
    fn quantiles_are_those_of_scipy() {
        for (p, degrees, wanted) in SCIPY {
            let found = t_quantile(p, degrees);
            assert!((found / wanted - 1.0).abs() < 1e-9, "{p} {degrees}: {found} {wanted}");
            assert!((t_quantile(1.0 - p, degrees) / wanted + 1.0).abs() < 1e-9, "{p} {degrees}");
        }
    }

    #[test]
    fn one_degree_is_cauchys_distribution() {
        for p in [0.6, 0.9, 0.975] {
            let wanted = (std::f64::consts::PI * (p - 0.5)).tan();
            assert!((t_quantile(p, 1) - wanted).abs() < 1e-9 * wanted, "{p}");
        }
    }
}
