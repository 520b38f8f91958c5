//! Frames and structures as the JSON of `spec/vectors`.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "several functions share the frames, each hands on the rest"
)]

use pinnace_wire::{
    AckRange, Address, CommitAad, ConversationOrigin, DeviceCertificate, DeviceEntry, EdgeCertificate,
    Exception, FeatureId, Frame, FrameCode, FrameType, LimitEntry, MessageAad, Offer, Preface, ProfileId,
    RequestId, RootSuccessor, SeqRange, ServerRecord, SignedDeviceList, Stock,
};
use serde_json::{Map, Value, json};

/// A number: one that a double cannot hold is a string.
fn n(value: u64) -> Value {
    if value >= 1 << 53 { Value::from(value.to_string()) } else { Value::from(value) }
}

fn hex(octets: &[u8]) -> Value {
    Value::from(octets.iter().map(|octet| format!("{octet:02x}")).collect::<String>())
}

fn list<T>(items: impl IntoIterator<Item = T>, item: impl Fn(T) -> Value) -> Value {
    items.into_iter().map(item).collect()
}

fn profile(item: ProfileId) -> Value {
    json!({"profile": n(item.value())})
}

fn feature(item: FeatureId) -> Value {
    json!({"feature": n(item.value())})
}

fn limit(item: LimitEntry) -> Value {
    json!({"limit": n(item.limit.value()), "value": n(item.value.value())})
}

fn exception(item: Exception) -> Value {
    json!({"client_seq": n(item.client_seq.value()), "code": n(item.code.map_or(0, FrameCode::value))})
}

fn address(item: Address<'_>) -> Value {
    json!({"address": item.address})
}

fn seq_range(item: SeqRange) -> Value {
    json!({"first": n(item.first.value()), "count": n(item.count.value())})
}

fn ack_range(item: AckRange) -> Value {
    json!({"skip": n(item.skip.value()), "count": n(item.count.value())})
}

fn offer(item: Offer) -> Value {
    json!({"method": n(item.method.value()), "wait_ms": n(item.wait_ms.value())})
}

fn device(item: DeviceEntry) -> Value {
    json!({
        "device": hex(item.device.as_bytes()),
        "registered_s": n(item.registered_s.value()),
        "not_after_s": n(item.not_after_s.value()),
    })
}

/// What is absent is not in the object.
fn object<const LEN: usize>(pairs: [(&str, Option<Value>); LEN]) -> Value {
    let present = pairs.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(present.collect::<Map<_, _>>())
}

/// The structure as an object.
pub(crate) fn edge_certificate(found: &EdgeCertificate<'_>) -> Value {
    json!({
        "version": 1,
        "edge_key": hex(found.edge_key.as_bytes()),
        "root_key_id": hex(found.root_key_id.as_bytes()),
        "region": found.region,
        "not_before_s": n(found.not_before_s.value()),
        "not_after_s": n(found.not_after_s.value()),
        "signature": hex(found.signature.as_bytes()),
    })
}

/// The structure as an object.
pub(crate) fn root_successor(found: &RootSuccessor<'_>) -> Value {
    json!({
        "version": 1,
        "root_key": hex(found.root_key.as_bytes()),
        "not_before_s": n(found.not_before_s.value()),
        "signature": hex(found.signature.as_bytes()),
    })
}

/// The structure as an object.
pub(crate) fn device_certificate(found: &DeviceCertificate<'_>) -> Value {
    json!({
        "version": 1,
        "identity_key": hex(found.identity_key.as_bytes()),
        "device": hex(found.device.as_bytes()),
        "noise_key": hex(found.noise_key.as_bytes()),
        "signature_key": hex(found.signature_key.as_bytes()),
        "account": hex(found.account.as_bytes()),
        "not_after_s": n(found.not_after_s.value()),
        "signature": hex(found.signature.as_bytes()),
    })
}

/// The structure as an object.
pub(crate) fn signed_device_list(found: &SignedDeviceList<'_>) -> Value {
    json!({
        "version": 1,
        "identity_key": hex(found.identity_key.as_bytes()),
        "list_version": n(found.list_version.value()),
        "previous": hex(found.previous.as_bytes()),
        "issued_s": n(found.issued_s.value()),
        "devices": list(found.devices, |item| json!({"device": hex(item.as_bytes())})),
        "signature": hex(found.signature.as_bytes()),
    })
}

/// The structure as an object.
pub(crate) fn conversation_origin(found: &ConversationOrigin) -> Value {
    json!({
        "version": 1,
        "kind": found.kind.value(),
        "first": hex(found.first.as_bytes()),
        "second": hex(found.second.as_bytes()),
        "generation": n(found.generation.value()),
    })
}

