use crate::arguments::Fuse;
use crate::failure::Usage;
use anyhow::Context;
use ndarray::{Axis, Zip};
use scumble::labels::SoftLabels;
use scumble_data::{
    Affine, Dataset, Item, MapFormat, MapWriter, SetFolders, Sidecar, is_image, read_info, read_sidecar,
    write_counts, write_sidecar,
};
use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

/// Rows that are copied at once.
const BAND: usize = 256;

/// The folder that the labels go to.
pub(super) struct Output {
    folder: PathBuf,
    sidecar: Sidecar,
    counts: bool,
}

impl Output {
    /// # Errors
    /// A folder with files in it that this would replace or mix with.
    pub(super) fn open(arguments: &Fuse, dataset: &Dataset) -> anyhow::Result<Self> {
        let (folder, format) = (arguments.output.clone(), arguments.format);
        let shown = folder.display();
        let taken =
            folder.exists() && fs::read_dir(&folder).with_context(|| shown.to_string())?.next().is_some();
        let problem = match read_sidecar(&folder)? {
            _ if !taken => None,
            None => Some("is not empty and holds no maps; choose another folder".to_owned()),
            Some(_) if !arguments.overwrite => {
                Some("holds maps already; --overwrite replaces them, or choose another folder".to_owned())
            }
            Some(old) if old.format != format => Some(format!(
                "holds {} maps, which {format} maps do not replace; choose another folder",
                old.format
            )),
            Some(_) => None,
        };
        if let Some(problem) = problem {
            return Err(Usage(format!("{shown} {problem}")).into());
        }
        let counts = arguments.method.counts();
        if counts && dataset.classes().iter().any(|class| class == SetFolders::COUNTS) {
            let message =
                "a class is named 'counts' as the folder of the raters' counts is; rename the class";
            return Err(Usage(message.to_owned()).into());
        }
        let sidecar = Sidecar::new(dataset.kind(), dataset.classes(), format, None);
        Ok(Self { folder, sidecar, counts })
    }

    /// Writes the maps of an image, and its counts.
    pub(super) fn write(&self, item: &Item, labels: &SoftLabels) -> anyhow::Result<Vec<PathBuf>> {
        let id = item.id();
        let Sidecar { kind, classes, format, .. } = &self.sidecar;
        let (height, width) = labels.size();
        let unknown = labels.valid().iter().filter(|valid| !**valid).count();
        if unknown > 0 && matches!(format, MapFormat::Png16 | MapFormat::Png8) {
            anyhow::bail!(
                "nothing is known at {unknown} pixels, which {format} cannot say; take npy, tiff or nifti"
            );
        }
        let writer = MapWriter::create(&self.folder, id, *format, *kind, classes, height, width)?;
        let mut writer = writer.with_ignored(*format);
        if let Some(affine) = place(item)? {
            writer.place(affine);
        }
        let bands = labels.probabilities();
        let bands = bands.axis_chunks_iter(Axis(1), BAND);
        for (maps, valid) in bands.zip(labels.valid().axis_chunks_iter(Axis(1), BAND)) {
            let valid = valid.broadcast(maps.dim()).expect("one map or as many as classes");
            let known = |p: &f32, valid: &bool| if *valid { *p } else { f32::NAN };
            writer.write_rows(Zip::from(maps).and(valid).map_collect(known).view())?;
        }
        let mut files = writer.finish()?;
        match labels.votes() {
            Some(votes) => files.push(write_counts(&self.folder, id, votes)?),
            None => self.forget_counts(id)?,
        }
        Ok(files)
    }

    /// Counts of labels that were replaced say nothing of these.
    fn forget_counts(&self, id: &str) -> anyhow::Result<()> {
        let path = SetFolders::counts(&self.folder, id);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(error).with_context(|| path.display().to_string())
            }
            _ => Ok(()),
        }
    }

    /// Says what the maps mean.
    pub(super) fn finish(&self) -> anyhow::Result<()> {
        write_sidecar(&self.folder, &self.sidecar)?;
        Ok(())
    }

    /// Where the labels are, in a few words.
    pub(super) fn describe(&self) -> String {
        let with = if self.counts { ", with the raters' counts" } else { "" };
        format!("{} ({}{with})", self.folder.display(), self.sidecar.format)
    }
}

/// Where the image lies in space, or the first of its masks, if it has no image.
fn place(item: &Item) -> anyhow::Result<Option<Affine>> {
    match item.image().or_else(|| item.files().find(|path| is_image(path))) {
        Some(file) => Ok(read_info(file)?.affine),
        None => Ok(None),
    }
}
