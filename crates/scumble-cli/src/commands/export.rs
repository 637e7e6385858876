//! `scumble export`: a model as a file that other programs run.

use crate::arguments::Export;
use crate::show::{self, counted, thousands};
use scumble_jobs::export::{ExportRequest, ExportResult, export};

pub(crate) fn run(arguments: &Export) -> anyhow::Result<()> {
    let Export { model, output, overwrite, print } = arguments;
    let request = ExportRequest { model: model.clone(), output: output.clone(), overwrite: *overwrite };
    let written = export(&request, &show::Progress::default())?;
    if print.json {
        show::json(&written)
    } else {
        show::result(&text(&written))
    }
    Ok(())
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
