//! Registration: number, method, code, certificate, account.

use super::words::{anonymous, case, declared, has_code, holds, open, taken, untouched};
use crate::case::{Case, CaseResult, Halt};
use crate::check::{Judged, Mismatch, expect_eq};
use crate::ctx::Ctx;
use crate::peer::account::{offered_method, people, register, stage, verify, wait_for_code};
use crate::peer::device::Certificate;
use crate::peer::say::{self, kind};
use crate::peer::seen::{Close, Refusal, Registration, Welcome};
use crate::peer::{Code, Device, Opening, Seen, Session, closed_with};

/// A frame that an unregistered device may not send.
struct Premature {
    id: &'static str,
    title: &'static str,
    octets: fn() -> Vec<u8>,
}

const PREMATURE: &[Premature] = &[
    Premature {
        id: "REG-002/1",
        title: "a SEND before registration is OUT_OF_STATE",
        octets: || say::send(1, 0, b"x"),
    },
    Premature {
        id: "REG-002/2",
        title: "a VOID before registration is OUT_OF_STATE",
        octets: || say::void(1),
    },
    Premature {
        id: "REG-002/3",
        title: "a BIND before registration is OUT_OF_STATE",
        octets: || say::bind(0, crate::peer::DeviceId([9; 16])),
    },
    Premature {
        id: "REG-002/4",
        title: "an ACK before registration is OUT_OF_STATE",
        octets: || say::ack(0),
    },
    Premature {
        id: "REG-002/5",
        title: "a NACK before registration is OUT_OF_STATE",
        octets: || say::nack(1, 1),
    },
    Premature {
        id: "REG-002/6",
        title: "an EPHEMERAL before registration is OUT_OF_STATE",
        octets: || say::ephemeral(0, b"x"),
    },
    Premature {
        id: "REG-002/7",
        title: "a DEVICES_QUERY before registration is OUT_OF_STATE",
        octets: || say::devices_query(1),
    },
];

/// A frame of registration from a device that is registered.
struct Belated {
    id: &'static str,
    title: &'static str,
    octets: fn(&Device, &[u8; 32]) -> Vec<u8>,
}

const BELATED: &[Belated] = &[
    Belated {
        id: "REG-027/1",
        title: "REGISTER from a registered device is OUT_OF_STATE",
        octets: |device, _| say::register(&device.e164),
    },
    Belated {
        id: "REG-027/2",
        title: "REGISTER_METHOD from a registered device is OUT_OF_STATE",
        octets: |_, _| say::register_method(3),
    },
    Belated {
        id: "REG-027/3",
        title: "REGISTER_CODE from a registered device is OUT_OF_STATE",
        octets: |_, _| say::register_code("123456"),
    },
    Belated {
        id: "REG-027/4",
        title: "REGISTER_DEVICE from a registered device is OUT_OF_STATE",
        octets: |device, realm| say::register_device(&device.certificate().signed(&device.identity, realm)),
    },
];

/// A certificate that does not hold.
struct False {
    id: &'static str,
    title: &'static str,
    judges: &'static [&'static str],
    octets: fn(&Device, &Device, &[u8; 32]) -> Vec<u8>,
}

fn bent(device: &Device, realm: &[u8; 32], bend: fn(&mut Certificate)) -> Vec<u8> {
    let mut certificate = device.certificate();
    bend(&mut certificate);
    certificate.signed(&device.identity, realm)
}

