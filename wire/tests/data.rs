//! What the codec says of limits, errors, frames and registries is what `spec/data` says.
#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::path::Path;

use pinnace_wire::{
    Activity, Carrier, Class, ConversationKind, EntryKind, ErrorCode, FrameType, GapReason, GoawayReason,
    HasLastResort, Method, MlsSuite, NackReason, Pattern, Processed, ReceiptStatus, RegistrationStage,
    RejectReason, Retry, Role, Scope, StagePart, Standing, Suite, grease, limits,
};
use toml::{Table, Value};

fn data(name: &str) -> Table {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec/data").join(name);
    std::fs::read_to_string(path).unwrap().parse().unwrap()
}

fn rows<'t>(table: &'t Table, name: &str) -> &'t [Value] {
    table.get(name).unwrap().as_array().unwrap()
}

fn number(row: &Value, name: &str) -> u64 {
    u64::try_from(row.get(name).unwrap().as_integer().unwrap()).unwrap()
}

fn text<'r>(row: &'r Value, name: &str) -> &'r str {
    row.get(name).unwrap().as_str().unwrap()
}

#[test]
fn limits_are_those_of_the_data() {
    let table = data("limits.toml");
    let rows = rows(&table, "limit");
    assert_eq!(rows.len(), limits::ALL.len());
    for (row, limit) in rows.iter().zip(limits::ALL) {
        assert_eq!(limit.name, text(row, "name"));
        assert_eq!(limit.id, number(row, "id"), "{}", limit.name);
        assert_eq!(limit.default, number(row, "default"), "{}", limit.name);
        assert_eq!(limit.min, number(row, "min"), "{}", limit.name);
        assert_eq!(limit.max, number(row, "max"), "{}", limit.name);
    }
    assert_eq!(limits::RECORD_LEN as u64, limits::RECORD_LEN_MAX.max);
    assert_eq!(limits::PAYLOAD_LEN as u64, limits::PAYLOAD_LEN_MAX.max);
    assert_eq!(limits::EPHEMERAL_LEN as u64, limits::EPHEMERAL_LEN_MAX.max);
    assert_eq!(limits::ROUTE_TOKEN_LEN as u64, limits::ROUTE_TOKEN_LEN_MAX.max);
}

#[test]
fn a_list_of_exceptions_is_cut_where_the_data_says() {
    let table = data("frames.toml");
    let welcome = rows(&table, "frame").iter().find(|row| text(row, "name") == "WELCOME").unwrap();
    let extensions = welcome.get("extensions").unwrap().as_array().unwrap();
    let exceptions = extensions.iter().find(|row| text(row, "name") == "exceptions").unwrap();
    assert_eq!(number(exceptions, "max"), limits::EXCEPTIONS as u64);
}

const fn scope(scope: Scope) -> &'static str {
    match scope {
        Scope::Frame => "frame",
        Scope::Session => "session",
        Scope::Conversation => "conversation",
        Scope::Account => "account",
    }
}

const fn retry(retry: Retry) -> &'static str {
    match retry {
        Retry::Never => "never",
        Retry::Same => "same",
        Retry::New => "new",
        Retry::Reconnect => "reconnect",
        Retry::Later => "later",
    }
}

const fn processed(processed: Processed) -> &'static str {
    match processed {
        Processed::Yes => "yes",
        Processed::No => "no",
        Processed::Unknown => "unknown",
    }
}

const fn carrier(carrier: Carrier) -> &'static str {
    match carrier {
        Carrier::Close => "CLOSE",
        Carrier::Refused => "REFUSED",
        Carrier::Error => "ERROR",
    }
}

#[test]
fn error_codes_are_those_of_the_data() {
    let table = data("errors.toml");
    let rows = rows(&table, "error");
    assert_eq!(rows.len(), ErrorCode::ALL.len());
    for (row, code) in rows.iter().zip(ErrorCode::ALL) {
        let name = code.name();
        assert_eq!(name, text(row, "name"));
        assert_eq!(u64::from(code.value()), number(row, "code"), "{name}");
        assert_eq!(scope(code.scope()), text(row, "scope"), "{name}");
        assert_eq!(retry(code.retry()), text(row, "retry"), "{name}");
        assert_eq!(processed(code.processed()), text(row, "processed"), "{name}");
        assert_eq!(carrier(code.carrier()), text(row, "carrier"), "{name}");
        assert_eq!(code.frame_code().is_some(), code.scope() == Scope::Frame, "{name}");
        assert_eq!(code.code().known(), Some(code));
        assert!(code.frame_code().is_none_or(|found| found.known() == Some(code)), "{name}");
    }
    let known = (0..=u8::MAX).filter_map(ErrorCode::from_wire).count();
    assert_eq!(known, ErrorCode::ALL.len());
}

