//! Whether a frame of the codec holds the values that the oracle told, name by name and in order.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "several functions share the frames, each hands on the rest"
)]

use pinnace_oracle::DecodedFrame;
use pinnace_wire::{
    Code, CommitAad, ConversationOrigin, ConversationSeq, DeviceCertificate, EdgeCertificate, ErrorCode,
    FeatureId, Frame, FrameType, LimitEntry, MessageAad, ProfileId, RootSuccessor, SignedDeviceList,
};

use crate::tables;
use crate::told::Told;

pub(crate) fn edge_certificate(found: &EdgeCertificate<'_>, told: &mut Told<'_>) {
    told.number("version", 1);
    told.octets("edge_key", found.edge_key.as_bytes());
    told.identifier("root_key_id", found.root_key_id);
    told.text("region", found.region);
    told.number("not_before_s", found.not_before_s.value());
    told.number("not_after_s", found.not_after_s.value());
    told.octets("signature", found.signature.as_bytes());
}

pub(crate) fn root_successor(found: &RootSuccessor<'_>, told: &mut Told<'_>) {
    told.number("version", 1);
    told.octets("root_key", found.root_key.as_bytes());
    told.number("not_before_s", found.not_before_s.value());
    told.octets("signature", found.signature.as_bytes());
}

pub(crate) fn signed_device_list(found: &SignedDeviceList<'_>, told: &mut Told<'_>) {
    told.number("version", 1);
    told.octets("identity_key", found.identity_key.as_bytes());
    told.number("list_version", found.list_version.value());
    told.octets("previous", found.previous.as_bytes());
    told.number("issued_s", found.issued_s.value());
    told.list("devices", found.devices, |told, item| told.identifier("device", item));
    told.octets("signature", found.signature.as_bytes());
}

pub(crate) fn conversation_origin(found: &ConversationOrigin, told: &mut Told<'_>) {
    told.number("version", 1);
    told.number("kind", found.kind.value().into());
    told.identifier("first", found.first);
    told.identifier("second", found.second);
    told.number("generation", found.generation.value());
}

pub(crate) fn message_aad(_: &MessageAad, told: &mut Told<'_>) {
    told.number("version", 1);
}

pub(crate) fn commit_aad(found: &CommitAad<'_>, told: &mut Told<'_>) {
    told.number("version", 1);
    told.list("added", found.added, |told, item| told.identifier("device", item));
    told.list("removed", found.removed, |told, item| told.identifier("device", item));
}

pub(crate) fn device_certificate(found: &DeviceCertificate<'_>, told: &mut Told<'_>) {
    told.number("version", 1);
    told.octets("identity_key", found.identity_key.as_bytes());
    told.identifier("device", found.device);
    told.octets("noise_key", found.noise_key.as_bytes());
    told.octets("signature_key", found.signature_key.as_bytes());
    told.identifier("account", found.account);
    told.number("not_after_s", found.not_after_s.value());
    told.octets("signature", found.signature.as_bytes());
}

fn profile(told: &mut Told<'_>, found: ProfileId) {
    told.number("profile", found.value());
}

fn limit(told: &mut Told<'_>, found: LimitEntry) {
    told.number("limit", found.limit.value());
    told.number("value", found.value.value());
}

fn feature(told: &mut Told<'_>, found: FeatureId) {
    told.number("feature", found.value());
}

/// Name, fields and extensions of a frame.
pub(crate) fn frame(found: &Frame<'_>, oracle: &DecodedFrame) {
    assert_eq!(found.frame_type().name().unwrap_or("UNKNOWN"), oracle.name);
    tables::frame_type(found.frame_type());
    let mut told = Told::new(&oracle.fields, &oracle.extensions);
    session(found, &mut told);
    told.end();
}

