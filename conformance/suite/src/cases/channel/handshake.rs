//! XX: prologue, certificate, third message, forged keys.

use super::{control_opens, cut, fresh, is_welcomed, put};
use crate::case::{Case, CaseResult, Halt};
use crate::cases::words::{anonymous, holds, open};
use crate::check::{Mismatch, expect_eq};
use crate::ctx::Ctx;
use crate::peer::greeting::{Answer, Pattern, Preface, send_clear};
use crate::peer::ids::{is_signed, root_key_id};
use crate::peer::noise::{FORGED_SECRET, Handshake, Role};
use crate::peer::opening::{dial, ephemeral, read, write};
use crate::peer::{Device, Seen, Via};

/// A third XX message that no server can open.
struct BadThird {
    id: &'static str,
    title: &'static str,
    judges: &'static [&'static str],
    bend: fn(Vec<u8>) -> Vec<u8>,
}

const BAD_THIRD: &[BadThird] = &[
    BadThird {
        id: "CHN-021/1",
        title: "a third message with its first octet changed ends the connection",
        judges: &["CHN-021"],
        bend: |octets| {
            let first = octets.first().map_or(0, |octet| octet ^ 1);
            put(octets, 0, first)
        },
    },
    BadThird {
        id: "CHN-021/2",
        title: "a third message with its last octet changed ends the connection",
        judges: &["CHN-021", "CHN-013"],
        bend: |mut octets| {
            if let Some(last) = octets.last_mut() {
                *last ^= 0x80;
            }
            octets
        },
    },
    BadThird {
        id: "CHN-021/3",
        title: "a third message cut to its static key ends the connection",
        judges: &["CHN-021"],
        bend: |octets| cut(octets, 48),
    },
    BadThird {
        id: "CHN-021/4",
        title: "a third message of one octet ends the connection",
        judges: &["CHN-021"],
        bend: |octets| cut(octets, 1),
    },
    BadThird {
        id: "CHN-021/5",
        title: "a third message with an octet more ends the connection",
        judges: &["CHN-021"],
        bend: |octets| [octets, vec![0]].concat(),
    },
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = BAD_THIRD
        .iter()
        .map(|row| anonymous(row.id, row.title, row.judges, move |ctx| bad_third(ctx, row)))
        .collect();
    cases.extend([
        anonymous(
            "CHN-005/3",
            "a prologue with another realm does not open the second XX message",
            &["CHN-005"],
            |ctx| xx_prologue(ctx, |preface| preface.prologue(&[0xee; 32])),
        ),
        anonymous(
            "CHN-005/4",
            "a prologue without the preface does not open the second XX message",
            &["CHN-005"],
            realm_only,
        ),
        anonymous(
            "CHN-005/5",
            "a prologue of label, realm and preface opens the second XX message",
            &["CHN-005"],
            right_prologue,
        ),
        anonymous(
            "CHN-010/1",
            "the second XX message carries one CERTIFICATE and nothing else",
            &["CHN-010", "INV-003"],
            second_message,
        ),
        anonymous(
            "CHN-019/1",
            "the certificate is signed by the realm's root and names the edge's key",
            &["CHN-019"],
            certificate,
        ),
        anonymous(
            "CHN-022/3",
            "an XX ephemeral key of zeros ends the connection",
            &["CHN-022"],
            zero_xx_ephemeral,
        ),
        anonymous("CHN-022/4", "an XX static key of zeros ends the connection", &["CHN-022"], zero_xx_static),
    ]);
    cases
}

/// The second message of XX under a prologue of the case's choice: whether it opens.
fn second_under(ctx: &Ctx, prologue: impl Fn(&Preface) -> Vec<u8>) -> Result<Result<(), Mismatch>, Halt> {
    let mut carrier = dial(ctx, Via::Tcp)?;
    let preface = Preface::new(Pattern::Xx);
    let ephemeral = ephemeral(ctx, &mut carrier);
    let mut handshake = Handshake::xx(Role::Initiator, &prologue(&preface), [3; 32], ephemeral);
    let first = [preface.octets(), write(&mut handshake, &[])?].concat();
    send_clear(&mut carrier, &first, "OPENING by XX under a prologue of its own");
    let opened = match Answer::receive(&mut carrier) {
        Answer::Handshake(message) => {
            handshake.read(&message).map(drop).map_err(|fault| format!("{fault:?}"))
        }
        other => return Ok(Err(Mismatch::new("a second message", format!("{other:?}")))),
    };
    Ok(opened.map_err(|fault| Mismatch::new("a message that opens", fault)))
}

fn right_prologue(ctx: &Ctx) -> CaseResult {
    let realm = ctx.endpoint().realm;
    let judged = second_under(ctx, |preface| preface.prologue(&realm))?;
    ctx.require("CHN-005", "the server's prologue is the realm's and the preface's", judged);
    Ok(())
}

fn xx_prologue(ctx: &Ctx, prologue: fn(&Preface) -> Vec<u8>) -> CaseResult {
    control_opens(ctx)?;
    let judged = match second_under(ctx, prologue)? {
        Err(_) => Ok(()),
        Ok(()) => Err(Mismatch::new("a message that does not open", "a message that opens")),
    };
    ctx.require("CHN-005", "the server's prologue is the realm's and the preface's", judged);
    Ok(())
}

