//! The scale on which a score is sure by so much to each side.

/// The scale on which a score is sure by so much to each side, so that its interval stays where the score can be and holds
/// its level for few images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Any number, as it is.
    Real,
    /// 0 at best, and too large for few images, as absolute values are: as it is, cut at 0.
    Error,
    /// Above 0, such as a mean loss: the logarithm; as an [`Error`](Self::Error) where the score is not clearly above 0.
    Positive,
    /// From 0 to 1, such as an overlap: the logit; where the score is 0 or 1, as it is, cut there.
    Share,
    /// The root of what the interval is made of, which is [`Positive`](Self::Positive) but may be below 0 by chance.
    Root,
    /// 1 over what the interval is made of, which is [`Positive`](Self::Positive) but may be below 0 by chance. Then there is
    /// no upper end: it is infinite.
    Inverse,
}

/// A transformation and its inverse.
#[derive(Clone, Copy)]
pub(super) struct Transform {
    pub(super) to: fn(f64) -> f64,
    pub(super) back: fn(f64) -> f64,
}

pub(super) const AS_IT_IS: Transform = Transform { to: |x| x, back: |x| x };
pub(super) const LOGARITHM: Transform = Transform { to: f64::ln, back: f64::exp };
pub(super) const LOGIT: Transform =
    Transform { to: |x| (x / (1.0 - x)).ln(), back: |x| 1.0 / (1.0 + (-x).exp()) };
