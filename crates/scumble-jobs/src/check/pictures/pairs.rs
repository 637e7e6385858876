//! Two raters' masks over each other, on the images where they differ most.

use super::panels::{legend, opinions, shown};
use crate::check::sums::Sums;
use crate::picture::Picture;
use ndarray::Axis;
use scumble::agreement::{Agreement, Comparison};
use scumble_data::{Dataset, Item};

/// Up to so many raters each pair of them has a picture.
const ALL_OF: usize = 6;
/// Of more raters so many pairs have one.
const MOST: usize = 12;
/// The longest side of an image.
const LARGE: usize = 512;

/// The pairs of raters to be looked at, and how many there are: all of few raters, of many those that agree least.
pub(super) fn chosen(sums: &Sums) -> (Vec<(&str, &str)>, usize) {
    let agreement = |pair: &Comparison| pair.dice().or(pair.kappa()).unwrap_or(1.0);
    let mut pairs: Vec<_> = sums.agreement.pairs().map(|(a, b, pair)| (agreement(pair), (a, b))).collect();
    let all = pairs.len();
    if sums.agreement.raters().count() > ALL_OF {
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        pairs.truncate(MOST);
    }
    (pairs.into_iter().map(|(_, pair)| pair).collect(), all)
}

/// The images on which two raters differ at most pixels; None where they differ at none.
pub(super) fn pair(dataset: &Dataset, sums: &Sums, (a, b): (&str, &str)) -> Option<Picture> {
    let images = sums.most_disputed_of_pair.get(&(a.to_owned(), b.to_owned()))?;
    let images = images.iter().filter(|(differ, _)| *differ > 0);
    let panels: Vec<Picture> =
        images.filter_map(|(_, place)| pair_on(dataset, &dataset.items()[*place], (a, b))).collect();
    (!panels.is_empty()).then(|| {
        let rows = Picture::row(&panels);
        Picture::column(&[legend(dataset, (a, b), rows.width()), rows])
    })
}

/// Two raters' masks of one image over it, a panel for each overlapping class that they differ on.
fn pair_on(dataset: &Dataset, item: &Item, (a, b): (&str, &str)) -> Option<Picture> {
    let (image, masks) = opinions(dataset, item);
    let pair: Vec<_> = masks.into_iter().filter(|(name, _)| name == a || name == b).collect();
    let [(_, first), (_, second)] = &pair[..] else { return None };
    let mut agreement = Agreement::new(dataset.space());
    agreement.add(&pair).ok()?;
    let (_, _, compared) = agreement.pairs().next()?;
    let (first, second) = (first.marks(), second.marks());
    let (groups, height, width) = first.dim();
    let ground = shown(image, (height, width)).ground();
    let panel = |group: usize| {
        let marks = (first.index_axis(Axis(0), group), second.index_axis(Axis(0), group));
        let (class, dice) = match groups {
            1 => (String::new(), compared.dice()),
            _ => (format!(", {}", dataset.classes()[group]), compared.dice_of(group)),
        };
        let dice = dice.map_or("-".into(), |dice| format!("{dice:.3}"));
        ground.overlay(marks.0, marks.1).fit(LARGE).captioned(&format!("{}{class}  Dice {dice}", item.id()))
    };
    let differ = (0..groups).filter(|&group| compared.tables()[group].observed() != Some(1.0));
    Some(Picture::row(&differ.map(panel).collect::<Vec<_>>()))
}
