//! The small machines of a server session that know neither channel nor frames, for models that walk all their states. A shell
//! drives a whole [`ServerSession`](crate::ServerSession), and needs none of them.

pub use crate::delivered::Delivered;
pub use crate::server::outcomes::{Asked, Outcomes, Pending};
