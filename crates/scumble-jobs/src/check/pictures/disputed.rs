//! The images that raters differ on most, side by side.

use super::panels::shown;
use crate::check::sums::Sums;
use crate::picture::Picture;
use rayon::prelude::*;
use scumble::labels::Kind;
use scumble_data::{Dataset, Target, Wanted};
use std::f64::consts::LN_2;

/// The longest side of an image.
const SMALL: usize = 256;
/// Images side by side.
const COLUMNS: usize = 3;

/// The images with the largest entropy, each beside its heat.
pub(super) fn contact_sheet(dataset: &Dataset, sums: &Sums) -> Option<Picture> {
    // Only exclusive classes have more than two states.
    let most = match dataset.kind() {
        Kind::Multiclass => (dataset.classes().len() as f64).ln(),
        Kind::Binary | Kind::Multilabel => LN_2,
    };
    let tile = |(entropy, place): &(f64, usize)| {
        let item = &dataset.items()[*place];
        let read =
            dataset.read(item, &Wanted { image: item.image().is_some(), ..Wanted::labels(Target::Auto) });
        let sound = read.and_then(|mut read| Ok((read.labels(Target::Auto)?, read.image.take())));
        // Where a file is broken, whatever else can be read.
        let (labels, image) = match sound {
            Ok(sound) => sound,
            Err(_) => (dataset.check_item(item).labels?, dataset.image(item).ok()),
        };
        let image = shown(image, labels.size());
        let heat = image.ground().heat(labels.pixel_entropy().view(), most);
        let panels = Picture::row(&[image.fit(SMALL), heat.fit(SMALL)]);
        Some(panels.captioned(&format!("{}  {entropy:.4} nats a pixel", item.id())))
    };
    let disputed: Vec<_> = sums.most_disputed.iter().filter(|(entropy, _)| *entropy > 0.0).collect();
    let tiles: Vec<Picture> = disputed.into_par_iter().filter_map(tile).collect();
    let width = tiles.iter().map(Picture::width).max()?;
    let rows = tiles
        .chunks(COLUMNS)
        .map(|tiles| Picture::row(&tiles.iter().map(|tile| tile.padded(width)).collect::<Vec<_>>()));
    Some(Picture::column(&rows.collect::<Vec<_>>()))
}
