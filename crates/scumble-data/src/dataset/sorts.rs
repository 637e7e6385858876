//! What the maps of one sort, labels or masks, turn out to be: by declaration, by folders, by content.

use super::annotations::Annotated;
use super::encoding::{Encoding, Indices, Known};
use super::grey::is_colour;
use super::headers::Headers;
use super::item::MapFiles;
use super::layout::Layout;
use super::names::{categories, files_of_annotations, formats};
use super::roi::is_outlines;
use super::settings::{Declared, Settings, suggest};
use super::values::Rule;
use crate::formats::count_images;
use crate::{DataError, LayoutProblem, MapFormat, Numbers, RasterInfo, SettingsProblem, UseProblem};
use scumble::labels::{Kind, LabelSpace, SoftLabels};
use std::collections::BTreeSet;
use std::path::Path;

/// What dataset.toml or the sidecar say; the former wins.
pub(super) struct Declarations<'a> {
    pub(super) kind: Option<Kind>,
    classes: Option<Vec<String>>,
    known: Known<'a>,
    /// There is a table of colours.
    coloured: bool,
    pub(super) source: Option<&'static str>,
}

/// What the maps of one sort turned out to be.
pub(super) struct Sort {
    pub(super) kind: Kind,
    pub(super) encoding: Encoding,
    pub(super) classes: usize,
    pub(super) words: String,
}

impl<'a> Declarations<'a> {
    pub(super) fn gather(
        layout: &Layout,
        settings: &Settings,
        path: &'a Path,
        judged_by: Option<&LabelSpace>,
    ) -> Self {
        let sidecar = layout.sidecar.as_ref();
        let coloured = || settings.colours.as_ref().map(|colours| colours.keys().cloned().collect());
        let classes = settings
            .classes
            .clone()
            .or_else(coloured)
            .or_else(|| sidecar.map(|sidecar| sidecar.classes.clone()));
        let one = settings.classes.as_ref().is_some_and(|classes| classes.len() == 1);
        let coloured = settings.colours.is_some();
        let kind = settings
            .kind
            .or(sidecar.map(|sidecar| sidecar.kind))
            .or(one.then_some(Kind::Binary))
            .or(coloured.then_some(Kind::Multiclass));
        let quantised = sidecar.is_some_and(|s| matches!(s.format, MapFormat::Png8 | MapFormat::Png16));
        let source = match (settings.kind, sidecar) {
            (Some(_), _) => Some("dataset.toml"),
            (None, Some(_)) => Some("maps.json"),
            _ => None,
        };
        let several = classes.as_ref().map(Vec::len).filter(|&count| count > 1);
        let known = Known {
            declared: settings.labels.or(quantised.then_some(Declared::Soft)),
            classes: several,
            ignore: settings.ignore_index,
            indices: match kind {
                Some(Kind::Multiclass) => Indices::Certain,
                Some(_) => Indices::Never,
                None if several > Some(2) => Indices::Certain,
                None => Indices::Possible,
            },
            judged_by: judged_by.map(|space| (space.kind(), space.classes().len())),
            settings: path,
        };
        Self { kind, classes, known, coloured, source }
    }

    /// The class names where declarations or folders give them.
    pub(super) fn with_folders(&self, folders: &BTreeSet<String>) -> Result<Option<Vec<String>>, DataError> {
        let Some(classes) = &self.classes else {
            return Ok((!folders.is_empty()).then(|| folders.iter().cloned().collect()));
        };
        if let Some(stranger) = folders.iter().find(|folder| !classes.contains(folder)) {
            let suggestion = suggest(stranger, classes.iter().map(String::as_str)).map(str::to_owned);
            let (folder, classes) = (stranger.clone(), classes.clone());
            let problem = SettingsProblem::Folder { folder, suggestion, classes };
            return Err(DataError::settings(self.known.settings)(problem));
        }
        Ok(Some(classes.clone()))
    }

    /// Maps of the colours that dataset.toml names; floats are none, whatever it says.
    fn colours_sort(&self, head: RasterInfo) -> Option<Sort> {
        let coloured = self.coloured && head.numbers != Numbers::Float;
        let kind = self.kind.filter(|_| coloured)?;
        let classes = self.classes.as_ref().map_or(1, Vec::len);
        let words = words(Encoding::Colours, head).to_owned();
        Some(Sort { kind, encoding: Encoding::Colours, classes, words })
    }

    fn folders_sort(&self, folders: &BTreeSet<String>, encoding: Encoding, words: &str) -> Sort {
        let classes = self.classes.as_ref().map_or(folders.len(), Vec::len);
        let kind = if classes == 1 { Kind::Binary } else { Kind::Multilabel };
        Sort { kind, encoding, classes, words: format!("one map a class, {words}") }
    }

