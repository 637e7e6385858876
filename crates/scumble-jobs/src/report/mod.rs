//! The report: one HTML file that explains a training or a judgement to someone who only wants to look.
//!
//! The page asks nothing of a network, and reads without its script: that adds sorting, fading and zoom. The same input
//! gives the same bytes.

mod chart;
mod colour;
mod content;
mod facts;
mod inline;
mod page;
mod raters;
mod reliability;
mod scores;
mod strips;
mod summary;
mod table;
mod thresholds;
mod words;

pub use content::Report;
