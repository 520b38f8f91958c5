//! The frames. One a file: its fields, how it is read, how it is written.

mod accepted;
mod ack;
mod bind;
mod bind_conversation;
mod certificate;
mod claim;
mod claimed;
mod close;
mod commit;
mod credit;
mod deliver;
mod device_list;
mod device_list_publish;
mod device_list_query;
mod devices;
mod devices_query;
mod entry;
mod ephemeral;
mod error_frame;
mod gap;
mod goaway;
mod hello;
mod keys;
mod keys_low;
mod keys_publish;
mod kind;
mod limit_entry;
mod link_approve;
mod link_offer;
mod link_open;
mod nack;
mod ping;
mod pong;
mod post;
mod rate;
mod receipt;
mod refused;
mod register;
mod register_code;
mod register_device;
mod register_method;
mod registered;
mod registration;
mod send;
mod stage;
mod unknown;
mod void;
mod voided;
mod welcome;
mod whisper;

use crate::error::{DecodeError, EncodeError};
use crate::limits::RECORD_LEN;
use crate::number::FrameType;
use crate::record::{Decoder, Placed};
use crate::sink::{self, Meter, Sink};

pub use accepted::Accepted;
pub use ack::{Ack, AckRange};
pub use bind::Bind;
pub use bind_conversation::BindConversation;
pub use certificate::Certificate;
pub use claim::Claim;
pub use claimed::Claimed;
pub use close::Close;
pub use commit::Commit;
pub use credit::Credit;
pub use deliver::Deliver;
pub use device_list::DeviceList;
pub use device_list_publish::DeviceListPublish;
pub use device_list_query::DeviceListQuery;
pub use devices::{DeviceEntry, Devices};
pub use devices_query::DevicesQuery;
pub use entry::Entry;
pub use ephemeral::Ephemeral;
pub use error_frame::ErrorFrame;
pub use gap::Gap;
pub use goaway::{Address, Goaway};
pub use hello::Hello;
pub use keys::{Keys, Stock};
pub use keys_low::KeysLow;
pub use keys_publish::{KeyPackageItem, KeysPublish};
pub use limit_entry::LimitEntry;
pub use link_approve::LinkApprove;
pub use link_offer::LinkOffer;
pub use link_open::LinkOpen;
pub use nack::Nack;
pub use ping::Ping;
pub use pong::Pong;
pub use post::Post;
pub use rate::Rate;
pub use receipt::{Receipt, SeqRange};
pub use refused::Refused;
pub use register::Register;
pub use register_code::RegisterCode;
pub use register_device::RegisterDevice;
pub use register_method::RegisterMethod;
pub use registered::Registered;
pub use registration::{Offer, Registration};
pub use send::Send;
pub use stage::Stage;
pub use unknown::Unknown;
pub use void::Void;
pub use voided::Voided;
pub use welcome::{Exception, Welcome};
pub use whisper::Whisper;

/// How the body of one frame is written.
pub(crate) trait Body {
    fn emit(&self, sink: &mut impl Sink);
}

