//! Both session machines: against each other under virtual time, and against the tables of the specification.

mod budgets;
#[cfg(test)]
mod certificates;
#[cfg(test)]
mod conversations;
mod conversations_bounds;
#[cfg(test)]
mod exchange;
#[cfg(test)]
mod handshake;
#[cfg(test)]
mod key_log;
#[cfg(test)]
mod life;
#[cfg(test)]
mod registration;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod support;
#[cfg(test)]
mod transcripts;
#[cfg(test)]
mod walk_client;
#[cfg(test)]
mod walk_registration;
#[cfg(test)]
mod walk_server;
