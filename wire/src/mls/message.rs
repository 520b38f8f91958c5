//! The envelope of a message of a conversation.

use nom::Parser as _;

use super::vector::{constant, out_of_range, uint16, uint32, uint64, vector};
use crate::error::DecodeError;
use crate::parse::{Parsed, array};
use crate::structure::decode_whole;

/// The number of an epoch of an MLS group, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(u64);

impl Epoch {
    /// That in which a group begins.
    pub const FIRST: Self = Self(0);

    /// The epoch of this number; every number is one.
    #[must_use]
    pub const fn new(value: u64) -> Self {
        Self(value)
    }

    /// The number.
    #[must_use]
    pub const fn value(self) -> u64 {
        self.0
    }

    /// The epoch that follows, or `None` at the end of the numbers.
    #[must_use]
    pub const fn next(self) -> Option<Self> {
        match self.0.checked_add(1) {
            Some(next) => Some(Self(next)),
            None => None,
        }
    }
}

/// What a message is (RFC 9420, 6: `ContentType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ContentType {
    /// What an application says.
    Application,
    /// A proposal alone.
    Proposal,
    /// A commit: it ends an epoch.
    Commit,
}

/// Who says that it sent a PublicMessage (RFC 9420, 6: `Sender`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sender {
    /// The member at this leaf.
    Member {
        /// The index of the leaf.
        leaf_index: u32,
    },
    /// Somebody from the list of external senders.
    External {
        /// The place in the list.
        sender_index: u32,
    },
    /// Who asks to be added.
    NewMemberProposal,
    /// Who adds itself.
    NewMemberCommit,
}

/// How a message is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// A PrivateMessage: encrypted, its sender, too.
    Private,
    /// A PublicMessage: signed. What stands behind its authenticated data is not read.
    Public {
        /// Who sent it.
        sender: Sender,
    },
}

/// What a server reads of an MLSMessage of version mls10 that is a PrivateMessage or a PublicMessage (RFC 9420, 6).
///
/// A PrivateMessage is read to its last octet, a PublicMessage up to and with its authenticated data: what follows there is the
/// members' to judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Envelope<'a> {
    /// How it is protected.
    pub form: Form,
    /// The id of the group.
    pub group_id: &'a [u8],
    /// The epoch in which it was made.
    pub epoch: Epoch,
    /// What it is. Of a PublicMessage this stands behind the authenticated data; it is read, too.
    pub content_type: ContentType,
    /// What everybody may read and nobody change.
    pub authenticated_data: &'a [u8],
}

impl<'a> Envelope<'a> {
    /// `ProtocolVersion` mls10.
    const VERSION: u16 = 1;
    /// `WireFormat` mls_public_message.
    const PUBLIC: u16 = 1;
    /// `WireFormat` mls_private_message.
    const PRIVATE: u16 = 2;

    /// The envelope of the message that these octets are.
    ///
    /// # Errors
    /// The first thing that is wrong; its offset counts from the start of the message. A version other than mls10, and a wire
    /// format, a content type or a type of sender that is none of the above, are `OutOfRange`. `Trailing` for octets behind a
    /// PrivateMessage.
    pub fn decode(octets: &'a [u8]) -> Result<Self, DecodeError> {
        decode_whole("mls_message", Self::parse, octets)
    }

    fn parse(input: &'a [u8]) -> Parsed<'a, Self> {
        let (at, ()) = constant("version", Self::VERSION)(input)?;
        let (rest, wire_format) = uint16("wire_format")(at)?;
        match wire_format {
            Self::PUBLIC => Self::public(rest),
            Self::PRIVATE => Self::private(rest),
            _ => Err(out_of_range(at, "wire_format")),
        }
    }

    /// `FramedContent` up to its content, which fills what is left.
    fn public(input: &'a [u8]) -> Parsed<'a, Self> {
        let (rest, (group_id, epoch, sender, authenticated_data, content_type)) =
            (vector("group_id"), epoch, sender, vector("authenticated_data"), content_type).parse(input)?;
        let form = Form::Public { sender };
        let end = rest.get(rest.len()..).unwrap_or_default();
        Ok((end, Self { form, group_id, epoch, content_type, authenticated_data }))
    }

    fn private(input: &'a [u8]) -> Parsed<'a, Self> {
        let (rest, (group_id, epoch, content_type, authenticated_data, _, _)) = (
            vector("group_id"),
            epoch,
            content_type,
            vector("authenticated_data"),
            vector("encrypted_sender_data"),
            vector("ciphertext"),
        )
            .parse(input)?;
        Ok((rest, Self { form: Form::Private, group_id, epoch, content_type, authenticated_data }))
    }
}

fn epoch(input: &[u8]) -> Parsed<'_, Epoch> {
    uint64("epoch").map(Epoch::new).parse(input)
}

fn content_type(input: &[u8]) -> Parsed<'_, ContentType> {
    let (rest, [found]) = array("content_type")(input)?;
    match found {
        1 => Ok((rest, ContentType::Application)),
        2 => Ok((rest, ContentType::Proposal)),
        3 => Ok((rest, ContentType::Commit)),
        _ => Err(out_of_range(input, "content_type")),
    }
}

fn sender(input: &[u8]) -> Parsed<'_, Sender> {
    let (rest, [found]) = array("sender_type")(input)?;
    match found {
        1 => uint32("leaf_index").map(|leaf_index| Sender::Member { leaf_index }).parse(rest),
        2 => uint32("sender_index").map(|sender_index| Sender::External { sender_index }).parse(rest),
        3 => Ok((rest, Sender::NewMemberProposal)),
        4 => Ok((rest, Sender::NewMemberCommit)),
        _ => Err(out_of_range(input, "sender_type")),
    }
}
