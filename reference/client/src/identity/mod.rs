//! Who this device is towards others: its certificate, and the KeyPackages that it left at the server.

mod certificate;
mod package;
mod plan;
mod rows;
mod standing;

pub(crate) use certificate::lasting;
pub use package::{KeptPackage, Reference, reference};
pub(crate) use plan::{Need, is_forgotten, is_waiting, life_s, needs};
pub use rows::Rows;
pub use standing::{Published, Standing};
