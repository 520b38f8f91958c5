//! The Pinnace secure channel and session machines of both roles, without I/O.
