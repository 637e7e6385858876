//! Images that have nothing which a target could be made of, and what a target takes where images have different things.

use super::{Dataset, Item, Target};
use crate::{DataError, listed};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The images of a data set that lack the label which a target asks for.
///
/// As a text it says which, one sentence for those that have nothing and one for those that have something else.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unlabelled {
    /// All of them, in the data set's order.
    pub images: Vec<String>,
    /// Those of them that have something, though not what is asked for.
    others: Vec<String>,
    /// What the others have, and lack.
    target: Target,
    /// How many images there are in all.
    of: usize,
}

impl Dataset {
    /// Keeps the items that the label of a target can be made of, and says which others there were.
    ///
    /// # Errors
    /// None is left.
    pub fn labelled(mut self, target: Target) -> Result<(Self, Unlabelled), DataError> {
        let unlabelled = Unlabelled::of(self.items(), target);
        if unlabelled.images.len() == self.items.len() {
            return Err(self.none_labelled(target));
        }
        self.items.retain(|item| item.has(target));
        self.raters = super::rater_names(&self.items);
        Ok((self, unlabelled))
    }

    /// The error of a data set of which no image has a label.
    pub fn none_labelled(&self, target: Target) -> DataError {
        let what = match target {
            Target::Auto => "label file or rater's mask",
            Target::Labels => "label file",
            Target::Mean | Target::Staple | Target::DawidSkene => "rater's mask",
        };
        let images = self.items().iter().map(|item| item.id().to_owned()).collect();
        DataError::NoneLabelled { what, images, root: self.root().to_owned() }
    }

    /// What [`Target::Auto`] takes, where it is not the same for all images; nothing of another target.
    pub fn mixed_labels(&self, target: Target) -> Option<String> {
        let masks = |item: &&Item| !item.has_label() && item.has(Target::Mean);
        let of_raters: Vec<&str> = self.items().iter().filter(masks).map(Item::id).collect();
        let files = self.items().iter().filter(|item| item.has_label()).count();
        (target == Target::Auto && files > 0 && !of_raters.is_empty()).then(|| {
            format!(
                "the label is the file of {}, and the raters' mean of {}, which have none: {}",
                images(files),
                images(of_raters.len()),
                listed(&of_raters)
            )
        })
    }
}

impl Unlabelled {
    /// Those among some items.
    pub fn of<'i>(items: impl IntoIterator<Item = &'i Item>, target: Target) -> Self {
        let mut found = Self { target, ..Self::default() };
        for item in items {
            found.of += 1;
            if item.has(target) {
                continue;
            }
            found.images.push(item.id().to_owned());
            if item.has(Target::Auto) {
                found.others.push(item.id().to_owned());
            }
        }
        found
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.images.is_empty()
    }
}

impl fmt::Display for Unlabelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let has = |count: usize| if count == 1 { "has" } else { "have" };
        let bare: Vec<&String> = self.images.iter().filter(|image| !self.others.contains(image)).collect();
        let (count, others, of) = (bare.len(), self.others.len(), images(self.of));
        if count > 0 {
            write!(f, "left out: {count} of {of} {} no label: {}", has(count), listed(&bare))?;
        }
        if others > 0 {
            let break_off = if count > 0 { "; " } else { "" };
            let (own, lack) = match self.target {
                Target::Labels => ("raters' masks", "label file"),
                _ => ("a label file", "rater's mask"),
            };
            let (has, target, names) = (has(others), self.target, listed(&self.others));
            write!(
                f,
                "{break_off}left out: {others} of {of} {has} {own}, but no {lack}, which target {target} takes: {names}"
            )?;
        }
        Ok(())
    }
}

fn images(count: usize) -> String {
    if count == 1 { "1 image".to_owned() } else { format!("{count} images") }
}
