//! `scumble completions`: completions for a shell.

use crate::arguments::{Arguments, Completions};
use clap::CommandFactory;

pub(crate) fn run(arguments: &Completions) -> anyhow::Result<()> {
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "scumble", &mut std::io::stdout());
    Ok(())
}
