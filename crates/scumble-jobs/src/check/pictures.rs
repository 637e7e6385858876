//! Pictures of the disagreement: each pair of raters on the images where they differ most, and the images that are
//! disputed most.

use super::Error;
use super::sums::Sums;
use crate::picture::{BOTH, FIRST, OTHER_CLASS, Picture, SECOND};
use crate::{JobError, Steps};
use ndarray::Axis;
use rayon::prelude::*;
use scumble::agreement::Agreement;
use scumble::labels::Kind;
use scumble_data::{Dataset, Item, Raster, Target, Wanted};
use std::f64::consts::LN_2;
use std::fs;
use std::path::{Path, PathBuf};

/// The longest side of an image in the contact sheet, and beside a pair.
const SMALL: usize = 256;
const LARGE: usize = 512;
/// Images side by side in the contact sheet.
const COLUMNS: usize = 3;

const SHEET: &str = "most-disputed.png";
const PAIRS: &str = "pairs";

/// A folder that pictures may be written into.
pub(super) struct Pictures {
    folder: PathBuf,
}

impl Pictures {
    pub(super) fn into(folder: &Path, overwrite: bool) -> Result<Self, JobError> {
        let taken = [SHEET, PAIRS].into_iter().find(|name| folder.join(name).exists());
        if let Some(name) = taken.filter(|_| !overwrite) {
            return Err(Error::PicturesThere { folder: folder.to_owned(), name }.into());
        }
        Ok(Self { folder: folder.to_owned() })
    }

    /// Steps that [`write`](Self::write) takes at most.
    pub(super) fn count(dataset: &Dataset) -> usize {
        let raters = dataset.raters().len();
        1 + raters * raters.saturating_sub(1) / 2
    }

    pub(super) fn write(&self, dataset: &Dataset, sums: &Sums, steps: &Steps<'_>) -> Result<(), JobError> {
        let pairs = self.folder.join(PAIRS);
        fs::create_dir_all(&pairs).map_err(JobError::io(&pairs))?;
        if let Some(sheet) = contact_sheet(dataset, sums) {
            sheet.write(&self.folder.join(SHEET))?;
        }
        steps.step();
        sums.most_disputed_of_pair.par_iter().try_for_each(|((a, b), images)| {
            let images = images.iter().filter(|(differ, _)| *differ > 0);
            let panels: Vec<Picture> =
                images.filter_map(|(_, place)| pair_on(dataset, &dataset.items()[*place], (a, b))).collect();
            if !panels.is_empty() {
                let rows = Picture::row(&panels);
                let picture = Picture::column(&[legend(dataset, (a, b), rows.width()), rows]);
                picture.write(&pairs.join(format!("{a}--{b}.png")))?;
            }
            steps.step();
            Ok(())
        })
    }
}

/// The images with the largest entropy, each beside its heat.
fn contact_sheet(dataset: &Dataset, sums: &Sums) -> Option<Picture> {
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

/// Two raters' masks of one image over it, a panel for each overlapping class that they differ on.
fn pair_on(dataset: &Dataset, item: &Item, (a, b): (&str, &str)) -> Option<Picture> {
    let read = dataset.read(item, &Wanted { image: item.image().is_some(), ..Wanted::raters() });
    let (image, masks) = match read {
        Ok(mut read) => (read.image.take(), read.into_opinions()),
        Err(_) => (dataset.image(item).ok(), dataset.check_item(item).masks),
    };
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

fn legend(dataset: &Dataset, (a, b): (&str, &str), width: usize) -> Picture {
    let (first, second) = (format!("{a} alone   "), format!("{b} alone   "));
    let mut pieces = vec![("both   ", BOTH), (first.as_str(), FIRST), (second.as_str(), SECOND)];
    if dataset.kind() == Kind::Multiclass {
        pieces.push(("another class", OTHER_CLASS));
    }
    Picture::coloured_text(&pieces, width)
}

/// The image to look at; black where there is none that can be read.
fn shown(image: Option<Raster>, (height, width): (usize, usize)) -> Picture {
    match image {
        Some(image) if (image.height, image.width) == (height, width) => Picture::image(&image).brightened(),
        _ => Picture::black(height, width),
    }
}
