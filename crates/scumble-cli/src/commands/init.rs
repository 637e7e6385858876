//! `scumble init`: a config file with every setting explained.

use crate::arguments::Init;
use crate::show;
use scumble_data::write_atomically;
use scumble_jobs::JobError;
use scumble_jobs::outputs::writable;
use std::io::Write;

/// How the program uses the file.
const HEAD: &str = "\
# Settings of `scumble train`. Every line shows the default: keep what you change, delete the rest.
# A flag goes over this file: scumble train DATA -o RUN --config FILE --set train.epochs=80

";

pub(crate) fn run(arguments: &Init) -> anyhow::Result<()> {
    let file = &arguments.file;
    writable([file.clone()], [], arguments.overwrite).map_err(JobError::from)?;
    write_atomically(file, |out| write!(out, "{HEAD}{}", scumble_nn::config::template()))?;
    show::result(&format!("wrote {}; use it with: scumble train DATA -o RUN --config {0}", show::path(file)));
    Ok(())
}
