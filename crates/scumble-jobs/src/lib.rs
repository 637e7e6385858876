#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod bioimageio;
pub mod boundary;
pub mod calibrate;
pub mod check;
pub mod compare;
pub mod demo;
pub mod export;
pub mod fuse;
pub mod held_out;
pub mod import;
pub mod info;
pub mod judge;
pub mod loss;
pub mod numbers;
pub mod open;
pub mod outputs;
pub mod picture;
pub mod predict;
pub mod predictions;
pub mod report;
pub mod run_report;
pub mod train;
pub mod web;

mod entries;
mod error;
mod fault;
mod steps;
mod training_record;
mod unusual;
mod written;

pub use bioimageio::package;
pub use boundary::judge_boundaries;
pub use calibrate::calibrate;
pub use check::check;
pub use compare::compare;
pub use demo::demo;
pub use entries::Entries;
pub use error::JobError;
pub use export::export;
pub use fault::Fault;
pub use fuse::fuse;
pub use import::import;
pub use info::info;
pub use judge::judge;
pub use loss::loss;
pub use predict::predict;
pub use report::Report;
pub use run_report::judge_run;
pub use scumble_nn::Observer;
pub use steps::Steps;
pub use train::train;
pub use training_record::TrainingRecord;
pub use web::web;
