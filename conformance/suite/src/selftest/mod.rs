//! The suite is proven by faults: a gallery breaks a server on purpose, one fault at a time, and every fault has to be
//! found by a check that cites a requirement which it breaks.

pub mod gallery;
pub mod matrix;
pub mod prove;
