//! A judgement as CSV: a line an image, class and rater.

use super::diversity::ImageDiversity;
use super::judgement::Judgement;
use super::objects::ObjectRow;
use super::opinions::LABEL;
use super::surface::SurfaceRow;
use crate::JobError;
use crate::spreadsheet::{no_formula, text};
use csv::Writer;
use scumble::score::{Amount, Scores, score_names};
use scumble_data::write_atomically;
use std::collections::HashMap;
use std::io::{self, Write};
use std::path::Path;

/// What a line is of.
const KEYS: [&str; 4] = ["image", "group", "class", "rater"];
/// The columns behind the scores by name: the hard decision against a rater's mask; amounts; outlines; objects; the crowds.
const MORE: [&str; 23] = [
    "f1",
    "precision",
    "recall",
    "amount",
    "amount_bias",
    "amount_crps",
    "hausdorff",
    "hausdorff95",
    "hausdorff95_pooled",
    "average_surface_distance",
    "objects",
    "objects_found",
    "objects_missed",
    "objects_extra",
    "objects_expected",
    "objects_f1",
    "segmentation_quality",
    "panoptic_quality",
    "energy_distance",
    "energy_distance_empty_ignored",
    "matched_iou",
    "matched_iou_empty_ignored",
    "samples",
];

/// Scores by name.
type Cells = HashMap<&'static str, Option<f64>>;

impl Judgement {
    /// Writes the scores of each image as a table: a line for all its classes together, for each class, for each rater, and
    /// for each class and rater. `docs/scores.md` says what its columns are.
    ///
    /// # Errors
    /// What the operating system refuses, with the path.
    pub fn write_csv(&self, file: &Path) -> Result<(), JobError> {
        Ok(write_atomically(file, |out| self.write_lines(Writer::from_writer(out)))?)
    }

    fn write_lines(&self, mut table: Writer<impl Write>) -> io::Result<()> {
        let columns: Vec<&str> = score_names().iter().map(|score| score.name).chain(MORE).collect();
        table.write_record(KEYS.iter().chain(&columns))?;
        let beside = Beside::of(self);
        for ((image, scores), group) in self.images.iter().zip(&self.groups) {
            for Line { class, rater, cells } in beside.lines(image, scores) {
                let values = columns.iter().map(|name| text(cells.get(name).copied().flatten()));
                let keys = [image, group, class, rater].map(no_formula);
                table.write_record(keys.into_iter().chain(values))?;
            }
        }
        table.flush()
    }
}

/// A line of an image; of all classes, or of no rater, where one of the names is empty.
struct Line<'a> {
    class: &'a str,
    rater: &'a str,
    cells: Cells,
}

/// What was found beside the scores, by image, class and opinion.
struct Beside<'a> {
    surface: HashMap<[&'a str; 3], &'a SurfaceRow>,
    objects: HashMap<[&'a str; 3], &'a ObjectRow>,
    crowds: HashMap<&'a str, ImageDiversity>,
    amounts: HashMap<&'a str, &'a [Amount]>,
}

impl<'a> Beside<'a> {
    fn of(judgement: &'a Judgement) -> Self {
        let surface = judgement.surface.iter().flatten();
        let objects = judgement.objects.iter().flat_map(|objects| objects.rows());
        let crowds = judgement.diversity.iter().flat_map(|diversity| diversity.of_images());
        Self {
            surface: surface.map(|row| ([&*row.image, &*row.class, &*row.against], row)).collect(),
            objects: objects.map(|row| ([&*row.image, &*row.class, &*row.against], row)).collect(),
            crowds: crowds.collect(),
            // Those of a volume are none of its slices'.
            amounts: judgement.amounts.images.iter().map(|one| (&*one.image, &one.classes[..])).collect(),
        }
    }

    fn lines<'s>(&self, image: &str, scores: &'s Scores) -> Vec<Line<'s>> {
        let mut all: Cells = score_names().iter().map(|score| (score.name, (score.of)(scores))).collect();
        all.extend(self.crowd(image));
        let mut lines = vec![Line { class: "", rater: "", cells: all }];
        let amounts = self.amounts.get(image).copied().unwrap_or_default();
        for (at, scores) in scores.classes.iter().enumerate() {
            let mut cells: Cells =
                score_names().iter().map(|score| (score.name, (score.of_class)(scores))).collect();
            if let Some(amount) = amounts.get(at) {
                cells.extend([
                    ("amount", Some(amount.predicted)),
                    ("amount_bias", amount.bias()),
                    ("amount_crps", amount.crps()),
                ]);
            }
            cells.extend(self.opinion(image, &scores.class, LABEL));
            lines.push(Line { class: &scores.class, rater: "", cells });
        }
        for against in scores.raters.iter().chain(&scores.majority) {
            let rater = &*against.rater;
            let cells = Cells::from([
                ("f1", against.f1),
                ("rater_calibration", against.calibration_error),
                ("rater_top_label_calibration", against.top_label_calibration),
            ]);
            lines.push(Line { class: "", rater, cells });
            let classes = scores.classes.iter().map(|scores| &*scores.class);
            for (at, (class, f1)) in classes.zip(&against.classes).enumerate() {
                let amount = amounts.get(at).and_then(|amount| amount.raters.get(rater)).copied();
                let mut cells = Cells::from([
                    ("f1", f1.f1),
                    ("precision", f1.precision),
                    ("recall", f1.recall),
                    ("rater_calibration", f1.calibration_error),
                    ("amount", amount),
                ]);
                cells.extend(self.opinion(image, class, rater));
                lines.push(Line { class, rater, cells });
            }
        }
        lines
    }

    /// Outlines and objects of one class against one opinion.
    fn opinion(&self, image: &str, class: &str, against: &str) -> Cells {
        let mut cells = Cells::new();
        if let Some(distances) = self.surface.get(&[image, class, against]).and_then(|row| row.distances) {
            cells.extend([
                ("hausdorff", Some(distances.hausdorff)),
                ("hausdorff95", Some(distances.hausdorff95)),
                ("hausdorff95_pooled", Some(distances.hausdorff95_pooled)),
                ("average_surface_distance", Some(distances.average)),
            ]);
        }
        if let Some(row) = self.objects.get(&[image, class, against]) {
            let found = row.counts.scores();
            cells.extend([
                ("objects", Some(found.objects as f64)),
                ("objects_found", Some(found.found as f64)),
                ("objects_missed", Some(found.missed as f64)),
                ("objects_extra", Some(found.extra as f64)),
                ("objects_expected", Some(found.expected)),
                ("objects_f1", found.f1),
                ("segmentation_quality", found.segmentation_quality),
                ("panoptic_quality", found.panoptic_quality),
            ]);
        }
        cells
    }

    /// The prediction among the raters of an image.
    fn crowd(&self, image: &str) -> Cells {
        let Some(found) = self.crowds.get(image) else { return Cells::new() };
        Cells::from([
            ("energy_distance", found.energy_distance[0]),
            ("energy_distance_empty_ignored", found.energy_distance[1]),
            ("matched_iou", found.matched_iou[0]),
            ("matched_iou_empty_ignored", found.matched_iou[1]),
            ("samples", Some(found.samples as f64)),
        ])
    }
}
