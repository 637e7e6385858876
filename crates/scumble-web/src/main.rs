//! The program inside a page: `scumble-web MODEL IMAGE SLICE OUTPUT [fast]`.
//!
//! A line of stdout is JSON: `{"tiles": [done, all]}` as it goes, at last `{"predicted": ..}`. What is wrong goes to stderr.

#![forbid(unsafe_code)]

use scumble_web::{Request, predict};
use serde_json::{Value, json};
use std::env;
use std::io::{self, Write};
use std::panic;
use std::process::ExitCode;

fn main() -> ExitCode {
    // The page tells what it was, in as many words.
    panic::set_hook(Box::new(|panic| {
        let _ = writeln!(io::stderr(), "{}", panic.payload_as_str().unwrap_or("it does not say why"));
    }));
    let words: Vec<String> = env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let Some(request) = request(&words) else {
        return failed(&"usage: scumble-web MODEL IMAGE SLICE OUTPUT [fast]");
    };
    let tell = |line: Value| writeln!(io::stdout(), "{line}");
    // Nobody listens any more where a line cannot be written, and then the end comes from there.
    let predicted = predict(&request, &mut |done, all| _ = tell(json!({ "tiles": [done, all] })));
    match predicted {
        Ok(predicted) => match tell(json!({ "predicted": predicted })) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => failed(&error),
        },
        Err(error) => failed(&error),
    }
}

fn request(words: &[String]) -> Option<Request> {
    let [model, image, slice, output, more @ ..] = words else { return None };
    let fast = match more {
        [] => false,
        [word] if word == "fast" => true,
        _ => return None,
    };
    Some(Request {
        model: model.into(),
        image: image.into(),
        slice: slice.parse().ok()?,
        output: output.into(),
        fast,
    })
}

fn failed(error: &dyn std::fmt::Display) -> ExitCode {
    let _ = writeln!(io::stderr(), "{error}");
    ExitCode::FAILURE
}
