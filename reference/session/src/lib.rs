//! The Pinnace secure channel and session machines of both roles, without I/O.

#![no_std]

extern crate alloc;

pub mod digest;
pub mod ed25519;
pub mod label;
pub mod noise;
