//! Names of the data-set scores that are found beside those of the pixels, if they are asked for.

use std::fmt;

/// What has to be asked for beside the scores of the pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beside {
    /// The prediction among the raters.
    Diversity,
    /// Distances between outlines.
    Surface,
    /// Objects found and counted.
    Objects,
}

/// The names of their scores.
pub(super) const NAMES: [(&str, Beside); 11] = [
    ("energy_distance", Beside::Diversity),
    ("energy_distance_empty_ignored", Beside::Diversity),
    ("matched_iou", Beside::Diversity),
    ("matched_iou_empty_ignored", Beside::Diversity),
    ("hausdorff", Beside::Surface),
    ("hausdorff95", Beside::Surface),
    ("hausdorff95_pooled", Beside::Surface),
    ("average_surface_distance", Beside::Surface),
    ("objects_f1", Beside::Objects),
    ("segmentation_quality", Beside::Objects),
    ("panoptic_quality", Beside::Objects),
];

impl fmt::Display for Beside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Beside::Diversity => "the prediction among the raters",
            Beside::Surface => "distances between outlines",
            Beside::Objects => "objects",
        })
    }
}