    pub(super) fn labels(
        &self,
        maps: &[&MapFiles],
        folders: &BTreeSet<String>,
    ) -> Result<Option<Sort>, DataError> {
        if maps.is_empty() {
            return Ok(None);
        }
        let headers = Headers::new(maps.iter().flat_map(|files| files.paths()).collect())?;
        let Some((path, head)) = headers.first() else {
            return Ok(None);
        };
        let class_folders = matches!(maps[0], MapFiles::Classes(_));
        if let Some(sort) =
            self.colours_sort(head).filter(|_| !class_folders && self.known.declared.is_none())
        {
            return Ok(Some(sort));
        }
        if class_folders {
            let known = Known { indices: Indices::Never, judged_by: None, ..self.known };
            let encoding = known.labels(&headers)?.encoding;
            return Ok(Some(self.folders_sort(folders, encoding, words(encoding, head))));
        }
        if !self.are_grey(&headers)? {
            same_channels(&headers, path, head)?;
            if head.channels > 1 {
                return self.stacked(&headers, path, head).map(Some);
            }
        }
        let found = self.known.labels(&headers)?;
        Ok(Some(self.one_channel(found.encoding, found.classes, head)))
    }

    pub(super) fn masks(
        &self,
        maps: &[&MapFiles],
        folders: &BTreeSet<String>,
    ) -> Result<Option<Sort>, DataError> {
        let all = maps;
        let maps: Vec<&MapFiles> =
            maps.iter().copied().filter(|map| !matches!(map, MapFiles::Annotated(_))).collect();
        if maps.is_empty() {
            return self.annotated_sort(all);
        }
        let class_folders = matches!(maps[0], MapFiles::Classes(_));
        let rasters: Vec<&Path> =
            maps.iter().flat_map(|files| files.paths()).filter(|path| !is_outlines(path)).collect();
        if rasters.is_empty() {
            return Ok(Some(self.outlines_sort(folders, class_folders)));
        }
        let headers = Headers::new(rasters)?;
        let Some((_, head)) = headers.first() else {
            return Ok(None);
        };
        if class_folders {
            return Ok(Some(self.folders_sort(folders, Encoding::OnOff, words(Encoding::OnOff, head))));
        }
        if let Some(sort) = self.colours_sort(head) {
            return Ok(Some(sort));
        }
        let grey = self.are_grey(&headers)?;
        if head.channels > 1 && !grey {
            let words = format!("{} channels of on/off", head.channels);
            let (kind, encoding) = (Kind::Multilabel, Encoding::OnOff);
            return Ok(Some(Sort { kind, encoding, classes: head.channels, words }));
        }
        let found = self.known.masks(&headers)?;
        let sort = self.one_channel(found.encoding, found.classes, head);
        // Hard, though they be floats.
        let words = if found.encoding == Encoding::OnOff { "on/off".to_owned() } else { sort.words };
        Ok(Some(Sort { words, ..sort }))
    }

    /// An outline has no class but the folder's.
    fn outlines_sort(&self, folders: &BTreeSet<String>, class_folders: bool) -> Sort {
        let words = "outlines drawn in ImageJ";
        if class_folders {
            return self.folders_sort(folders, Encoding::OnOff, words);
        }
        Sort { kind: Kind::Binary, encoding: Encoding::OnOff, classes: 1, words: words.to_owned() }
    }

    /// Annotations overlap, unless something else is said.
    ///
    /// # Errors
    /// Nothing says which classes there are; the first bad annotation, if there is one.
    fn annotated_sort(&self, maps: &[&MapFiles]) -> Result<Option<Sort>, DataError> {
        let Some(first) = files_of_annotations(maps).next() else { return Ok(None) };
        let categories = categories(maps);
        let formats = formats(maps).into_iter().collect::<Vec<_>>().join(" and ");
        let classes = self.classes.as_ref().map_or(categories.len(), Vec::len);
        let kind = if classes == 1 { Kind::Binary } else { Kind::Multilabel };
        if classes == 0 {
            let bad = maps.iter().filter_map(|map| map.annotated()).find_map(Annotated::first_problem);
            let path = first.path().to_owned();
            return Err(bad.unwrap_or(DataError::Layout { path, problem: LayoutProblem::NoCategories }));
        }
        let words = format!("{formats} annotations of {}", categories.join(", "));
        Ok(Some(Sort { kind, encoding: Encoding::OnOff, classes, words }))
    }

