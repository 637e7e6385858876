//! The report: one HTML file that explains a training or a judgement to someone who only wants to look.
//!
//! The page asks nothing of a network, and reads without its script: that adds sorting, saving, a threshold, fading and
//! zoom with the numbers under the cursor. The same input gives the same bytes.

mod amounts;
mod calibration;
mod chart;
mod colour;
mod content;
mod diversity;
mod facts;
mod gallery;
mod hero;
mod inline;
mod objects;
mod page;
mod panel;
mod quantity;
mod raters;
mod reliability;
mod scores;
mod strips;
mod summary;
mod surface;
mod table;
mod thresholds;
mod uncertainty;
mod words;

pub use content::Report;
pub use page::training_page;
