//! Certificates of devices.

use crate::case::{Case, CaseResult};
use crate::cases::words::{case, has_code, open, taken};
use crate::check::expect_eq;
use crate::ctx::Ctx;
use crate::peer::account::verify;
use crate::peer::device::Certificate;
use crate::peer::{Code, Device, Seen, closed_with, say};

/// A certificate that does not hold.
struct False {
    id: &'static str,
    title: &'static str,
    judges: &'static [&'static str],
    octets: fn(&Device, &Device, &[u8; 32]) -> Vec<u8>,
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

/// A certificate of bad form: the grammar of its frame is broken, whatever it means.
struct Formless {
    id: &'static str,
    title: &'static str,
    judges: &'static [&'static str],
    /// Bends the octets of a true certificate.
    bend: fn(Vec<u8>) -> Vec<u8>,
}

/// Octets of a signature, the last field.
const SIGNATURE_LEN: usize = 64;

const FORMLESS: &[Formless] = &[
    Formless {
        id: "FRM-021/2",
        title: "a certificate of version 2 is MALFORMED, not CERTIFICATE_INVALID",
        judges: &["FRM-021"],
        bend: |mut octets| {
            if let Some(version) = octets.first_mut() {
                *version = 2;
            }
            octets
        },
    },
    Formless {
        id: "FRM-004/21",
        title: "a certificate that ends within its signature is MALFORMED, not CERTIFICATE_INVALID",
        judges: &["FRM-004"],
        bend: |mut octets| {
            octets.pop();
            octets
        },
    },
    Formless {
        id: "FRM-005/21",
        title: "octets behind a certificate's signature are MALFORMED, not CERTIFICATE_INVALID",
        judges: &["FRM-005"],
        bend: |octets| {
            // The time in one octet for eight leaves room for seven within the length that is allowed.
            let time_at = octets.len().saturating_sub(SIGNATURE_LEN + 8);
            let signature_at = octets.len().saturating_sub(SIGNATURE_LEN);
            let (front, signature) = (octets.get(..time_at), octets.get(signature_at..));
            [front.unwrap_or_default(), &[0x05], signature.unwrap_or_default(), &[0; 7]].concat()
        },
    },
];

pub(super) fn cases() -> Vec<Case> {
    let meaning =
        FALSE.iter().map(|row| case(row.id, row.title, row.judges, move |ctx| false_certificate(ctx, row)));
    let form = FORMLESS.iter().map(|row| case(row.id, row.title, row.judges, move |ctx| formless(ctx, row)));
    meaning.chain(form).collect()
}

fn formless(ctx: &Ctx, row: &'static Formless) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = [open(ctx, &device)?];
    verify(ctx, &mut session)?;
    let [mut session] = session;
    taken(ctx, &mut session)?;
    let octets = device.certificate().signed(&device.identity, &ctx.endpoint().realm);
    session.say(&[&say::register_device(&(row.bend)(octets))]);
    let seen = session.closing();
    let main = row.judges.first().copied().unwrap_or_default();
    ctx.require(main, row.title, closed_with(Code::MALFORMED, &seen));
    Ok(())
}

fn bent(device: &Device, realm: &[u8; 32], bend: fn(&mut Certificate)) -> Vec<u8> {
    let mut certificate = device.certificate();
    bend(&mut certificate);
    certificate.signed(&device.identity, realm)
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