const FALSE: &[False] = &[
    False {
        id: "REG-014/1",
        title: "a signature with one bit changed is CERTIFICATE_INVALID",
        judges: &["REG-014", "ERR-001"],
        octets: |device, _, realm| {
            let mut octets = device.certificate().signed(&device.identity, realm);
            if let Some(octet) = octets.iter_mut().rev().nth(40) {
                *octet ^= 1;
            }
            octets
        },
    },
    False {
        id: "REG-014/2",
        title: "a signature of another key is CERTIFICATE_INVALID",
        judges: &["REG-014", "ERR-001"],
        octets: |device, other, realm| device.certificate().signed(&other.identity, realm),
    },
    False {
        id: "REG-014/3",
        title: "a signature for another realm is CERTIFICATE_INVALID",
        judges: &["REG-014", "ERR-001"],
        octets: |device, _, _| device.certificate().signed(&device.identity, &[0xee; 32]),
    },
    False {
        id: "REG-014/4",
        title: "a signature of zeros is CERTIFICATE_INVALID",
        judges: &["REG-014", "ERR-001"],
        octets: |device, _, realm| {
            let mut octets = device.certificate().signed(&device.identity, realm);
            octets.iter_mut().rev().take(64).for_each(|octet| *octet = 0);
            octets
        },
    },
    False {
        id: "REG-014/5",
        title: "an identity key of small order is CERTIFICATE_INVALID",
        judges: &["REG-014", "ERR-001"],
        octets: |device, _, _| {
            // The neutral element verifies anything whose signature is (R = neutral, s = 0), unless small orders are refused.
            let mut neutral = [0; 32];
            neutral[0] = 1;
            let mut certificate = device.certificate();
            certificate.identity_key = neutral;
            certificate.account = crate::peer::ids::AccountId::of(&neutral);
            let mut octets = certificate.signed(&device.identity, &[0; 32]);
            let len = octets.len();
            octets.truncate(len.saturating_sub(64));
            octets.extend(neutral);
            octets.extend([0; 32]);
            octets
        },
    },
    False {
        id: "REG-015/1",
        title: "a certificate of another device's key is CERTIFICATE_INVALID",
        judges: &["REG-015", "ERR-001"],
        octets: |device, other, realm| {
            let certificate =
                Certificate { noise_key: other.noise_key, device: other.id, ..device.certificate() };
            certificate.signed(&device.identity, realm)
        },
    },
    False {
        id: "REG-016/1",
        title: "a device id that is not derived is CERTIFICATE_INVALID",
        judges: &["REG-016", "ERR-001"],
        octets: |device, _, realm| bent(device, realm, |certificate| certificate.device.0[15] ^= 1),
    },
    False {
        id: "REG-016/2",
        title: "an account id that is not derived is CERTIFICATE_INVALID",
        judges: &["REG-016", "ERR-001"],
        octets: |device, _, realm| bent(device, realm, |certificate| certificate.account.0[0] ^= 1),
    },
    False {
        id: "REG-016/3",
        title: "another account's id is CERTIFICATE_INVALID",
        judges: &["REG-016", "ERR-001"],
        octets: |device, other, realm| {
            Certificate { account: other.account, ..device.certificate() }.signed(&device.identity, realm)
        },
    },
    False {
        id: "REG-017/1",
        title: "an expired certificate is CERTIFICATE_INVALID",
        judges: &["REG-017", "ERR-001"],
        octets: |device, _, realm| bent(device, realm, |certificate| certificate.not_after_s = 1_700_000_000),
    },
];

/// The cases of the chapter.
pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    cases.extend(
        PREMATURE
            .iter()
            .map(|row| anonymous(row.id, row.title, &["REG-002", "ERR-004"], move |ctx| premature(ctx, row))),
    );
    cases.extend(
        BELATED
            .iter()
            .map(|row| case(row.id, row.title, &["REG-027", "ERR-004"], move |ctx| belated(ctx, row))),
    );
    cases.extend(
        FALSE.iter().map(|row| case(row.id, row.title, row.judges, move |ctx| false_certificate(ctx, row))),
    );
    cases.extend(number_cases());
    cases.extend(account_cases());
    cases
}

