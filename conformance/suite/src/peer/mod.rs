//! The suite's side of the protocol: keys, secure channel, carriers, sessions, and the words that cases use.

pub mod noise;
