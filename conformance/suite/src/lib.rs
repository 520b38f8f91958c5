//! The Pinnace conformance suite: library and pinnace-conform.

pub mod baseline;
pub mod case;
pub mod cases;
pub mod check;
pub mod clause;
pub mod cli;
pub mod conn;
pub mod ctx;
pub mod hex;
pub mod interop;
pub mod peer;
pub mod record;
pub mod report;
pub mod rng;
pub mod run;
pub mod selftest;
pub mod suite;
pub mod target;
pub mod toml_fault;
pub mod trace;
pub mod verdict;
mod world;