fn number_cases() -> Vec<Case> {
    vec![
        anonymous("REG-001/1", "an unknown device is welcomed as unregistered", &["REG-001"], unknown),
        anonymous(
            "REG-002/8",
            "an early SEND of an unknown device is OUT_OF_STATE",
            &["REG-002"],
            early_send,
        ),
        anonymous(
            "REG-002/9",
            "PING, PONG and CREDIT are allowed before registration",
            &["REG-002"],
            allowed,
        ),
        anonymous(
            "REG-003/1",
            "a number that is not E.164 is BAD_NUMBER",
            &["REG-003", "ERR-001", "ERR-005"],
            bad_numbers,
        ),
        anonymous("REG-003/2", "the shortest and the longest number are taken", &["REG-003"], number_bounds),
        anonymous(
            "REG-004/1",
            "REGISTER is answered with the methods that there are",
            &["REG-004"],
            choosing,
        ),
        anonymous(
            "REG-005/1",
            "a method that was not listed is METHOD_UNAVAILABLE",
            &["REG-005", "ERR-001"],
            no_method,
        ),
        case("REG-006/1", "a method asked for again at once is TOO_SOON", &["REG-006"], method_again),
        case("REG-007/1", "when stage waiting is told, the code is out", &["REG-007"], code_is_out),
        case(
            "REG-008/1",
            "a wrong code is CODE_WRONG and costs one attempt",
            &["REG-008", "ERR-001"],
            wrong_code,
        ),
        case(
            "REG-009/1",
            "when the attempts are used up the right code is REGISTRATION_OVER",
            &["REG-009"],
            used_up,
        ),
        anonymous(
            "REG-009/2",
            "a code without a registration is REGISTRATION_OVER",
            &["REG-009"],
            nothing_begun,
        ),
        case("REG-010/1", "attempts count across connections", &["REG-010"], across_connections),
        case(
            "REG-011/1",
            "a code before code_wait_ms is TOO_SOON and costs no attempt",
            &["REG-011"],
            early_code,
        ),
        anonymous("REG-011/2", "a code before one was sent is TOO_SOON", &["REG-011"], code_before_method),
        case(
            "REG-012/1",
            "the right code is answered with stage verified, also when it comes again",
            &["REG-012"],
            verified,
        ),
        anonymous(
            "REG-013/1",
            "a certificate before REGISTER is OUT_OF_STATE",
            &["REG-013", "ERR-004"],
            |ctx| early_certificate(ctx, |_, _| Ok(())),
        ),
        anonymous(
            "REG-013/2",
            "a certificate while the method is chosen is OUT_OF_STATE",
            &["REG-013", "ERR-004"],
            |ctx| early_certificate(ctx, |_, session| begin(session).map(drop)),
        ),
        case(
            "REG-013/3",
            "a certificate while the code is awaited is OUT_OF_STATE",
            &["REG-013", "ERR-004"],
            |ctx| early_certificate(ctx, |ctx, session| waiting(ctx, session).map(drop)),
        ),
        anonymous(
            "REG-025/1",
            "a REGISTER beyond the number's hourly budget is RATE",
            &["REG-025"],
            register_rate,
        ),
    ]
}

fn account_cases() -> Vec<Case> {
    vec![
        case("REG-019/1", "behind REGISTERED the session is closed with REPLACED", &["REG-019"], replaced),
        case(
            "REG-030/1",
            "the hello_counter of the registering session is stored",
            &["REG-030", "SES-006"],
            first_counter,
        ),
        case("REG-020/1", "another account's number is NUMBER_TAKEN", &["REG-020", "ERR-001"], number_taken),
        case(
            "REG-021/1",
            "with replace the number moves and the old devices are gone",
            &["REG-021", "REG-022", "DLV-009"],
            replace,
        ),
        case(
            "REG-021/2",
            "a message to a device that was removed is UNKNOWN_DEVICE",
            &["REG-021", "DLV-010"],
            gone_device,
        ),
        case(
            "REG-023/1",
            "a device beyond devices_per_account_max is DEVICE_LIMIT",
            &["REG-023"],
            device_limit,
        ),
        case("REG-024/1", "a taken number looks like a free one", &["REG-024"], looks_alike),
        case("REG-026/1", "DEVICES_QUERY tells the own device under the same request", &["REG-026"], devices),
        case(
            "REG-028/1",
            "a second device of the identity joins the account",
            &["REG-028", "REG-026"],
            sibling,
        ),
    ]
}

fn registered(session: &Session<'_>) -> Judged {
    match &session.first {
        Seen::Welcome(welcome) if welcome.standing == 1 => Ok(()),
        other => Err(Mismatch::new("WELCOME of a registered device", format!("{other:?}"))),
    }
}

/// REGISTER under the device's number.
fn begin(session: &mut Session<'_>) -> Result<Registration, Halt> {
    let e164 = session.device.e164.clone();
    session.say(&[&say::register(&e164)]);
    stage(session, 1)
}

/// REGISTER and REGISTER_METHOD; the code is out.
fn waiting(ctx: &Ctx, session: &mut Session<'_>) -> Result<Registration, Halt> {
    let choosing = begin(session)?;
    session.say(&[&say::register_method(offered_method(ctx, &choosing)?)]);
    stage(session, 2)
}

/// A code of the same length that is not the code.
fn another(code: &str) -> String {
    code.chars().map(|digit| if digit == '0' { '1' } else { '0' }).collect()
}

