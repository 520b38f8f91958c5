//! What the devices of a server saw, as a history, and a checker that finds what must never be in one.
//!
//! The lanes of `pinnace-lanes` do to a real `pinnaced` what the world does to servers: they kill it, cut its power, fill
//! its disk, move its clock, and send peers that stall. [`world`] holds the server and the devices of a lane.
//!
//! ```
//! use pinnace_lanes::{check, history::History};
//!
//! let text = r#"{"at_us":1,"process":"a.1","device":"a","event":"invoke","message":1,"to":"b","digest":"00"}
//! {"at_us":2,"process":"a.1","device":"a","event":"ok","message":1}"#;
//! let verdict = check::check(&History::parse(text)?);
//! assert_eq!(verdict.anomalies[0].kind, check::Kind::Lost);
//! # Ok::<(), pinnace_lanes::history::ParseError>(())
//! ```

pub mod check;
pub mod history;
pub mod world;
