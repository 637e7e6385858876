//! Which images belong together, such as the slices of a volume or both eyes of a patient.

use std::collections::BTreeMap;

/// Which images belong together, such as the slices of a volume or both eyes of a patient.
///
/// Images of a group are alike, so they say less than as many of different groups: what is left out for an interval, what is
/// exchanged for a verdict, and what is held out together, are groups.
///
/// ```
/// use scumble::score::Groups;
///
/// let eyes = Groups::of(["anna", "anna", "ben"]);
/// assert_eq!((eyes.images(), eyes.count()), (3, 2));
/// assert_eq!(eyes.indices(), [0, 0, 1]);
/// assert_eq!(Groups::each(3).count(), 3);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Groups {
    indices: Vec<usize>,
    count: usize,
}

impl Groups {
    /// Every image is its own group.
    pub fn each(images: usize) -> Self {
        Self { indices: (0..images).collect(), count: images }
    }

    /// From what the group of each image is called; equal names are one group.
    pub fn of<T: Ord>(names: impl IntoIterator<Item = T>) -> Self {
        let mut known = BTreeMap::new();
        let indices = names.into_iter().map(|name| {
            let next = known.len();
            *known.entry(name).or_insert(next)
        });
        let indices = indices.collect();
        Self { indices, count: known.len() }
    }

    /// The same, neighbours put together where there are more than `most`.
    ///
    /// # Panics
    /// For 0.
    pub fn at_most(&self, most: usize) -> Self {
        let count = self.count.min(most);
        assert!(count > 0 || self.count == 0, "some groups are left");
        let indices = self.indices.iter().map(|group| group * count / self.count.max(1)).collect();
        Self { indices, count }
    }

    /// The group of each image: 0 to [`count`](Self::count), in the order in which groups come first.
    pub fn indices(&self) -> &[usize] {
        &self.indices
    }

    /// How many images there are.
    pub fn images(&self) -> usize {
        self.indices.len()
    }

    /// How many groups there are.
    pub fn count(&self) -> usize {
        self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_groups_become_runs_of_neighbours() {
        let groups = Groups::each(10).at_most(4);
        assert_eq!((groups.count(), groups.indices()), (4, &[0, 0, 0, 1, 1, 2, 2, 2, 3, 3][..]));
        let few = Groups::of(["b", "a", "b"]);
        assert_eq!(few.at_most(2), few);
        assert_eq!(Groups::each(0).at_most(3), Groups::each(0));
    }
}
