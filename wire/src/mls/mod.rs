//! What a server reads of MLS (RFC 9420): a bare KeyPackage, with what its two signatures cover, and the envelope of a message.
//!
//! The octets stay where they are: every field borrows them. Form alone is judged here, to the last octet; keys, lifetimes and
//! signatures are the server's to judge (chapter 16). An error tells the kind, the field and the place as one of a record does:
//! a vector whose length is not minimal is `non_minimal`, one that passes its surroundings `truncated`.
//!
//! ```
//! use pinnace_wire::mls::KeyPackage;
//!
//! let error = KeyPackage::decode(&[0, 1, 0]).unwrap_err();
//! assert_eq!(error.to_string(), "truncated in cipher_suite at octet 3");
//! ```

mod extension;
mod key_package;
mod leaf_node;
mod message;
mod sign_content;
mod vector;

pub use extension::{ExtensionIter, Extensions};
pub use key_package::KeyPackage;
pub use leaf_node::LeafNode;
pub use message::{ContentType, Envelope, Epoch, Form, Sender};
pub use sign_content::SignContent;
