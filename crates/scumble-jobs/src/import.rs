//! Data sets in other layouts, brought into ours.

use crate::fault::Fault;
use crate::{JobError, Observer, Steps};
use scumble_data::{Carried, Dataset, ForeignLayout, ImportPlan, RECORD, Several, plan_import};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

/// What to bring where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportRequest {
    /// The folder as it is. Nothing in it is moved or changed.
    pub source: PathBuf,
    /// The folder of the data set to make; new or empty.
    pub data: PathBuf,
    /// The source's layout; none: whichever is recognised.
    #[serde(default)]
    pub layout: Option<ForeignLayout>,
    /// What masks are that only a name tells apart.
    #[serde(default)]
    pub several: Option<Several>,
    /// Copy every file instead of linking it.
    #[serde(default)]
    pub copy: bool,
    /// Make nothing.
    #[serde(default)]
    pub dry_run: bool,
    /// Replace a data set that an import has made.
    #[serde(default)]
    pub overwrite: bool,
}

/// What went where; what JSON says of it is this.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ImportResult {
    /// Version of this object, 1.
    pub version: u32,
    /// The data set's folder.
    pub data: PathBuf,
    /// The files, and those that were left out.
    #[serde(flatten)]
    pub plan: ImportPlan,
    /// How they came there; None if nothing was made.
    pub carried: Option<Carried>,
    /// How the data set is understood, in a sentence.
    pub understood: Option<String>,
    /// Why it cannot be opened yet.
    pub problem: Option<String>,
}

/// Why nothing is imported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A folder that needs no import.
    #[error("{} is a data set already: {understood}", source_folder.display())]
    Already {
        /// The folder.
        source_folder: PathBuf,
        /// How it is understood.
        understood: String,
    },
    /// One folder within the other.
    #[error("{} and {} lie in each other; choose another folder", source_folder.display(), data.display())]
    Within {
        /// The source.
        source_folder: PathBuf,
        /// The data set to be made.
        data: PathBuf,
    },
    /// A folder that would be replaced.
    #[error("{} holds an imported data set already", data.display())]
    Imported {
        /// The folder.
        data: PathBuf,
    },
    /// A folder of other things.
    #[error("{} is not empty and holds no {RECORD}, so no import has made it; choose another folder", data.display())]
    Taken {
        /// The folder.
        data: PathBuf,
    },
}

impl Error {
    pub(crate) fn fault(&self) -> Fault {
        Fault::Request
    }
}

/// Recognises the layout of a folder and makes a data set of its files.
///
/// # Errors
/// A folder of no layout that is known, one that is a data set already, a place that is taken, files that cannot be linked
/// or copied.
pub fn import(request: &ImportRequest, observer: &dyn Observer) -> Result<ImportResult, JobError> {
    let source = &request.source;
    if request.layout.is_none() {
        match Dataset::open(source) {
            Ok(dataset) => {
                let understood = dataset.describe_choice().to_owned();
                return Err(Error::Already { source_folder: source.clone(), understood }.into());
            }
            Err(error) if error.is_of_level() => return Err(error.into()),
            Err(_) => {}
        }
    }
    let plan = plan_import(source, request.layout, request.several)?;
    let place = Place::of(source, &request.data)?;
    let mut result = ImportResult {
        version: 1,
        data: request.data.clone(),
        plan,
        carried: None,
        understood: None,
        problem: None,
    };
    if !request.dry_run {
        place.require_free(request.overwrite)?;
        place.require_apart(&result.plan)?;
        let steps = Steps::new(observer, "importing", result.plan.files.len() as u64);
        result.carried = Some(result.plan.carry_out(&place.folder, request.copy, &|| steps.step())?);
        match Dataset::open(&request.data) {
            Ok(dataset) => result.understood = Some(dataset.describe_choice().to_owned()),
            Err(error) => result.problem = Some(error.to_string()),
        }
    }
    Ok(result)
}

/// Where the data set goes.
struct Place {
    folder: PathBuf,
    as_asked: PathBuf,
}

impl Place {
    /// # Errors
    /// One of both folders lies in the other.
    fn of(source: &Path, data: &Path) -> Result<Self, JobError> {
        let source_real = fs::canonicalize(source).map_err(JobError::io(source))?;
        let folder = real(data).map_err(JobError::io(data))?;
        if folder.starts_with(&source_real) || source_real.starts_with(&folder) {
            let (source_folder, data) = (source.to_owned(), data.to_owned());
            return Err(Error::Within { source_folder, data }.into());
        }
        Ok(Self { folder, as_asked: data.to_owned() })
    }

    /// # Errors
    /// A link of the source leads to a file of the data set that is there.
    fn require_apart(&self, plan: &ImportPlan) -> Result<(), JobError> {
        if !self.folder.exists() {
            return Ok(());
        }
        let within =
            |file: &&PathBuf| fs::canonicalize(file).is_ok_and(|file| file.starts_with(&self.folder));
        match plan.files.iter().flat_map(|file| &file.from).find(within) {
            None => Ok(()),
            Some(file) => {
                Err(Error::Within { source_folder: file.clone(), data: self.as_asked.clone() }.into())
            }
        }
    }

    /// # Errors
    /// There is something that must not be replaced.
    fn require_free(&self, overwrite: bool) -> Result<(), JobError> {
        let data = self.as_asked.clone();
        if !self.folder.exists() {
            return Ok(());
        }
        let empty = fs::read_dir(&self.folder).map_err(JobError::io(&data))?.next().is_none();
        match self.folder.join(RECORD).is_file() {
            _ if empty => Ok(()),
            true if overwrite => Ok(()),
            true => Err(Error::Imported { data }.into()),
            false => Err(Error::Taken { data }.into()),
        }
    }
}

/// The path of a folder that need not exist yet, without links and `..`.
fn real(path: &Path) -> std::io::Result<PathBuf> {
    let path = std::path::absolute(path)?;
    let known = path.ancestors().find(|known| known.exists()).unwrap_or(&path);
    let rest = path.strip_prefix(known).unwrap_or(Path::new(""));
    Ok(fs::canonicalize(known)?.join(rest))
}
