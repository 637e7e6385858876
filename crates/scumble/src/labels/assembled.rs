use super::{Kind, LabelError, SoftLabels, Votes};
use ndarray::Array3;

impl SoftLabels {
    /// A label of parts that fit together by construction.
    pub(crate) fn assembled(kind: Kind, probabilities: Array3<f32>, valid: Array3<bool>) -> Self {
        Self { kind, probabilities, valid, weights: None, votes: None }
    }

    /// Puts the counted opinions beside a label that was made of them, so that it can weigh by their number.
    ///
    /// The probabilities stay as they are: a majority is not the frequency of opinion.
    ///
    /// # Errors
    /// Votes of another kind, number of classes or size.
    ///
    /// ```
    /// use ndarray::array;
    /// use scumble::labels::{Kind, SoftLabels, Votes};
    ///
    /// let labels = SoftLabels::new(Kind::Binary, array![[[1.0, 0.0]]])?;
    /// let votes = Votes::from_counts(Kind::Binary, array![[[2, 0]]], array![[[3, 3]]])?;
    /// let labels = labels.with_votes(votes)?;
    /// assert_eq!(labels.effective_weights(true), array![[[3.0, 3.0]]]);
    /// # Ok::<(), scumble::labels::LabelError>(())
    /// ```
    pub fn with_votes(self, votes: Votes) -> Result<Self, LabelError> {
        let (found, expected) = (votes.yes().shape().to_vec(), self.probabilities.shape().to_vec());
        if votes.kind() != self.kind || found != expected {
            return Err(LabelError::Shape { what: "the rater counts", found, expected });
        }
        Ok(Self { votes: Some(votes), ..self })
    }
}
