//! What the files of a data set mean, decided once.

use super::colours::Colours;
use super::encoding::{Encoding, Known};
use super::headers::Headers;
use super::item::MapFiles;
use super::layout::Layout;
use super::names::{categories, class_folders, default_names, nesting, shared_categories};
use super::roi::is_outlines;
use super::settings::{Declared, Settings, check_classes, suggest};
use super::values;
use crate::{DataError, LayoutProblem, MapFormat, Numbers, RasterInfo, SettingsProblem};
use scumble::labels::{Kind, LabelSpace, SoftLabels};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What the files of a data set mean, decided once.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Meaning {
    pub(super) space: LabelSpace,
    pub(super) labels: Encoding,
    pub(super) masks: Encoding,
    /// What colours stand for, where maps have some.
    pub(super) colours: Option<Colours>,
    pub(super) ignore_index: Option<u16>,
    /// The classes from the outermost inwards, if each lies inside the one before; else empty.
    pub(super) nested: Vec<usize>,
    /// The decision and its reasons, for the user.
    pub(super) sentence: String,
}

/// What dataset.toml or the sidecar say; the former wins.
struct Declarations {
    kind: Option<Kind>,
    classes: Option<Vec<String>>,
    known: Known,
    /// There is a table of colours.
    coloured: bool,
    source: Option<&'static str>,
}

/// What the maps of one sort turned out to be.
struct Sort {
    kind: Kind,
    encoding: Encoding,
    classes: usize,
    words: String,
}

impl Meaning {
    /// Decides by declaration first, then by folders, then by content.
    pub(super) fn find(
        layout: &Layout,
        settings: &Settings,
        settings_path: PathBuf,
    ) -> Result<Self, DataError> {
        let declared = Declarations::gather(layout, settings);
        let labels: Vec<&MapFiles> = layout.items.iter().filter_map(|item| item.label.as_ref()).collect();
        let masks: Vec<&MapFiles> = layout
            .items
            .iter()
            .flat_map(|item| item.raters.values())
            .filter_map(|r| r.mask.as_ref())
            .collect();
        let folders = class_folders(labels.iter().chain(&masks).copied());
        let classes = declared.with_folders(&folders, &settings_path)?;
        let label_sort = declared.labels(&labels, &folders)?;
        let mask_sort = declared.masks(&masks, &folders)?;
        let (Some(first), second) = (label_sort.as_ref().or(mask_sort.as_ref()), mask_sort.as_ref()) else {
            // The layout has made sure that there are labels or masks; only unreadable ones get here.
            return Err(DataError::NoDataset { path: settings_path, found: "no label that can be read" });
        };
        let kind = declared.kind.unwrap_or(first.kind);
        let settings_file = settings_path.clone();
        let needed = second.map_or(first.classes, |second| second.classes.max(first.classes));
        let annotated = categories(&masks);
        let fits = |names: &Vec<String>| match kind {
            Kind::Binary => names.len() == 1,
            Kind::Multiclass => false,
            Kind::Multilabel => names.len() == needed,
        };
        let classes =
            classes.or_else(|| Some(annotated).filter(fits)).unwrap_or_else(|| default_names(kind, needed));
        let wrong = DataError::settings(&settings_file);
        check_classes(Some(kind), &classes).map_err(&wrong)?;
        let nested = nesting(settings, kind, &classes).map_err(&wrong)?;
        let colours = Colours::find(settings.colours.as_ref(), settings.ignore_colour, kind, &classes)
            .map_err(wrong)?;
        let mut words: Vec<String> =
            label_sort.iter().map(|sort| format!("labels are {}", sort.words)).collect();
        words.extend(mask_sort.iter().map(|sort| format!("raters' masks are {}", sort.words)));
        let shared = shared_categories(&masks);
        if !shared.is_empty() {
            let names = shared.into_iter().collect::<Vec<_>>().join(", ");
            words.push(format!("categories of one name are one class ({names})"));
        }
        words.extend(layout.pages_in_words().map(str::to_owned));
        let by = declared.source.map(|source| format!(" (as {source} says)")).unwrap_or_default();
        let names = classes.join(", ");
        let noun = if classes.len() == 1 { "class" } else { "classes" };
        let sentence = format!("{kind}{by}, {} {noun} ({names}): {}", classes.len(), words.join("; "));
        Ok(Self {
            space: LabelSpace::new(kind, classes).map_err(DataError::label(&settings_file))?,
            labels: label_sort.map_or(Encoding::Soft, |sort| sort.encoding),
            // Where there is one map for binary or overlapping classes, a mark can only be on or off.
            masks: mask_sort
                .map(|sort| sort.encoding)
                .filter(|&encoding| kind == Kind::Multiclass || encoding == Encoding::Colours)
                .unwrap_or(Encoding::OnOff),
            colours,
            ignore_index: settings.ignore_index,
            nested,
            sentence,
        })
    }
}

