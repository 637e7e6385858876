//! Whether models disagree where their mean errs, in a sentence.

use crate::show::{counted, decimals};
use scumble_jobs::judge::Disagreement;

/// Nothing where no pixel counts.
pub(super) fn text(found: &Disagreement) -> Option<String> {
    let (mean, agreed, sure) = (found.mean()?, found.by_agreement()?, found.by_confidence()?);
    Some(format!(
        "{} disagree by {} nats; risk where only the decisions count on which they agree most (area below the curve): {}, {} \
         above the best order; where they are surest together: {}, {} above it; of all {}",
        counted(found.models(), "model"),
        decimals(mean, 4),
        decimals(agreed.aurc, 4),
        decimals(agreed.excess_aurc, 4),
        decimals(sure.aurc, 4),
        decimals(sure.excess_aurc, 4),
        decimals(agreed.risk, 4),
    ))
}
