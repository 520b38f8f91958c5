//! The first flight of a client: HELLO and what may follow it (SES-001 to SES-005). It is judged as a whole before any
//! of it is acted on, so that a bad or replayed one changes nothing.

use alloc::vec::Vec;

use pinnace_fault as fault;
use pinnace_wire::{
    Ack, Activity, Bind, ClientMark, ClientSeq, ConversationId, DeviceId, Frame, FrameType, Hello,
    HelloCounter, LimitEntry, MailboxMark, Post, Role, Send, VERSION, frames, limits,
};

use crate::acked::Acked;
use crate::alias::{HeardAliases, HeardConversations};
use crate::breach::{Breach, Fault, is_let_pass};
use crate::credit::Budget;
use crate::message::ReceiptWish;
use crate::server::event::{PostRequest, SendRequest, ServerEvent};
use crate::server::outcomes::{Asked, Outcomes};

/// A well-formed first flight.
#[derive(Debug)]
pub(crate) struct Flight {
    pub(crate) hello: Greeting,
    /// HELLO's cursor and the ACKs.
    pub(crate) acked: Acked,
    pub(crate) has_ack: HasAck,
    pub(crate) sends: Vec<EarlySend>,
    pub(crate) aliases: HeardAliases,
    pub(crate) conversations: HeardConversations,
}

/// Whether an ACK came along: an unregistered device may send none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HasAck {
    Yes,
    No,
}

/// What HELLO said.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Greeting {
    pub(crate) hello_counter: HelloCounter,
    pub(crate) settled: ClientMark,
    pub(crate) cursor: MailboxMark,
    pub(crate) activity: Activity,
    /// What the client lets us send at first.
    pub(crate) credit: Budget,
    /// The client's alias_max.
    pub(crate) alias_max: u64,
}

/// Where a SEND or POST of the first flight goes.
#[derive(Clone, Copy, Debug)]
enum EarlyTo {
    Device(DeviceId, ReceiptWish),
    Conversation(ConversationId),
}

/// A SEND or POST of the first flight, without its ticket.
#[derive(Debug)]
pub(crate) struct EarlySend {
    client_seq: ClientSeq,
    to: EarlyTo,
    frame: (Option<pinnace_wire::Class>, Option<pinnace_wire::DurationS>),
    payload: Vec<u8>,
    pub(crate) cost: Budget,
}

/// What a first flight is held against.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FlightRules<'a> {
    pub(crate) early_send_max: u64,
    pub(crate) alias_max: u64,
    /// The versions that are spoken here.
    pub(crate) versions: &'a [u8],
}

impl Flight {
    /// Judges the payload of the client's last handshake message.
    pub(crate) fn parse(payload: &[u8], rules: FlightRules<'_>) -> Result<Self, Fault> {
        let mut placed = frames(payload);
        let first = placed.next().ok_or(Breach::OutOfState)??;
        let Frame::Hello(hello) = first.frame else {
            return Err(Breach::OutOfState.at(first.frame.frame_type(), first.offset));
        };
        let greeting = Greeting::new(&hello);
        let mut flight = Self {
            hello: greeting,
            acked: Acked::up_to(greeting.cursor),
            has_ack: HasAck::No,
            sends: Vec::new(),
            aliases: HeardAliases::default(),
            conversations: HeardConversations::default(),
        };
        refuse_unknown(&hello).map_err(|breach| breach.at(FrameType::HELLO, first.offset))?;
        refuse_downgrade(hello.versions, rules.versions)
            .map_err(|breach| breach.at(FrameType::HELLO, first.offset))?;
        for placed in placed {
            let placed = match placed {
                Err(error) if is_let_pass(&error) => break,
                other => other?,
            };
            let cost = Budget::frame(placed.body_len);
            flight
                .add(&placed.frame, cost, rules)
                .map_err(|breach| breach.at(placed.frame.frame_type(), placed.offset))?;
        }
        Ok(flight)
    }