fn session(found: &Frame<'_>, told: &mut Told<'_>) {
    match found {
        Frame::Hello(f) => {
            told.number("hello_counter", f.hello_counter.value());
            told.number("settled", f.settled.value());
            told.number("cursor", f.cursor.value());
            told.number("activity", f.activity.value().into());
            told.number("credit_count", f.credit_count.value());
            told.number("credit_bytes", f.credit_bytes.value());
            f.versions.into_iter().for_each(|versions| told.octets("versions", versions));
            f.agent.into_iter().for_each(|agent| told.text("agent", agent));
            told.list_extension("profiles", f.profiles, profile);
            told.list_extension("limits", f.limits, limit);
            told.list_extension("features", f.features, feature);
        }
        Frame::Welcome(f) => {
            told.number("standing", f.standing.value().into());
            told.number("session_epoch", f.session_epoch.value());
            told.number("handled", f.handled.value());
            told.number("cursor", f.cursor.value());
            told.number("mailbox_last", f.mailbox_last.value());
            told.number("credit_count", f.credit_count.value());
            told.number("credit_bytes", f.credit_bytes.value());
            told.number("time_ms", f.time_ms.value());
            told.list_extension("exceptions", f.exceptions, |told, item| {
                told.client_seq("client_seq", item.client_seq);
                told.code("code", item.code.map_or(ErrorCode::NoError.code(), Code::from));
            });
            f.agent.into_iter().for_each(|agent| told.text("agent", agent));
            told.list_extension("profiles", f.profiles, profile);
            told.list_extension("limits", f.limits, limit);
            told.list_extension("features", f.features, feature);
            f.route_token.into_iter().for_each(|token| told.octets("route_token", token));
            f.certificate.iter().for_each(|found| told.structure("certificate", found, edge_certificate));
            f.successor.iter().for_each(|found| told.structure("successor", found, root_successor));
        }
        Frame::Certificate(f) => {
            told.structure("certificate", &f.certificate, edge_certificate);
            f.successor.iter().for_each(|found| told.structure("successor", found, root_successor));
        }
        Frame::Credit(f) => {
            told.number("count_limit", f.count_limit.value());
            told.number("bytes_limit", f.bytes_limit.value());
        }
        Frame::Ping(f) => told.number("token", f.token.value()),
        Frame::Pong(f) => told.number("token", f.token.value()),
        _ => ending(found, told),
    }
}

fn ending(found: &Frame<'_>, told: &mut Told<'_>) {
    match found {
        Frame::Goaway(f) => {
            told.number("reason", f.reason.value());
            told.number("drain_ms", f.drain_ms.value());
            told.number("window_ms", f.window_ms.value());
            told.list_extension("alternates", f.alternates, |told, item| told.text("address", item.address));
        }
        Frame::Close(f) => {
            told.code("code", f.code);
            told.number("frame_type", f.frame_type.map_or(0, FrameType::value));
            told.text("detail", f.detail);
            f.retry_after_ms.iter().for_each(|ms| told.number("retry_after_ms", ms.value()));
            f.hello_counter.iter().for_each(|counter| told.number("hello_counter", counter.value()));
            f.offset.iter().for_each(|offset| told.number("offset", offset.value()));
        }
        Frame::Error(f) => {
            told.code("code", f.code);
            told.number("frame_type", f.frame_type.value());
            told.number("subject", f.subject.value());
            told.text("detail", f.detail);
            f.retry_after_ms.iter().for_each(|ms| told.number("retry_after_ms", ms.value()));
            f.expected.iter().for_each(|expected| told.number("expected", expected.value()));
        }
        Frame::Rate(f) => {
            told.number("frame_type", f.frame_type.value());
            told.number("subject", f.subject.value());
            told.number("retry_after_ms", f.retry_after_ms.value());
        }
        Frame::Unknown(f) => told.octets("body", f.body),
        _ => delivery(found, told),
    }
}

