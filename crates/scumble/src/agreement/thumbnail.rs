//! Masks made small, so that any two of a data set can be compared.

use crate::labels::{LabelSpace, UNSEEN};
use ndarray::ArrayView3;

/// Cells of a thumbnail along a side, of one map; fewer where there are many maps.
const SIDE: usize = 32;
const FEWEST: usize = 8;
/// Cells of all maps together.
const CELLS: usize = 4 * SIDE * SIDE;

/// How masks of one kind are made small: each map (a class apart from class 0 of exclusive ones) to the same square of
/// cells, whatever the image's size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shrink {
    groups: usize,
    states: usize,
    side: usize,
}

impl Shrink {
    pub(super) fn new(space: &LabelSpace) -> Self {
        let (groups, states) = (space.groups(), space.states());
        let maps = (groups * (states - 1)).max(1);
        let side = CELLS.div_ceil(maps).isqrt().clamp(FEWEST, SIDE);
        Self { groups, states, side }
    }

    /// The share of each cell's area that has each mark, less its mean over the cells: sums of them are those of
    /// the sum. A cell that the rater has not seen is as the mean.
    pub(super) fn thumbnail(&self, marks: ArrayView3<'_, u16>) -> Vec<f32> {
        let (_, height, width) = marks.dim();
        let cells = self.side * self.side;
        let (rows, columns) = (cover(height, self.side), cover(width, self.side));
        let mut whole = Vec::with_capacity(self.groups * (self.states - 1) * cells);
        for group in marks.outer_iter() {
            let mut marked = vec![0.0_f32; (self.states - 1) * cells];
            let mut unseen = vec![0.0_f32; cells];
            for (line, rows) in group.outer_iter().zip(&rows) {
                for (&mark, columns) in line.iter().zip(&columns).filter(|(mark, _)| **mark != 0) {
                    let to = match mark {
                        UNSEEN => &mut unseen[..],
                        mark => &mut marked[(usize::from(mark) - 1) * cells..][..cells],
                    };
                    for (row, high) in rows {
                        for (column, wide) in columns {
                            to[row * self.side + column] += high * wide;
                        }
                    }
                }
            }
            for map in marked.chunks(cells) {
                whole.extend(centred(map, &unseen));
            }
        }
        whole
    }
}

/// Shares of the seen area, less their mean.
fn centred(marked: &[f32], unseen: &[f32]) -> impl Iterator<Item = f32> {
    // What rounding leaves of a cell that nobody has seen is no area.
    let share = |(marked, unseen): (&f32, &f32)| (*unseen < 0.999).then(|| marked / (1.0 - unseen));
    let shares: Vec<Option<f32>> = marked.iter().zip(unseen).map(share).collect();
    let seen = shares.iter().flatten().count().max(1);
    let mean = (shares.iter().flatten().map(|share| f64::from(*share)).sum::<f64>() / seen as f64) as f32;
    shares.into_iter().map(move |share| share.map_or(0.0, |share| share - mean))
}

/// For each pixel along a side the cells that it covers, and the share of each cell's length.
fn cover(length: usize, cells: usize) -> Vec<Vec<(usize, f32)>> {
    let scale = cells as f64 / length as f64;
    let of = |pixel: usize| {
        let (from, to) = (pixel as f64 * scale, (pixel + 1) as f64 * scale);
        let touched = from as usize..(to.ceil() as usize).min(cells);
        let share = |cell: usize| (to.min((cell + 1) as f64) - from.max(cell as f64)) as f32;
        touched.map(|cell| (cell, share(cell))).filter(|(_, share)| *share > 1e-6).collect()
    };
    (0..length).map(of).collect()
}

/// Pearson's correlation of two thumbnails, or of sums of them; `None` where one of them is even.
pub(super) fn correlation(a: &[f32], b: &[f32]) -> Option<f64> {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
    let (aa, bb) = (dot(a, a), dot(b, b));
    (aa.min(bb) > EVEN).then(|| dot(a, b) / (aa * bb).sqrt())
}

/// Squared lengths up to this are what rounding leaves of an even map.
pub(super) const EVEN: f64 = 1e-9;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labels::Kind;
    use ndarray::Array3;

    fn space(kind: Kind, classes: usize) -> LabelSpace {
        LabelSpace::new(kind, (0..classes).map(|k| k.to_string())).unwrap()
    }

    fn checks(height: usize, width: usize) -> Array3<u16> {
        Array3::from_shape_fn((1, height, width), |(_, y, x)| {
            u16::from((5 * y / height + 3 * x / width).is_multiple_of(2))
        })
    }

    #[test]
    fn a_mask_of_another_size_has_the_same_thumbnail() {
        let shrink = Shrink::new(&space(Kind::Binary, 1));
        let small = shrink.thumbnail(checks(60, 90).view());
        assert_eq!(small.len(), SIDE * SIDE);
        for (height, width) in [(300, 450), (75, 33), (20, 24)] {
            let other = shrink.thumbnail(checks(height, width).view());
            assert!(correlation(&small, &other).unwrap() > 0.9, "{height} x {width}");
        }
        let turned = checks(60, 90).mapv(|mark| 1 - mark);
        let opposite = correlation(&small, &shrink.thumbnail(turned.view())).unwrap();
        assert!((opposite + 1.0).abs() < 1e-6, "{opposite}");
    }

    #[test]
    fn what_is_not_seen_has_no_part() {
        let shrink = Shrink::new(&space(Kind::Binary, 1));
        let mut mask = checks(64, 64);
        let whole = shrink.thumbnail(mask.view());
        mask.indexed_iter_mut().filter(|((_, row, _), _)| row % 2 == 1).for_each(|(_, mark)| *mark = UNSEEN);
        let half = shrink.thumbnail(mask.view());
        let same = correlation(&whole, &half).unwrap();
        assert!(same > 0.95, "{same}");
    }

    #[test]
    fn even_masks_fit_nothing() {
        let shrink = Shrink::new(&space(Kind::Binary, 1));
        let full = shrink.thumbnail(Array3::from_elem((1, 37, 41), 1).view());
        assert_eq!(correlation(&full, &shrink.thumbnail(checks(37, 41).view())), None);
    }

    #[test]
    fn many_classes_have_smaller_maps() {
        assert_eq!(Shrink::new(&space(Kind::Multiclass, 5)).side, SIDE);
        assert_eq!(Shrink::new(&space(Kind::Multiclass, 65)).side, FEWEST);
        assert_eq!(Shrink::new(&space(Kind::Multilabel, 16)).side, SIDE / 2);
    }
}
