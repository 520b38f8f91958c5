//! The frames of a client, as octets.

use super::ids::DeviceId;
use super::octets::{extension, frame, len_prefixed, varint, varints};

/// Type of a frame, for checks of ERROR, RATE and CLOSE.
#[expect(missing_docs, reason = "the names stand in spec/data/frames.toml")]
pub mod kind {
    pub const EPHEMERAL: u64 = 1;
    pub const HELLO: u64 = 2;
    pub const CREDIT: u64 = 8;
    pub const PING: u64 = 10;
    pub const PONG: u64 = 12;
    pub const CLOSE: u64 = 16;
    pub const SEND: u64 = 20;
    pub const VOID: u64 = 22;
    pub const BIND: u64 = 30;
    pub const ACK: u64 = 38;
    pub const NACK: u64 = 40;
    pub const REGISTER: u64 = 46;
    pub const REGISTER_METHOD: u64 = 48;
    pub const REGISTER_CODE: u64 = 50;
    pub const REGISTER_DEVICE: u64 = 52;
    pub const DEVICES_QUERY: u64 = 58;
}

/// A HELLO, every field at hand so that a case can bend one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hello {
    /// Above every earlier one of the device.
    pub hello_counter: u64,
    /// Every `client_seq` up to here has an outcome that the client knows.
    pub settled: u64,
    /// Every mailbox item up to here is durable at the device.
    pub cursor: u64,
    /// 0 background, 1 foreground.
    pub activity: u8,
    /// How many credited frames the server may send.
    pub credit_count: u64,
    /// How many octets of their bodies.
    pub credit_bytes: u64,
    /// Extensions as octets, in rising order.
    pub extensions: Vec<u8>,
}

impl Hello {
    /// As octets.
    #[must_use]
    pub fn octets(&self) -> Vec<u8> {
        let body = [
            &varints(&[self.hello_counter, self.settled, self.cursor])[..],
            &[self.activity],
            &varints(&[self.credit_count, self.credit_bytes]),
            &self.extensions,
        ];
        frame(kind::HELLO, &body.concat())
    }
}

/// A SEND without extensions.
#[must_use]
pub fn send(client_seq: u64, alias: u64, payload: &[u8]) -> Vec<u8> {
    send_with(client_seq, alias, payload, &[])
}

/// A SEND with extensions, given as octets.
#[must_use]
pub fn send_with(client_seq: u64, alias: u64, payload: &[u8], extensions: &[u8]) -> Vec<u8> {
    let body = [&varints(&[client_seq, alias])[..], &len_prefixed(payload), extensions];
    frame(kind::SEND, &body.concat())
}

/// The SEND extension `class`.
#[must_use]
pub fn class(value: u64) -> Vec<u8> {
    extension(2, &varint(value))
}

/// The SEND extension `expires_in_s`.
#[must_use]
pub fn expires_in_s(value: u64) -> Vec<u8> {
    extension(3, &varint(value))
}

/// The SEND extension `no_receipt`.
#[must_use]
pub fn no_receipt() -> Vec<u8> {
    extension(4, &[])
}

/// VOID.
#[must_use]
pub fn void(client_seq: u64) -> Vec<u8> {
    frame(kind::VOID, &varint(client_seq))
}

/// BIND.
#[must_use]
pub fn bind(alias: u64, device: DeviceId) -> Vec<u8> {
    frame(kind::BIND, &[&varint(alias)[..], &device.0].concat())
}

/// EPHEMERAL.
#[must_use]
pub fn ephemeral(alias: u64, payload: &[u8]) -> Vec<u8> {
    frame(kind::EPHEMERAL, &[varint(alias), len_prefixed(payload)].concat())
}

/// ACK without ranges.
#[must_use]
pub fn ack(cursor: u64) -> Vec<u8> {
    ack_ranges(cursor, &[])
}

/// ACK with ranges of (skip, count) above the cursor.
#[must_use]
pub fn ack_ranges(cursor: u64, ranges: &[(u64, u64)]) -> Vec<u8> {
    let count = u64::try_from(ranges.len()).unwrap_or(u64::MAX);
    let ranges: Vec<u8> = ranges.iter().flat_map(|(skip, count)| varints(&[*skip, *count])).collect();
    frame(kind::ACK, &[varints(&[cursor, count]), ranges].concat())
}

/// NACK.
#[must_use]
pub fn nack(mailbox_seq: u64, reason: u64) -> Vec<u8> {
    frame(kind::NACK, &varints(&[mailbox_seq, reason]))
}

