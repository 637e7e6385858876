//! The program `scumble`, as a function that other shells may call: [`main`].

#![forbid(unsafe_code)]

mod advice;
mod arguments;
mod command_line;
mod commands;
mod failure;
mod failures;
mod launcher;
mod ranks;
mod show;
mod signals;

use arguments::{Arguments, Command};
use clap::Parser;
use scumble_data::memory_limit;
use scumble_nn::Isa;
use std::ffi::OsString;

/// Runs the program as a shell would, with words of which the first is its own name, and returns what it leaves with: 0 done,
/// 1 the input is at fault, 2 wrong usage, 128 and the number of a signal that interrupted it.
///
/// It is the whole program, which a process runs once: it writes to standard output and error, and a second signal ends the
/// process.
///
/// ```
/// let code = scumble_cli::main(["scumble", "--version"].map(Into::into));
/// assert_eq!(code, 0);
/// ```
pub fn main(words: impl IntoIterator<Item = OsString>) -> u8 {
    let words: Vec<OsString> = words.into_iter().collect();
    command_line::remember(&words);
    failure::tell_no_panic_twice();
    let code = match Arguments::try_parse_from(words).map(|arguments| run(arguments.command)) {
        Ok(Ok(())) => 0,
        Ok(Err(failure)) => failure::report(&failure),
        Err(error) => show::usage(&advice::of_usage(error)),
    };
    match show::finish() {
        Err(lost) if code == 0 => failure::report(&lost),
        Err(lost) => {
            failure::report(&lost);
            code
        }
        Ok(()) => code,
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    memory_limit().map_err(|said| failure::Usage(advice::of_memory(&said)))?;
    Isa::of_environment().map_err(|error| failure::Usage(advice::of_isa(&error)))?;
    match command {
        Command::Demo(demo) => commands::demo::run(&demo),
        Command::Check(check) => commands::check::run(&check),
        Command::Import(import) => commands::import::run(&import),
        Command::Fuse(fuse) => commands::fuse::run(&fuse),
        Command::Train(train) => commands::train::run(&train),
        Command::Predict(predict) => commands::predict::run(&predict),
        Command::Convert(convert) => commands::convert::run(&convert),
        Command::Eval(eval) => commands::eval::run(&eval),
        Command::Report(report) => commands::report::run(&report),
        Command::Calibrate(calibrate) => commands::calibrate::run(&calibrate),
        Command::Export(export) => commands::export::run(&export),
        Command::Compare(compare) => commands::compare::run(&compare),
        Command::Loss(loss) => commands::loss::run(&loss),
        Command::Info(info) => commands::info::run(&info),
        Command::Init(init) => commands::init::run(&init),
        Command::Man(man) => commands::man::run(&man),
        Command::Completions(completions) => commands::completions::run(&completions),
    }
}