fn premature(ctx: &Ctx, row: &'static Premature) -> CaseResult {
    let (other, device) = (Device::new(ctx, "other"), Device::new(ctx, "sender"));
    let mut bystander = open(ctx, &other)?;
    let mut session = open(ctx, &device)?;
    taken(ctx, &mut session)?;
    session.say(&[&(row.octets)()]);
    let seen = session.closing();
    ctx.require("REG-002", row.title, closed_with(Code::OUT_OF_STATE, &seen));
    untouched(ctx, &mut bystander);
    Ok(())
}

fn belated(ctx: &Ctx, row: &'static Belated) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut bystander = open(ctx, &bob)?;
    let mut session = open(ctx, &alice)?;
    taken(ctx, &mut session)?;
    session.say(&[&(row.octets)(&alice, &ctx.endpoint().realm)]);
    let seen = session.closing();
    ctx.require("REG-027", row.title, closed_with(Code::OUT_OF_STATE, &seen));
    untouched(ctx, &mut bystander);
    Ok(())
}

fn false_certificate(ctx: &Ctx, row: &'static False) -> CaseResult {
    let (device, other) = (Device::new(ctx, "sender"), Device::new(ctx, "other"));
    let mut session = [open(ctx, &device)?];
    verify(ctx, &mut session)?;
    let [mut session] = session;
    let realm = ctx.endpoint().realm;
    session.say(&[&say::register_device(&(row.octets)(&device, &other, &realm))]);
    let seen = session.hear();
    let main = row.judges.first().copied().unwrap_or_default();
    ctx.require(main, row.title, has_code(Code::CERTIFICATE_INVALID, &seen));
    session.say(&[&say::register_device(&device.certificate().signed(&device.identity, &realm))]);
    let seen = session.hear();
    let expected = Seen::Registered { account: device.account, device: device.id };
    ctx.require(
        "ERR-001",
        "the session goes on, and the true certificate registers",
        expect_eq(&expected, &seen),
    );
    Ok(())
}

fn unknown(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let session = Opening::new(ctx, &device).attempt()?;
    let welcome = match &session.first {
        Seen::Welcome(welcome) => (**welcome).clone(),
        other => {
            ctx.require("REG-001", "WELCOME comes", Err(Mismatch::new("WELCOME", format!("{other:?}"))));
            return Ok(());
        }
    };
    let Welcome { standing, session_epoch, handled, cursor, mailbox_last, .. } = welcome;
    let numbers = [standing, session_epoch, handled, cursor, mailbox_last];
    ctx.require("REG-001", "standing unregistered, and every number zero", expect_eq(&[0; 5], &numbers));
    Ok(())
}

fn early_send(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let twin = Opening::new(ctx, &device).with(|opening| opening.early = say::bind(0, device.id)).open()?;
    drop(twin);
    let early = [say::bind(0, device.id), say::send(1, 0, b"x")].concat();
    let seen = Opening::new(ctx, &device).with(|opening| opening.early = early).attempt()?.closing_or_first();
    ctx.require("REG-002", "the session is closed", closed_with(Code::OUT_OF_STATE, &seen));
    Ok(())
}

fn allowed(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    session.say(&[&say::pong(3), &say::credit(1 << 21, 1 << 33), &say::ping(8)]);
    let seen = session.hear();
    ctx.require("REG-002", "the session goes on", expect_eq(&Seen::Pong { token: 8 }, &seen));
    Ok(())
}

fn bad_numbers(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    let bad = [
        "99912345678",
        "+0991234567",
        "+9991234 67",
        "+999123456x",
        "++99123456",
        "+999-123456",
        "+９９９１２",
    ];
    for number in bad {
        session.say(&[&say::register(number)]);
        let seen = session.hear();
        let what = format!("{number:?} is BAD_NUMBER");
        ctx.require("REG-003", &what, has_code(Code::BAD_NUMBER, &seen));
        let names_frame = match &seen {
            Seen::Error(Refusal { frame_type, .. }) => *frame_type,
            _ => 0,
        };
        ctx.require("ERR-005", "it names REGISTER", expect_eq(&kind::REGISTER, &names_frame));
    }
    let e164 = device.e164.clone();
    session.say(&[&say::register(&e164)]);
    let judged =
        stage(&mut session, 1).map(drop).map_err(|halt| Mismatch::new("REGISTRATION", halt.to_string()));
    ctx.require("ERR-001", "the session goes on, and a sound number is taken", judged);
    Ok(())
}