/// Any frame.
///
/// ```text
/// Frame { Type (i), Length (i), Body (..) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum Frame<'a> {
    /// Carries a payload that is never stored, never acknowledged and dropped first.
    Ephemeral(Ephemeral<'a>),
    /// Opens a session: what the client has, what it can take, what it speaks.
    Hello(Hello<'a>),
    /// Answers HELLO: who the device is to this server, what was handled, what the server can take.
    Welcome(Welcome<'a>),
    /// Proves, inside handshake message 2 of XX, that the realm certified this edge's static key.
    Certificate(Certificate<'a>),
    /// Raises how much the peer may send: totals since the session began.
    Credit(Credit),
    /// Asks for a PONG: proves that the peer lives.
    Ping(Ping),
    /// Answers a PING with its token.
    Pong(Pong),
    /// Announces that this session will end: finish, then go elsewhere.
    Goaway(Goaway<'a>),
    /// Ends the session; nothing follows it.
    Close(Close<'a>),
    /// Says that one frame was not done, and why; the session goes on.
    Error(ErrorFrame<'a>),
    /// Hands one message to the server for one device.
    Send(Send<'a>),
    /// Settles a client_seq without a message.
    Void(Void),
    /// The outcome of a SEND: the message is durable at the server.
    Accepted(Accepted),
    /// The outcome of a SEND: the message will never be delivered; its number is used.
    Refused(Refused),
    /// The outcome of a VOID: the number is used and carries no message.
    Voided(Voided),
    /// Gives a device a short alias for the rest of this session, in the sender's direction.
    Bind(Bind),
    /// Brings one message of the mailbox.
    Deliver(Deliver<'a>),
    /// A mailbox item that tells a sender what became of its messages to one device.
    Receipt(Receipt<'a>),
    /// Says that a run of mailbox numbers carries nothing any more, and why.
    Gap(Gap),
    /// Says which mailbox items are durable at the device: the server may delete them.
    Ack(Ack<'a>),
    /// Says that the device will not or cannot take one mailbox item.
    Nack(Nack),
    /// Says that a frame was not processed because its sender is over a rate: try the same again later.
    Rate(Rate),
    /// Starts the registration of this device under a telephone number.
    Register(Register<'a>),
    /// Asks that a code be sent by one of the offered methods.
    RegisterMethod(RegisterMethod),
    /// Presents the code that the person received.
    RegisterCode(RegisterCode<'a>),
    /// Presents the certificate of this device, after the number was verified.
    RegisterDevice(RegisterDevice<'a>),
    /// The state of the registration: what may be asked for, and when.
    Registration(Registration<'a>),
    /// The device is registered: durable at the server.
    Registered(Registered),
    /// Asks for the devices of the own account.
    DevicesQuery(DevicesQuery),
    /// The devices of the own account.
    Devices(Devices<'a>),
    /// Gives a conversation a short alias for the rest of this session, in the sender's direction.
    BindConversation(BindConversation),
    /// Carries a payload to the devices of a conversation that are there; never stored, never acknowledged and dropped
    /// first.
    Whisper(Whisper<'a>),
    /// Hands one message to the server for all devices of a conversation.
    Post(Post<'a>),
    /// Asks that a commit be the one that ends the current epoch of a conversation; of epoch 0 with its origin, that
    /// the conversation begin.
    Commit(Commit<'a>),
    /// Brings one entry of a conversation, or a part of it, as an item of the mailbox.
    Entry(Entry<'a>),
    /// Brings a piece of a commit or a Welcome that is too long for one COMMIT.
    Stage(Stage<'a>),
    /// Files KeyPackages of this device with the server; empty, it asks for the stock.
    KeysPublish(KeysPublish<'a>),
    /// The KeyPackages that the server has of this device.
    Keys(Keys<'a>),
    /// A mailbox item that tells a device that few of its one-time KeyPackages of a suite are left.
    KeysLow(KeysLow),
    /// Asks for the device list of an account and one KeyPackage of each of its devices.
    Claim(Claim),
    /// The KeyPackage of one device of a claimed account.
    Claimed(Claimed<'a>),
    /// The device list of an account, as its identity key signed it.
    DeviceList(DeviceList<'a>),
    /// Puts the next device list of the own account into force.
    DeviceListPublish(DeviceListPublish<'a>),
    /// Asks for the device list of an account.
    DeviceListQuery(DeviceListQuery),
    /// Says that this new device may be linked to an account.
    LinkOpen(LinkOpen),
    /// Says how long the new device may be linked.
    LinkOffer(LinkOffer),
    /// Takes a device that asked for it into the own account: its certificate, and the device list that names it.
    LinkApprove(LinkApprove<'a>),
    /// A frame of unknown odd type: skipped (FRM-008).
    Unknown(Unknown<'a>),
}

/// Reads a body as its type says. An unknown type is odd: the walk has refused the others.
pub(crate) fn dispatch<'a>(decoder: Decoder<'_, 'a>) -> Option<Result<Placed<'a>, DecodeError>> {
    let frame_type = decoder.frame_type;
    match frame_type {
        FrameType::EPHEMERAL => decoder.run(Ephemeral::parse),
        FrameType::HELLO => decoder.run(Hello::parse),
        FrameType::WELCOME => decoder.run(Welcome::parse),
        FrameType::CERTIFICATE => decoder.run(Certificate::parse),
        FrameType::CREDIT => decoder.run(Credit::parse),
        FrameType::PING => decoder.run(Ping::parse),
        FrameType::PONG => decoder.run(Pong::parse),
        FrameType::GOAWAY => decoder.run(Goaway::parse),
        FrameType::CLOSE => decoder.run(Close::parse),
        FrameType::ERROR => decoder.run(ErrorFrame::parse),
        FrameType::SEND => decoder.run(Send::parse),
        FrameType::VOID => decoder.run(Void::parse),
        FrameType::ACCEPTED => decoder.run(Accepted::parse),
        FrameType::REFUSED => decoder.run(Refused::parse),
        FrameType::VOIDED => decoder.run(Voided::parse),
        FrameType::BIND => decoder.run(Bind::parse),
        FrameType::DELIVER => decoder.run(Deliver::parse),
        FrameType::RECEIPT => decoder.run(Receipt::parse),
        FrameType::GAP => decoder.run(Gap::parse),
        FrameType::ACK => decoder.run(Ack::parse),
        FrameType::NACK => decoder.run(Nack::parse),
        FrameType::RATE => decoder.run(Rate::parse),
        FrameType::REGISTER => decoder.run(Register::parse),
        FrameType::REGISTER_METHOD => decoder.run(RegisterMethod::parse),
        FrameType::REGISTER_CODE => decoder.run(RegisterCode::parse),
        FrameType::REGISTER_DEVICE => decoder.run(RegisterDevice::parse),
        FrameType::REGISTRATION => decoder.run(Registration::parse),
        FrameType::REGISTERED => decoder.run(Registered::parse),
        FrameType::DEVICES_QUERY => decoder.run(DevicesQuery::parse),
        FrameType::DEVICES => decoder.run(Devices::parse),
        FrameType::BIND_CONVERSATION => decoder.run(BindConversation::parse),
        FrameType::WHISPER => decoder.run(Whisper::parse),
        FrameType::POST => decoder.run(Post::parse),
        FrameType::COMMIT => decoder.run(Commit::parse),
        FrameType::ENTRY => decoder.run(Entry::parse),
        FrameType::STAGE => decoder.run(Stage::parse),
        FrameType::KEYS_PUBLISH => decoder.run(KeysPublish::parse),
        FrameType::KEYS => decoder.run(Keys::parse),
        FrameType::KEYS_LOW => decoder.run(KeysLow::parse),
        FrameType::CLAIM => decoder.run(Claim::parse),
        FrameType::CLAIMED => decoder.run(Claimed::parse),
        FrameType::DEVICE_LIST => decoder.run(DeviceList::parse),
        FrameType::DEVICE_LIST_PUBLISH => decoder.run(DeviceListPublish::parse),
        FrameType::DEVICE_LIST_QUERY => decoder.run(DeviceListQuery::parse),
        FrameType::LINK_OPEN => decoder.run(LinkOpen::parse),
        FrameType::LINK_OFFER => decoder.run(LinkOffer::parse),
        FrameType::LINK_APPROVE => decoder.run(LinkApprove::parse),
        _ => decoder.run(|body| Ok(Unknown { frame_type, body })),
    }
}

impl<'a> Frame<'a> {
    /// The frame's type.
    #[must_use]
    #[inline]
    pub const fn frame_type(&self) -> FrameType {
        match self {
            Self::Ephemeral(_) => FrameType::EPHEMERAL,
            Self::Hello(_) => FrameType::HELLO,
            Self::Welcome(_) => FrameType::WELCOME,
            Self::Certificate(_) => FrameType::CERTIFICATE,
            Self::Credit(_) => FrameType::CREDIT,
            Self::Ping(_) => FrameType::PING,
            Self::Pong(_) => FrameType::PONG,
            Self::Goaway(_) => FrameType::GOAWAY,
            Self::Close(_) => FrameType::CLOSE,
            Self::Error(_) => FrameType::ERROR,
            Self::Send(_) => FrameType::SEND,
            Self::Void(_) => FrameType::VOID,
            Self::Accepted(_) => FrameType::ACCEPTED,
            Self::Refused(_) => FrameType::REFUSED,
            Self::Voided(_) => FrameType::VOIDED,
            Self::Bind(_) => FrameType::BIND,
            Self::Deliver(_) => FrameType::DELIVER,
            Self::Receipt(_) => FrameType::RECEIPT,
            Self::Gap(_) => FrameType::GAP,
            Self::Ack(_) => FrameType::ACK,
            Self::Nack(_) => FrameType::NACK,
            Self::Rate(_) => FrameType::RATE,
            Self::Register(_) => FrameType::REGISTER,
            Self::RegisterMethod(_) => FrameType::REGISTER_METHOD,
            Self::RegisterCode(_) => FrameType::REGISTER_CODE,
            Self::RegisterDevice(_) => FrameType::REGISTER_DEVICE,
            Self::Registration(_) => FrameType::REGISTRATION,
            Self::Registered(_) => FrameType::REGISTERED,
            Self::DevicesQuery(_) => FrameType::DEVICES_QUERY,
            Self::Devices(_) => FrameType::DEVICES,
            Self::BindConversation(_) => FrameType::BIND_CONVERSATION,
            Self::Whisper(_) => FrameType::WHISPER,
            Self::Post(_) => FrameType::POST,
            Self::Commit(_) => FrameType::COMMIT,
            Self::Entry(_) => FrameType::ENTRY,
            Self::Stage(_) => FrameType::STAGE,
            Self::KeysPublish(_) => FrameType::KEYS_PUBLISH,
            Self::Keys(_) => FrameType::KEYS,
            Self::KeysLow(_) => FrameType::KEYS_LOW,
            Self::Claim(_) => FrameType::CLAIM,
            Self::Claimed(_) => FrameType::CLAIMED,
            Self::DeviceList(_) => FrameType::DEVICE_LIST,
            Self::DeviceListPublish(_) => FrameType::DEVICE_LIST_PUBLISH,
            Self::DeviceListQuery(_) => FrameType::DEVICE_LIST_QUERY,
            Self::LinkOpen(_) => FrameType::LINK_OPEN,
            Self::LinkOffer(_) => FrameType::LINK_OFFER,
            Self::LinkApprove(_) => FrameType::LINK_APPROVE,
            Self::Unknown(frame) => frame.frame_type,
        }
    }

    /// One dispatch for all that a task does with the body.
    #[inline]
    fn with_body<T: Task>(&self, task: T) -> T::Done {
        match self {
            Self::Ephemeral(frame) => task.run(frame),
            Self::Hello(frame) => task.run(frame),
            Self::Welcome(frame) => task.run(frame),
            Self::Certificate(frame) => task.run(frame),
            Self::Credit(frame) => task.run(frame),
            Self::Ping(frame) => task.run(frame),
            Self::Pong(frame) => task.run(frame),
            Self::Goaway(frame) => task.run(frame),
            Self::Close(frame) => task.run(frame),
            Self::Error(frame) => task.run(frame),
            Self::Send(frame) => task.run(frame),
            Self::Void(frame) => task.run(frame),
            Self::Accepted(frame) => task.run(frame),
            Self::Refused(frame) => task.run(frame),
            Self::Voided(frame) => task.run(frame),
            Self::Bind(frame) => task.run(frame),
            Self::Deliver(frame) => task.run(frame),
            Self::Receipt(frame) => task.run(frame),
            Self::Gap(frame) => task.run(frame),
            Self::Ack(frame) => task.run(frame),
            Self::Nack(frame) => task.run(frame),
            Self::Rate(frame) => task.run(frame),
            Self::Register(frame) => task.run(frame),
            Self::RegisterMethod(frame) => task.run(frame),
            Self::RegisterCode(frame) => task.run(frame),
            Self::RegisterDevice(frame) => task.run(frame),
            Self::Registration(frame) => task.run(frame),
            Self::Registered(frame) => task.run(frame),
            Self::DevicesQuery(frame) => task.run(frame),
            Self::Devices(frame) => task.run(frame),
            Self::BindConversation(frame) => task.run(frame),
            Self::Whisper(frame) => task.run(frame),
            Self::Post(frame) => task.run(frame),
            Self::Commit(frame) => task.run(frame),
            Self::Entry(frame) => task.run(frame),
            Self::Stage(frame) => task.run(frame),
            Self::KeysPublish(frame) => task.run(frame),
            Self::Keys(frame) => task.run(frame),
            Self::KeysLow(frame) => task.run(frame),
            Self::Claim(frame) => task.run(frame),
            Self::Claimed(frame) => task.run(frame),
            Self::DeviceList(frame) => task.run(frame),
            Self::DeviceListPublish(frame) => task.run(frame),
            Self::DeviceListQuery(frame) => task.run(frame),
            Self::LinkOpen(frame) => task.run(frame),
            Self::LinkOffer(frame) => task.run(frame),
            Self::LinkApprove(frame) => task.run(frame),
            Self::Unknown(frame) => task.run(frame),
        }
    }

    /// The length of the body in octets: what the frame costs of the credit in octets when it is sent.
    #[must_use]
    pub fn body_len(&self) -> usize {
        self.with_body(BodyLen)
    }

    /// The length of the encoding in octets.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        let body_len = self.body_len();
        head_len(self.frame_type(), body_len) + body_len
    }

    /// Writes the frame into the front of `out` and tells its length.
    ///
    /// # Errors
    /// `Invalid` when a field is out of its range or the frame fits no record: nothing is written that a decoder
    /// refuses. `BufferTooSmall` tells the length that is needed.
    #[inline]
    pub fn encode(&self, out: &mut [u8]) -> Result<usize, EncodeError> {
        self.with_body(Encode { frame_type: self.frame_type(), out })
    }
}

/// What is done with the body of a frame, whichever frame it is.
trait Task {
    type Done;

    fn run(self, body: &impl Body) -> Self::Done;
}

struct BodyLen;

impl Task for BodyLen {
    type Done = usize;

    #[inline]
    fn run(self, body: &impl Body) -> usize {
        sink::measure(|meter| body.emit(meter))
    }
}

struct Encode<'o> {
    frame_type: FrameType,
    out: &'o mut [u8],
}

impl Task for Encode<'_> {
    type Done = Result<usize, EncodeError>;

    #[inline]
    fn run(self, body: &impl Body) -> Self::Done {
        let mut meter = Meter::default();
        body.emit(&mut meter);
        let body_len = meter.valid_len()?;
        let needed = head_len(self.frame_type, body_len) + body_len;
        if needed > RECORD_LEN {
            return Err(EncodeError::Invalid { field: "length" });
        }
        let room = self.out.get_mut(..needed).ok_or(EncodeError::BufferTooSmall { needed })?;
        let mut writer = sink::Writer { room };
        emit_head(self.frame_type, body_len, &mut writer);
        body.emit(&mut writer);
        Ok(needed)
    }
}

#[inline]
fn emit_head(frame_type: FrameType, body_len: usize, sink: &mut impl Sink) {
    sink.number(frame_type);
    sink.len(body_len);
}

#[inline]
fn head_len(frame_type: FrameType, body_len: usize) -> usize {
    sink::measure(|meter| emit_head(frame_type, body_len, meter))
}

macro_rules! from_body {
    ($($variant:ident($body:ty),)*) => {
        $(impl<'a> From<$body> for Frame<'a> {
                #[inline]
            fn from(body: $body) -> Self {
                Self::$variant(body)
            }
        })*
    };
}

from_body! {
    Ephemeral(Ephemeral<'a>),
    Hello(Hello<'a>),
    Welcome(Welcome<'a>),
    Certificate(Certificate<'a>),
    Credit(Credit),
    Ping(Ping),
    Pong(Pong),
    Goaway(Goaway<'a>),
    Close(Close<'a>),
    Error(ErrorFrame<'a>),
    Send(Send<'a>),
    Void(Void),
    Accepted(Accepted),
    Refused(Refused),
    Voided(Voided),
    Bind(Bind),
    Deliver(Deliver<'a>),
    Receipt(Receipt<'a>),
    Gap(Gap),
    Ack(Ack<'a>),
    Nack(Nack),
    Rate(Rate),
    Register(Register<'a>),
    RegisterMethod(RegisterMethod),
    RegisterCode(RegisterCode<'a>),
    RegisterDevice(RegisterDevice<'a>),
    Registration(Registration<'a>),
    Registered(Registered),
    DevicesQuery(DevicesQuery),
    Devices(Devices<'a>),
    BindConversation(BindConversation),
    Whisper(Whisper<'a>),
    Post(Post<'a>),
    Commit(Commit<'a>),
    Entry(Entry<'a>),
    Stage(Stage<'a>),
    KeysPublish(KeysPublish<'a>),
    Keys(Keys<'a>),
    KeysLow(KeysLow),
    Claim(Claim),
    Claimed(Claimed<'a>),
    DeviceList(DeviceList<'a>),
    DeviceListPublish(DeviceListPublish<'a>),
    DeviceListQuery(DeviceListQuery),
    LinkOpen(LinkOpen),
    LinkOffer(LinkOffer),
    LinkApprove(LinkApprove<'a>),
    Unknown(Unknown<'a>),
}