fn realm_only(ctx: &Ctx) -> CaseResult {
    xx_prologue(ctx, |_| b"pinnace/1\0".to_vec())
}

fn second_message(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut handshaking = fresh(ctx, &device)?;
    handshaking.begin()?;
    let answer = Answer::receive(&mut handshaking.carrier);
    let is_handshake = matches!(answer, Answer::Handshake(_));
    ctx.require(
        "INV-003",
        "the record begins with the kind HANDSHAKE",
        holds(is_handshake.into(), "HANDSHAKE", &answer),
    );
    let payload = read(&mut handshaking.handshake, answer)?;
    let frames = pinnace_oracle::decode_record(&payload);
    let names = frames.map(|frames| frames.iter().map(|frame| frame.name.clone()).collect::<Vec<_>>());
    let expected = Ok(vec!["CERTIFICATE".to_owned()]);
    ctx.require("CHN-010", "its payload is one CERTIFICATE frame", expect_eq(&expected, &names));
    Ok(())
}

fn certificate(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let session = open(ctx, &device)?;
    let now_s = session.welcome().time_ms / 1000;
    let Some(edge) = device.edge.borrow().clone() else {
        ctx.require("CHN-019", "a certificate comes", Err(Mismatch::new("CERTIFICATE", "none")));
        return Ok(());
    };
    let realm = ctx.endpoint().realm;
    let judged = edge.certificate.split_last_chunk::<64>().map_or_else(
        || Err(Mismatch::new("a certificate", "a shorter one")),
        |(body, signature)| {
            let is_signed = is_signed(&realm, "pinnace/1 edge certificate", &realm, body, signature);
            holds(is_signed.into(), "a signature of the realm's root", "another")
        },
    );
    ctx.require("CHN-019", "the realm's root signed it", judged);
    let fields = pinnace_oracle::decode_structure("edge_certificate", &edge.certificate).unwrap_or_default();
    let text =
        |name: &str| fields.iter().find(|field| field.name == name).map(|field| field.value.to_string());
    let number = |name: &str| text(name).and_then(|text| text.parse::<u64>().ok()).unwrap_or_default();
    let key = Some(crate::hex::encode(&edge.key));
    ctx.require("CHN-019", "it names the static key of the handshake", expect_eq(&key, &text("edge_key")));
    let root = Some(crate::hex::encode(&root_key_id(&realm)));
    ctx.require("CHN-019", "it names the root that signed it", expect_eq(&root, &text("root_key_id")));
    let (from, to) = (number("not_before_s"), number("not_after_s"));
    let is_now = from <= now_s && now_s <= to && to.saturating_sub(from) <= 7_776_000;
    ctx.require(
        "CHN-019",
        "it is valid now, for 90 days at most",
        holds(is_now.into(), "valid now", (from, now_s, to)),
    );
    Ok(())
}

fn bad_third(ctx: &Ctx, row: &'static BadThird) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut handshaking = fresh(ctx, &device)?;
    handshaking.begin()?;
    let twin = handshaking.finish()?;
    ctx.control("without the fault HELLO is welcomed", is_welcomed(&twin))?;
    let mut handshaking = fresh(ctx, &device)?;
    handshaking.begin()?;
    read(&mut handshaking.handshake, Answer::receive(&mut handshaking.carrier))?;
    let third = write(&mut handshaking.handshake, &device.next_hello().octets())?;
    send_clear(&mut handshaking.carrier, &(row.bend)(third), "third message of XX, bad on purpose");
    let answer = Answer::receive(&mut handshaking.carrier);
    for requirement in row.judges {
        ctx.require(requirement, row.title, expect_eq(&Answer::Ended, &answer));
    }
    Ok(())
}

fn zero_xx_ephemeral(ctx: &Ctx) -> CaseResult {
    control_opens(ctx)?;
    let device = Device::new(ctx, "sender");
    let mut handshaking = fresh(ctx, &device)?;
    let prologue = handshaking.preface.prologue(&ctx.endpoint().realm);
    handshaking.handshake = Handshake::xx(Role::Initiator, &prologue, device.secret, FORGED_SECRET);
    handshaking.begin()?;
    let answer = Answer::receive(&mut handshaking.carrier);
    let is_refused = matches!(answer, Answer::Ended | Answer::Reject(_));
    ctx.require(
        "CHN-022",
        "no second message comes",
        holds(is_refused.into(), "the end of the connection", &answer),
    );
    Ok(())
}

fn zero_xx_static(ctx: &Ctx) -> CaseResult {
    control_opens(ctx)?;
    let device = Device::new(ctx, "sender");
    let mut handshaking = fresh(ctx, &device)?;
    let prologue = handshaking.preface.prologue(&ctx.endpoint().realm);
    let ephemeral = ephemeral(ctx, &mut handshaking.carrier);
    handshaking.handshake = Handshake::xx(Role::Initiator, &prologue, FORGED_SECRET, ephemeral);
    handshaking.begin()?;
    let mut session = handshaking.finish()?;
    let seen = core::mem::replace(&mut session.first, Seen::Nothing);
    ctx.require("CHN-022", "no WELCOME comes", expect_eq(&Seen::Ended, &seen));
    Ok(())
}
