//! What several of these test programs need.
#![allow(dead_code, reason = "every test program uses some of these")]

pub(crate) mod elsewhere;
pub(crate) mod joint;
pub(crate) mod labels;
