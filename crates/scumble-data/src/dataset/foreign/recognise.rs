//! Which layout a folder has.

use super::naming::file_name;
use super::plan::{ForeignLayout, ImportPlan, LeftOut, PlacedFile, Several};
use super::sets::Placed;
use super::{annotated, beside, folders, nnunet, voc};
use crate::DataError;
use crate::dataset::listing::entries;
use crate::dataset::settings::SETTINGS;
use crate::error::ImportProblem;
use std::collections::BTreeSet;
use std::path::Path;

/// Where the files of a folder go in a data set, whichever layout it has; `layout` asks for one of them alone. Nothing is
/// written.
///
/// # Errors
/// A folder that cannot be read, of no layout that is known, names that could be those of raters and of classes, two files
/// for one place.
///
/// ```
/// # let folder = tempfile::tempdir().unwrap();
/// # let root = folder.path();
/// for file in ["Images/a.png", "Masks/a_mask.png"] {
///     std::fs::create_dir_all(root.join(file).parent().unwrap()).unwrap();
///     std::fs::write(root.join(file), "").unwrap();
/// }
/// let plan = scumble_data::plan_import(root, None, None)?;
/// assert_eq!(plan.files[1].to, std::path::Path::new("labels/a.png"));
/// # Ok::<(), scumble_data::DataError>(())
/// ```
pub fn plan_import(
    root: &Path,
    layout: Option<ForeignLayout>,
    several: Option<Several>,
) -> Result<ImportPlan, DataError> {
    if !root.is_dir() {
        let found = if root.exists() { "this is a file" } else { "there is no such folder" };
        return Err(DataError::NoDataset { path: root.to_owned(), found });
    }
    let not_recognised = || {
        let problem = ImportProblem::NotRecognised { layout };
        DataError::Import { path: root.to_owned(), problem }
    };
    recognise(root, layout, several)?.ok_or_else(not_recognised)
}

/// The same; None for a layout that is not known.
pub(super) fn recognise(
    root: &Path,
    layout: Option<ForeignLayout>,
    several: Option<Several>,
) -> Result<Option<ImportPlan>, DataError> {
    for tried in ForeignLayout::ALL.into_iter().filter(|tried| layout.is_none_or(|layout| layout == *tried)) {
        if let Some(placed) = placed(root, tried, several)?.filter(|placed| placed.pairs > 0) {
            return plan(root, tried, placed).map(Some);
        }
    }
    Ok(None)
}

fn placed(root: &Path, layout: ForeignLayout, several: Option<Several>) -> Result<Option<Placed>, DataError> {
    match layout {
        ForeignLayout::Nnunet => nnunet::find(root),
        ForeignLayout::Voc => voc::find(root)?.map(|sets| sets.place()).transpose(),
        ForeignLayout::Coco => annotated::find(root, true),
        ForeignLayout::Annotations => annotated::find(root, false),
        ForeignLayout::Folders => folders::find(root, several)?.place().map(Some),
        ForeignLayout::SideBySide => beside::find(root, several)?.place().map(Some),
    }
}

fn plan(root: &Path, layout: ForeignLayout, placed: Placed) -> Result<ImportPlan, DataError> {
    let found = found(root, layout, &placed);
    let Placed { mut files, mut left_out, .. } = placed;
    let own = root.join(SETTINGS);
    let settings = match layout {
        _ if own.is_file() => {
            files.push(PlacedFile { from: vec![own], to: SETTINGS.into() });
            None
        }
        ForeignLayout::Nnunet => Some(nnunet::settings(root)?),
        ForeignLayout::Voc => Some(voc::SETTINGS.to_owned()),
        ForeignLayout::Coco
        | ForeignLayout::Annotations
        | ForeignLayout::Folders
        | ForeignLayout::SideBySide => None,
    };
    for path in entries(root)? {
        let taken = files.iter().flat_map(|file| &file.from).chain(left_out.iter().map(|left| &left.path));
        let used = layout == ForeignLayout::Nnunet && path.ends_with(nnunet::CLASSES);
        if !used && !taken.into_iter().any(|file| file.starts_with(&path)) {
            left_out.push(LeftOut::new(path, "its name is none of images or masks"));
        }
    }
    Ok(ImportPlan { source: root.to_owned(), layout, found, files, left_out, settings })
}

/// What was recognised, in words.
fn found(root: &Path, layout: ForeignLayout, placed: &Placed) -> String {
    let is_image = |file: &&PlacedFile| file.to.iter().any(|part| part == "images");
    let of = |images: bool| {
        let files = placed.files.iter().filter(|file| is_image(file) == images);
        let folders = files.filter_map(|file| file.from[0].parent()?.strip_prefix(root).ok());
        let written = |folder: &Path| match folder.as_os_str().is_empty() {
            true => "the folder itself".to_owned(),
            false => format!("{}/", folder.display()),
        };
        let folders: BTreeSet<String> = folders.map(written).collect();
        match folders.len() {
            0..4 => folders.into_iter().collect::<Vec<_>>().join(", "),
            more => format!("{} and {} more", folders.iter().next().map_or("", |first| first), more - 1),
        }
    };
    let words = match layout {
        ForeignLayout::Nnunet => "this is nnU-Net's layout, imagesTr/ and labelsTr/".to_owned(),
        ForeignLayout::Voc => format!("this is Pascal VOC's layout, {}/ and {}/", voc::IMAGES, voc::MASKS),
        ForeignLayout::Coco => format!("images in {}, annotations in COCO's JSON in {}", of(true), of(false)),
        ForeignLayout::Annotations => format!("images in {}, annotations in {}", of(true), of(false)),
        ForeignLayout::Folders if of(true).is_empty() => format!("masks in {}", of(false)),
        ForeignLayout::Folders => format!("images in {}, masks in {}", of(true), of(false)),
        ForeignLayout::SideBySide => "images and masks side by side".to_owned(),
    };
    match &placed.renamed {
        Some((image, mask)) => {
            format!("{words} (a mask's name: {} of {})", file_name(mask), file_name(image))
        }
        None => words,
    }
}
