//! Sans-IO: what an edge does between a session and the home of its device.
//!
//! A session knows the rules of a connection, home those of what is kept. Between them stand, for every session, a
//! [`Tray`] in which others leave what happened, a [`Pump`] that brings the mailbox, and the order of its [`Acks`]; for every device, the sessions that
//! are [`Here`]; and the same facts in the types of either side ([`translate`], [`envelope`]). The server's shell holds them under its
//! locks; the simulation runs the same ones.
//!
//! ```
//! use pinnace_edge::{End, Here};
//! use pinnace_home::SessionEpoch;
//! let [older, newer] = [1, 2].map(|epoch| SessionEpoch::new(epoch).unwrap());
//! let mut here = Here::default();
//! here.attach(older, "first line");
//! here.attach(newer, "second line");
//! here.confirm(newer);
//! assert_eq!(here.settle(), [("first line", End::TakenOver)]);
//! ```
#![no_std]

extern crate alloc;

mod acks;
pub mod envelope;
mod here;
mod pump;
pub mod translate;
mod tray;

pub use acks::Acks;
pub use here::Here;
pub use pump::{Moved, PAGE, PageMax, Pump, READY_MAX};
pub use tray::{End, Taken, Tray};
