//! A second Pinnace decoder, driven by the specification's data alone.
//!
//! It shares nothing with the codec: it reads the field tables of `spec/data/frames.toml` at run time and walks them. So it is
//! slow and general where the codec is fast and written by hand, and a fault would have to be made twice to stay unseen. The
//! suite checks every record that it receives with it. What the suite writes comes from [`octets`], which knows no table.
//!
//! ```
//! let frames = pinnace_oracle::decode_record(&[0x0a, 0x01, 0x07])?;
//! assert_eq!(frames[0].name, "PING");
//! assert_eq!(frames[0].fields[0].value, pinnace_oracle::Value::Number(7));
//!
//! let error = pinnace_oracle::decode_record(&[0x0a, 0x02, 0x40, 0x07]).unwrap_err();
//! assert_eq!((error.kind.name(), error.offset), ("non_minimal", 2));
//! # Ok::<(), pinnace_oracle::OracleError>(())
//! ```

mod cursor;
mod error;
pub mod octets;
mod side;
mod value;
mod walk;

pub use error::{OracleError, OracleErrorKind};
pub use side::{SideError, check_side};
pub use value::{DecodedFrame, NamedValue, Value};
pub use walk::{decode_record, decode_structure};
