//! The Pinnace server: sockets around session, home and store; the pinnaced command.
