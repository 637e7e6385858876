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
        (0.8, 2, 1.060660171779821),
        (0.95, 2, 2.919985580353724),
        (0.975, 2, 4.302652729749462),
        (0.8, 3, 0.978472312363304),
        (0.95, 3, 2.353363434801823),
        (0.975, 3, 3.182446305283708),
        (0.8, 5, 0.919543780240827),
        (0.95, 5, 2.015048373333023),
        (0.975, 5, 2.570581835636315),
        (0.8, 9, 0.883403859685535),
        (0.95, 9, 1.833112932656237),
        (0.975, 9, 2.262157162798205),
        (0.8, 13, 0.870151533968174),
        (0.95, 13, 1.770933395986872),
        (0.975, 13, 2.160368656462791),
        (0.8, 19, 0.860950550268929),
        (0.95, 19, 1.729132811521368),
        (0.975, 19, 2.093024054408309),
        (0.8, 49, 0.849018398538077),
        (0.95, 49, 1.676550892616854),
        (0.975, 49, 2.009575237129239),
        (0.8, 249, 0.843067153917896),
        (0.95, 249, 1.650996151677464),
        (0.975, 249, 1.969_536_867_640_35),
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
