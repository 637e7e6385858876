use super::lanes::{Lanes, each, rows};
use super::objective::objective;
use super::problem::Problem;
use crate::loss::Loss;
use rayon::prelude::*;
use scumble_kernels::Real;

/// Loss of a problem; its gradient [outer, P, inner] and its losses pixel by pixel, weighted and not divided, are
/// written to `gradient` and `losses` (empty: not wanted).
pub(super) fn evaluate<R: Real>(problem: &Problem<'_, R>, gradient: &mut [R], losses: &mut [R]) -> Loss {
    let parameters = problem.family.parameters();
    let wanted = !gradient.is_empty();
    let scale = problem.scale();
    let tasks = problem.fold.runs(parameters, gradient).into_par_iter().zip(problem.fold.runs(1, losses));
    let sums: Vec<(f64, f64)> = tasks
        .map(|(mut run, mut map)| {
            let mut objective = objective(problem);
            let mut point = rows(parameters);
            let mut slope = rows(if wanted { parameters } else { 0 });
            let (mut value, mut floor) = (0.0, 0.0);
            for block in run.blocks() {
                block.read(&problem.parameters.view(), &mut point);
                let (loss, least) = objective.block(&block, &point, &mut slope);
                let w = weights(problem, block.first, block.length);
                // Where nothing counts NaN adds nothing.
                let loss: Lanes = each(|l| if w[l] == 0.0 { 0.0 } else { w[l] * loss[l] });
                let least: Lanes = each(|l| if w[l] == 0.0 { 0.0 } else { w[l] * least[l] });
                for l in 0..block.length {
                    value += loss[l];
                    floor += least[l];
                }
                for row in &mut slope {
                    *row = each(|l| if w[l] == 0.0 { 0.0 } else { scale * (w[l] * row[l]) });
                }
                block.write(&slope, &mut run.planes);
                block.write(&[loss], &mut map.planes);
            }
            (value, floor)
        })
        .collect();
    let (value, floor) = sums.iter().fold((0.0, 0.0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
    problem.report(value, floor)
}

fn weights<R: Real>(problem: &Problem<'_, R>, first: usize, length: usize) -> Lanes {
    match &problem.weights {
        Some(weights) => each(|l| if l < length { weights[first + l] } else { 0.0 }),
        None => each(|l| if l < length { 1.0 } else { 0.0 }),
    }
}