impl Declarations {
    fn gather(layout: &Layout, settings: &Settings) -> Self {
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
        let known = Known {
            declared: settings.labels.or(quantised.then_some(Declared::Soft)),
            classes: classes.as_ref().map(Vec::len).filter(|&count| count > 1),
            ignore_index: settings.ignore_index,
            may_index: kind.is_none_or(|kind| kind == Kind::Multiclass),
        };
        Self { kind, classes, known, coloured, source }
    }

    /// The class names where declarations or folders give them.
    fn with_folders(
        &self,
        folders: &BTreeSet<String>,
        settings: &Path,
    ) -> Result<Option<Vec<String>>, DataError> {
        let Some(classes) = &self.classes else {
            return Ok((!folders.is_empty()).then(|| folders.iter().cloned().collect()));
        };
        if let Some(stranger) = folders.iter().find(|folder| !classes.contains(folder)) {
            let suggestion = suggest(stranger, classes.iter().map(String::as_str)).map(str::to_owned);
            let (folder, classes) = (stranger.clone(), classes.clone());
            let problem = SettingsProblem::Folder { folder, suggestion, classes };
            return Err(DataError::settings(settings)(problem));
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

    fn labels(&self, maps: &[&MapFiles], folders: &BTreeSet<String>) -> Result<Option<Sort>, DataError> {
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
        same_channels(&headers, path, head)?;
        if class_folders {
            let known = Known { may_index: false, ..self.known };
            let encoding = if head.numbers == Numbers::Float {
                Encoding::Soft
            } else {
                known.labels(&headers)?.encoding
            };
            return Ok(Some(self.folders_sort(folders, encoding, words(encoding, head))));
        }
        if head.channels > 1 {
            return self.stacked(&headers, path, head).map(Some);
        }
        let index = self.known.declared == Some(Declared::Index);
        if head.numbers == Numbers::Float && !index {
            let words = words(Encoding::Soft, head).to_owned();
            return Ok(Some(Sort { kind: Kind::Binary, encoding: Encoding::Soft, classes: 1, words }));
        }
        let found = self.known.labels(&headers)?;
        Ok(Some(self.one_channel(found.encoding, found.classes, head)))
    }

    fn masks(&self, maps: &[&MapFiles], folders: &BTreeSet<String>) -> Result<Option<Sort>, DataError> {
        let annotated = categories(maps);
        let maps: Vec<&MapFiles> =
            maps.iter().copied().filter(|map| !matches!(map, MapFiles::Coco(_))).collect();
        if maps.is_empty() {
            return Ok(self.annotated_sort(&annotated));
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
        if head.channels > 1 {
            let words = format!("{} channels of on/off", head.channels);
            let (kind, encoding) = (Kind::Multilabel, Encoding::OnOff);
            return Ok(Some(Sort { kind, encoding, classes: head.channels, words }));
        }
        let found = self.known.masks(&headers)?;
        Ok(Some(self.one_channel(found.encoding, found.classes, head)))
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
    fn annotated_sort(&self, categories: &[String]) -> Option<Sort> {
        let classes = self.classes.as_ref().map_or(categories.len(), Vec::len);
        let kind = if classes == 1 { Kind::Binary } else { Kind::Multilabel };
        let words = format!("COCO annotations of {}", categories.join(", "));
        (!categories.is_empty()).then_some(Sort { kind, encoding: Encoding::OnOff, classes, words })
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

    /// Maps [H, W, K]: exclusive classes where the K sum to 1.
    fn stacked(&self, headers: &Headers, path: &Path, head: RasterInfo) -> Result<Sort, DataError> {
        let is_png = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("png"));
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
            _ => Known { may_index: false, ..self.known }.labels(headers)?.encoding,
        };
        let kind = self.kind.unwrap_or_else(|| {
            let exclusive = headers.an_example().is_some_and(|raster| {
                let tolerance = values::tolerance(&raster, encoding, head.channels);
                values::planes(&raster, encoding, path)
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
