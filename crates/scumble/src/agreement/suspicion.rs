//! What a mask that looks like a mistake is, and from where on it looks like one.

/// A rater's mask of one image that is more likely a mistake than an opinion.
#[derive(Debug, Clone, PartialEq)]
pub struct RaterFlag {
    /// Whose mask.
    pub rater: String,
    /// Which of several overlapping classes; `None` where there is one map.
    pub class: Option<usize>,
    /// What is odd about it.
    pub suspicion: Suspicion,
}

/// What is odd about a mask, with the figures that say so.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Suspicion {
    /// It equals another rater's in every pixel that both judged, and is not trivial: people never draw the
    /// same outline twice.
    Copy {
        /// The rater with the same mask.
        of: String,
        /// Pixels that both gave a mark other than the commonest.
        pixels: u64,
    },
    /// It has one mark everywhere, and each of the others has another mark at [`Self::LEAST_PIXELS`] pixels
    /// or more.
    Constant {
        /// The mark: 0 is empty; 1 (or the class, for exclusive ones) is full.
        mark: usize,
        /// The share of the others' marks that differ.
        others: f64,
    },
    /// It agrees with the others when on and off (for exclusive classes: these two) change places.
    Inverted {
        /// The marks that change places: (0, 1), or two exclusive classes.
        marks: (usize, usize),
        /// Cohen's kappa with the others on the pixels of these marks.
        kappa: f64,
        /// The same after the exchange.
        exchanged: f64,
    },
    /// It agrees with the others when it is moved (exclusive classes: all but class 0).
    Shifted {
        /// By how many rows, downwards.
        rows: i64,
        /// By how many columns, to the right.
        columns: i64,
        /// Dice with the others as it is.
        dice: f64,
        /// The same after the move.
        moved: f64,
    },
}

impl Suspicion {
    /// Fewer marked pixels than this are no ground for suspicion.
    pub const LEAST_PIXELS: u64 = 64;
    /// By how much kappa must grow when marks change places.
    pub const LEAST_KAPPA_GAIN: f64 = 0.25;
    /// By how much Dice must grow when a mask is moved.
    pub const LEAST_DICE_GAIN: f64 = 0.02;
    /// What share of the disagreement, 1 - Dice, the move must take away.
    pub const LEAST_DICE_SHARE: f64 = 0.15;
    /// The same for a move by one pixel, which is within the scatter of hands.
    pub const LEAST_DICE_SHARE_OF_ONE_PIXEL: f64 = 0.2;
}

impl RaterFlag {
    pub(super) fn is_copy(&self) -> bool {
        matches!(self.suspicion, Suspicion::Copy { .. })
    }
}
