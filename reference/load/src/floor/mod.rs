//! The floor: a bare relay without protocol, on the same sockets and the same disk, as a process of its own.
//!
//! It moves as many octets as Pinnace does with one frame in each record, and brings each group of messages to the disk
//! with one fdatasync before it acknowledges them. It checks nothing, encrypts nothing, and keeps no index: what a machine
//! could do at best, and no product.

mod fleet;
mod frame;
mod relay;

pub(crate) use fleet::Devices;
pub(crate) use relay::{Floor, serve, start};