/// The structure as an object.
pub(crate) fn message_aad(_: &MessageAad) -> Value {
    json!({"version": 1})
}

/// The structure as an object.
pub(crate) fn commit_aad(found: &CommitAad<'_>) -> Value {
    json!({
        "version": 1,
        "added": list(found.added, |item| json!({"device": hex(item.as_bytes())})),
        "removed": list(found.removed, |item| json!({"device": hex(item.as_bytes())})),
    })
}

/// The name and the value of a frame.
pub(crate) fn frame(found: &Frame<'_>) -> (String, Value) {
    let name = found.frame_type().name().unwrap_or("UNKNOWN").to_owned();
    (name, session(found))
}

fn session(found: &Frame<'_>) -> Value {
    match found {
        Frame::Ephemeral(f) => {
            object([("alias", Some(n(f.alias.value()))), ("payload", Some(hex(f.payload)))])
        }
        Frame::Hello(f) => object([
            ("hello_counter", Some(n(f.hello_counter.value()))),
            ("settled", Some(n(f.settled.value()))),
            ("cursor", Some(n(f.cursor.value()))),
            ("activity", Some(n(f.activity.value().into()))),
            ("credit_count", Some(n(f.credit_count.value()))),
            ("credit_bytes", Some(n(f.credit_bytes.value()))),
            ("versions", f.versions.map(hex)),
            ("agent", f.agent.map(Value::from)),
            ("profiles", (!f.profiles.is_empty()).then(|| list(f.profiles, profile))),
            ("limits", (!f.limits.is_empty()).then(|| list(f.limits, limit))),
            ("features", (!f.features.is_empty()).then(|| list(f.features, feature))),
        ]),
        Frame::Welcome(f) => object([
            ("standing", Some(n(f.standing.value().into()))),
            ("session_epoch", Some(n(f.session_epoch.value()))),
            ("handled", Some(n(f.handled.value()))),
            ("cursor", Some(n(f.cursor.value()))),
            ("mailbox_last", Some(n(f.mailbox_last.value()))),
            ("credit_count", Some(n(f.credit_count.value()))),
            ("credit_bytes", Some(n(f.credit_bytes.value()))),
            ("time_ms", Some(n(f.time_ms.value()))),
            ("exceptions", (!f.exceptions.is_empty()).then(|| list(f.exceptions, exception))),
            ("agent", f.agent.map(Value::from)),
            ("profiles", (!f.profiles.is_empty()).then(|| list(f.profiles, profile))),
            ("limits", (!f.limits.is_empty()).then(|| list(f.limits, limit))),
            ("features", (!f.features.is_empty()).then(|| list(f.features, feature))),
            ("route_token", f.route_token.map(hex)),
            ("certificate", f.certificate.as_ref().map(edge_certificate)),
            ("successor", f.successor.as_ref().map(root_successor)),
        ]),
        Frame::Certificate(f) => object([
            ("certificate", Some(edge_certificate(&f.certificate))),
            ("successor", f.successor.as_ref().map(root_successor)),
        ]),
        Frame::Credit(f) => object([
            ("count_limit", Some(n(f.count_limit.value()))),
            ("bytes_limit", Some(n(f.bytes_limit.value()))),
        ]),
        Frame::Ping(f) => object([("token", Some(n(f.token.value())))]),
        Frame::Pong(f) => object([("token", Some(n(f.token.value())))]),
        Frame::Goaway(f) => object([
            ("reason", Some(n(f.reason.value()))),
            ("drain_ms", Some(n(f.drain_ms.value()))),
            ("window_ms", Some(n(f.window_ms.value()))),
            ("alternates", (!f.alternates.is_empty()).then(|| list(f.alternates, address))),
        ]),
        Frame::Close(f) => object([
            ("code", Some(n(f.code.value()))),
            ("frame_type", Some(n(f.frame_type.map_or(0, FrameType::value)))),
            ("detail", Some(f.detail.into())),
            ("retry_after_ms", f.retry_after_ms.map(|value| n(value.value()))),
            ("hello_counter", f.hello_counter.map(|value| n(value.value()))),
            ("offset", f.offset.map(|value| n(value.value()))),
        ]),
        Frame::Error(f) => object([
            ("code", Some(n(f.code.value()))),
            ("frame_type", Some(n(f.frame_type.value()))),
            ("subject", Some(n(f.subject.value()))),
            ("detail", Some(f.detail.into())),
            ("retry_after_ms", f.retry_after_ms.map(|value| n(value.value()))),
            ("expected", f.expected.map(|value| n(value.value()))),
        ]),
        _ => delivery(found),
    }
}

