//! Why a story did not go as told.

use core::fmt;

use crate::case::Halt;
use crate::target::instance::StartFailure;

/// Why a story did not go as told.
#[derive(Debug)]
pub enum Fault {
    /// A device refused a request, or is not there.
    Device {
        /// Its make and its number.
        name: String,
        /// The request.
        at: String,
        /// What it said.
        why: String,
    },
    /// An answer of a device lacks a field.
    Answer {
        /// The field.
        field: String,
        /// The answer.
        answer: String,
    },
    /// Something is other than it should be.
    Differs {
        /// What.
        what: String,
        /// What it should be.
        expected: String,
        /// What it is.
        found: String,
    },
    /// A step of a story failed.
    At {
        /// The step.
        step: &'static str,
        /// Why.
        fault: Box<Self>,
    },
    /// The exchange with the server did not go through.
    Server(Halt),
    /// The server did not start.
    Start(StartFailure),
}

impl Fault {
    pub(super) fn device(name: &str, at: &str, why: String) -> Self {
        Self::Device { name: name.to_owned(), at: at.to_owned(), why }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Device { name, at, why } => write!(f, "{name} at {at}: {why}"),
            Self::Answer { field, answer } => write!(f, "no {field} in {answer}"),
            Self::Differs { what, expected, found } => write!(f, "{what}: {found}, not {expected}"),
            Self::At { step, fault } => write!(f, "{step}: {fault}"),
            Self::Server(halt) => write!(f, "at the server: {halt}"),
            Self::Start(failure) => write!(f, "{failure}"),
        }
    }
}

impl From<Halt> for Fault {
    fn from(halt: Halt) -> Self {
        Self::Server(halt)
    }
}

impl From<StartFailure> for Fault {
    fn from(failure: StartFailure) -> Self {
        Self::Start(failure)
    }
}

/// Compares by equality.
pub(super) fn expect<T: PartialEq + fmt::Debug + ?Sized>(
    what: &str,
    expected: &T,
    found: &T,
) -> Result<(), Fault> {
    if expected == found {
        return Ok(());
    }
    Err(Fault::Differs {
        what: what.to_owned(),
        expected: format!("{expected:?}"),
        found: format!("{found:?}"),
    })
}
