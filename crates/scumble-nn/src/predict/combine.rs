//! What several models say together, and how far they differ.

use crate::head::ReadingError;
use crate::{Mean, Reading, Task};
use ndarray::{Array4, Axis, Zip};
use scumble::labels::Kind;

/// A reading [1, K, H, W] of the mean of models, each with its logits [1, P, H, W].
///
/// Of one model it is that model's.
pub(super) fn combine(
    reading: Reading,
    models: &[(&Task, &Array4<f32>)],
    mean: Mean,
) -> Result<Array4<f32>, ReadingError> {
    let mut each = models.iter();
    match (reading, mean) {
        (Reading::Disagreement, _) => {
            let read = each.map(|(task, logits)| task.read(Reading::Classes, logits));
            Ok(disagreement(&read.collect::<Result<Vec<_>, _>>()?, models[0].0.kind()))
        }
        (Reading::Classes | Reading::Sets, Mean::Logits) if models.len() > 1 => {
            let logits = mean_of(each.map(|(task, logits)| Ok(task.calibrated(logits))))?;
            Ok(models[0].0.of_calibrated(reading, logits))
        }
        _ => mean_of(each.by_ref().map(|(task, logits)| task.read(reading, logits))),
    }
}

/// The mean of arrays of one shape, at least one.
fn mean_of(
    mut arrays: impl ExactSizeIterator<Item = Result<Array4<f32>, ReadingError>>,
) -> Result<Array4<f32>, ReadingError> {
    let share = 1.0 / arrays.len() as f32;
    let mut sum = arrays.next().expect("at least one model")?;
    if share < 1.0 {
        arrays.try_for_each(|array| array.map(|array| sum += &array))?;
        sum *= share;
    }
    Ok(sum)
}

/// The mutual information [1, 1, H, W] of which model is asked and what it says, in nats: the entropy of the mean
/// probability less the mean entropy, which is the mean over the models of KL(model || mean). Overlapping classes add up.
fn disagreement(models: &[Array4<f32>], kind: Kind) -> Array4<f32> {
    let dim = models[0].dim();
    let share = 1.0 / models.len() as f64;
    let mut all = Array4::<f32>::zeros((dim.0, 1, dim.2, dim.3));
    for class in 0..dim.1 {
        let planes: Vec<_> = models.iter().map(|maps| maps.index_axis(Axis(1), class)).collect();
        Zip::indexed(all.index_axis_mut(Axis(1), 0)).for_each(|place, all| {
            let said = || planes.iter().map(|plane| f64::from(plane[place]));
            let mean = said().sum::<f64>() * share;
            let of = |q: f64, mean: f64| if q > 0.0 { q * (q / mean).ln() } else { 0.0 };
            let sides = |q: f64| match kind {
                Kind::Multiclass => of(q, mean),
                Kind::Binary | Kind::Multilabel => of(q, mean) + of(1.0 - q, 1.0 - mean),
            };
            *all += (said().map(sides).sum::<f64>() * share) as f32;
        });
    }
    // Equal models differ by nothing, and not by the rounding of less.
    all.mapv_inplace(|nats| nats.max(0.0));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use scumble::labels::LabelSpace;

    fn close(a: f32, b: f64) -> bool {
        (f64::from(a) - b).abs() < 1e-6
    }

    #[test]
    fn means_are_of_logits_or_of_probabilities() {
        let task = Task::new(LabelSpace::new(Kind::Binary, ["water"]).unwrap());
        let [low, high] = [array![[[[-1.0f32]]]], array![[[[3.0f32]]]]];
        let models = [(&task, &low), (&task, &high)];
        let of = |mean| combine(Reading::Classes, &models, mean).unwrap()[[0, 0, 0, 0]];
        let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
        assert!(close(of(Mean::Logits), sigmoid(1.0)));
        assert!(close(of(Mean::Probability), (sigmoid(-1.0) + sigmoid(3.0)) / 2.0));
    }

    #[test]
    fn each_model_takes_its_own_shift_and_calibration_first() {
        let task = Task::new(LabelSpace::new(Kind::Binary, ["water"]).unwrap());
        let shifted = task.clone().with_shift(vec![2.0]).unwrap();
        let logits = array![[[[3.0f32]]]];
        let found =
            combine(Reading::Classes, &[(&task, &logits), (&shifted, &logits)], Mean::Logits).unwrap();
        assert!(close(found[[0, 0, 0, 0]], 1.0 / (1.0 + (-2f64).exp())));
    }

    #[test]
    fn disagreement_is_mutual_information() {
        let ln2 = 2f64.ln();
        let certain = [array![[[[0.0f32]]]], array![[[[1.0f32]]]]];
        assert!(close(disagreement(&certain, Kind::Binary)[[0, 0, 0, 0]], ln2));
        assert!(close(
            disagreement(&[certain[0].clone(), certain[0].clone()], Kind::Binary)[[0, 0, 0, 0]],
            0.0
        ));
        // H(mean) less the mean of H.
        let h = |q: &[f64]| -q.iter().map(|q| q * q.ln()).sum::<f64>();
        let (a, b, mean) = ([0.2, 0.3, 0.5], [0.6, 0.3, 0.1], [0.4, 0.3, 0.3]);
        let map = |q: &[f64; 3]| Array4::from_shape_fn((1, 3, 1, 1), |(_, k, ..)| q[k] as f32);
        let expected = h(&mean) - (h(&a) + h(&b)) / 2.0;
        assert!(close(disagreement(&[map(&a), map(&b)], Kind::Multiclass)[[0, 0, 0, 0]], expected));
        // Overlapping classes add up.
        let binary = |k: usize| {
            let of = |q: &[f64; 3]| array![[[[q[k] as f32]]]];
            f64::from(disagreement(&[of(&a), of(&b)], Kind::Binary)[[0, 0, 0, 0]])
        };
        let sum = binary(0) + binary(1) + binary(2);
        assert!(close(disagreement(&[map(&a), map(&b)], Kind::Multilabel)[[0, 0, 0, 0]], sum));
    }
}