fn delivery(found: &Frame<'_>, told: &mut Told<'_>) {
    match found {
        Frame::Ephemeral(f) => {
            told.number("alias", f.alias.value());
            told.octets("payload", f.payload);
        }
        Frame::Send(f) => {
            told.client_seq("client_seq", f.client_seq);
            told.number("alias", f.alias.value());
            told.octets("payload", f.payload);
            f.class.iter().for_each(|class| told.number("class", class.value()));
            f.expires_in_s.iter().for_each(|expires| told.number("expires_in_s", expires.value()));
            told.flag("no_receipt", f.no_receipt.then_some(()));
        }
        Frame::Void(f) => told.client_seq("client_seq", f.client_seq),
        Frame::Accepted(f) => told.client_seq("client_seq", f.client_seq),
        Frame::Refused(f) => {
            told.client_seq("client_seq", f.client_seq);
            told.code("code", f.code);
        }
        Frame::Voided(f) => told.client_seq("client_seq", f.client_seq),
        Frame::Bind(f) => {
            told.number("alias", f.alias.value());
            told.identifier("device", f.device);
        }
        Frame::Deliver(f) => {
            told.mailbox_seq("mailbox_seq", f.mailbox_seq);
            told.number("alias", f.alias.value());
            told.octets("payload", f.payload);
            f.class.iter().for_each(|class| told.number("class", class.value()));
        }
        Frame::Receipt(f) => {
            told.mailbox_seq("mailbox_seq", f.mailbox_seq);
            told.number("alias", f.alias.value());
            told.number("status", f.status.value());
            told.list("ranges", f.ranges, |told, item| {
                told.number("first", item.first.value());
                told.number("count", item.count.value());
            });
        }
        Frame::Gap(f) => {
            told.mailbox_seq("mailbox_seq", f.mailbox_seq);
            told.number("count", f.count.value());
            told.number("reason", f.reason.value());
        }
        Frame::Ack(f) => {
            told.number("cursor", f.cursor.value());
            told.list("ranges", f.ranges, |told, item| {
                told.number("skip", item.skip.value());
                told.number("count", item.count.value());
            });
        }
        Frame::Nack(f) => {
            told.mailbox_seq("mailbox_seq", f.mailbox_seq);
            told.number("reason", f.reason.value());
            tables::nack_reason(f.reason);
        }
        _ => registration(found, told),
    }
}

fn registration(found: &Frame<'_>, told: &mut Told<'_>) {
    match found {
        Frame::Register(f) => {
            told.text("e164", f.e164);
            told.flag("replace", f.replace.then_some(()));
        }
        Frame::RegisterMethod(f) => told.number("method", f.method.value()),
        Frame::RegisterCode(f) => told.text("code", f.code),
        Frame::RegisterDevice(f) => told.structure("certificate", &f.certificate, device_certificate),
        Frame::Registration(f) => {
            told.number("stage", f.stage.value().into());
            told.list("methods", f.methods, |told, item| {
                told.number("method", item.method.value());
                told.number("wait_ms", item.wait_ms.value());
            });
            told.number("code_len", f.code_len.value());
            told.number("code_wait_ms", f.code_wait_ms.value());
            told.number("attempts_left", f.attempts_left.value());
            told.number("expires_in_ms", f.expires_in_ms.value());
        }
        Frame::Registered(f) => {
            told.identifier("account", f.account);
            told.identifier("device", f.device);
        }
        Frame::DevicesQuery(f) => told.number("request", f.request.value()),
        Frame::Devices(f) => {
            told.number("request", f.request.value());
            told.list("devices", f.devices, |told, item| {
                told.identifier("device", item.device);
                told.number("registered_s", item.registered_s.value());
                told.number("not_after_s", item.not_after_s.value());
            });
        }
        _ => devices(found, told),
    }
}

