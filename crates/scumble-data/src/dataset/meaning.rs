//! What the files of a data set mean, decided once.

use super::colours::Colours;
use super::encoding::Encoding;
use super::geometry::AFFINE_TOLERANCE;
use super::item::MapFiles;
use super::layout::Layout;
use super::names::{categories, class_folders, default_names, left_out, nesting, shared_categories};
use super::settings::{Settings, check_classes};
use super::sorts::Declarations;
use crate::DataError;
use scumble::labels::{Kind, LabelSpace};
use std::path::Path;

/// What the files of a data set mean, decided once.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Meaning {
    pub(super) space: LabelSpace,
    pub(super) labels: Encoding,
    pub(super) masks: Encoding,
    /// What colours stand for, where maps have some.
    pub(super) colours: Option<Colours>,
    pub(super) ignore_index: Option<i64>,
    /// How far a map may lie from its image, in pixels.
    pub(super) affine_tolerance: f64,
    /// The classes from the outermost inwards, if each lies inside the one before; else empty.
    pub(super) nested: Vec<usize>,
    /// The categories of all annotations.
    pub(super) categories: Vec<String>,
    /// The decision and its reasons, for the user.
    pub(super) sentence: String,
}

impl Meaning {
    /// Decides by declaration first, then by folders, then by content; of maps to be judged also by what the labels are
    /// that they are judged by.
    pub(super) fn find(
        layout: &Layout,
        settings: &Settings,
        settings_path: &Path,
        judged_by: Option<&LabelSpace>,
    ) -> Result<Self, DataError> {
        let declared = Declarations::gather(layout, settings, settings_path, judged_by);
        let labels: Vec<&MapFiles> = layout.items.iter().filter_map(|item| item.label.as_ref()).collect();
        let masks: Vec<&MapFiles> = layout
            .items
            .iter()
            .flat_map(|item| item.raters.values())
            .filter_map(|r| r.mask.as_ref())
            .collect();
        let folders = class_folders(labels.iter().chain(&masks).copied());
        let classes = declared.with_folders(&folders)?;
        let label_sort = declared.labels(&labels, &folders)?;
        let mask_sort = declared.masks(&masks, &folders)?;
        let (Some(first), second) = (label_sort.as_ref().or(mask_sort.as_ref()), mask_sort.as_ref()) else {
            // The layout has made sure that there are labels or masks; only unreadable ones get here.
            return Err(DataError::NoDataset {
                path: settings_path.to_owned(),
                found: "no label that can be read",
            });
        };
        let kind = declared.kind.unwrap_or(first.kind);
        let needed = second.map_or(first.classes, |second| second.classes.max(first.classes));
        let annotated = categories(&masks);
        let fits = |names: &&Vec<String>| match kind {
            Kind::Binary => names.len() == 1,
            Kind::Multiclass => false,
            Kind::Multilabel => names.len() == needed,
        };
        let classes = classes
            .or_else(|| Some(&annotated).filter(fits).cloned())
            .unwrap_or_else(|| default_names(kind, needed));
        let wrong = DataError::settings(settings_path);
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
        words.extend(left_out(&masks).map(|what| format!("left out of annotations: {what}")));
        words.extend(layout.pages_in_words().map(str::to_owned));
        let by = declared.source.map(|source| format!(" (as {source} says)")).unwrap_or_default();
        let names = classes.join(", ");
        let noun = if classes.len() == 1 { "class" } else { "classes" };
        let sentence = format!("{kind}{by}, {} {noun} ({names}): {}", classes.len(), words.join("; "));
        Ok(Self {
            space: LabelSpace::new(kind, classes).map_err(DataError::label(settings_path))?,
            labels: label_sort.map_or(Encoding::Soft, |sort| sort.encoding),
            // Where there is one map for binary or overlapping classes, a mark can only be on or off.
            masks: mask_sort
                .map(|sort| sort.encoding)
                .filter(|&encoding| kind == Kind::Multiclass || encoding == Encoding::Colours)
                .unwrap_or(Encoding::OnOff),
            colours,
            ignore_index: settings.ignore_index,
            affine_tolerance: settings.affine_tolerance.unwrap_or(AFFINE_TOLERANCE),
            nested,
            categories: annotated,
            sentence,
        })
    }
}