#[test]
fn frame_types_are_those_of_the_data() {
    let table = data("frames.toml");
    let rows = rows(&table, "frame");
    assert_eq!(rows.len(), FrameType::ALL.len());
    for (row, frame_type) in rows.iter().zip(FrameType::ALL) {
        let name = text(row, "name");
        assert_eq!(frame_type.name(), Some(name));
        assert_eq!(frame_type.value(), number(row, "type"), "{name}");
        let is_set = |flag: &str| row.get(flag).and_then(Value::as_bool).unwrap_or(false);
        assert_eq!(frame_type.is_credited(), is_set("credited"), "{name}");
        assert_eq!(frame_type.is_early(), is_set("early"), "{name}");
        let from = row.get("from").unwrap().as_array().unwrap();
        let has = |side: &str| from.iter().any(|found| found.as_str() == Some(side));
        assert_eq!(frame_type.is_sent_by(Role::Client), has("client"), "{name}");
        assert_eq!(frame_type.is_sent_by(Role::Server), has("server"), "{name}");
    }
    for value in 1..1024 {
        let frame_type = FrameType::new(value).unwrap();
        let is_known = FrameType::ALL.contains(&frame_type);
        assert_eq!(frame_type.is_known(), is_known, "{value}");
        assert_eq!(frame_type.is_refused(), !is_known && value % 2 == 0, "{value}");
    }
    let found = table.get("grease").unwrap();
    assert_eq!(grease::MULTIPLIER, number(found, "multiplier"));
    assert_eq!(grease::OFFSET, number(found, "offset"));
}

#[track_caller]
fn check_registry(name: &str, ours: &[(u64, &str)]) {
    let table = data("frames.toml");
    let registry = rows(&table, "registry").iter().find(|row| text(row, "name") == name).unwrap();
    let values = registry.get("values").unwrap().as_array().unwrap();
    let found: Vec<_> = values.iter().map(|value| (number(value, "value"), text(value, "name"))).collect();
    assert_eq!(found, ours, "{name}");
}

#[test]
fn registries_are_those_of_the_data() {
    check_registry("class", &[(Class::CALL.value(), "call")]);
    let activity = |value: Activity| u64::from(value.value());
    let activities =
        [(activity(Activity::Background), "background"), (activity(Activity::Foreground), "foreground")];
    check_registry("activity", &activities);
    let standing = |value: Standing| u64::from(value.value());
    let standings =
        [(standing(Standing::Unregistered), "unregistered"), (standing(Standing::Registered), "registered")];
    check_registry("standing", &standings);
    let stage = |value: RegistrationStage| u64::from(value.value());
    check_registry(
        "registration_stage",
        &[
            (stage(RegistrationStage::Choosing), "choosing"),
            (stage(RegistrationStage::Waiting), "waiting"),
            (stage(RegistrationStage::Verified), "verified"),
        ],
    );
    let kept = |value: HasLastResort| u64::from(value.value());
    check_registry("has_last_resort", &[(kept(HasLastResort::No), "no"), (kept(HasLastResort::Yes), "yes")]);
    let patterns = [(u64::from(Pattern::Xx.value()), "XX"), (u64::from(Pattern::Ik.value()), "IK")];
    check_registry("pattern", &patterns);
    let reasons = (1..=6)
        .map(RejectReason::from_wire)
        .map(|reason| (u64::from(reason.value()), reason.name().unwrap()));
    check_registry("reject_reason", &reasons.collect::<Vec<_>>());
    assert_eq!(Suite::from_wire(1), Some(Suite::X25519ChaChaPolyBlake2s));
    assert_eq!(Suite::from_wire(2), None, "the hybrid is reserved");
}