fn devices(found: &Frame<'_>, told: &mut Told<'_>) {
    match found {
        Frame::KeysPublish(f) => {
            told.number("request", f.request.value());
            told.list("key_packages", f.key_packages, |told, item| {
                told.octets("key_package", item.key_package)
            });
            f.last_resort.into_iter().for_each(|octets| told.octets("last_resort", octets));
        }
        Frame::Keys(f) => {
            told.number("request", f.request.value());
            told.list("stocks", f.stocks, |told, item| {
                told.number("suite", item.suite.value());
                told.number("one_time_count", item.one_time_count.value());
                told.octets("set_digest", item.set_digest.as_bytes());
                told.number("last_resort", item.last_resort.value().into());
            });
        }
        Frame::KeysLow(f) => {
            told.mailbox_seq("mailbox_seq", f.mailbox_seq);
            told.number("suite", f.suite.value());
            told.number("one_time_count", f.one_time_count.value());
        }
        Frame::Claim(f) => {
            told.number("request", f.request.value());
            told.identifier("account", f.account);
            told.number("suite", f.suite.value());
        }
        Frame::Claimed(f) => {
            told.number("request", f.request.value());
            told.identifier("device", f.device);
            told.number("left", f.left.value());
            told.octets("key_package", f.key_package);
            told.flag("last_resort", f.last_resort.then_some(()));
        }
        Frame::DeviceList(f) => {
            told.number("request", f.request.value());
            told.structure("list", &f.list, signed_device_list);
        }
        Frame::DeviceListPublish(f) => {
            told.number("request", f.request.value());
            told.structure("list", &f.list, signed_device_list);
        }
        Frame::DeviceListQuery(f) => {
            told.number("request", f.request.value());
            told.identifier("account", f.account);
        }
        Frame::LinkOpen(f) => told.number("request", f.request.value()),
        Frame::LinkOffer(f) => {
            told.number("request", f.request.value());
            told.number("expires_in_ms", f.expires_in_ms.value());
        }
        Frame::LinkApprove(f) => {
            told.number("request", f.request.value());
            told.structure("certificate", &f.certificate, device_certificate);
            told.structure("list", &f.list, signed_device_list);
        }
        _ => conversations(found, told),
    }
}

fn conversations(found: &Frame<'_>, told: &mut Told<'_>) {
    match found {
        Frame::BindConversation(f) => {
            told.number("alias", f.alias.value());
            told.identifier("conversation", f.conversation);
        }
        Frame::Whisper(f) => {
            told.number("alias", f.alias.value());
            told.octets("payload", f.payload);
        }
        Frame::Post(f) => {
            told.client_seq("client_seq", f.client_seq);
            told.number("alias", f.alias.value());
            told.octets("payload", f.payload);
            f.class.into_iter().for_each(|class| told.number("class", class.value()));
            f.expires_in_s.into_iter().for_each(|span| told.number("expires_in_s", span.value()));
        }
        Frame::Commit(f) => {
            told.client_seq("client_seq", f.client_seq);
            told.number("alias", f.alias.value());
            told.octets("commit", f.commit);
            told.octets("welcome", f.welcome);
            f.origin.iter().for_each(|origin| told.structure("origin", origin, conversation_origin));
        }
        Frame::Entry(f) => {
            told.mailbox_seq("mailbox_seq", f.mailbox_seq);
            told.number("alias", f.alias.value());
            conversation_seq(f.conversation_seq, told);
            told.number("kind", f.kind.value().into());
            told.octets("payload", f.payload);
            f.class.into_iter().for_each(|class| told.number("class", class.value()));
            f.left.into_iter().for_each(|left| told.number("left", left.value()));
            f.client_seq.into_iter().for_each(|seq| told.client_seq("client_seq", seq));
        }
        Frame::Stage(f) => {
            told.client_seq("client_seq", f.client_seq);
            told.number("part", f.part.value().into());
            told.number("offset", f.offset.value());
            told.octets("data", f.data);
        }
        other => panic!("a frame without a comparison: {other:?}"),
    }
}

/// The place of an entry, and the one behind it.
fn conversation_seq(found: ConversationSeq, told: &mut Told<'_>) {
    told.number("conversation_seq", found.value());
    assert_eq!(found.next().map_or(ConversationSeq::MAX, |next| next.value() - 1), found.value());
}
