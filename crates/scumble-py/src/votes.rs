//! What counted votes in arrays tell of the probability behind them.

use crate::arrays::refused;
use crate::pixels::Counting;
use ndarray::ArrayViewD;
use numpy::{PyReadonlyArrayDyn, PyUntypedArrayMethods};
use pyo3::prelude::*;
use scumble::Kind;
use scumble::truth::{LabelNoise, TruthSums, VoteCounts};
use serde_json::{Value, json};

/// Counted votes and what was predicted, by the names of `scumble.metrics`.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct Counted<'py> {
    yes: PyReadonlyArrayDyn<'py, i64>,
    /// In the shape without the class axis.
    total: PyReadonlyArrayDyn<'py, i64>,
    y_pred: Option<PyReadonlyArrayDyn<'py, f64>>,
    class_axis: Option<usize>,
    mask: Option<PyReadonlyArrayDyn<'py, bool>>,
    sample_weight: Option<PyReadonlyArrayDyn<'py, f64>>,
}

/// What the votes tell of the probability behind them, and with predictions how far these are from it: JSON with the names of
/// `docs/json.md`, `null` where no pixel has two raters.
#[pyfunction]
pub(crate) fn truth(py: Python<'_>, arrays: &Bound<'_, PyAny>) -> PyResult<String> {
    let given: Counted<'_> = arrays.extract()?;
    let (yes, total) = (given.yes.as_array(), given.total.as_array());
    let predictions = given.y_pred.as_ref().map(|predictions| predictions.as_array());
    let counting = Counting {
        shape: given.yes.shape(),
        class_axis: given.class_axis,
        mask: given.mask.as_ref().map(|mask| mask.as_array()),
        weight: given.sample_weight.as_ref().map(|weight| weight.as_array()),
    };
    let found = py.detach(|| found(&yes, &total, predictions.as_ref(), &counting));
    Ok(found.map_err(refused)?.to_string())
}

fn found(
    yes: &ArrayViewD<'_, i64>,
    total: &ArrayViewD<'_, i64>,
    predictions: Option<&ArrayViewD<'_, f64>>,
    counting: &Counting<'_>,
) -> Result<Value, String> {
    let (classes, weights) = (counting.classes()?, counting.weights()?);
    let kind = if counting.class_axis.is_some() { Kind::Multiclass } else { Kind::Binary };
    let votes = votes(yes, total, counting, &weights)?;
    let weights: Vec<f64> = weights.iter().copied().flatten().collect();
    let of_class = |class: usize| votes.iter().skip(class).step_by(classes).copied();
    let Some(predictions) = predictions else {
        let counts = (0..classes).map(|class| {
            let mut counts = VoteCounts::default();
            of_class(class).zip(&weights).for_each(|((k, n), weight)| counts.add(k, n, *weight));
            counts
        });
        return Ok(json!(LabelNoise::of(kind, &counts.collect::<Vec<_>>())));
    };
    if predictions.shape() != yes.shape() {
        let (found, expected) = (predictions.shape(), yes.shape());
        return Err(format!("the predictions have shape {found:?}, the votes {expected:?}"));
    }
    let exclusive = kind == Kind::Multiclass;
    let predicted = counting.probabilities("prediction", predictions, exclusive, &counting.weights()?)?;
    let sums = (0..classes).map(|class| {
        let votes: Vec<(u16, u16)> = of_class(class).collect();
        let predicted: Vec<f64> = predicted.iter().skip(class).step_by(classes).copied().collect();
        let mut sums = TruthSums::default();
        sums.add(&votes, &predicted, &weights);
        sums
    });
    Ok(json!(TruthSums::of(kind, sums.collect::<Vec<_>>().iter())))
}

/// (k, n) of each class of the pixels that count, [pixels, classes].
fn votes(
    yes: &ArrayViewD<'_, i64>,
    total: &ArrayViewD<'_, i64>,
    counting: &Counting<'_>,
    weights: &[Option<f64>],
) -> Result<Vec<(u16, u16)>, String> {
    counting.fit("the totals have", total.shape())?;
    let totals: Vec<i64> = total.iter().copied().collect();
    let mut votes = Vec::new();
    counting.each(yes, weights, |pixel, classes| {
        let all = totals[pixel];
        for (class, &k) in classes.iter().enumerate() {
            // Beyond that number a rater's mark would be one of nobody.
            let counts = (u16::try_from(k), u16::try_from(all).ok().filter(|n| *n < u16::MAX));
            let (Ok(k), Some(n)) = counts else {
                return Err(format!(
                    "votes {:?} are {k} of {all}; 0 to 65534 raters are possible",
                    counting.index(pixel, class)
                ));
            };
            if k > n {
                return Err(format!("votes {:?} are {k} of {n} raters", counting.index(pixel, class)));
            }
            votes.push((k, n));
        }
        let sum: i64 = classes.sum();
        if counting.class_axis.is_some() && sum != all {
            let index = counting.index(pixel, 0);
            return Err(format!(
                "the votes from {index:?} on are {sum} together, of {all} raters with one each"
            ));
        }
        Ok(())
    })?;
    Ok(votes)
}
