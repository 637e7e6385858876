//! Files of another layout brought to their places: as links or copies, never moved, never changed.

use super::plan::{ImportPlan, PlacedFile};
use crate::dataset::settings::SETTINGS;
use crate::error::ImportProblem;
use crate::formats::{is_array, join_channels};
use crate::input::check_file;
use crate::{DataError, Raster, Samples, read_image, write_array};
use ndarray::{ArrayD, IxDyn};
use serde::Serialize;
use std::fs::{self, File};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::path::{Path, PathBuf};

/// What is written beside the folders of an imported data set: the plan.
pub const RECORD: &str = "import.json";

/// How many files came to their places in which way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Carried {
    /// Hard links: the file itself, under another name.
    pub links: usize,
    /// Copies.
    pub copies: usize,
    /// Arrays and volumes of several files' channels.
    pub stacked: usize,
}

impl ImportPlan {
    /// Makes the data set's folder, whole or not at all; one that is there is replaced. `copy`: no links. `progress` is
    /// called after each file.
    ///
    /// # Errors
    /// What the operating system refuses; channels that do not fit each other.
    pub fn carry_out(&self, folder: &Path, copy: bool, progress: &dyn Fn()) -> Result<Carried, DataError> {
        let aside = Aside::create(folder)?;
        let mut carried = Carried::default();
        for file in &self.files {
            let to = aside.folder.join(&file.to);
            for from in &file.from {
                check_file(from).map_err(DataError::io(from))?;
            }
            let parent = to.parent().unwrap_or(&aside.folder);
            fs::create_dir_all(parent).map_err(DataError::io(parent))?;
            match &file.from[..] {
                [one] if copy || !link(one, &to) => {
                    // Which of both the system means it does not say.
                    let place = if one.exists() { folder.join(&file.to) } else { one.clone() };
                    fs::copy(one, &to).map_err(DataError::io(&place))?;
                    carried.copies += 1;
                }
                [_] => carried.links += 1,
                _ => {
                    stack(file, &to)?;
                    carried.stacked += 1;
                }
            }
            progress();
        }
        if let Some(settings) = &self.settings {
            let path = aside.folder.join(SETTINGS);
            fs::write(&path, settings).map_err(DataError::io(&path))?;
        }
        let path = aside.folder.join(RECORD);
        let record =
            serde_json::to_vec_pretty(self).map_err(io::Error::from).map_err(DataError::io(&path))?;
        fs::write(&path, record).map_err(DataError::io(&path))?;
        aside.commit()?;
        Ok(carried)
    }
}

/// A hard link, where the file system has such between the two. Of a link, the file that it means.
fn link(from: &Path, to: &Path) -> bool {
    fs::canonicalize(from).and_then(|file| fs::hard_link(file, to)).is_ok()
}

/// Writes the channels of several images as one array [H, W, C], of volumes as one volume.
fn stack(file: &PlacedFile, to: &Path) -> Result<(), DataError> {
    if !is_array(to) {
        return join_channels(&file.from, to);
    }
    let images = file.from.iter().map(|path| read_image(path)).collect::<Result<Vec<_>, _>>()?;
    let kind = |raster: &Raster| (raster.height, raster.width, std::mem::discriminant(&raster.samples));
    if let Some(other) = images.iter().position(|image| kind(image) != kind(&images[0])) {
        let problem = ImportProblem::Unlike { other: file.from[0].clone() };
        return Err(DataError::Import { path: file.from[other].clone(), problem });
    }
    let (height, width) = (images[0].height, images[0].width);
    let channels = images.iter().map(|image| image.channels).sum();
    let stacked = |value: &dyn Fn(&Raster, usize) -> f64| {
        let pixel = |at: usize| {
            images.iter().flat_map(move |image| {
                (0..image.channels).map(move |channel| value(image, at * image.channels + channel))
            })
        };
        let values = (0..height * width).flat_map(pixel).collect();
        ArrayD::from_shape_vec(IxDyn(&[height, width, channels]), values).expect("a value for each place")
    };
    let all = stacked(&|image, at| match &image.samples {
        Samples::U8(samples) => samples[at].into(),
        Samples::U16(samples) => samples[at].into(),
        Samples::F32(samples) => samples[at].into(),
        Samples::F64(samples) => samples[at],
    });
    match images[0].samples {
        Samples::U8(_) => write_array(to, all.mapv(|value| value as u8).view()),
        Samples::U16(_) => write_array(to, all.mapv(|value| value as u16).view()),
        Samples::F32(_) => write_array(to, all.mapv(|value| value as f32).view()),
        Samples::F64(_) => write_array(to, all.view()),
    }
}

/// A folder being made under a hidden name beside its place; removed when dropped before [`commit`](Self::commit).
struct Aside {
    folder: PathBuf,
    target: PathBuf,
    committed: bool,
    _lock: Option<File>,
}

impl Aside {
    fn create(target: &Path) -> Result<Self, DataError> {
        let parent = target.parent().unwrap_or(Path::new(""));
        // The process says little: the first in every container is number 1.
        let chance = RandomState::new().build_hasher().finish();
        let folder = parent.join(format!("{}{chance:016x}.tmp", begins(target)));
        if !parent.as_os_str().is_empty() {
            fs::create_dir_all(parent).map_err(DataError::io(parent))?;
        }
        fs::create_dir(&folder).map_err(DataError::io(&folder))?;
        // A lock says that somebody lives who writes it.
        let lock = File::open(&folder).ok();
        lock.iter().for_each(|lock| drop(lock.try_lock()));
        Ok(Self { folder, target: target.to_owned(), committed: false, _lock: lock })
    }

    fn commit(mut self) -> Result<(), DataError> {
        let old = self.folder.with_extension("old");
        let replaces = self.target.is_dir();
        if replaces {
            fs::rename(&self.target, &old).map_err(DataError::io(&self.target))?;
        }
        if let Err(error) = fs::rename(&self.folder, &self.target) {
            if replaces {
                // Back to where it was, as far as that can be done.
                let _ = fs::rename(&old, &self.target);
            }
            return Err(DataError::io(&self.target)(error));
        }
        self.committed = true;
        if replaces {
            fs::remove_dir_all(&old).map_err(DataError::io(&old))?;
        }
        self.sweep();
        Ok(())
    }

    /// Removes what imports that were stopped have left of this data set.
    fn sweep(&self) {
        let begins = begins(&self.target);
        let entries = self.target.parent().and_then(|parent| fs::read_dir(parent).ok());
        for path in entries.into_iter().flatten().flatten().map(|entry| entry.path()) {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let ending = name
                .strip_prefix(&begins)
                .map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_hexdigit()));
            let dead = || File::open(&path).is_ok_and(|folder| folder.try_lock().is_ok());
            if matches!(ending, Some(".tmp" | ".old")) && path.is_dir() && dead() {
                // Whoever cannot remove it has no use for it either.
                let _ = fs::remove_dir_all(&path);
            }
        }
    }
}

/// How the hidden names beside a folder begin.
fn begins(target: &Path) -> String {
    format!(".{}.", target.file_name().unwrap_or_default().to_string_lossy())
}

impl Drop for Aside {
    fn drop(&mut self) {
        if !self.committed {
            // Nothing can be done about a failure here, and the name is hidden.
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}
