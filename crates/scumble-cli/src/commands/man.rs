//! `scumble man`: manual pages, made of what the help says.

use crate::arguments::{Arguments, Man};
use crate::failure::Usage;
use crate::show;
use clap::{Command, CommandFactory};
use scumble_data::write_atomically;
use scumble_jobs::JobError;
use scumble_jobs::outputs::writable;
use std::fs;

pub(crate) fn run(arguments: &Man) -> anyhow::Result<()> {
    let mut program = Arguments::command();
    // Commands learn what they are called in full.
    program.build();
    if let Some(folder) = &arguments.output {
        fs::create_dir_all(folder).map_err(|source| JobError::Io { path: folder.clone(), source })?;
        let commands = program.get_subcommands().filter(|command| command.get_name() != "help");
        let pages = commands.chain([&program]).map(|command| clap_mangen::Man::new(command.clone()));
        let pages: Vec<_> = pages.map(|page| (folder.join(page.get_filename()), page)).collect();
        writable(pages.iter().map(|(file, _)| file.clone()), [], arguments.overwrite)
            .map_err(JobError::from)?;
        for (file, page) in pages {
            write_atomically(&file, |out| page.render(out))?;
            show::result(&show::path(&file));
        }
        return Ok(());
    }
    let page = match &arguments.command {
        None => &program,
        Some(name) => named(&program, name)?,
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page.clone()).render(&mut text)?;
    show::raw(&text);
    Ok(())
}

fn named<'a>(program: &'a Command, name: &str) -> Result<&'a Command, Usage> {
    program.find_subcommand(name).ok_or_else(|| {
        let names: Vec<&str> = program.get_subcommands().map(Command::get_name).collect();
        Usage(format!("there is no command {name:?}; there are {}", names.join(", ")))
    })
}
