//! The file of a part's sums: JSON, whose numbers are those that were found to the last bit.

use super::error::Error;
use super::question::Question;
use crate::judge::amounts::Extent;
use crate::judge::disagreement::{Disagreement, SavedDisagreement};
use crate::judge::diversity::SavedDiversity;
use crate::judge::findings::Findings;
use crate::judge::objects::ObjectRow;
use crate::judge::pooled::PooledImage;
use crate::judge::surface::{SavedSurface, SurfaceRow};
use crate::part::Part;
use crate::{JobError, JobError::Parts};
use scumble::score::{SavedFine, SavedSums};
use scumble_data::open_file;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::io::BufReader;
use std::path::Path;

/// Of this format; another number is another one.
const VERSION: u32 = 1;
/// Of this program: another may count otherwise.
const PROGRAM: &str = env!("CARGO_PKG_VERSION");

/// What the file is called.
pub(super) fn name(part: &Part) -> String {
    let (index, of) = part.place();
    format!("{index}-of-{of}.json")
}

/// The part's file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sums {
    /// First, so that whoever reads on knows what it is.
    scumble_sums: u32,
    program: String,
    pub(super) part: Part,
    pub(super) question: Question,
    /// How many images were judged, slices of volumes counting one each.
    pub(super) items: usize,
    pub(super) images: Vec<SavedImage>,
    pub(super) fine: SavedFine,
    pub(super) slices: Vec<Named>,
    pub(super) unlike: Vec<String>,
    pub(super) sets: Option<Vec<Named>>,
    pub(super) surface: Option<Vec<SavedSurface>>,
    pub(super) objects: Option<Vec<ObjectRow>>,
    pub(super) diversity: Option<Vec<SavedDiversity>>,
    pub(super) disagreement: Option<SavedDisagreement>,
}

/// An image, or a volume.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SavedImage {
    /// Among all images; of a volume that of its first slice.
    pub(super) place: usize,
    pub(super) name: String,
    pub(super) group: String,
    pub(super) extent: Extent,
    pub(super) sums: SavedSums,
}

/// A slice of a volume, or the label sets of an image.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Named {
    pub(super) image: String,
    pub(super) sums: SavedSums,
}

/// Who wrote a file, and of what it is.
pub(super) struct Header {
    pub(super) question: Question,
}

impl Sums {
    pub(super) fn new(part: Part, question: Question, findings: Findings) -> Self {
        let Findings { images: found, surface, objects, diversity, disagreement } = findings;
        let (pooled, fine) = found.pooled.into_parts();
        let image = |(place, image): (usize, PooledImage)| {
            let PooledImage { name, group, extent, sums } = image;
            SavedImage { place, name, group, extent, sums: sums.save() }
        };
        let named = |(image, sums): (String, scumble::score::ImageSums)| Named { image, sums: sums.save() };
        Self {
            scumble_sums: VERSION,
            program: PROGRAM.into(),
            part,
            question,
            items: found.items,
            images: found.places.into_iter().zip(pooled).map(image).collect(),
            fine: fine.save(),
            slices: found.slices.into_iter().map(named).collect(),
            unlike: found.unlike,
            sets: found.sets.map(|sets| sets.into_iter().map(named).collect()),
            surface: surface.map(|rows| rows.iter().map(SurfaceRow::save).collect()),
            objects: objects.map(|objects| objects.rows().to_vec()),
            diversity: diversity.map(|diversity| diversity.save()),
            disagreement: disagreement.as_ref().map(Disagreement::save),
        }
    }
}

/// Reads a part's file.
///
/// # Errors
/// No such file, one of another version, one that is broken.
pub(super) fn read(path: &Path) -> Result<Sums, JobError> {
    let file = open_file(path).map_err(JobError::io(path))?;
    let no_sums = |why: String| Parts(Error::NoSums { path: path.to_owned(), why });
    match serde_json::from_reader::<_, Sums>(BufReader::with_capacity(1 << 20, file)) {
        Ok(sums) if (sums.scumble_sums, &*sums.program) == (VERSION, PROGRAM) => Ok(sums),
        Ok(sums) => Err(version(path, sums.scumble_sums, &sums.program)),
        // Another version may well have other fields.
        Err(error) if error.is_data() => match written_by(path) {
            Some((format, program)) if (format, &*program) != (VERSION, PROGRAM) => {
                Err(version(path, format, &program))
            }
            _ => Err(no_sums(error.to_string())),
        },
        Err(error) => Err(no_sums(error.to_string())),
    }
}

/// Reads of a part's file, all of which must be there, what it is of.
///
/// # Errors
/// As [`read`].
pub(super) fn read_header(path: &Path) -> Result<Header, JobError> {
    read(path).map(|sums| Header { question: sums.question })
}

/// Which version wrote a file, where it says so.
fn written_by(path: &Path) -> Option<(u32, String)> {
    let file = open_file(path).ok()?;
    let json: Value = serde_json::from_reader(BufReader::new(file)).ok()?;
    Some((json.get("scumble_sums")?.as_u64()? as u32, json.get("program")?.as_str()?.to_owned()))
}

fn version(path: &Path, format: u32, program: &str) -> JobError {
    let named = |program: &str, format| format!("{program} (format {format})");
    let (found, ours) = (named(program, format), named(PROGRAM, VERSION));
    Parts(Error::Version { path: path.to_owned(), found, ours })
}
