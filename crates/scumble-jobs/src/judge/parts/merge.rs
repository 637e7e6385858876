//! Puts the sums of all parts together: the judgement of one run over all images, to the last bit.

use super::error::Error;
use super::file::{Named, SavedImage, Sums, read};
use super::question::Question;
use crate::judge::collect::Beside;
use crate::judge::disagreement::Disagreement;
use crate::judge::findings::{Findings, Known};
use crate::judge::gate::Gate;
use crate::judge::images::{JudgedImages, set_judging};
use crate::judge::judgement::Judgement;
use crate::judge::outcomes;
use crate::judge::pooled::{PooledImage, PooledImages};
use crate::judge::request::JudgeRequest;
use crate::judge::surface::SurfaceRow;
use crate::judge::volume::volume_of;
use crate::outputs::{distinct, writable};
use crate::{JobError, Observer, Steps};
use scumble::labels::LabelSpace;
use scumble::score::{FineSums, ImageSums, JudgeOptions, Resolution};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

/// Parts that are put together, and what is asked of the whole.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MergeRequest {
    /// Files of sums, or folders of them.
    pub sums: Vec<PathBuf>,
    /// Conditions under which the predictions are not good enough.
    #[serde(default)]
    pub gates: Vec<Gate>,
    /// Files that will be written of what is found, such as a table.
    #[serde(default)]
    pub written: Vec<PathBuf>,
    /// Replace files that are there.
    #[serde(default)]
    pub overwrite: bool,
}

/// Puts the sums of all parts together. Neither data nor predictions are read, and the judgement is that of one run over all
/// images, but for what a report shows.
///
/// # Errors
/// Parts that are missing, there twice or of another judgement; files that are none.
pub fn merge(request: &MergeRequest, observer: &dyn Observer) -> Result<Judgement, JobError> {
    let files = files(&request.sums)?;
    distinct(&request.written)?;
    writable(request.written.iter().cloned(), files.iter().map(PathBuf::as_path), true)?;
    writable(request.written.iter().cloned(), [], request.overwrite)?;
    let steps = Steps::new(observer, "putting together", files.len() as u64);
    let mut parts = Parts::default();
    for path in &files {
        steps.go_on()?;
        parts.add(path, read(path)?)?;
        steps.step();
    }
    let Parts { question, together, known } = parts;
    let (Some(question), Some(together)) = (question, together) else {
        let folder = request.sums.first().cloned().unwrap_or_default();
        return Err(Error::Nothing { folder }.into());
    };
    all_there(&known)?;
    let Question { request: asked, task, averaged, selection, missing, images, .. } = question;
    let found = together.images.items + missing.len();
    if found != images {
        return Err(Error::Images { found, expected: images }.into());
    }
    let (gates, written) = (request.gates.clone(), request.written.clone());
    let asked = JudgeRequest { gates, written, overwrite: request.overwrite, ..asked };
    outcomes::check(&asked, task.classes())?;
    Ok(together.ordered().judgement(asked, Known { task, averaged, selection, missing }))
}

/// The files of sums that are named, or lie in the folders named.
fn files(named: &[PathBuf]) -> Result<Vec<PathBuf>, JobError> {
    let mut files = Vec::new();
    for path in named {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let entries = fs::read_dir(path).map_err(JobError::io(path))?;
        let entries = entries.collect::<Result<Vec<_>, _>>().map_err(JobError::io(path))?;
        let sums = |path: &PathBuf| path.file_name().and_then(|name| name.to_str()).is_some_and(is_sums);
        let mut found: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).filter(sums).collect();
        if found.is_empty() {
            return Err(Error::Nothing { folder: path.clone() }.into());
        }
        found.sort();
        files.append(&mut found);
    }
    Ok(files)
}

/// Whether a file of this name is one of a part: `3-of-20.json`.
fn is_sums(name: &str) -> bool {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let numbers = name.strip_suffix(".json").and_then(|name| name.split_once("-of-"));
    numbers.is_some_and(|(index, of)| number(index) && number(of))
}

/// The parts so far.
#[derive(Default)]
struct Parts {
    question: Option<Question>,
    together: Option<Together>,
    /// The file of each part, by its number, and of how many it is.
    known: BTreeMap<u64, (PathBuf, u64)>,
}

impl Parts {
    fn add(&mut self, path: &Path, sums: Sums) -> Result<(), JobError> {
        let (index, of) = sums.part.place();
        if let Some((_, (first, expected_of))) =
            self.known.first_key_value().filter(|(_, known)| known.1 != of)
        {
            let first_index = self.known.keys().next().copied().unwrap_or_default();
            return Err(Error::Overlap {
                path: path.to_owned(),
                found: sums.part.to_string(),
                first: first.clone(),
                expected: format!("{first_index}/{expected_of}"),
            }
            .into());
        }
        if let Some((first, _)) = self.known.get(&index) {
            let (first, second) = (first.clone(), path.to_owned());
            return Err(Error::Twice { part: sums.part.to_string(), first, second }.into());
        }
        match &self.question {
            Some(question) => question.must_be(&sums.question, path)?,
            None => {
                self.together = Some(Together::new(&sums.question)?);
                self.question = Some(sums.question.clone());
            }
        }
        let added = self.together.as_mut().and_then(|together| together.add(sums));
        if added.is_none() {
            let why = "its numbers are not those of such images".to_owned();
            return Err(Error::NoSums { path: path.to_owned(), why }.into());
        }
        self.known.insert(index, (path.to_owned(), of));
        Ok(())
    }
}

