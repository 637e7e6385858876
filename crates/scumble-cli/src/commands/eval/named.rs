use super::Judgement;
use scumble::score::score_names;

/// Every name that a gate can ask for.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    score_names().iter().map(|score| score.name)
}

/// A score of the data set by its name, of one class or over all; `None` where it does not exist.
pub(super) fn value(judgement: &Judgement, name: &str, class: Option<&str>) -> Option<f64> {
    let score = score_names().iter().find(|score| score.name == name)?;
    match class {
        None => (score.of)(&judgement.all),
        Some(class) => (score.of_class)(judgement.all.classes.iter().find(|scores| scores.class == class)?),
    }
}
