use super::{Bootstrap, ClassScores, Interval, Tally, score_names};
use serde::Serialize;
use std::collections::BTreeMap;

/// Intervals of a data set's scores by name; a score without one is left out.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Intervals {
    /// Over all classes.
    pub all: BTreeMap<&'static str, Interval>,
    /// Of each class, in class order.
    pub classes: Vec<BTreeMap<&'static str, Interval>>,
}

/// Bootstrap intervals over images of every score that follows from the images' sums: of all [named
/// scores](score_names) but those that count predictions finely (curves, bins of equal mass).
///
/// All scores come from the same resamples. `None` with fewer than two images.
///
/// ```
/// use scumble::labels::{Kind, SoftLabels};
/// use scumble::score::{Bootstrap, Judge, JudgeOptions, intervals};
///
/// let names = ["water".to_string()];
/// let labels = SoftLabels::new(Kind::Binary, ndarray::array![[[0.25, 0.75]]])?;
/// let mut images = Vec::new();
/// for prediction in [0.3, 0.4, 0.6] {
///     let mut judge = Judge::with(Kind::Binary, &names, JudgeOptions::default());
///     judge.add(&labels, ndarray::array![[[prediction, 0.75]]].view(), &[])?;
///     images.push(judge.tally().clone());
/// }
/// let found = intervals(&images, &names, &Bootstrap::default()).unwrap();
/// assert!(found.all["bias"].low < 0.08 && found.all["bias"].high > 0.12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Panics
/// Tallies of other classes than the names'.
pub fn intervals(images: &[Tally], classes: &[String], bootstrap: &Bootstrap) -> Option<Intervals> {
    let first = images.first()?;
    assert_eq!(first.classes.len(), classes.len(), "tallies of the same classes");
    let found = bootstrap.intervals(images.len(), |times| {
        let scores = Tally::drawn(images, times).expect("there is an image").scores(classes);
        let of_classes = scores.classes.iter().flat_map(values_of_class);
        score_names().iter().map(|score| (score.of)(&scores)).chain(of_classes).collect()
    })?;
    let mut rows = found.chunks(score_names().len()).map(|row| {
        let named = score_names().iter().zip(row);
        named.filter_map(|(score, interval)| Some((score.name, (*interval)?))).collect()
    });
    Some(Intervals { all: rows.next().unwrap_or_default(), classes: rows.collect() })
}

fn values_of_class(class: &ClassScores) -> impl Iterator<Item = Option<f64>> {
    score_names().iter().map(|score| (score.of_class)(class))
}