fn delivery(found: &Frame<'_>) -> Value {
    match found {
        Frame::Send(f) => object([
            ("client_seq", Some(n(f.client_seq.value()))),
            ("alias", Some(n(f.alias.value()))),
            ("payload", Some(hex(f.payload))),
            ("class", f.class.map(|value| n(value.value()))),
            ("expires_in_s", f.expires_in_s.map(|value| n(value.value()))),
            ("no_receipt", f.no_receipt.then_some(Value::Bool(true))),
        ]),
        Frame::Void(f) => object([("client_seq", Some(n(f.client_seq.value())))]),
        Frame::Accepted(f) => object([("client_seq", Some(n(f.client_seq.value())))]),
        Frame::Refused(f) => {
            object([("client_seq", Some(n(f.client_seq.value()))), ("code", Some(n(f.code.value())))])
        }
        Frame::Voided(f) => object([("client_seq", Some(n(f.client_seq.value())))]),
        Frame::Bind(f) => {
            object([("alias", Some(n(f.alias.value()))), ("device", Some(hex(f.device.as_bytes())))])
        }
        Frame::Deliver(f) => object([
            ("mailbox_seq", Some(n(f.mailbox_seq.value()))),
            ("alias", Some(n(f.alias.value()))),
            ("payload", Some(hex(f.payload))),
            ("class", f.class.map(|value| n(value.value()))),
        ]),
        Frame::Receipt(f) => object([
            ("mailbox_seq", Some(n(f.mailbox_seq.value()))),
            ("alias", Some(n(f.alias.value()))),
            ("status", Some(n(f.status.value()))),
            ("ranges", Some(list(f.ranges, seq_range))),
        ]),
        Frame::Gap(f) => object([
            ("mailbox_seq", Some(n(f.mailbox_seq.value()))),
            ("count", Some(n(f.count.value()))),
            ("reason", Some(n(f.reason.value()))),
        ]),
        Frame::Ack(f) => {
            object([("cursor", Some(n(f.cursor.value()))), ("ranges", Some(list(f.ranges, ack_range)))])
        }
        Frame::Nack(f) => {
            object([("mailbox_seq", Some(n(f.mailbox_seq.value()))), ("reason", Some(n(f.reason.value())))])
        }
        Frame::Rate(f) => object([
            ("frame_type", Some(n(f.frame_type.value()))),
            ("subject", Some(n(f.subject.value()))),
            ("retry_after_ms", Some(n(f.retry_after_ms.value()))),
        ]),
        _ => registration(found),
    }
}

fn registration(found: &Frame<'_>) -> Value {
    match found {
        Frame::Register(f) => {
            object([("e164", Some(f.e164.into())), ("replace", f.replace.then_some(Value::Bool(true)))])
        }
        Frame::RegisterMethod(f) => object([("method", Some(n(f.method.value())))]),
        Frame::RegisterCode(f) => object([("code", Some(f.code.into()))]),
        Frame::RegisterDevice(f) => object([("certificate", Some(device_certificate(&f.certificate)))]),
        Frame::Registration(f) => object([
            ("stage", Some(n(f.stage.value().into()))),
            ("methods", Some(list(f.methods, offer))),
            ("code_len", Some(n(f.code_len.value()))),
            ("code_wait_ms", Some(n(f.code_wait_ms.value()))),
            ("attempts_left", Some(n(f.attempts_left.value()))),
            ("expires_in_ms", Some(n(f.expires_in_ms.value()))),
        ]),
        Frame::Registered(f) => {
            object([("account", Some(hex(f.account.as_bytes()))), ("device", Some(hex(f.device.as_bytes())))])
        }
        Frame::DevicesQuery(f) => object([("request", Some(n(f.request.value())))]),
        Frame::Devices(f) => {
            object([("request", Some(n(f.request.value()))), ("devices", Some(list(f.devices, device)))])
        }
        _ => devices(found),
    }
}

fn stock(item: Stock<'_>) -> Value {
    json!({
        "suite": n(item.suite.value()),
        "one_time_count": n(item.one_time_count.value()),
        "set_digest": hex(item.set_digest.as_bytes()),
        "last_resort": item.last_resort.value(),
    })
}

