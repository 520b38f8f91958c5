//! Frames by the names that the tables use, and back.

use pinnace_session::noise::StaticSecret;
use pinnace_wire::{
    Accepted, AccountId, Ack, Alias, AttemptsLeft, Bind, Certificate, ClientMark, ClientSeq, Close, Code,
    CodeLen, Count, Credit, CreditBytes, CreditCount, Deliver, DeviceCertificate, Devices, DevicesQuery,
    DurationMs, EdgeCertificate, Ephemeral, ErrorCode, ErrorFrame, Frame, FrameCode, FrameType, Gap,
    GapReason, Goaway, GoawayReason, Hello, List, MailboxMark, MailboxSeq, Method, Nack, NackReason, Ping,
    PingToken, Pong, Rate, Receipt, ReceiptStatus, Refused, Register, RegisterCode, RegisterDevice,
    RegisterMethod, Registered, Registration, RegistrationStage, RequestId, Send, SeqRange, SessionEpoch,
    Standing, Subject, UnixMs, Unknown, Void, Voided, WaitMs, Welcome, frames,
};

use super::conversations::conversations_event;
use super::devices::devices_event;
use super::keys::{UNIX_S, certificate_of, edge, first_flight, other_device, this_device};

pub(crate) fn encode(frame: &Frame<'_>) -> Vec<u8> {
    let mut out = vec![0; frame.encoded_len()];
    frame.encode(&mut out).unwrap();
    out
}

pub(crate) fn client_seq(value: u64) -> ClientSeq {
    ClientSeq::new(value).unwrap()
}

pub(crate) fn mailbox_seq(value: u64) -> MailboxSeq {
    MailboxSeq::new(value).unwrap()
}

pub(crate) fn alias(value: u64) -> Alias {
    Alias::new(value).unwrap()
}

pub(crate) fn send(seq: u64, alias_value: u64) -> Frame<'static> {
    Frame::Send(Send {
        client_seq: client_seq(seq),
        alias: alias(alias_value),
        payload: b"ahoy",
        class: None,
        expires_in_s: None,
        no_receipt: false,
    })
}

pub(crate) fn bind(alias_value: u64) -> Frame<'static> {
    Frame::Bind(Bind { alias: alias(alias_value), device: other_device(9) })
}

/// HELLO with counter 7, cursor 5 and a credit of 100 frames and 100,000 octets.
pub(crate) fn hello() -> Frame<'static> {
    let first = first_flight();
    Frame::Hello(Hello {
        hello_counter: first.hello_counter,
        settled: first.settled,
        cursor: MailboxMark::new(5).unwrap(),
        activity: first.activity,
        credit_count: CreditCount::new(100).unwrap(),
        credit_bytes: CreditBytes::new(100_000).unwrap(),
        versions: None,
        agent: None,
        profiles: List::EMPTY,
        limits: List::EMPTY,
        features: List::EMPTY,
    })
}

/// WELCOME with a credit of 100 frames and 100,000 octets.
pub(crate) fn welcome(standing: Standing) -> Frame<'static> {
    Frame::Welcome(Welcome {
        standing,
        session_epoch: SessionEpoch::new(1).unwrap(),
        handled: ClientMark::NOTHING,
        cursor: MailboxMark::NOTHING,
        mailbox_last: MailboxMark::new(50).unwrap(),
        credit_count: CreditCount::new(100).unwrap(),
        credit_bytes: CreditBytes::new(100_000).unwrap(),
        time_ms: UnixMs::new(UNIX_S * 1_000).unwrap(),
        exceptions: List::EMPTY,
        agent: None,
        profiles: List::EMPTY,
        limits: List::EMPTY,
        features: List::EMPTY,
        route_token: None,
        certificate: None,
        successor: None,
    })
}

pub(crate) fn certificate_frame(edge: &StaticSecret) -> Vec<u8> {
    let octets = certificate_of(edge, UNIX_S - 1_000, UNIX_S + 100_000);
    let certificate = EdgeCertificate::decode(&octets).unwrap();
    encode(&Frame::Certificate(Certificate { certificate, successor: None }))
}

fn credit(count: u64, bytes: u64) -> Frame<'static> {
    Frame::Credit(Credit {
        count_limit: CreditCount::new(count).unwrap(),
        bytes_limit: CreditBytes::new(bytes).unwrap(),
    })
}

