//! `scumble init`: a config file with every setting explained.

use crate::arguments::Init;
use crate::failure::Usage;
use crate::show;
use scumble_data::write_atomically;
use std::io::Write;

pub(crate) fn run(arguments: &Init) -> anyhow::Result<()> {
    let file = &arguments.file;
    if file.exists() {
        return Err(Usage(format!("{} exists; name another file or remove it", file.display())).into());
    }
    write_atomically(file, |out| out.write_all(scumble_nn::config_template().as_bytes()))?;
    show::result(&format!("wrote {}; use it with: scumble train DATA -o RUN --config {0}", file.display()));
    Ok(())
}
