//! Newton's method with a line search, for convex functions of few parameters.

/// A function's value, gradient [P] and Hessian [P, P] at a point.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Derivatives {
    pub(super) value: f64,
    pub(super) gradient: Vec<f64>,
    pub(super) hessian: Vec<f64>,
}

impl Derivatives {
    pub(super) fn zero(parameters: usize) -> Self {
        Self { value: 0.0, gradient: vec![0.0; parameters], hessian: vec![0.0; parameters * parameters] }
    }

    pub(super) fn add(&mut self, other: &Self, factor: f64) {
        self.value += factor * other.value;
        let add = |a: &mut [f64], b: &[f64]| a.iter_mut().zip(b).for_each(|(a, b)| *a += factor * b);
        add(&mut self.gradient, &other.gradient);
        add(&mut self.hessian, &other.hessian);
    }
}

/// How a search ended.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Outcome {
    /// At the minimum.
    Minimum(Vec<f64>),
    /// The function still falls here.
    Unbounded(Vec<f64>),
}

const MOST_STEPS: usize = 100;
/// A Newton step below this, relative to the point, ends the search.
const SETTLED: f64 = 1e-10;
/// Share of the predicted fall that a step must reach (Nocedal and Wright 2006, section 3.1).
const ARMIJO: f64 = 1e-4;

/// The minimum of a convex function by Newton's method, its steps halved until the function falls enough.
///
/// A function without minimum, such as the log loss of separable labels, falls further and further away by
/// steps that do not shrink: the search ends where `beyond` says so or after 100 steps.
pub(super) fn minimise(
    start: Vec<f64>,
    at: impl Fn(&[f64]) -> Derivatives,
    beyond: impl Fn(&[f64], f64) -> bool,
) -> Outcome {
    let mut point = start;
    let mut here = at(&point);
    for _ in 0..MOST_STEPS {
        let Some(step) = newton_step(&here) else { return Outcome::Unbounded(point) };
        if step.iter().zip(&point).all(|(s, p)| s.abs() <= SETTLED * (1.0 + p.abs())) {
            return Outcome::Minimum(point);
        }
        let fall: f64 = step.iter().zip(&here.gradient).map(|(s, g)| s * g).sum();
        let found = (0..60).map(|halvings| 0.5f64.powi(halvings)).find_map(|length| {
            let next: Vec<f64> = point.iter().zip(&step).map(|(p, s)| p - length * s).collect();
            let there = at(&next);
            (there.value < here.value - ARMIJO * length * fall).then_some((next, there))
        });
        // Nothing falls any more: what is left is rounding.
        let Some((next, there)) = found else { return Outcome::Minimum(point) };
        (point, here) = (next, there);
        if beyond(&point, here.value) {
            break;
        }
    }
    Outcome::Unbounded(point)
}

/// H^-1 g; `None` where the function is flat. A trace of the identity keeps directions solvable in which it
/// is.
fn newton_step(at: &Derivatives) -> Option<Vec<f64>> {
    let n = at.gradient.len();
    let largest = |values: &[f64]| values.iter().fold(0.0f64, |most, v| most.max(v.abs()));
    let damping = 1e-10 * (largest(&at.hessian) + largest(&at.gradient));
    let mut matrix = at.hessian.clone();
    (0..n).for_each(|i| matrix[i * n + i] += damping);
    solve(matrix, at.gradient.clone())
}

/// The solution of a symmetric positive definite system by Cholesky's decomposition; `None` where it is not.
fn solve(mut a: Vec<f64>, mut b: Vec<f64>) -> Option<Vec<f64>> {
    let n = b.len();
    for j in 0..n {
        for i in j..n {
            let dot: f64 = (0..j).map(|k| a[i * n + k] * a[j * n + k]).sum();
            a[i * n + j] -= dot;
            if i == j {
                if a[j * n + j] <= 0.0 {
                    return None;
                }
                a[j * n + j] = a[j * n + j].sqrt();
            } else {
                a[i * n + j] /= a[j * n + j];
            }
        }
    }
    for i in 0..n {
        let dot: f64 = (0..i).map(|k| a[i * n + k] * b[k]).sum();
        b[i] = (b[i] - dot) / a[i * n + i];
    }
    for i in (0..n).rev() {
        let dot: f64 = (i + 1..n).map(|k| a[k * n + i] * b[k]).sum();
        b[i] = (b[i] - dot) / a[i * n + i];
    }
    b.iter().all(|x| x.is_finite()).then_some(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_is_solved() {
        let a = vec![4.0, 2.0, 0.6, 2.0, 5.0, 1.0, 0.6, 1.0, 3.0];
        let x = [1.5, -2.0, 0.25];
        let b: Vec<f64> = (0..3).map(|i| (0..3).map(|j| a[i * 3 + j] * x[j]).sum()).collect();
        for (found, expected) in solve(a, b).unwrap().iter().zip(x) {
            assert!((found - expected).abs() < 1e-14);
        }
        assert_eq!(solve(vec![1.0, 2.0, 2.0, 1.0], vec![1.0, 1.0]), None);
    }

    #[test]
    fn a_function_that_falls_for_ever_is_told_from_one_with_a_minimum() {
        let exponential = |tilt: f64| {
            move |p: &[f64]| Derivatives {
                value: (-p[0]).exp() + tilt * p[0],
                gradient: vec![-(-p[0]).exp() + tilt],
                hessian: vec![(-p[0]).exp()],
            }
        };
        let Outcome::Minimum(found) = minimise(vec![-3.0], exponential(0.01), |p, _| p[0] > 100.0) else {
            panic!("there is a minimum")
        };
        assert!((found[0] - 100f64.ln()).abs() < 1e-9);
        let outcome = minimise(vec![-3.0], exponential(0.0), |p, _| p[0] > 50.0);
        assert!(matches!(outcome, Outcome::Unbounded(at) if at[0] > 50.0));
    }
}
