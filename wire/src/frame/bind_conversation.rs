//! BIND_CONVERSATION.

use nom::Parser as _;

use crate::extension::none_known;
use crate::frame::Body;
use crate::number::{ConversationAlias, FrameType};
use crate::octets::ConversationId;
use crate::parse::{Bad, array, number};
use crate::sink::Sink;

/// Gives a conversation a short alias for the rest of this session, in the sender's direction. Spec: BIND_CONVERSATION.
///
/// ```text
/// BIND_CONVERSATION Body { Alias (i), Conversation (128) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct BindConversation {
    /// The conversation, by its alias in the direction of this frame.
    pub alias: ConversationAlias,
    /// The conversation that the alias stands for.
    pub conversation: ConversationId,
}

impl BindConversation {
    /// The frame's type.
    pub const TYPE: FrameType = FrameType::BIND_CONVERSATION;

    #[inline]
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Bad<'_>> {
        let (rest, (alias, conversation)) =
            (number("alias"), array("conversation").map(|octets| ConversationId::new(*octets)))
                .parse(body)?;
        none_known(rest)?;
        Ok(Self { alias, conversation })
    }
}

impl Body for BindConversation {
    #[inline]
    fn emit(&self, sink: &mut impl Sink) {
        sink.number(self.alias);
        sink.put_array(*self.conversation.as_bytes());
    }
}
