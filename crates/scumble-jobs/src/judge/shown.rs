//! Which images a report shows, and what is kept of them while all are judged.

use super::ranking::off;
use super::reader::JudgedImage;
use super::request::StripMemory;
use super::strip::Strip;
use scumble::score::Scores;

/// Strips of the first images, as many as the memory holds.
pub(super) struct Strips {
    memory: usize,
    kept: Vec<Strip>,
    full: bool,
}

impl Strips {
    pub(super) fn within(StripMemory(memory): StripMemory) -> Self {
        Self { memory, kept: Vec::new(), full: false }
    }

    pub(super) fn add(&mut self, image: &JudgedImage<'_>) {
        if !self.full {
            self.keep(Strip::new(image));
        }
    }

    /// Keeps a strip, if there is room and none has been left out.
    pub(super) fn keep(&mut self, strip: Strip) {
        if self.full {
            return;
        }
        let bytes = strip.bytes();
        self.full = bytes > self.memory;
        if !self.full {
            self.memory -= bytes;
            self.kept.push(strip);
        }
    }

    /// The strips of the images that are shown, best to worst; `look` is taken at those that were not kept.
    pub(super) fn choose<'s, E>(
        mut self,
        images: impl Iterator<Item = (&'s str, &'s Scores)>,
        mut look: impl FnMut(&str) -> Result<Strip, E>,
    ) -> Result<Vec<Strip>, E> {
        let images: Vec<(&str, &Scores)> = images.collect();
        let mut shown = Vec::new();
        for (at, place) in chosen(images.iter().map(|(_, scores)| off(scores))) {
            let id = images[at].0;
            let strip = match self.kept.iter().position(|strip| strip.id == id) {
                Some(kept) => self.kept.swap_remove(kept),
                None => look(id)?,
            };
            shown.push(Strip { place, ..strip });
        }
        Ok(shown)
    }
}

/// The place of the middle image.
pub(super) const MEDIAN: &str = "median";

/// Up to six images by how far they are off: the best two, the middle two, the worst two, each with its place in words.
fn chosen(off: impl Iterator<Item = Option<f64>>) -> Vec<(usize, String)> {
    let mut order: Vec<(f64, usize)> = off.enumerate().filter_map(|(at, e)| Some((e?, at))).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let (count, last) = (order.len(), order.len().saturating_sub(1));
    let middle = count / 2;
    let wanted = [0, 1, middle - usize::from(count > 2), middle, last.max(1) - 1, last];
    let word = |rank| match rank {
        0 if last == 0 => "the only image".to_string(),
        0 => "best".into(),
        r if r == last => "worst".into(),
        r if r == last / 2 => MEDIAN.into(),
        r => format!("{} of {} from the best", r + 1, count),
    };
    let shown = (0..order.len()).filter(|rank| wanted.contains(rank));
    shown.map(|rank| (order[rank].1, word(rank))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn best_middle_and_worst_are_shown() {
        let shown = |off: &[f64]| -> Vec<(usize, String)> { chosen(off.iter().map(|off| Some(*off))) };
        let places = |n: usize| shown(&(0..n).map(|i| i as f64).collect::<Vec<_>>());
        let at = |n| places(n).into_iter().map(|(at, _)| at).collect::<Vec<_>>();
        assert_eq!((at(0), at(1), at(2), at(3)), (vec![], vec![0], vec![0, 1], vec![0, 1, 2]));
        assert_eq!(
            (at(6), at(9), at(10)),
            (vec![0, 1, 2, 3, 4, 5], vec![0, 1, 3, 4, 7, 8], vec![0, 1, 4, 5, 8, 9])
        );
        assert_eq!(shown(&[3.0, 1.0, 2.0])[0], (1, "best".to_string()));
        assert_eq!(places(9)[3], (4, "median".to_string()));
        assert_eq!(chosen([None, Some(1.0)].into_iter()), [(1, "the only image".to_string())]);
    }
}