    fn add(&mut self, frame: &Frame<'_>, cost: Budget, rules: FlightRules<'_>) -> Result<(), Breach> {
        if !frame.frame_type().is_sent_by(Role::Client) {
            return Err(Breach::OutOfState);
        }
        match frame {
            Frame::Send(send) => self.add_send(send, cost, rules),
            Frame::Bind(bind) => self.add_bind(bind, rules),
            Frame::Post(post) => self.add_post(post, cost, rules),
            Frame::BindConversation(bind) => Ok(self.conversations.bind(bind, rules.alias_max)?),
            Frame::Ack(ack) => self.add_ack(ack),
            Frame::Unknown(_) => Ok(()),
            Frame::Hello(_) => Err(Breach::OutOfState),
            Frame::Ephemeral(_)
            | Frame::Welcome(_)
            | Frame::Certificate(_)
            | Frame::Credit(_)
            | Frame::Ping(_)
            | Frame::Pong(_)
            | Frame::Goaway(_)
            | Frame::Close(_)
            | Frame::Error(_)
            | Frame::Void(_)
            | Frame::Accepted(_)
            | Frame::Refused(_)
            | Frame::Voided(_)
            | Frame::Deliver(_)
            | Frame::Receipt(_)
            | Frame::Gap(_)
            | Frame::Nack(_)
            | Frame::Rate(_)
            | Frame::Register(_)
            | Frame::RegisterMethod(_)
            | Frame::RegisterCode(_)
            | Frame::RegisterDevice(_)
            | Frame::Registration(_)
            | Frame::Registered(_)
            | Frame::DevicesQuery(_)
            | Frame::Devices(_)
            | Frame::Whisper(_)
            | Frame::Commit(_)
            | Frame::Entry(_)
            | Frame::Stage(_)
            | Frame::DeviceListPublish(_)
            | Frame::DeviceListQuery(_)
            | Frame::DeviceList(_)
            | Frame::LinkOpen(_)
            | Frame::LinkOffer(_)
            | Frame::LinkApprove(_)
            | Frame::KeysPublish(_)
            | Frame::Keys(_)
            | Frame::KeysLow(_)
            | Frame::Claim(_)
            | Frame::Claimed(_) => early_forbidden(),
        }
    }

    fn add_send(&mut self, send: &Send<'_>, cost: Budget, rules: FlightRules<'_>) -> Result<(), Breach> {
        self.require_room(rules)?;
        let destination = self.aliases.device(send.alias).ok_or(Breach::AliasUnbound)?;
        self.sends.push(EarlySend {
            client_seq: send.client_seq,
            to: EarlyTo::Device(destination, ReceiptWish::from_wire(send)),
            frame: (send.class, send.expires_in_s),
            payload: send.payload.to_vec(),
            cost,
        });
        Ok(())
    }

    fn add_post(&mut self, post: &Post<'_>, cost: Budget, rules: FlightRules<'_>) -> Result<(), Breach> {
        if fault::conversations::EARLY_POST_FORBIDDEN.is_on() {
            return Err(Breach::EarlyForbidden);
        }
        self.require_room(rules)?;
        let conversation = self.conversations.conversation(post.alias).ok_or(Breach::AliasUnbound)?;
        if fault::conversations::EARLY_POST_DROPPED.is_on() {
            return Ok(());
        }
        self.sends.push(EarlySend {
            client_seq: post.client_seq,
            to: EarlyTo::Conversation(conversation),
            frame: (post.class, post.expires_in_s),
            payload: post.payload.to_vec(),
            cost,
        });
        Ok(())
    }

    /// One more SEND or POST stays within early_send_max (SES-005).
    fn require_room(&self, rules: FlightRules<'_>) -> Result<(), Breach> {
        let is_unlimited = fault::session::EARLY_SENDS_UNLIMITED.is_on();
        if self.sends.len() >= usize::try_from(rules.early_send_max).unwrap_or(usize::MAX) && !is_unlimited {
            return Err(Breach::EarlyForbidden);
        }
        Ok(())
    }

    fn add_bind(&mut self, bind: &Bind, rules: FlightRules<'_>) -> Result<(), Breach> {
        Ok(self.aliases.bind(bind, rules.alias_max)?)
    }

