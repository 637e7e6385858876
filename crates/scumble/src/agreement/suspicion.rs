//! What a mask that looks like a mistake is, and from where on it looks like one.

use serde::Serialize;

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
///
/// Serialised it is its figures alone; which marks they are about is left to those who know their names.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
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
        #[serde(skip)]
        mark: usize,
        /// The share of the others' marks that differ.
        others: f64,
    },
    /// It agrees with the others when on and off (for exclusive classes: these two) change places.
    Inverted {
        /// The marks that change places: (0, 1), or two exclusive classes.
        #[serde(skip)]
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
    /// It fits the others' masks of another image far better than those of its own.
    ///
    /// A fit is Pearson's correlation of masks that are made small: 1 is equal, 0 as by chance. Unlike Dice it is not
    /// taken in by a mask that marks much.
    OtherImage {
        /// The image that it fits.
        of_image: String,
        /// Its fit with the others where it is.
        fit: f64,
        /// Its fit with the others there.
        there: f64,
    },
    /// It fits the others far worse than this rater's masks of other images do.
    Outlier {
        /// Its fit with the others.
        fit: f64,
        /// The median fit of this rater's other masks.
        usual: f64,
    },
    /// The same objects, to the pixel, are in this rater's mask of another image, where the others mark them more than
    /// twice as often.
    Repeated {
        /// The image that they belong to.
        of_image: String,
        /// Their pixels.
        pixels: u64,
        /// The share of the others' marks that agree with them here.
        others: f64,
        /// The same in the other image.
        there: f64,
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
    /// By how much a mask must fit another image better than its own.
    pub const LEAST_FIT_GAIN: f64 = 0.15;
    /// What may be left there of what its fit lacks to 1; and its fit must be at most this share of the fit that the
    /// others have among themselves.
    pub const MOST_FIT_LACK: f64 = 0.75;
    /// By how much it must fit that image better than any third one: what fits many images says nothing.
    pub const LEAST_FIT_LEAD: f64 = 0.2;
    /// An outlier fits at most this share of what the rater's other masks do, and the others among themselves.
    pub const OUTLIER_SHARE: f64 = 0.4;
    /// From how many other images on it is known what is usual for a rater.
    pub const LEAST_IMAGES: usize = 4;
}

impl RaterFlag {
    pub(super) fn is_copy(&self) -> bool {
        matches!(self.suspicion, Suspicion::Copy { .. })
    }
}
