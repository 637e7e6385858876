//! Whose fault an error of the data is: what the data say decides what the job says.

use scumble_data::{DataError, Fault as DataFault};
use scumble_jobs::{Fault, JobError};
use std::io;
use std::path::PathBuf;

/// Only a look at the files tells that they are wrong, or lack what is asked of them.
#[test]
fn what_is_wrong_with_data_is_the_inputs_fault() {
    let (id, root, path) = ("a".to_owned(), PathBuf::from("data"), PathBuf::from("data/labels/a.png"));
    let errors = [
        (DataFault::Disk, DataError::Io { path: path.clone(), source: io::ErrorKind::NotFound.into() }),
        (DataFault::File, scumble_data::read_image("holiday.gif".as_ref()).unwrap_err()),
        (DataFault::Use, DataError::Lossy { path: path.clone() }),
        (DataFault::DataSet, DataError::NoImage { id: id.clone(), root: root.clone() }),
        (
            DataFault::Settings,
            DataError::UnknownKey { path, key: "kid".into(), suggestion: Some("kind"), known: &["kind"] },
        ),
        (DataFault::Unavailable, DataError::NoLabel { id: id.clone(), what: "label file", root }),
        (DataFault::Unavailable, DataError::NoMatch { globs: vec!["b*".into()], examples: vec![id] }),
    ];
    for (fault, error) in errors {
        assert_eq!((error.fault(), JobError::from(error).fault()), (fault, Fault::Input), "{fault:?}");
    }
}