/// Refuses parts of which some are missing.
fn all_there(known: &BTreeMap<u64, (PathBuf, u64)>) -> Result<(), Error> {
    const NAMED: usize = 10;
    let Some((_, (_, of))) = known.first_key_value() else { return Ok(()) };
    let missing = of - known.len() as u64;
    if missing == 0 {
        return Ok(());
    }
    let named = (1..=*of).filter(|index| !known.contains_key(index)).take(NAMED);
    let mut parts: Vec<String> = named.map(|index| format!("{index}/{of}")).collect();
    if missing > NAMED as u64 {
        parts.push("...".into());
    }
    Err(Error::Missing { of: *of, missing, parts: parts.join(", ") })
}

/// What was found in the parts so far.
struct Together {
    space: LabelSpace,
    scoring: JudgeOptions,
    /// Of the label sets.
    sets: (LabelSpace, JudgeOptions),
    pooled: Vec<(usize, PooledImage)>,
    fine: FineSums,
    images: Images,
    surface: Option<Vec<SurfaceRow>>,
    beside: Beside,
    disagreement: Option<Disagreement>,
}

/// Of the images.
struct Images {
    items: usize,
    slices: Vec<(String, ImageSums)>,
    unlike: Vec<String>,
    sets: Option<Vec<(String, ImageSums)>>,
}

impl Together {
    fn new(question: &Question) -> Result<Self, JobError> {
        let Question { request, task, resolution, .. } = question;
        let scoring = request.scoring(Resolution::of_edge(*resolution).unwrap_or(Resolution::FLOAT));
        let models = 1 + request.members.len();
        Ok(Self {
            space: task.space().clone(),
            scoring,
            sets: set_judging(task, &request.settings),
            pooled: Vec::new(),
            fine: FineSums::new(task.space(), scoring),
            images: Images {
                items: 0,
                slices: Vec::new(),
                unlike: Vec::new(),
                sets: request.label_sets.then(Vec::new),
            },
            surface: request.surface.map(|_| Vec::new()),
            beside: Beside::new(request, task)?,
            disagreement: request.disagreement.then(|| Disagreement::new(models, request.settings.by_raters)),
        })
    }

    /// Adds a part; `None` of numbers that are none of such images.
    fn add(&mut self, sums: Sums) -> Option<()> {
        for SavedImage { place, name, group, extent, sums } in sums.images {
            let sums = ImageSums::restore(&sums, &self.space, self.scoring)?;
            self.pooled.push((place, PooledImage { name, group, extent, sums }));
        }
        self.fine.merge(&FineSums::restore(&sums.fine, &self.space, self.scoring)?);
        let restored = |named: Vec<Named>, space: &LabelSpace, options| {
            let one = |named: Named| Some((named.image, ImageSums::restore(&named.sums, space, options)?));
            named.into_iter().map(one).collect::<Option<Vec<_>>>()
        };
        self.images.items += sums.items;
        self.images.slices.extend(restored(sums.slices, &self.space, self.scoring)?);
        self.images.unlike.extend(sums.unlike);
        if let Some(sets) = &mut self.images.sets {
            sets.extend(restored(sums.sets?, &self.sets.0, self.sets.1)?);
        }
        if let Some(surface) = &mut self.surface {
            surface.extend(sums.surface?.into_iter().map(SurfaceRow::restore));
        }
        if let Some(objects) = &mut self.beside.objects {
            objects.add_rows(sums.objects?);
        }
        if let Some(diversity) = &mut self.beside.diversity {
            diversity.add_saved(sums.diversity?)?;
        }
        if let Some(disagreement) = &mut self.disagreement {
            disagreement.add_saved(sums.disagreement?)?;
        }
        Some(())
    }

    /// All of it, in the order of one run.
    fn ordered(mut self) -> Findings {
        self.pooled.sort_by_key(|(place, _)| *place);
        let places: HashMap<&str, usize> =
            self.pooled.iter().map(|(place, image)| (&*image.name, *place)).collect();
        // Slices stand where their volume does; within it they have stayed in order.
        let place = |name: &str| {
            let of_volume = || volume_of(name).and_then(|volume| places.get(volume));
            places.get(name).or_else(of_volume).copied().unwrap_or(usize::MAX)
        };
        let Images { items, mut slices, mut unlike, mut sets } = self.images;
        slices.sort_by_key(|(name, _)| place(name));
        unlike.sort_by_key(|name| place(name));
        sets.iter_mut().for_each(|sets| sets.sort_by_key(|(name, _)| place(name)));
        let Beside { mut objects, mut diversity, .. } = self.beside;
        let (mut surface, mut disagreement) = (self.surface, self.disagreement);
        surface.iter_mut().for_each(|rows| rows.sort_by_key(|row| place(&row.image)));
        objects.iter_mut().for_each(|objects| objects.sort(place));
        diversity.iter_mut().for_each(|diversity| diversity.sort(place));
        disagreement.iter_mut().for_each(|disagreement| disagreement.sort(place));
        let (places, pooled) = self.pooled.into_iter().unzip();
        let pooled = PooledImages::of(&self.space, self.scoring, pooled, self.fine);
        let images = JudgedImages { pooled, places, items, slices, unlike, sets };
        Findings { images, surface, objects, diversity, disagreement }
    }
}
