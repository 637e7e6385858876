//! The program `scumble`.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(scumble_cli::main(std::env::args_os()))
}
