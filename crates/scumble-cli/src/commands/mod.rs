//! One file a command: read the arguments, call the libraries, show the result.

pub(crate) mod calibrate;
pub(crate) mod check;
pub(crate) mod compare;
pub(crate) mod completions;
pub(crate) mod convert;
pub(crate) mod demo;
pub(crate) mod eval;
pub(crate) mod export;
pub(crate) mod fuse;
pub(crate) mod import;
pub(crate) mod info;
pub(crate) mod init;
pub(crate) mod loss;
pub(crate) mod man;
pub(crate) mod predict;
pub(crate) mod report;
pub(crate) mod train;
