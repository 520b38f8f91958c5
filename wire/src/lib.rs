//! Bytes to frames and back: the Pinnace codec, without I/O and without allocation.
//!
//! A record is the plaintext of one Noise message: zero or more whole frames. [`frames`] walks one, [`Frame::encode`]
//! writes one frame into a caller's buffer. What a decoder refuses no encoder here can write.
//!
//! ```
//! use pinnace_wire::{Alias, ClientSeq, Frame, Send, frames};
//!
//! let send = Send {
//!     client_seq: ClientSeq::FIRST,
//!     alias: Alias::new(0).ok_or("alias")?,
//!     payload: b"ahoy",
//!     class: None,
//!     expires_in_s: None,
//!     no_receipt: false,
//! };
//! let mut record = [0; 64];
//! let len = Frame::Send(send).encode(&mut record)?;
//! for placed in frames(record.get(..len).ok_or("len")?) {
//!     assert_eq!(placed?.frame, Frame::Send(send));
//! }
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
//!
//! # Where an error stands
//!
//! [`DecodeError::offset`] is the place, counted from the start of the record, of the first octet that is wrong:
//!
//! | kind | offset |
//! |---|---|
//! | truncated | the end of what is there (of the body, the extension or the record): where the missing octet would stand |
//! | non-minimal varint | first octet of the varint |
//! | value out of its range, over or under its limit | first octet of the value |
//! | length or count over or under its limit | first octet of the length or count |
//! | text that is not UTF-8 | first octet that is no part of a character |
//! | extensions that do not rise, unknown even extension | first octet of the extension's type |
//! | unknown even or reserved frame type | first octet of the frame's type |
//! | trailing octets | the first of them |
//!
//! Of several errors the first in reading order counts: type, length, whether the body fits the record, then the fields.
//! A varint is judged once it is whole: minimal first, then its range. A length is held against its limit before the
//! octets that it announces are looked at. An extension's type is held against its predecessor, then against the table.
#![no_std]

// The derive of `arbitrary` expands to paths into std.
#[cfg(feature = "arbitrary")]
extern crate std;

mod error;
mod error_code;
mod extension;
mod frame;
pub mod grease;
pub mod limits;
mod list;
pub mod mls;
mod number;
mod octets;
mod parse;
mod preface;
mod record;
mod registry;
mod server_record;
mod sink;
mod structure;

pub use error::{DecodeError, DecodeErrorKind, EncodeError};
pub use error_code::{Carrier, ErrorCode, Processed, Retry, Scope};
pub use frame::*;
pub use list::{Iter, List, ListItem};
pub use number::*;
pub use octets::{
    AccountId, ConversationId, DeviceId, IdentityKey, ListDigest, NoiseKey, RootKey, RootKeyId, SecondParty,
    SetDigest, Signature, SignatureKey,
};
pub use preface::{Pattern, Preface, PrefaceError, PrefaceErrorKind, Suite};
pub use record::{Deframed, Frames, Placed, frames};
pub use registry::{
    Activity, ConversationKind, EntryKind, HasLastResort, RegistrationStage, RejectReason, Role, StagePart,
    Standing,
};
pub use server_record::ServerRecord;
pub use structure::{
    CommitAad, ConversationOrigin, DeviceCertificate, EdgeCertificate, MessageAad, RootSuccessor,
    SignedDeviceList, SignedPart,
};

/// The version of the protocol that this crate speaks.
pub const VERSION: u8 = 1;
