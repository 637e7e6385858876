//! The classes of a file's annotations, each name once.

use super::document::Opinion;
use crate::formats::composed;
use std::collections::BTreeMap;

/// Names by the order in which they were first met.
#[derive(Default)]
pub(super) struct Classes {
    places: BTreeMap<String, usize>,
}

impl Classes {
    /// The place of a name, which is a class from now on.
    pub(super) fn place(&mut self, name: &str) -> usize {
        let next = self.places.len();
        *self.places.entry(composed(name)).or_insert(next)
    }

    /// The names as they were met.
    pub(super) fn in_order(self) -> Vec<String> {
        let mut names: Vec<(String, usize)> = self.places.into_iter().collect();
        names.sort_by_key(|(_, place)| *place);
        names.into_iter().map(|(name, _)| name).collect()
    }

    /// The names by the alphabet, for what is met first says nothing; the places in `opinions` follow.
    pub(super) fn sorted<'o>(self, opinions: impl Iterator<Item = &'o mut Opinion>) -> Vec<String> {
        let mut places = vec![0; self.places.len()];
        let names = self.places.into_iter().enumerate().map(|(place, (name, met))| {
            places[met] = place;
            name
        });
        let names = names.collect();
        opinions
            .flat_map(|opinion| &mut opinion.marked)
            .for_each(|marked| marked.category = places[marked.category]);
        names
    }
}