fn deliver(seq: u64, alias_value: u64) -> Frame<'static> {
    Frame::Deliver(Deliver {
        mailbox_seq: mailbox_seq(seq),
        alias: alias(alias_value),
        payload: b"ahoy",
        class: None,
    })
}

fn ack(cursor: u64) -> Frame<'static> {
    Frame::Ack(Ack { cursor: MailboxMark::new(cursor).unwrap(), ranges: List::EMPTY })
}

fn nack(seq: u64) -> Frame<'static> {
    Frame::Nack(Nack { mailbox_seq: mailbox_seq(seq), reason: NackReason::LATER })
}

fn gap(seq: u64) -> Frame<'static> {
    let (count, reason) = (Count::new(1).unwrap(), GapReason::EXPIRED);
    Frame::Gap(Gap { mailbox_seq: mailbox_seq(seq), count, reason })
}

fn device_certificate() -> Vec<u8> {
    use pinnace_session::certificate::{DeviceTerms, sign_device};
    let identity = pinnace_session::ed25519::SigningKey::from_seed(&[5; 32]);
    let terms = DeviceTerms {
        noise_key: *super::keys::device().public(),
        signature_key: [6; 32],
        not_after_s: super::keys::unix(UNIX_S + 10),
    };
    sign_device(&identity, super::keys::realm(), &terms).unwrap()
}

fn close() -> Frame<'static> {
    Frame::Close(Close {
        code: Code::from(ErrorCode::NoError),
        frame_type: None,
        detail: "",
        retry_after_ms: None,
        hello_counter: None,
        offset: None,
    })
}

/// The octets of the frame event of that name, with what must go before it; as `spec/data/machines` names them.
pub(crate) fn frame_event(name: &str) -> Vec<u8> {
    let frames = match name {
        "CERTIFICATE" => return certificate_frame(&edge()),
        "CERTIFICATE_untrusted" => return certificate_frame(&StaticSecret::from_bytes([77; 32])),
        "UNKNOWN_EVEN" => return vec![62, 0],
        "MALFORMED" => return vec![0, 0],
        "REGISTER_DEVICE" => {
            let octets = device_certificate();
            let certificate = DeviceCertificate::decode(&octets).unwrap();
            return encode(&Frame::RegisterDevice(RegisterDevice { certificate }));
        }
        "RECEIPT" => return [encode(&bind(1)), receipt()].concat(),
        _ if let Some(octets) = devices_event(name) => return octets,
        _ if let Some(octets) = conversations_event(name) => return octets,
        _ => of_both(name).or_else(|| of_client(name)).or_else(|| of_server(name)),
    };
    frames.unwrap_or_else(|| unreachable!("no frame event {name}")).iter().flat_map(encode).collect()
}

fn receipt() -> Vec<u8> {
    let ranges = [SeqRange { first: client_seq(1), count: Count::new(1).unwrap() }];
    encode(&Frame::Receipt(Receipt {
        mailbox_seq: mailbox_seq(6),
        alias: alias(1),
        status: ReceiptStatus::DELIVERED,
        ranges: List::from_slice(&ranges),
    }))
}

/// What both sides may send.
fn of_both(name: &str) -> Option<Vec<Frame<'static>>> {
    Some(match name {
        "EPHEMERAL" => vec![bind(1), Frame::Ephemeral(Ephemeral { alias: alias(1), payload: b"x" })],
        "CREDIT" => vec![credit(1_000_000, 10_000_000)],
        "CREDIT_lowered" => vec![credit(1, 1)],
        "PING" => vec![Frame::Ping(Ping { token: PingToken::new(9).unwrap() })],
        "PONG" => vec![Frame::Pong(Pong { token: PingToken::new(9).unwrap() })],
        "CLOSE" => vec![close()],
        "BIND" => vec![bind(1)],
        "BIND_over" => vec![bind(1_024)],
        "UNKNOWN_ODD" => {
            vec![Frame::Unknown(Unknown { frame_type: FrameType::new(33).unwrap(), body: b"?" })]
        }
        _ => return None,
    })
}

