//! ENTRY.

use nom::Parser as _;

use crate::extension::Extensions;
use crate::frame::Body;
use crate::limits::PAYLOAD_LEN;
use crate::number::{Class, ClientSeq, ConversationAlias, ConversationSeq, EntryLeft, FrameType, MailboxSeq};
use crate::parse::{Bad, bytes, choice, number};
use crate::registry::EntryKind;
use crate::sink::Sink;

/// Brings one entry of a conversation, or a part of it, as an item of the mailbox. Spec: ENTRY.
///
/// ```text
/// ENTRY Body { Mailbox Seq (i), Alias (i), Conversation Seq (i), Kind (8), Payload Length (i), Payload (0..491520),
///     Extensions (..) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Entry<'a> {
    /// The item's number (DLV-021).
    pub mailbox_seq: MailboxSeq,
    /// The conversation, by its alias in the direction of this frame.
    pub alias: ConversationAlias,
    /// The entry's place in the conversation; all parts of an entry have the same.
    pub conversation_seq: ConversationSeq,
    /// What it brings.
    pub kind: EntryKind,
    /// The entry, or a part of it, at most 61,440 octets.
    pub payload: &'a [u8],
    /// How urgent it is; absent is normal.
    pub class: Option<Class>,
    /// How many octets of the entry come in the items behind this one; absent when it ends here.
    pub left: Option<EntryLeft>,
    /// The number of this device's own POST or COMMIT.
    pub client_seq: Option<ClientSeq>,
}

impl<'a> Entry<'a> {
    /// The frame's type.
    pub const TYPE: FrameType = FrameType::ENTRY;

    #[inline]
    pub(crate) fn parse(body: &'a [u8]) -> Result<Self, Bad<'a>> {
        let (rest, (mailbox_seq, alias, conversation_seq, kind, payload)) = (
            number("mailbox_seq"),
            number("alias"),
            number("conversation_seq"),
            choice("kind", EntryKind::from_wire),
            |rest| bytes(rest, "payload", (0, PAYLOAD_LEN)),
        )
            .parse(body)?;
        let mut frame = Self {
            mailbox_seq,
            alias,
            conversation_seq,
            kind,
            payload,
            class: None,
            left: None,
            client_seq: None,
        };
        let mut extensions = Extensions::new(rest);
        while let Some(extension) = extensions.next_type()? {
            match extension {
                2 => frame.class = Some(extensions.number("class")?),
                3 => frame.left = Some(extensions.number("left")?),
                5 => frame.client_seq = Some(extensions.number("client_seq")?),
                _ => extensions.unknown()?,
            }
        }
        Ok(frame)
    }
}

impl Body for Entry<'_> {
    #[inline]
    fn emit(&self, sink: &mut impl Sink) {
        sink.number(self.mailbox_seq);
        sink.number(self.alias);
        sink.number(self.conversation_seq);
        sink.put_array([self.kind.value()]);
        sink.bytes("payload", (0, PAYLOAD_LEN), self.payload);
        sink.number_extension(2, self.class);
        sink.number_extension(3, self.left);
        sink.number_extension(5, self.client_seq);
    }
}