    fn add_ack(&mut self, ack: &Ack<'_>) -> Result<(), Breach> {
        self.has_ack = HasAck::Yes;
        self.acked = self.acked.merged(&Acked::from_wire(ack)?);
        Ok(())
    }
}

impl Greeting {
    fn new(hello: &Hello<'_>) -> Self {
        let alias_max =
            hello.limits.iter().find(|LimitEntry { limit, .. }| limit.value() == limits::ALIAS_MAX.id);
        Self {
            hello_counter: hello.hello_counter,
            settled: hello.settled,
            cursor: hello.cursor,
            activity: hello.activity,
            credit: Budget { count: hello.credit_count.value(), bytes: hello.credit_bytes.value() },
            alias_max: alias_max.map_or(limits::ALIAS_MAX.default, |entry| entry.value.value()),
        }
    }
}

impl EarlySend {
    /// The request, now that the device is known to be registered.
    pub(crate) fn into_event(self, outcomes: &mut Outcomes) -> ServerEvent {
        let Self { client_seq, frame: (class, expires_in_s), payload, cost, .. } = self;
        match self.to {
            EarlyTo::Device(destination, receipt) => {
                let ticket = outcomes.await_answer(client_seq, Asked::Send, cost);
                ServerEvent::Send(SendRequest {
                    ticket,
                    client_seq,
                    destination,
                    class,
                    expires_in_s,
                    receipt,
                    payload,
                })
            }
            EarlyTo::Conversation(conversation) => {
                let ticket = outcomes.await_answer(client_seq, Asked::Post, cost);
                ServerEvent::Post(PostRequest {
                    ticket,
                    client_seq,
                    conversation,
                    class,
                    expires_in_s,
                    payload,
                })
            }
        }
    }
}

/// What a frame means that no first flight may hold (SES-004).
fn early_forbidden() -> Result<(), Breach> {
    if fault::session::EARLY_FRAME_TAKEN.is_on() {
        return Ok(());
    }
    Err(if fault::session::EARLY_FRAME_CODE_WRONG.is_on() {
        Breach::OutOfState
    } else {
        Breach::EarlyForbidden
    })
}

/// Refuses what must be ignored (EXT-001), as planted faults do.
fn refuse_unknown(hello: &Hello<'_>) -> Result<(), Breach> {
    let is_core = |profile: pinnace_wire::ProfileId| profile.value() == 1;
    let is_known = |entry: LimitEntry| limits::ALL.iter().any(|limit| limit.id == entry.limit.value());
    let is_refused = fault::framing::UNKNOWN_PROFILE_REFUSED.is_on() && !hello.profiles.iter().all(is_core)
        || fault::framing::UNKNOWN_LIMIT_REFUSED.is_on() && !hello.limits.iter().all(is_known);
    if is_refused { Err(Breach::OutOfState) } else { Ok(()) }
}

/// A preface of this version is a downgrade when both sides speak a higher one (SES-011). HELLO without the extension
/// speaks version 1.
fn refuse_downgrade(heard: Option<&[u8]>, spoken: &[u8]) -> Result<(), Breach> {
    let heard = heard.unwrap_or(&[1]);
    if fault::session::DOWNGRADE_SUSPECTED.is_on() && heard.iter().any(|version| *version > VERSION) {
        return Err(Breach::Downgrade);
    }
    let common = spoken.iter().filter(|version| heard.contains(version)).max();
    if common.is_some_and(|common| *common > VERSION) { Err(Breach::Downgrade) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn downgrade_takes_a_higher_version_on_both_sides() {
        assert_eq!(refuse_downgrade(Some(&[1, 2, 3]), &[1, 2]), Err(Breach::Downgrade));
        assert_eq!(refuse_downgrade(Some(&[1, 2, 3]), &[1]), Ok(()));
        assert_eq!(refuse_downgrade(None, &[1, 2]), Ok(()));
        assert_eq!(refuse_downgrade(Some(&[1]), &[1, 2]), Ok(()));
    }
}