/// What clients send.
fn of_client(name: &str) -> Option<Vec<Frame<'static>>> {
    Some(match name {
        "HELLO" => vec![hello()],
        "SEND" => vec![bind(1), send(1, 1)],
        "SEND_unbound" => vec![send(1, 2)],
        "SEND_over" => core::iter::once(bind(1)).chain((1..=17).map(|seq| send(seq, 1))).collect(),
        "VOID" => vec![Frame::Void(Void { client_seq: client_seq(1) })],
        "ACK" => vec![ack(5)],
        "ACK_invalid" => vec![ack(1_000)],
        "NACK" => vec![nack(5)],
        "NACK_invalid" => vec![nack(1_000)],
        "REGISTER" => vec![Frame::Register(Register { e164: "+4930123456", replace: false })],
        "REGISTER_METHOD" => vec![Frame::RegisterMethod(RegisterMethod { method: Method::SMS })],
        "REGISTER_CODE" => vec![Frame::RegisterCode(RegisterCode { code: "123456" })],
        "DEVICES_QUERY" => vec![Frame::DevicesQuery(DevicesQuery { request: RequestId::new(1).unwrap() })],
        _ => return None,
    })
}

/// What servers send.
fn of_server(name: &str) -> Option<Vec<Frame<'static>>> {
    let ms = DurationMs::new(1).unwrap();
    Some(match name {
        "WELCOME" => vec![welcome(Standing::Registered)],
        "WELCOME_unregistered" => vec![welcome(Standing::Unregistered)],
        "GOAWAY" => vec![Frame::Goaway(Goaway {
            reason: GoawayReason::RESTART,
            drain_ms: ms,
            window_ms: ms,
            alternates: List::EMPTY,
        })],
        "ERROR" => vec![Frame::Error(ErrorFrame {
            code: FrameCode::new(9).unwrap(),
            frame_type: FrameType::SEND,
            subject: Subject::new(1).unwrap(),
            detail: "",
            retry_after_ms: None,
            expected: None,
        })],
        "ACCEPTED" => vec![Frame::Accepted(Accepted { client_seq: client_seq(1) })],
        "REFUSED" => {
            vec![Frame::Refused(Refused { client_seq: client_seq(1), code: FrameCode::new(1).unwrap() })]
        }
        "VOIDED" => vec![Frame::Voided(Voided { client_seq: client_seq(1) })],
        "DELIVER" => vec![bind(1), deliver(6, 1)],
        "DELIVER_again" => vec![bind(1), deliver(3, 1)],
        "DELIVER_unbound" => vec![deliver(6, 2)],
        "DELIVER_over" => core::iter::once(bind(1)).chain((6..600).map(|seq| deliver(seq, 1))).collect(),
        "GAP" => vec![gap(6)],
        "RATE" => vec![Frame::Rate(Rate {
            frame_type: FrameType::SEND,
            subject: Subject::new(1).unwrap(),
            retry_after_ms: WaitMs::new(1).unwrap(),
        })],
        "REGISTRATION" => vec![Frame::Registration(Registration {
            stage: RegistrationStage::Choosing,
            methods: List::EMPTY,
            code_len: CodeLen::new(0).unwrap(),
            code_wait_ms: ms,
            attempts_left: AttemptsLeft::new(5).unwrap(),
            expires_in_ms: ms,
        })],
        "REGISTERED" => {
            vec![Frame::Registered(Registered { account: AccountId::new([4; 16]), device: this_device() })]
        }
        "DEVICES" => {
            vec![Frame::Devices(Devices { request: RequestId::new(1).unwrap(), devices: List::EMPTY })]
        }
        _ => return None,
    })
}

/// What a record says: the names of its frames, and the code of a CLOSE among them.
pub(crate) fn names_of(plaintext: &[u8]) -> (Vec<String>, Option<String>) {
    let heard: Vec<_> = frames(plaintext).map(|placed| placed.unwrap().frame).collect();
    let names = heard.iter().map(|frame| frame.frame_type().name().unwrap_or("UNKNOWN").to_owned()).collect();
    let code = heard.iter().find_map(|frame| {
        if let Frame::Close(close) = frame {
            Some(close.code.known().unwrap().name().to_owned())
        } else {
            None
        }
    });
    (names, code)
}
