//! What is made of maps, for every command that has some.

use clap::Args;
use scumble_jobs::products::{Level, OutlineFormat, Threshold};

/// What is made of maps.
#[derive(Debug, Args)]
#[command(next_help_heading = "What else is made of the maps")]
pub(crate) struct Products {
    /// Hard masks: masks/ID.png, 255 where a class is predicted, masks/CLASS/ID.png where classes overlap; of exclusive classes the
    /// index of the likeliest, 255 where nothing is known
    #[arg(long)]
    masks: bool,
    /// The probability from which on a class is predicted, for masks (which it asks for), objects and outlines: 0.4, best-f1
    /// (where F1 of the training's validation images was best), cup=0.4,disc=0.6 or 0.5,cup=0.4 [default: 0.5]
    #[arg(long, value_name = "THRESHOLD")]
    threshold: Option<Threshold>,
    /// The entropy of what is predicted in nats: uncertainty/ID.tif, f32
    #[arg(long)]
    uncertainty: bool,
    /// The connected objects of the masks: objects/ID.tif with their numbers, and objects.csv with a line for each
    #[arg(long)]
    objects: bool,
    /// Their outlines: geojson (outlines/ID.geojson, for QuPath and QGIS), roi (outlines/ID.zip, for ImageJ), or both
    #[arg(long, value_name = "FORMAT", value_delimiter = ',')]
    outlines: Vec<OutlineFormat>,
    /// Lines of these probabilities, such as 0.1,0.5,0.9: contours/ID.geojson
    #[arg(long, value_name = "PROBABILITIES", value_delimiter = ',')]
    contours: Vec<Level>,
}

impl Products {
    /// As the job is asked for them.
    pub(crate) fn asked(&self) -> scumble_jobs::products::Products {
        scumble_jobs::products::Products {
            masks: self.masks,
            threshold: self.threshold.clone(),
            uncertainty: self.uncertainty,
            objects: self.objects,
            outlines: self.outlines.clone(),
            contours: self.contours.clone(),
        }
    }
}
