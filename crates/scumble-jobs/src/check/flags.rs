//! Masks that look like mistakes.

use scumble::Kind;
use scumble::agreement::{RaterFlag, Suspicion};
use scumble_data::Dataset;
use serde::Serialize;

/// A mask that looks like a mistake.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MaskFlag {
    /// What it looks like: copy, one class, empty, full, exchanged, inverted, shifted, other image, outlier, repeated.
    pub flag: &'static str,
    /// Whose mask.
    pub rater: String,
    /// Of which image.
    pub image: String,
    /// Which overlapping class of it, if only one.
    pub class: Option<String>,
    /// Exclusive classes: the only one that is marked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub only: Option<String>,
    /// Exclusive classes: which two are exchanged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classes: Option<[String; 2]>,
    /// The suspicion, which is the figures that it rests on.
    #[serde(flatten)]
    pub suspicion: Suspicion,
}

impl MaskFlag {
    pub(super) fn of(image: &str, flag: &RaterFlag, dataset: &Dataset) -> Self {
        let exclusive = dataset.kind() == Kind::Multiclass;
        let class = |k: usize| dataset.classes()[k].clone();
        let mut found = Self {
            flag: name(&flag.suspicion, exclusive),
            rater: flag.rater.clone(),
            image: image.to_owned(),
            class: flag.class.map(class),
            only: None,
            classes: None,
            suspicion: flag.suspicion.clone(),
        };
        match flag.suspicion {
            Suspicion::Constant { mark, .. } if exclusive => found.only = Some(class(mark)),
            Suspicion::Inverted { marks: (a, b), .. } if exclusive => {
                found.classes = Some([class(a), class(b)])
            }
            _ => {}
        }
        found
    }

    /// Whether it was held against masks of other images.
    pub fn is_across_images(&self) -> bool {
        use Suspicion::{OtherImage, Outlier, Repeated};
        matches!(self.suspicion, OtherImage { .. } | Outlier { .. } | Repeated { .. })
    }
}

fn name(suspicion: &Suspicion, exclusive: bool) -> &'static str {
    match suspicion {
        Suspicion::Copy { .. } => "copy",
        Suspicion::Constant { .. } if exclusive => "one class",
        Suspicion::Constant { mark: 0, .. } => "empty",
        Suspicion::Constant { .. } => "full",
        Suspicion::Inverted { .. } if exclusive => "exchanged",
        Suspicion::Inverted { .. } => "inverted",
        Suspicion::Shifted { .. } => "shifted",
        Suspicion::OtherImage { .. } => "other image",
        Suspicion::Outlier { .. } => "outlier",
        Suspicion::Repeated { .. } => "repeated",
        _ => "suspicious",
    }
}