    fn one_channel(&self, encoding: Encoding, classes: Option<usize>, head: RasterInfo) -> Sort {
        let classes = classes.unwrap_or(1);
        // On/off maps of a set that is declared as two exclusive classes are indices 0 and 1.
        let index = encoding == Encoding::Index
            || (encoding == Encoding::OnOff && self.kind == Some(Kind::Multiclass));
        let kind = if index { Kind::Multiclass } else { Kind::Binary };
        let classes = if index { classes.max(2) } else { 1 };
        Sort { kind, encoding, classes, words: words(encoding, head).to_owned() }
    }

    /// Whether maps of several channels are grey maps stored in colour. A few that are not do not make classes of the
    /// channels of all others: the reader refuses them.
    ///
    /// # Errors
    /// Channels that are equal in most maps of a format that has no colours: they may be classes, too.
    fn are_grey(&self, headers: &Headers) -> Result<bool, DataError> {
        let Some((path, head)) = headers.find(|info| is_colour(info.channels)) else {
            return Ok(false);
        };
        let named = self.classes.as_ref().is_some_and(|classes| classes.len() == head.channels);
        if self.kind == Some(Kind::Multilabel) || self.kind.is_none() && named && !is_png(path) {
            return Ok(false);
        }
        let (grey, others) = headers.count_grey();
        let one_class = self.kind == Some(Kind::Binary);
        let one_channel = headers.find(|info| info.channels == 1).is_some();
        match grey > others {
            true if one_class || one_channel || has_colours(path) => Ok(true),
            true => {
                let problem = UseProblem::EqualChannels { channels: head.channels };
                Err(DataError::Unfit { path: path.to_owned(), problem })
            }
            false => Ok(false),
        }
    }

    /// Maps [H, W, K]: exclusive classes where the K sum to 1.
    fn stacked(&self, headers: &Headers, path: &Path, head: RasterInfo) -> Result<Sort, DataError> {
        let is_png = is_png(path);
        let expected = self.classes.as_ref().map_or(1, Vec::len);
        if is_png || self.classes.is_some() && expected != head.channels {
            let advice = if is_png {
                "colours are no labels: say what they stand for in [colours] of dataset.toml, or store class indices, \
                 or one grey map a class in labels/CLASS/"
            } else {
                "name as many classes as the maps have channels"
            };
            return Err(DataError::Channels {
                path: path.to_owned(),
                found: head.channels,
                expected,
                advice,
            });
        }
        let encoding = match head.numbers {
            Numbers::Float => Encoding::Soft,
            _ => Known { indices: Indices::Never, judged_by: None, ..self.known }.labels(headers)?.encoding,
        };
        let kind = self.kind.unwrap_or_else(|| {
            let exclusive = headers.an_example().is_some_and(|raster| {
                let rule = Rule { encoding, ignore: self.known.ignore };
                let tolerance = rule.tolerance(&raster, head.channels);
                rule.planes(&raster, path)
                    .is_ok_and(|planes| SoftLabels::with_ignored(Kind::Multiclass, planes, tolerance).is_ok())
            });
            if exclusive { Kind::Multiclass } else { Kind::Multilabel }
        });
        let sums = match kind {
            Kind::Multiclass => "sum to 1 at each pixel",
            _ => "may overlap",
        };
        let words = format!("{} channels that {sums}, {}", head.channels, words(encoding, head));
        Ok(Sort { kind, encoding, classes: head.channels, words })
    }
}

fn is_png(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("png"))
}

/// Whether three channels of such a file are red, green and blue: pages and arrays have no colours.
fn has_colours(path: &Path) -> bool {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
    match extension.as_deref() {
        Some("npy" | "npz" | "nii" | "gz") => false,
        _ => count_images(path).is_ok_and(|images| images == 1),
    }
}

fn same_channels(headers: &Headers, path: &Path, head: RasterInfo) -> Result<(), DataError> {
    let differs = |info: &RasterInfo| info.channels != head.channels;
    match headers.find(differs) {
        None => Ok(()),
        Some((other, info)) => {
            let (found, expected) = (info.channels, head.channels);
            let problem = LayoutProblem::Channels { found, other: path.display().to_string(), expected };
            Err(DataError::Layout { path: other.to_owned(), problem })
        }
    }
}

fn words(encoding: Encoding, head: RasterInfo) -> &'static str {
    match (encoding, head.numbers) {
        (Encoding::Index, _) => "class indices",
        (Encoding::Colours, _) => "colours",
        (_, Numbers::Float) => "float probabilities",
        (Encoding::OnOff, _) => "on/off",
        (Encoding::Soft, Numbers::U8) => "8-bit probabilities (255 = 1)",
        (Encoding::Soft, _) => "16-bit probabilities (65535 = 1)",
    }
}
