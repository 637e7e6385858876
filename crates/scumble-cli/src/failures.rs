//! Images that failed while others did not: one line a cause, not one an image.

use crate::failure::{self, Shown};
use crate::show;
use scumble_jobs::JobError;
use std::collections::BTreeMap;
use std::io;

/// Images that failed, by cause: the first is shown at once, the others of the same cause in one line.
#[derive(Default)]
pub(crate) struct Failures(BTreeMap<String, Vec<String>>);

impl Failures {
    /// Names that are shown of those that failed like another.
    const SHOWN: usize = 10;

    /// One more image, by its name, and why.
    pub(crate) fn add(&mut self, image: &str, error: JobError) {
        let error = error.into();
        let message = failure::message(&error);
        let cause = message.strip_prefix(&format!("{image}: ")).unwrap_or(&message);
        // What the system refuses of one file, such as for want of space, it refuses of others.
        let refused = error.root_cause().downcast_ref::<io::Error>().map(ToString::to_string);
        let images = self.0.entry(refused.unwrap_or_else(|| cause.to_owned())).or_default();
        if images.is_empty() {
            show::error(&format!("error: {image}: {cause}"));
        }
        images.push(image.to_owned());
    }

    /// Tells what has not been told yet; an error if any image failed.
    pub(crate) fn tell(&self) -> anyhow::Result<()> {
        for (cause, images) in &self.0 {
            let [_, others @ ..] = &images[..] else { continue };
            if others.is_empty() {
                continue;
            }
            let names: Vec<&str> = others.iter().take(Self::SHOWN).map(String::as_str).collect();
            let more = match others.len().checked_sub(Self::SHOWN) {
                None | Some(0) => String::new(),
                Some(more) => format!(" and {more} more"),
            };
            let (count, names) = (show::counted(others.len(), "other image"), names.join(", "));
            show::error(&format!("error: the same of {count} ({names}{more}): {cause}"));
        }
        if self.0.is_empty() { Ok(()) } else { Err(Shown.into()) }
    }
}
