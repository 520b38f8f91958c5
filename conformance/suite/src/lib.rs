//! The Pinnace conformance suite: library and pinnace-conform.

pub mod case;
pub mod cases;
pub mod check;
pub mod conn;
pub mod ctx;
pub mod hex;
pub mod record;
pub mod rng;
pub mod target;
mod world;