fn devices(found: &Frame<'_>) -> Value {
    let request = |request: RequestId| ("request", Some(n(request.value())));
    let list_pair = |list: &SignedDeviceList<'_>| ("list", Some(signed_device_list(list)));
    match found {
        Frame::KeysPublish(f) => object([
            request(f.request),
            (
                "key_packages",
                Some(list(f.key_packages, |item| json!({"key_package": hex(item.key_package)}))),
            ),
            ("last_resort", f.last_resort.map(hex)),
        ]),
        Frame::Keys(f) => object([request(f.request), ("stocks", Some(list(f.stocks, stock)))]),
        Frame::KeysLow(f) => object([
            ("mailbox_seq", Some(n(f.mailbox_seq.value()))),
            ("suite", Some(n(f.suite.value()))),
            ("one_time_count", Some(n(f.one_time_count.value()))),
        ]),
        Frame::Claim(f) => object([
            request(f.request),
            ("account", Some(hex(f.account.as_bytes()))),
            ("suite", Some(n(f.suite.value()))),
        ]),
        Frame::Claimed(f) => object([
            request(f.request),
            ("device", Some(hex(f.device.as_bytes()))),
            ("left", Some(n(f.left.value()))),
            ("key_package", Some(hex(f.key_package))),
            ("last_resort", f.last_resort.then_some(Value::Bool(true))),
        ]),
        Frame::DeviceList(f) => object([request(f.request), list_pair(&f.list)]),
        Frame::DeviceListPublish(f) => object([request(f.request), list_pair(&f.list)]),
        Frame::DeviceListQuery(f) => {
            object([request(f.request), ("account", Some(hex(f.account.as_bytes())))])
        }
        Frame::LinkOpen(f) => object([request(f.request)]),
        Frame::LinkOffer(f) => {
            object([request(f.request), ("expires_in_ms", Some(n(f.expires_in_ms.value())))])
        }
        Frame::LinkApprove(f) => object([
            request(f.request),
            ("certificate", Some(device_certificate(&f.certificate))),
            list_pair(&f.list),
        ]),
        _ => conversations(found),
    }
}

fn conversations(found: &Frame<'_>) -> Value {
    match found {
        Frame::BindConversation(f) => object([
            ("alias", Some(n(f.alias.value()))),
            ("conversation", Some(hex(f.conversation.as_bytes()))),
        ]),
        Frame::Whisper(f) => object([("alias", Some(n(f.alias.value()))), ("payload", Some(hex(f.payload)))]),
        Frame::Post(f) => object([
            ("client_seq", Some(n(f.client_seq.value()))),
            ("alias", Some(n(f.alias.value()))),
            ("payload", Some(hex(f.payload))),
            ("class", f.class.map(|class| n(class.value()))),
            ("expires_in_s", f.expires_in_s.map(|span| n(span.value()))),
        ]),
        Frame::Commit(f) => object([
            ("client_seq", Some(n(f.client_seq.value()))),
            ("alias", Some(n(f.alias.value()))),
            ("commit", Some(hex(f.commit))),
            ("welcome", Some(hex(f.welcome))),
            ("origin", f.origin.as_ref().map(conversation_origin)),
        ]),
        Frame::Entry(f) => object([
            ("mailbox_seq", Some(n(f.mailbox_seq.value()))),
            ("alias", Some(n(f.alias.value()))),
            ("conversation_seq", Some(n(f.conversation_seq.value()))),
            ("kind", Some(Value::from(f.kind.value()))),
            ("payload", Some(hex(f.payload))),
            ("class", f.class.map(|class| n(class.value()))),
            ("left", f.left.map(|left| n(left.value()))),
            ("client_seq", f.client_seq.map(|seq| n(seq.value()))),
        ]),
        Frame::Stage(f) => object([
            ("client_seq", Some(n(f.client_seq.value()))),
            ("part", Some(Value::from(f.part.value()))),
            ("offset", Some(n(f.offset.value()))),
            ("data", Some(hex(f.data))),
        ]),
        Frame::Unknown(f) => object([("type", Some(n(f.frame_type.value()))), ("body", Some(hex(f.body)))]),
        _ => Value::Null,
    }
}

/// The preface and the Noise message after it as an object.
pub(crate) fn preface(found: &Preface<'_>, noise: &[u8]) -> Value {
    json!({
        "version": 1,
        "suite": found.suite.value(),
        "pattern": found.pattern.value(),
        "route_token": hex(found.route_token),
        "noise": hex(noise),
    })
}

/// A record of a server as an object.
pub(crate) fn server_record(found: &ServerRecord<'_>) -> Value {
    match found {
        ServerRecord::Handshake(noise) => json!({"kind": 0, "noise": hex(noise)}),
        ServerRecord::Retry => json!({"kind": 1}),
        ServerRecord::Reject { reason, retry_after_ms, highest_version } => json!({
            "kind": 2,
            "reason": reason.value(),
            "retry_after_ms": retry_after_ms,
            "highest_version": highest_version,
        }),
    }
}