fn number_bounds(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    let mut rng = ctx.rng("numbers");
    for number in
        [format!("+9{:06}", rng.below(1_000_000)), format!("+999{:012}", rng.below(1_000_000_000_000))]
    {
        session.say(&[&say::register(&number)]);
        let seen = session.hear();
        let is_taken = matches!(&seen, Seen::Registration(Registration { stage: 1, .. }) | Seen::Rate { .. });
        ctx.require(
            "REG-003",
            "it is a number",
            holds(is_taken.into(), "REGISTRATION of stage choosing", &seen),
        );
    }
    Ok(())
}

fn choosing(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    session.say(&[&say::register(&device.e164)]);
    let seen = session.hear();
    let is_so = match &seen {
        Seen::Registration(registration) => {
            registration.stage == 1 && !registration.methods.is_empty() && registration.attempts_left > 0
        }
        _ => false,
    };
    ctx.require(
        "REG-004",
        "stage choosing, a method, attempts",
        holds(is_so.into(), "REGISTRATION of stage choosing with a method", &seen),
    );
    Ok(())
}

fn no_method(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    let choosing = begin(&mut session)?;
    let offered: Vec<u64> = choosing.methods.iter().map(|(method, _)| *method).collect();
    for method in [1, 2, 3, 4, 33, 1000].into_iter().filter(|method| !offered.contains(method)) {
        session.say(&[&say::register_method(method)]);
        let seen = session.hear();
        ctx.require("REG-005", "it is METHOD_UNAVAILABLE", has_code(Code::METHOD_UNAVAILABLE, &seen));
    }
    ctx.require("ERR-001", "the session goes on", session.is_quiet());
    Ok(())
}

fn method_again(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    let waiting = waiting(ctx, &mut session)?;
    let waits = waiting.methods.iter().find(|(_, wait_ms)| *wait_ms > 20);
    let Some((method, _)) = waits.copied() else {
        return Err(Halt::NotTestable { why: "no method has a wait".to_owned() });
    };
    session.say(&[&say::register_method(method)]);
    let seen = session.hear();
    ctx.require("REG-006", "it is TOO_SOON", has_code(Code::TOO_SOON, &seen));
    let wait = match &seen {
        Seen::Error(Refusal { retry_after_ms, .. }) => retry_after_ms.unwrap_or_default(),
        _ => 0,
    };
    ctx.require("REG-006", "and tells the wait", holds((wait > 0).into(), "retry_after_ms", &seen));
    Ok(())
}

fn code_is_out(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    let waiting = waiting(ctx, &mut session)?;
    let code = ctx.code(&device.e164)?;
    let len = u64::try_from(code.len()).unwrap_or_default();
    ctx.require("REG-007", "the gateway has a code of the told length", expect_eq(&waiting.code_len, &len));
    Ok(())
}

fn wrong_code(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    let out = waiting(ctx, &mut session)?;
    let code = ctx.code(&device.e164)?;
    wait_for_code(ctx, out.code_wait_ms)?;
    session.say(&[&say::register_code(&another(&code))]);
    let seen = session.hear();
    ctx.require("REG-008", "it is CODE_WRONG", has_code(Code::CODE_WRONG, &seen));
    let again = begin(&mut session)?;
    ctx.require(
        "REG-008",
        "one attempt is used",
        expect_eq(&out.attempts_left.saturating_sub(1), &again.attempts_left),
    );
    ctx.require("ERR-001", "the session goes on", session.is_quiet());
    Ok(())
}

/// Sends wrong codes, each after its wait.
fn guess(ctx: &Ctx, session: &mut Session<'_>, wait_ms: u64, count: u64) -> Result<Vec<Seen>, Halt> {
    let code = ctx.code(&session.device.e164)?;
    let mut heard = Vec::new();
    for _ in 0..count {
        wait_for_code(ctx, wait_ms)?;
        session.say(&[&say::register_code(&another(&code))]);
        heard.push(session.hear());
    }
    Ok(heard)
}

fn used_up(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    let out = waiting(ctx, &mut session)?;
    let code = ctx.code(&device.e164)?;
    let heard = guess(ctx, &mut session, out.code_wait_ms, out.attempts_left)?;
    let last = heard.last().cloned().unwrap_or(Seen::Nothing);
    ctx.control("every wrong code is CODE_WRONG", has_code(Code::CODE_WRONG, &last))?;
    wait_for_code(ctx, out.code_wait_ms)?;
    session.say(&[&say::register_code(&code)]);
    let seen = session.hear();
    ctx.require("REG-009", "the right code is REGISTRATION_OVER", has_code(Code::REGISTRATION_OVER, &seen));
    Ok(())
}

