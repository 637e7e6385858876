use crate::arguments::Init;
use crate::failure::Usage;
use crate::show;
use scumble_data::write_atomically;
use std::io::Write;

/// How the program uses the file.
const HEAD: &str = "\
# Settings of `scumble train`. Every line shows the default: keep what you change, delete the rest.
# A flag goes over this file: scumble train DATA -o RUN --config FILE --set train.epochs=80

";

pub(crate) fn run(arguments: &Init) -> anyhow::Result<()> {
    let file = &arguments.file;
    if file.exists() {
        return Err(Usage(format!("{} exists; name another file or remove it", file.display())).into());
    }
    write_atomically(file, |out| write!(out, "{HEAD}{}", scumble_nn::config_template()))?;
    show::result(&format!("wrote {}; use it with: scumble train DATA -o RUN --config {0}", file.display()));
    Ok(())
}
