//! nnU-Net's folders: a file for each channel of an image, class names in dataset.json.

use super::naming::{Leaf, file_name};
use super::plan::{LeftOut, PlacedFile};
use super::sets::{Owner, Placed, Sets};
use crate::dataset::listing::entries;
use crate::error::ImportProblem;
use crate::formats::{Slicing, composed, images_of, is_image};
use crate::text::decoded;
use crate::{DataError, Part, read_text_file};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What says which classes there are.
pub(super) const CLASSES: &str = "dataset.json";

/// The files of a data set in their places.
///
/// # Errors
/// A folder that cannot be read, channels that cannot be stacked.
pub(super) fn find(root: &Path) -> Result<Option<Placed>, DataError> {
    let folder = |name: &str| Some(root.join(name)).filter(|path| path.is_dir());
    let parts = [(Part::Train, "imagesTr", "labelsTr"), (Part::Test, "imagesTs", "labelsTs")];
    if folder("imagesTr").is_none() || folder("labelsTr").is_none() {
        return Ok(None);
    }
    let divided = folder("imagesTs").is_some() && folder("labelsTs").is_some();
    let (mut sets, mut channels) = (Sets::default(), BTreeMap::new());
    for (part, images, labels) in parts {
        let (Some(images), labels) = (folder(images), folder(labels)) else {
            continue;
        };
        let Some(labels) = labels else {
            sets.left_out.push(LeftOut::new(images, "there are no labels of its images"));
            continue;
        };
        let part = divided.then_some(part);
        let labelled =
            entries(&labels)?.into_iter().filter_map(|path| Leaf::new(path, "")).map(|leaf| leaf.name);
        for (case, files) in cases(&images, &labelled.collect(), &mut sets.left_out)? {
            let leaf = Leaf { path: files[0].clone(), folder: String::new(), name: case };
            sets.parts.entry(part).or_default().images.push(leaf);
            channels.insert(files[0].clone(), files);
        }
        for path in entries(&labels)? {
            match Leaf::new(path.clone(), "").filter(|_| is_image(&path)) {
                Some(leaf) => sets.add_mask(part, Owner::Nobody, leaf),
                None => sets.left_out.push(LeftOut::new(path, "is not read")),
            }
        }
    }
    let mut placed = sets.place()?;
    for file in &mut placed.files {
        let Some(files) = channels.remove(&file.from[0]).filter(|files| files.len() > 1) else {
            continue;
        };
        let volumes = files.iter().any(|path| images_of(path, Slicing::default()).len() > 1);
        let joined = if volumes { "nii.gz" } else { "npy" };
        *file =
            PlacedFile { from: files, to: file.to.with_file_name(format!("{}.{joined}", stem(&file.to))) };
    }
    Ok(Some(placed))
}

fn stem(path: &Path) -> String {
    crate::formats::name_of(path).unwrap_or_default()
}

/// The files of each case, by channel: case_0000.png, case_0001.png, .. or case.png, as its label is called.
fn cases(
    folder: &Path,
    labelled: &BTreeSet<String>,
    left_out: &mut Vec<LeftOut>,
) -> Result<BTreeMap<String, Vec<PathBuf>>, DataError> {
    let mut cases: BTreeMap<String, BTreeMap<Option<usize>, PathBuf>> = BTreeMap::new();
    for path in entries(folder)? {
        let Some(leaf) = Leaf::new(path.clone(), "").filter(|_| is_image(&path)) else {
            left_out.push(LeftOut::new(path, "is not read"));
            continue;
        };
        let (case, channel) = match leaf.name.rsplit_once('_') {
            _ if labelled.contains(&leaf.name) => (leaf.name, None),
            Some((case, number)) if number.len() == 4 && number.bytes().all(|byte| byte.is_ascii_digit()) => {
                (case.to_owned(), number.parse().ok())
            }
            _ => (leaf.name, None),
        };
        if let Some(first) = cases.entry(case.clone()).or_default().insert(channel, path.clone()) {
            return Err(DataError::Duplicate { id: case, first, second: path });
        }
    }
    let most = cases.values().map(BTreeMap::len).max().unwrap_or(0);
    for files in cases.values() {
        let complete =
            files.keys().enumerate().all(|(at, channel)| channel.is_none_or(|channel| channel == at));
        if files.len() != most || !complete || (files.contains_key(&None) && files.len() > 1) {
            let path = files.values().next().cloned().unwrap_or_default();
            let names = files.values().map(|path| file_name(path)).collect();
            let problem = ImportProblem::Channels { names, expected: most };
            return Err(DataError::Import { path, problem });
        }
    }
    Ok(cases.into_iter().map(|(case, files)| (case, files.into_values().collect())).collect())
}

/// What dataset.json says of the classes, as the text of dataset.toml.
///
/// # Errors
/// A file that cannot be read or is no JSON.
pub(super) fn settings(root: &Path) -> Result<String, DataError> {
    let path = root.join(CLASSES);
    let indices = "labels = \"index\"\n".to_owned();
    if !path.exists() {
        return Ok(indices);
    }
    let broken = |reason| DataError::Broken { path: path.clone(), format: "JSON", reason };
    let file = read_text_file(&path).map_err(DataError::io(&path))?;
    let text = decoded(&file).map_err(broken)?;
    let json: Value = serde_json::from_str(&text).map_err(|error| broken(error.to_string()))?;
    let mut names: BTreeMap<u64, String> = BTreeMap::new();
    let mut ignored = None;
    for (key, value) in json["labels"].as_object().into_iter().flatten() {
        // Since its second version the name is the key; it was the index.
        let entry = match (value.as_u64(), key.parse::<u64>(), value.as_str()) {
            (Some(index), ..) => (index, &key[..]),
            (None, Ok(index), Some(name)) => (index, name),
            // A class of several labels: what it is called says nothing of one index.
            _ => return Ok(indices),
        };
        match entry {
            (index, "ignore") => ignored = Some(index),
            (index, name) => drop(names.insert(index, composed(name))),
        }
    }
    let contiguous = names.keys().enumerate().all(|(at, &index)| at as u64 == index);
    if names.len() < 2 || !contiguous {
        return Ok(indices);
    }
    let quoted = |name: &String| toml::Value::String(name.clone()).to_string();
    let names: Vec<String> = names.values().map(quoted).collect();
    let ignored = ignored.map(|index| format!("ignore_index = {index}\n")).unwrap_or_default();
    Ok(match &names[..] {
        [_, only] => format!("kind = \"binary\"\nclasses = [{only}]\n{ignored}"),
        _ => format!("kind = \"multiclass\"\nclasses = [{}]\n{indices}{ignored}", names.join(", ")),
    })
}
