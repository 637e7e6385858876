use super::read::ignored;
use super::{Dataset, Item};
use crate::DataError;
use scumble::labels::RaterMask;

impl Dataset {
    /// The masks of all raters who marked this image, as [`rater_masks`](Self::rater_masks), but unseen by all where
    /// ignore/ID is not zero: what a fusion of raters is made of.
    ///
    /// # Errors
    /// As [`labels`](Self::labels).
    pub fn opinions(&self, item: &Item) -> Result<Vec<(String, RaterMask)>, DataError> {
        let mut masks = self.rater_masks(item)?;
        if let Some(path) = &item.ignore {
            let ignored = ignored(path, &self.size(item)?)?;
            for (_, mask) in &mut masks {
                mask.hide(ignored.view()).map_err(DataError::label(path))?;
            }
        }
        Ok(masks)
    }
}
