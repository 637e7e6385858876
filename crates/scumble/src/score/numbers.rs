//! Sums as plain numbers, to be kept in a file and taken back.

/// Goes through the numbers of sums, always in the same order: to write them down, or to take them back.
pub(crate) enum Numbers<'n> {
    /// Writes down.
    Out(&'n mut Vec<f64>, &'n mut Vec<u64>),
    /// Takes back.
    In {
        /// Those that are left.
        reals: &'n [f64],
        /// Those that are left.
        counts: &'n [u64],
        /// Whether some were missing.
        short: bool,
    },
}

impl Numbers<'_> {
    pub(crate) fn real(&mut self, number: &mut f64) {
        match self {
            Self::Out(reals, _) => reals.push(*number),
            Self::In { reals, short, .. } => match reals.split_first() {
                Some((first, rest)) => (*number, *reals) = (*first, rest),
                None => *short = true,
            },
        }
    }

    pub(crate) fn count(&mut self, number: &mut u64) {
        match self {
            Self::Out(_, counts) => counts.push(*number),
            Self::In { counts, short, .. } => match counts.split_first() {
                Some((first, rest)) => (*number, *counts) = (*first, rest),
                None => *short = true,
            },
        }
    }

    pub(crate) fn reals<'r>(&mut self, numbers: impl IntoIterator<Item = &'r mut f64>) {
        numbers.into_iter().for_each(|number| self.real(number));
    }

    /// A number that there may be none of.
    pub(crate) fn maybe(&mut self, number: &mut Option<f64>) {
        let mut there = u64::from(number.is_some());
        self.count(&mut there);
        if there == 0 {
            *number = None;
        } else {
            self.real(number.get_or_insert(0.0));
        }
    }

    /// How many of something follow. What cannot follow, as there are fewer numbers left, is missing.
    pub(crate) fn length(&mut self, length: usize) -> usize {
        let mut length = length as u64;
        self.count(&mut length);
        match self {
            Self::Out(..) => length as usize,
            Self::In { reals, short, .. } => {
                *short |= length > reals.len() as u64;
                length.min(reals.len() as u64) as usize
            }
        }
    }

    /// Whether all numbers have been taken, and none was missing.
    pub(crate) fn are_all_taken(&self) -> bool {
        match self {
            Self::Out(..) => true,
            Self::In { reals, counts, short } => reals.is_empty() && counts.is_empty() && !short,
        }
    }

    /// What cannot be.
    pub(crate) fn refuse(&mut self) {
        if let Self::In { short, .. } = self {
            *short = true;
        }
    }
}
