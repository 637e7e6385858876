//! Masks that look like mistakes.

use scumble::Kind;

use scumble::agreement::{RaterFlag, Suspicion};
use scumble_data::Dataset;
use serde::Serialize;

/// A mask that looks like a mistake.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MaskFlag {
    /// What it looks like: copy, one class, empty, full, exchanged, inverted, shifted.
    pub flag: &'static str,
    /// Whose mask.
    pub rater: String,
    /// Of which image.
    pub image: String,
    /// Which overlapping class of it, if only one.
    pub class: Option<String>,
    /// What the suspicion rests on.
    #[serde(flatten)]
    pub figures: Figures,
}

/// What a suspicion rests on.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Figures {
    /// It is the mask of another rater.
    Copy {
        /// Whose mask is the same.
        of: String,
        /// Pixels that both mark alike.
        pixels: u64,
    },
    /// Exclusive classes: only one is marked.
    OneClass {
        /// Which.
        only: String,
        /// Share of the pixels that the others mark as another.
        others: f64,
    },
    /// It is empty or full.
    Constant {
        /// Share of the pixels that the others mark otherwise.
        others: f64,
    },
    /// Two exclusive classes are exchanged.
    Exchanged {
        /// Which.
        classes: [String; 2],
        /// Agreement with the others.
        kappa: f64,
        /// The same, with the classes exchanged.
        exchanged: f64,
    },
    /// Yes and no are exchanged.
    Inverted {
        /// Agreement with the others.
        kappa: f64,
        /// The same, turned round.
        exchanged: f64,
    },
    /// It lies beside those of the others.
    Shifted {
        /// Rows that it should move down.
        rows: i64,
        /// Columns that it should move right.
        columns: i64,
        /// Dice with the others.
        dice: f64,
        /// The same, once it is moved.
        moved: f64,
    },
    /// Of a sort that has no figures.
    Other {},
}

impl MaskFlag {
    pub(super) fn of(image: &str, flag: &RaterFlag, dataset: &Dataset) -> Self {
        let exclusive = dataset.kind() == Kind::Multiclass;
        let class = |k: usize| dataset.classes()[k].clone();
        let (name, figures) = match &flag.suspicion {
            Suspicion::Copy { of, pixels } => ("copy", Figures::Copy { of: of.clone(), pixels: *pixels }),
            Suspicion::Constant { mark, others } if exclusive => {
                ("one class", Figures::OneClass { only: class(*mark), others: *others })
            }
            Suspicion::Constant { mark: 0, others } => ("empty", Figures::Constant { others: *others }),
            Suspicion::Constant { others, .. } => ("full", Figures::Constant { others: *others }),
            Suspicion::Inverted { marks: (a, b), kappa, exchanged } if exclusive => {
                let classes = [class(*a), class(*b)];
                ("exchanged", Figures::Exchanged { classes, kappa: *kappa, exchanged: *exchanged })
            }
            Suspicion::Inverted { kappa, exchanged, .. } => {
                ("inverted", Figures::Inverted { kappa: *kappa, exchanged: *exchanged })
            }
            Suspicion::Shifted { rows, columns, dice, moved } => {
                let (rows, columns, dice, moved) = (*rows, *columns, *dice, *moved);
                ("shifted", Figures::Shifted { rows, columns, dice, moved })
            }
            _ => ("suspicious", Figures::Other {}),
        };
        Self {
            flag: name,
            rater: flag.rater.clone(),
            image: image.to_owned(),
            class: flag.class.map(class),
            figures,
        }
    }
}
