//! Which images were judged, in words.

use super::name;
use scumble_data::listed;
use scumble_jobs::held_out::{Rule, Selection};

/// Which of how many images were used, and for what: "judged 2 of 10 images ...", if it is not plainly all; which of
/// them were learnt from, and which have no label. A line each.
pub(crate) fn selection(what: &str, images: usize, selection: &Selection) -> Vec<String> {
    let of = format!("{what} {images} of {} images", selection.of);
    let region = selection.region.map_or(String::new(), |region| format!(" ({region} of each)"));
    let which = match selection.rule {
        Rule::All | Rule::Named => None,
        Rule::Test => Some(format!("{of}: those in test/{region}")),
        Rule::HeldOut if selection.region.is_some() && images == selection.of => {
            Some(format!("{what} what the training has held out{region}"))
        }
        Rule::HeldOut => Some(format!("{of}: those that the training has held out{region}")),
    };
    let learnt = match selection.learnt.len() {
        0 => None,
        learnt => Some(format!(
            "{learnt} of these {images} images were learnt from, which favours the prediction: {}",
            listed(&selection.learnt)
        )),
    };
    let unlabelled = Some(&selection.unlabelled).filter(|unlabelled| !unlabelled.is_empty());
    let lines = [which, learnt, unlabelled.map(ToString::to_string)];
    lines.into_iter().flatten().map(|line| name(&line)).collect()
}

/// What intervals and verdicts take as one, if it is not each image.
pub(crate) fn groups(groups: usize, images: usize) -> Option<String> {
    match groups {
        _ if groups == images => None,
        1 => Some(format!("no intervals: the {images} images are of one group")),
        _ => Some(format!("intervals over {groups} groups of {images} images")),
    }
}