fn nothing_begun(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    taken(ctx, &mut session)?;
    session.say(&[&say::register_code("123456")]);
    let seen = session.hear();
    ctx.require("REG-009", "there is no registration", has_code(Code::REGISTRATION_OVER, &seen));
    Ok(())
}

fn across_connections(ctx: &Ctx) -> CaseResult {
    let (first, mut second) = (Device::new(ctx, "first"), Device::new(ctx, "second"));
    second.e164.clone_from(&first.e164);
    let mut session = open(ctx, &first)?;
    let out = waiting(ctx, &mut session)?;
    let heard = guess(ctx, &mut session, out.code_wait_ms, 2)?;
    for seen in &heard {
        ctx.control("a wrong code is CODE_WRONG", has_code(Code::CODE_WRONG, seen))?;
    }
    drop(session);
    let mut later = open(ctx, &second)?;
    let begun = begin(&mut later)?;
    ctx.require(
        "REG-010",
        "another connection of another device has two attempts less",
        expect_eq(&out.attempts_left.saturating_sub(2), &begun.attempts_left),
    );
    Ok(())
}

fn early_code(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    let out = waiting(ctx, &mut session)?;
    if out.code_wait_ms < 30 {
        return Err(Halt::NotTestable { why: "code_wait_ms is shorter than the suite is quick".to_owned() });
    }
    let code = ctx.code(&device.e164)?;
    session.say(&[&say::register_code(&code)]);
    let seen = session.hear();
    ctx.require("REG-011", "at once it is TOO_SOON", has_code(Code::TOO_SOON, &seen));
    wait_for_code(ctx, out.code_wait_ms)?;
    session.say(&[&say::register_code(&code)]);
    let judged =
        stage(&mut session, 3).map(drop).map_err(|halt| Mismatch::new("stage verified", halt.to_string()));
    ctx.require("REG-011", "after the wait it is right", judged);
    Ok(())
}

fn code_before_method(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    let before = begin(&mut session)?;
    session.say(&[&say::register_code("123456")]);
    let seen = session.hear();
    ctx.require("REG-011", "no code is out", has_code(Code::TOO_SOON, &seen));
    let after = begin(&mut session)?;
    ctx.require("REG-011", "no attempt is used", expect_eq(&before.attempts_left, &after.attempts_left));
    Ok(())
}

fn verified(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    let out = waiting(ctx, &mut session)?;
    let code = ctx.code(&device.e164)?;
    wait_for_code(ctx, out.code_wait_ms)?;
    for what in ["the right code verifies", "the same code again says so again"] {
        session.say(&[&say::register_code(&code)]);
        let seen = session.hear();
        let is_verified = matches!(&seen, Seen::Registration(Registration { stage: 3, .. }));
        ctx.require("REG-012", what, holds(is_verified.into(), "REGISTRATION of stage verified", &seen));
    }
    Ok(())
}

