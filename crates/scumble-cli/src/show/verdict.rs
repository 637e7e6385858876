//! Whether a difference is more than chance, in words.

use super::thousands;
use scumble::score::{PairedDifference, SignFlip};

/// What verdicts are counted in: images, or groups of them.
pub(crate) fn unit(groups: usize, images: usize) -> &'static str {
    if groups == images { "images" } else { "groups" }
}

/// Why there is no verdict.
pub(crate) fn too_few(groups: usize, images: usize) -> String {
    let (unit, least) = (unit(groups, images), SignFlip::LEAST_GROUPS);
    format!("too few {unit} to say ({groups}; a verdict needs {least})")
}

/// The chance of a difference this large if there were none.
pub(crate) fn chance(of: &PairedDifference) -> String {
    of.chance
        .map_or("-".into(), |chance| if chance < 0.001 { "<0.001".into() } else { format!("{chance:.3}") })
}

/// How many images or groups would show a difference of this size.
pub(crate) fn needed(of: &PairedDifference) -> String {
    of.groups_needed.map_or("-".into(), thousands)
}
