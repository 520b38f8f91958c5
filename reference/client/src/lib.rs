//! The Pinnace client: an async library over the session machine, and the pinnace command.