fn early_certificate(ctx: &Ctx, prepare: fn(&Ctx, &mut Session<'_>) -> Result<(), Halt>) -> CaseResult {
    let (other, device) = (Device::new(ctx, "other"), Device::new(ctx, "sender"));
    let mut bystander = open(ctx, &other)?;
    let mut session = open(ctx, &device)?;
    prepare(ctx, &mut session)?;
    taken(ctx, &mut session)?;
    let realm = ctx.endpoint().realm;
    session.say(&[&say::register_device(&device.certificate().signed(&device.identity, &realm))]);
    let seen = session.closing();
    ctx.require("REG-013", "the session is closed", closed_with(Code::OUT_OF_STATE, &seen));
    untouched(ctx, &mut bystander);
    Ok(())
}

fn register_rate(ctx: &Ctx) -> CaseResult {
    let budget = declared(ctx, "registrations_per_number_per_h");
    if budget > 64 {
        return Err(Halt::NotTestable { why: format!("the target allows {budget} registrations an hour") });
    }
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    let mut heard = Vec::new();
    for _ in 0..budget.saturating_add(1) {
        session.say(&[&say::register(&device.e164)]);
        heard.push(session.hear());
    }
    let last = heard.pop().unwrap_or(Seen::Nothing);
    let is_rate = matches!(&last, Seen::Rate { frame_type: kind::REGISTER, .. });
    let within = heard.iter().all(|seen| matches!(seen, Seen::Registration(_)));
    ctx.control("those within the budget are taken", holds(within.into(), "REGISTRATION", &heard))?;
    ctx.require("REG-025", "the one beyond it is RATE", holds(is_rate.into(), "RATE of REGISTER", &last));
    Ok(())
}

fn replaced(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = [open(ctx, &device)?];
    verify(ctx, &mut session)?;
    let [mut session] = session;
    let realm = ctx.endpoint().realm;
    session.say(&[&say::register_device(&device.certificate().signed(&device.identity, &realm))]);
    let seen = session.hear();
    let expected = Seen::Registered { account: device.account, device: device.id };
    ctx.control("the device is registered", expect_eq(&expected, &seen))?;
    let close = session.hear();
    ctx.require("REG-019", "CLOSE REPLACED follows", closed_with(Code::REPLACED, &close));
    let next = Opening::new(ctx, &device).attempt()?;
    ctx.require("REG-019", "the next session is that of a registered device", registered(&next));
    Ok(())
}

fn first_counter(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    device.hello_counter.set(40);
    register(ctx, &[&device])?;
    let stale = Opening::new(ctx, &device).with(|opening| opening.hello.hello_counter = 41).attempt()?;
    let seen = stale.closing_or_first();
    let told = match &seen {
        Seen::Close(Close { code: Code::STALE_HELLO, hello_counter, .. }) => *hello_counter,
        _ => None,
    };
    ctx.require("REG-030", "it is stale in the next session", closed_with(Code::STALE_HELLO, &seen));
    ctx.require("SES-006", "which tells it", expect_eq(&Some(41), &told));
    let next = Opening::new(ctx, &device).attempt()?;
    ctx.require("REG-030", "one above it is welcomed", registered(&next));
    Ok(())
}

/// A device of a new account under a number that is taken.
fn usurper(ctx: &Ctx, of: &Device) -> Device {
    let mut device = Device::new(ctx, "usurper");
    device.e164.clone_from(&of.e164);
    device
}

fn number_taken(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mallory = usurper(ctx, &alice);
    let mut session = [open(ctx, &mallory)?];
    verify(ctx, &mut session)?;
    let [mut session] = session;
    let realm = ctx.endpoint().realm;
    session.say(&[&say::register_device(&mallory.certificate().signed(&mallory.identity, &realm))]);
    let seen = session.hear();
    ctx.require("REG-020", "it is NUMBER_TAKEN", has_code(Code::NUMBER_TAKEN, &seen));
    ctx.require("ERR-001", "the session goes on", session.is_quiet());
    let next = Opening::new(ctx, &alice).attempt()?;
    ctx.require("REG-020", "the owner stays registered", registered(&next));
    Ok(())
}

/// Registers `mallory` in place of whoever has the number.
fn take_number(ctx: &Ctx, mallory: &Device) -> Result<Seen, Halt> {
    let mut session = open(ctx, mallory)?;
    session.say(&[&say::register_replacing(&mallory.e164)]);
    let choosing = stage(&mut session, 1)?;
    session.say(&[&say::register_method(offered_method(ctx, &choosing)?)]);
    let out = stage(&mut session, 2)?;
    let code = ctx.code(&mallory.e164)?;
    wait_for_code(ctx, out.code_wait_ms)?;
    session.say(&[&say::register_code(&code)]);
    stage(&mut session, 3)?;
    let realm = ctx.endpoint().realm;
    session.say(&[&say::register_device(&mallory.certificate().signed(&mallory.identity, &realm))]);
    Ok(session.hear())
}

fn replace(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut sender = open(ctx, &bob)?;
    let mut old = open(ctx, &alice)?;
    sender.deliver(alice.id, b"never taken")?;
    ctx.control("the old device has the message on offer", old.hears(b"never taken"))?;
    let mallory = usurper(ctx, &alice);
    let seen = take_number(ctx, &mallory)?;
    let expected = Seen::Registered { account: mallory.account, device: mallory.id };
    ctx.require("REG-021", "the new account gets the number", expect_eq(&expected, &seen));
    let close = old.closing();
    ctx.require("REG-022", "the old device's session is closed", closed_with(Code::DEVICE_GONE, &close));
    let receipt = sender.item();
    let judged = match &receipt {
        Seen::Receipt { status: 4, ranges, .. } if *ranges == [(1, 1)] => Ok(()),
        other => Err(Mismatch::new("RECEIPT of status device_gone for 1", format!("{other:?}"))),
    };
    ctx.require("DLV-009", "the sender is told why its message was not delivered", judged);
    let again = Opening::new(ctx, &alice).attempt()?;
    ctx.require("REG-021", "the old device is unknown", expect_eq(&0, &again.welcome().standing));
    Ok(())
}

fn gone_device(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut sender = open(ctx, &bob)?;
    sender.deliver(alice.id, b"while it is there")?;
    let mallory = usurper(ctx, &alice);
    let seen = take_number(ctx, &mallory)?;
    let expected = Seen::Registered { account: mallory.account, device: mallory.id };
    ctx.require("REG-021", "the new account gets the number", expect_eq(&expected, &seen));
    let client_seq = sender.send(alice.id, b"to nobody");
    let outcome = sender.outcome();
    ctx.require(
        "DLV-010",
        "it is UNKNOWN_DEVICE",
        expect_eq(&Seen::Refused(client_seq, Code::UNKNOWN_DEVICE), &outcome),
    );
    Ok(())
}

fn device_limit(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let session = open(ctx, &alice)?;
    let max = session.welcome().limit("devices_per_account_max");
    if max > 16 {
        return Err(Halt::NotTestable {
            why: format!("an account may have {max} devices: too many to register"),
        });
    }
    let siblings: Vec<Device> =
        (1..max).map(|index| Device::sibling(ctx, &format!("sibling {index}"), &alice)).collect();
    register(ctx, &siblings.iter().collect::<Vec<_>>())?;
    let one_more = Device::sibling(ctx, "one more", &alice);
    let mut session = [open(ctx, &one_more)?];
    verify(ctx, &mut session)?;
    let [mut session] = session;
    let realm = ctx.endpoint().realm;
    session.say(&[&say::register_device(&one_more.certificate().signed(&one_more.identity, &realm))]);
    let seen = session.hear();
    ctx.require("REG-023", "it is DEVICE_LIMIT", has_code(Code::DEVICE_LIMIT, &seen));
    Ok(())
}

fn looks_alike(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let (mallory, stranger) = (usurper(ctx, &alice), Device::new(ctx, "stranger"));
    // A free number that saw as many codes as the taken one, so that only its being taken differs.
    let mut shy = Device::new(ctx, "shy");
    shy.e164.clone_from(&stranger.e164);
    let mut first = [open(ctx, &shy)?];
    verify(ctx, &mut first)?;
    let mut of_taken = open(ctx, &mallory)?;
    let mut of_free = open(ctx, &stranger)?;
    let (taken, free) = (begin(&mut of_taken)?, begin(&mut of_free)?);
    let shape = |registration: &Registration| {
        let methods: Vec<u64> = registration.methods.iter().map(|(method, _)| *method).collect();
        (registration.stage, methods, registration.code_len, registration.attempts_left)
    };
    ctx.require("REG-024", "REGISTER is answered the same", expect_eq(&shape(&free), &shape(&taken)));
    of_taken.say(&[&say::register_method(offered_method(ctx, &taken)?)]);
    of_free.say(&[&say::register_method(offered_method(ctx, &free)?)]);
    let (taken, free) = (stage(&mut of_taken, 2)?, stage(&mut of_free, 2)?);
    ctx.require("REG-024", "and so is REGISTER_METHOD", expect_eq(&shape(&free), &shape(&taken)));
    Ok(())
}

fn devices(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let _other_account = bob;
    let mut session = open(ctx, &alice)?;
    session.say(&[&say::devices_query(4_000_000_000)]);
    let seen = session.hear();
    let expected = Seen::Devices { request: 4_000_000_000, devices: vec![alice.id] };
    ctx.require("REG-026", "the own account's devices, nobody else's", expect_eq(&expected, &seen));
    Ok(())
}

fn sibling(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let second = Device::sibling(ctx, "second", &alice);
    register(ctx, &[&second])?;
    let mut session = open(ctx, &second)?;
    ctx.require("REG-028", "it is registered", registered(&session));
    session.say(&[&say::devices_query(1)]);
    let seen = session.hear();
    let mut expected = vec![alice.id, second.id];
    expected.sort_unstable();
    let mut listed = match &seen {
        Seen::Devices { devices, .. } => devices.clone(),
        _ => Vec::new(),
    };
    listed.sort_unstable();
    ctx.require("REG-026", "both are devices of the account", expect_eq(&expected, &listed));
    let first = Opening::new(ctx, &alice).attempt()?;
    ctx.require("REG-028", "the first one stays", registered(&first));
    Ok(())
}
