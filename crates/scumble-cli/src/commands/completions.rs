//! `scumble completions`: completions for a shell.

use crate::arguments::{Arguments, Completions};
use crate::show;
use clap::CommandFactory;

pub(crate) fn run(arguments: &Completions) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "scumble", &mut script);
    show::raw(&script);
    Ok(())
}
