use super::paint::paint;
use super::patterns::pattern;
use super::{Fit, FusionError};
use crate::labels::{Kind, RaterMask, SoftLabels};

impl Fit {
    /// The posterior probabilities of an image: [K, H, W], never rounded, not valid where nobody has seen the
    /// pixel.
    ///
    /// The posterior is computed in f64, once for each combination of marks, and stored as f32. The image
    /// need not be among those of the fit; its raters must be.
    ///
    /// # Errors
    /// As [`Patterns::add`](crate::fusion::Patterns::add); a rater who was not fitted.
    pub fn map(&self, masks: &[(String, RaterMask)]) -> Result<SoftLabels, FusionError> {
        let raters: Vec<u32> = masks.iter().map(|(rater, _)| self.rater(rater)).collect::<Result<_, _>>()?;
        // One map holds the second of two states, several hold them all.
        let first = usize::from(self.kind() != Kind::Multiclass);
        paint(self.kind(), self.classes(), masks, |group, marks| {
            let posterior = self.posterior_of(group, &pattern(&raters, marks))?;
            Some(posterior[first..].iter().map(|p| *p as f32).collect())
        })
    }
}