/// PING.
#[must_use]
pub fn ping(token: u64) -> Vec<u8> {
    frame(kind::PING, &varint(token))
}

/// PONG.
#[must_use]
pub fn pong(token: u64) -> Vec<u8> {
    frame(kind::PONG, &varint(token))
}

/// CREDIT.
#[must_use]
pub fn credit(count_limit: u64, bytes_limit: u64) -> Vec<u8> {
    frame(kind::CREDIT, &varints(&[count_limit, bytes_limit]))
}

/// CLOSE with this code and no detail.
#[must_use]
pub fn close(code: u64) -> Vec<u8> {
    frame(kind::CLOSE, &varints(&[code, 0, 0]))
}

/// REGISTER.
#[must_use]
pub fn register(e164: &str) -> Vec<u8> {
    frame(kind::REGISTER, &len_prefixed(e164.as_bytes()))
}

/// REGISTER with `replace`.
#[must_use]
pub fn register_replacing(e164: &str) -> Vec<u8> {
    frame(kind::REGISTER, &[len_prefixed(e164.as_bytes()), extension(2, &[])].concat())
}

/// REGISTER_METHOD.
#[must_use]
pub fn register_method(method: u64) -> Vec<u8> {
    frame(kind::REGISTER_METHOD, &varint(method))
}

/// REGISTER_CODE.
#[must_use]
pub fn register_code(code: &str) -> Vec<u8> {
    frame(kind::REGISTER_CODE, &len_prefixed(code.as_bytes()))
}

/// REGISTER_DEVICE.
#[must_use]
pub fn register_device(certificate: &[u8]) -> Vec<u8> {
    frame(kind::REGISTER_DEVICE, &len_prefixed(certificate))
}

/// DEVICES_QUERY.
#[must_use]
pub fn devices_query(request: u64) -> Vec<u8> {
    frame(kind::DEVICES_QUERY, &varint(request))
}

/// A frame of GREASE type 62 k + 33, with a body that means nothing.
#[must_use]
pub fn grease(k: u64) -> Vec<u8> {
    frame(k.wrapping_mul(62).wrapping_add(33), &[0xda; 5])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peer::read_back::reads_as;

    #[test]
    fn every_frame_reads_back_as_what_it_says() {
        let device = DeviceId([7; 16]);
        let id = "07070707070707070707070707070707";
        reads_as(&send(3, 1, b"hi"), "SEND client_seq=3 alias=1 payload=6869");
        let extensions = [class(1), expires_in_s(9), no_receipt()].concat();
        reads_as(
            &send_with(3, 1, b"hi", &extensions),
            "SEND client_seq=3 alias=1 payload=6869 class=1 expires_in_s=9 no_receipt=",
        );
        reads_as(&void(70), "VOID client_seq=70");
        reads_as(&bind(2, device), &format!("BIND alias=2 device={id}"));
        reads_as(&ephemeral(2, b"x"), "EPHEMERAL alias=2 payload=78");
        reads_as(&ack(5), "ACK cursor=5 ranges=[]");
        reads_as(&ack_ranges(5, &[(1, 2)]), "ACK cursor=5 ranges=[skip=1 count=2]");
        reads_as(&nack(5, 64), "NACK mailbox_seq=5 reason=64");
        reads_as(&ping(7), "PING token=7");
        reads_as(&pong(7), "PONG token=7");
        reads_as(&credit(8, 9), "CREDIT count_limit=8 bytes_limit=9");
        reads_as(&close(68), "CLOSE code=68 frame_type=0 detail=\"\"");
        reads_as(&register("+4930123456"), "REGISTER e164=\"+4930123456\"");
        reads_as(&register_replacing("+4930123456"), "REGISTER e164=\"+4930123456\" replace=");
        reads_as(&register_method(3), "REGISTER_METHOD method=3");
        reads_as(&register_code("123456"), "REGISTER_CODE code=\"123456\"");
        reads_as(&devices_query(3), "DEVICES_QUERY request=3");
        reads_as(&grease(0), "UNKNOWN type=33 body=dadadadada");
    }

    #[test]
    fn hello_reads_back_as_what_it_says() {
        let hello = Hello {
            hello_counter: 1,
            settled: 2,
            cursor: 3,
            activity: 1,
            credit_count: 4,
            credit_bytes: 5,
            extensions: extension(3, b"agent"),
        };
        reads_as(
            &hello.octets(),
            "HELLO hello_counter=1 settled=2 cursor=3 activity=1 credit_count=4 credit_bytes=5 agent=\"agent\"",
        );
    }
}
