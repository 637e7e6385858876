//! `scumble export`: a model as a file that other programs run.

use crate::arguments::Export;
use crate::show::{self, counted, thousands};
use scumble_jobs::bioimageio::{PackageRequest, PackageResult, package};
use scumble_jobs::export::{ExportRequest, ExportResult, export};
use scumble_jobs::web::{WebRequest, WebResult, web};
use serde::Serialize;

pub(crate) fn run(arguments: &Export) -> anyhow::Result<()> {
    let Export { model, output, bioimageio, web: page, overwrite, print, .. } = arguments;
    let (model, overwrite) = (model.clone(), *overwrite);
    let progress = show::Progress::default();
    match (bioimageio, page, output) {
        (Some(folder), ..) => {
            let request = PackageRequest {
                image: arguments.image.clone(),
                name: arguments.name.clone(),
                authors: arguments.author.clone(),
                license: arguments.license.clone(),
                overwrite,
                ..PackageRequest::new(model, folder.clone())
            };
            told(&package(&request, &progress)?, print.json, packed)
        }
        (None, Some(page), _) => {
            let request = WebRequest { model, output: page.clone(), overwrite };
            told(&web(&request, &progress)?, print.json, paged)
        }
        (None, None, output) => {
            let output = output.clone().expect("clap asks for one of the three");
            told(&export(&ExportRequest { model, output, overwrite }, &progress)?, print.json, text)
        }
    }
    Ok(())
}

fn told<R: Serialize>(result: &R, json: bool, text: impl Fn(&R) -> String) {
    if json { show::json(result) } else { show::result(&text(result)) }
}

fn packed(written: &PackageResult) -> String {
    format!(
        "{}: a package of BioImage.io, \"{}\", tested by {}\ncheck it by: bioimageio test {}",
        show::path(&written.output),
        show::name(&written.name),
        show::path(&written.image),
        show::path(&written.output),
    )
}

fn paged(written: &WebResult) -> String {
    format!(
        "{}: a page of {} bytes that predicts {}\nopen it in a browser and drop an image on it; it needs no network and may use none",
        show::path(&written.output),
        thousands(written.bytes),
        show::name(&written.classes.join(", ")),
    )
}

fn text(written: &ExportResult) -> String {
    let tiles = match written.tiles {
        true => {
            format!("tiles begin at multiples of {}, halo {}", written.stride, counted(written.halo, "pixel"))
        }
        false => "give it whole images: it goes by statistics of what it is given".to_owned(),
    };
    format!(
        "{}: ONNX of {} bytes\n\
         image [N, {}, height, width], in units (255 in 8 bits is 1), to probabilities [N, {}, height, width] ({})\n\
         one view; normalisation ({}) and calibration are inside; {tiles}",
        show::path(&written.output),
        thousands(written.bytes),
        written.channels,
        written.classes.len(),
        show::name(&written.classes.join(", ")),
        written.normalisation,
    )
}
