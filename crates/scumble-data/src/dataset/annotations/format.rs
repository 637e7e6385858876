//! What a format of annotations is.

use super::content::Content;
use super::document::Entries;

/// A program's format of annotations.
pub(super) trait Format: Sync {
    /// Its name in messages.
    fn name(&self) -> &'static str;

    /// By what its files are known, in words.
    fn known_by(&self) -> &'static str;

    /// Whether a file of such content is one of them.
    fn has(&self, content: &Content) -> bool;

    /// Whether a file is about one image, which then the file's name says.
    fn is_of_one_image(&self) -> bool {
        false
    }

    /// What a file takes in memory when it is understood, in multiples of its length.
    fn understood(&self) -> u64;

    /// Understands a file. JSON is that of the standard, numbers that are not finite being empty objects.
    ///
    /// # Errors
    /// Why nothing of the file can be used. What is wrong with one entry is among the entries.
    fn read(&self, text: &[u8], place: &Place<'_>) -> Result<Entries, String>;
}

/// What the place of a file says of the images in it.
pub(super) struct Place<'p> {
    /// The id of the image, where the file's name says it.
    pub(super) id: Option<&'p str>,
    /// Whether there is an image of this id.
    pub(super) is_there: &'p dyn Fn(&str) -> bool,
}
