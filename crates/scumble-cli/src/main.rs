#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod advice;
mod arguments;
mod commands;
mod failure;
mod failures;
mod show;
mod signals;

use arguments::{Arguments, Command};
use clap::Parser;
use scumble_data::memory_limit;
use scumble_nn::Isa;
use std::process::ExitCode;

fn main() -> ExitCode {
    failure::tell_no_panic_twice();
    let code = match Arguments::try_parse().map(|arguments| run(arguments.command)) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(failure)) => failure::report(&failure),
        Err(error) => show::usage(&advice::of_usage(error)),
    };
    match show::finish() {
        Err(lost) if code == ExitCode::SUCCESS => failure::report(&lost),
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