#[test]
fn registries_of_conversations_are_those_of_the_data() {
    let kinds = (0..=u8::MAX).filter_map(ConversationKind::from_wire).map(|kind| {
        let name = match kind {
            ConversationKind::OwnDevices => "own_devices",
            ConversationKind::Direct => "direct",
            ConversationKind::Group => "group",
        };
        (u64::from(kind.value()), name)
    });
    check_registry("conversation_kind", &kinds.collect::<Vec<_>>());
    let kinds = (0..=u8::MAX).filter_map(EntryKind::from_wire).map(|kind| {
        let name = match kind {
            EntryKind::Message => "message",
            EntryKind::Commit => "commit",
            EntryKind::Welcome => "welcome",
            EntryKind::Own => "own",
            EntryKind::DeviceList => "device_list",
        };
        (u64::from(kind.value()), name)
    });
    check_registry("entry_kind", &kinds.collect::<Vec<_>>());
    let parts = (0..=u8::MAX).filter_map(StagePart::from_wire).map(|part| {
        let name = match part {
            StagePart::Commit => "commit",
            StagePart::Welcome => "welcome",
        };
        (u64::from(part.value()), name)
    });
    check_registry("stage_part", &parts.collect::<Vec<_>>());
}

#[test]
fn open_registries_are_those_of_the_data() {
    let status = |status: ReceiptStatus| status.value();
    check_registry(
        "receipt_status",
        &[
            (status(ReceiptStatus::DELIVERED), "delivered"),
            (status(ReceiptStatus::EXPIRED), "expired"),
            (status(ReceiptStatus::REJECTED), "rejected"),
            (status(ReceiptStatus::UNDELIVERABLE), "undeliverable"),
            (status(ReceiptStatus::DEVICE_GONE), "device_gone"),
            (status(ReceiptStatus::MAILBOX_FULL), "mailbox_full"),
        ],
    );
    let named = (0..=5).filter_map(ReceiptStatus::new).map(|it| (it.value(), it.name().unwrap()));
    check_registry("receipt_status", &named.collect::<Vec<_>>());
    assert_eq!(ReceiptStatus::new(6).unwrap().name(), None);
    let gap = |reason: GapReason| reason.value();
    check_registry(
        "gap_reason",
        &[
            (gap(GapReason::EXPIRED), "expired"),
            (gap(GapReason::REJECTED), "rejected"),
            (gap(GapReason::UNDELIVERABLE), "undeliverable"),
            (gap(GapReason::QUOTA), "quota"),
            (gap(GapReason::PURGED), "purged"),
            (gap(GapReason::ACKNOWLEDGED), "acknowledged"),
        ],
    );
    let nack = |reason: NackReason| reason.value();
    check_registry(
        "nack_reason",
        &[
            (nack(NackReason::UNDECRYPTABLE), "undecryptable"),
            (nack(NackReason::MALFORMED), "malformed"),
            (nack(NackReason::UNSUPPORTED), "unsupported"),
            (nack(NackReason::LATER), "later"),
        ],
    );
    let goaway = |reason: GoawayReason| reason.value();
    check_registry(
        "goaway_reason",
        &[
            (goaway(GoawayReason::RESTART), "restart"),
            (goaway(GoawayReason::REBALANCE), "rebalance"),
            (goaway(GoawayReason::EXHAUSTED), "exhausted"),
        ],
    );
    let suites = [MlsSuite::AES128GCM, MlsSuite::CHACHA20POLY1305];
    check_registry("mls_suite", &suites.map(|suite| (suite.value(), suite.name().unwrap())));
    assert!((1..=8).filter_map(MlsSuite::new).filter_map(MlsSuite::name).count() == suites.len());
    let method = |method: Method| method.value();
    check_registry(
        "method",
        &[
            (method(Method::EXISTING_DEVICE), "existing_device"),
            (method(Method::PUSH), "push"),
            (method(Method::SMS), "sms"),
            (method(Method::VOICE), "voice"),
        ],
    );
}

#[test]
fn nack_reasons_are_terminal_up_to_63() {
    assert!(NackReason::new(63).unwrap().is_terminal());
    assert!(!NackReason::new(64).unwrap().is_terminal());
}
