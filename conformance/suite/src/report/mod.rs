//! Reports: one model, many readers.

pub mod failure;
pub(crate) mod html;
pub(crate) mod junit;
pub mod model;
pub(crate) mod paint;
pub(crate) mod sink;
pub(crate) mod terminal;
pub(crate) mod trace;
