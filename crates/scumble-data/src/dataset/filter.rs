//! Some of a data set's items, by patterns or names; and which of them belong together.

use super::{Dataset, Item};
use crate::formats::composed;
use crate::{DataError, Grouping};
use globset::{Glob, GlobSetBuilder};
use std::collections::BTreeSet;

/// Ids shown where no pattern matches.
const EXAMPLES: usize = 5;

impl Dataset {
    /// Keeps the items whose id matches any of `globs`; no globs keep all.
    ///
    /// In a set with train/, val/ and test/ a pattern may also name the part: `val/*`. Kind and classes stay those
    /// of the whole set.
    ///
    /// # Errors
    /// A bad pattern; patterns that no id matches (the message shows some ids).
    pub fn filter(mut self, globs: &[String]) -> Result<Self, DataError> {
        if globs.is_empty() {
            return Ok(self);
        }
        let bad = |glob: &str| {
            let glob = glob.to_owned();
            move |source| DataError::Glob { glob, source }
        };
        let mut set = GlobSetBuilder::new();
        for glob in globs {
            set.add(Glob::new(&composed(glob)).map_err(bad(glob))?);
        }
        let set = set.build().map_err(bad(&globs.join(" ")))?;
        let name = |item: &Item| match item.part {
            Some(part) => format!("{part}/{}", item.id),
            None => item.id.clone(),
        };
        let examples = self.items.iter().take(EXAMPLES).map(name).collect();
        self.items.retain(|item| set.is_match(&item.id) || set.is_match(name(item)));
        if self.items.is_empty() {
            return Err(DataError::NoMatch { globs: globs.to_vec(), examples });
        }
        self.raters = super::rater_names(&self.items);
        Ok(self)
    }

    /// What one rater says of the items: of each the masks of this rater alone, and no label file. Who has not marked an image
    /// leaves it without a label.
    ///
    /// # Errors
    /// A rater who has marked none of the items.
    pub fn of_rater(mut self, name: &str) -> Result<Self, DataError> {
        if !self.raters.iter().any(|rater| rater == name) {
            return Err(DataError::NoRater { name: name.to_owned(), known: self.raters, root: self.root });
        }
        for item in &mut self.items {
            item.raters.retain(|rater, _| rater == name);
            (item.label, item.counts) = (None, None);
        }
        self.raters = vec![name.to_owned()];
        Ok(self)
    }

    /// Puts the items into other [groups](Item::group) than those that the data set itself has; the default pattern
    /// leaves them there.
    ///
    /// # Errors
    /// A pattern that finds no group in some id.
    pub fn grouped(mut self, grouping: &Grouping) -> Result<Self, DataError> {
        let groups: Vec<String> = self.groups(grouping)?.into_iter().map(str::to_owned).collect();
        self.items.iter_mut().zip(groups).for_each(|(item, group)| item.group = group);
        Ok(self)
    }

    /// What the group of each item is called, by a pattern or, where it is the default, by the data set itself.
    ///
    /// # Errors
    /// As [`grouped`](Self::grouped).
    pub fn groups(&self, grouping: &Grouping) -> Result<Vec<&str>, DataError> {
        if grouping.is_default() {
            return Ok(self.items.iter().map(Item::group).collect());
        }
        let (mut groups, mut wrong) = (Vec::new(), Vec::new());
        for item in &self.items {
            match grouping.group(&item.id) {
                Ok(group) => groups.push(group),
                Err(error) => wrong.push(error),
            }
        }
        let others = wrong.len().saturating_sub(1);
        match wrong.into_iter().next() {
            Some(source) => {
                Err(DataError::NoGroup { source: Box::new(source), others, root: self.root.clone() })
            }
            None => Ok(groups),
        }
    }

    /// Keeps the items of these ids, which are names and no patterns; an id that there is not changes nothing.
    ///
    /// Kind and classes stay those of the whole set.
    pub fn keep(mut self, ids: &[String]) -> Self {
        let ids: BTreeSet<String> = ids.iter().map(|id| composed(id)).collect();
        self.items.retain(|item| ids.contains(&item.id));
        self.raters = super::rater_names(&self.items);
        self
    }
}
