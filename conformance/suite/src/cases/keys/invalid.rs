//! KeyPackages that do not hold: each line of the list in chapter 16, broken one at a time.

use super::{has, now_s, told};
use crate::case::{Case, CaseResult};
use crate::cases::devices::family;
use crate::cases::words::{is_error, of_devices, open};
use crate::ctx::Ctx;
use crate::peer::device::Certificate;
use crate::peer::directory::stock;
use crate::peer::key_package::{KeyPackage, LAST_RESORT, Source};
use crate::peer::octets::len_prefixed;
use crate::peer::{Code, Device, ask};

/// A KeyPackage that does not hold.
struct False {
    id: &'static str,
    title: &'static str,
    octets: fn(Made<'_>) -> Vec<u8>,
}

/// What such a KeyPackage is made of.
struct Made<'a> {
    /// True in every field.
    package: KeyPackage,
    now_s: u64,
    life_max_s: u64,
    alice: &'a Device,
    second: &'a Device,
    bob: &'a Device,
    realm: [u8; 32],
}

impl Made<'_> {
    /// With a field that the signatures cover changed before.
    fn bent(mut self, bend: impl FnOnce(&mut KeyPackage)) -> Vec<u8> {
        bend(&mut self.package);
        self.package.signed(self.alice)
    }

    /// With another certificate as its identity, and everything else as that of its device.
    fn of(self, certificate: Vec<u8>) -> Vec<u8> {
        self.bent(|package| package.identity = certificate)
    }

    fn certificate(&self, bend: impl FnOnce(&mut Certificate)) -> Vec<u8> {
        let mut certificate = self.alice.certificate();
        bend(&mut certificate);
        certificate.signed(&self.alice.identity, &self.realm)
    }

    fn living(self, not_before_s: u64, not_after_s: u64) -> Vec<u8> {
        self.bent(|package| package.source = Source::KeyPackage { not_before_s, not_after_s })
    }

    /// The octets of the true one, changed after it was signed.
    fn after(self, change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
        let mut octets = self.package.signed(self.alice);
        change(&mut octets);
        octets
    }
}

/// Line 1: the octets.
const FORM: &[False] = &[
    False {
        id: "KEY-009/1",
        title: "an octet behind the KeyPackage",
        octets: |made| made.after(|octets| octets.push(0)),
    },
    False {
        id: "KEY-009/2",
        title: "a KeyPackage without its last octet",
        octets: |made| made.after(|octets| octets.truncate(octets.len().saturating_sub(1))),
    },
    False {
        id: "KEY-009/3",
        title: "a KeyPackage that ends within its leaf",
        octets: |made| made.after(|octets| octets.truncate(100)),
    },
    False {
        id: "KEY-009/4",
        title: "a KeyPackage within an MLSMessage",
        // Version mls10, wire format mls_key_package.
        octets: |made| made.after(|octets| drop(octets.splice(..0, [0, 1, 0, 5]))),
    },
    False { id: "KEY-009/5", title: "a single octet", octets: |_| vec![0] },
    False {
        id: "KEY-009/6",
        title: "a length that is not in its shortest form",
        octets: |made| {
            made.after(|octets| {
                // The length of the init key, behind version and suite, in two octets.
                octets.splice(4..5, [0x40, 0x20]);
            })
        },
    },
    False { id: "KEY-009/7", title: "a version 2", octets: |made| made.bent(|package| package.version = 2) },
    False { id: "KEY-009/8", title: "a suite 2", octets: |made| made.bent(|package| package.suite = 2) },
    False {
        id: "KEY-009/9",
        title: "a suite that is GREASE",
        octets: |made| made.bent(|package| package.suite = 0x0a0a),
    },
    False {
        id: "KEY-009/10",
        title: "a list of versions of an odd length",
        octets: |made| made.bent(|package| package.versions = vec![0, 1, 0]),
    },
];

/// Lines 2 to 4: keys and credential.
const KEYS: &[False] = &[
    False {
        id: "KEY-009/11",
        title: "an init key of 31 octets",
        octets: |made| made.bent(|package| package.init_key.truncate(31)),
    },
    False {
        id: "KEY-009/12",
        title: "an encryption key of 33 octets",
        octets: |made| made.bent(|package| package.encryption_key.push(7)),
    },
    False {
        id: "KEY-009/13",
        title: "an init key that is the encryption key",
        octets: |made| made.bent(|package| package.init_key.clone_from(&package.encryption_key)),
    },
    False {
        id: "KEY-009/14",
        title: "a credential that is not basic",
        octets: |made| made.bent(|package| package.credential_type = 0x0a0a),
    },
    False {
        id: "KEY-009/15",
        title: "an identity that is no certificate",
        octets: |made| made.of(b"alice".to_vec()),
    },
    False {
        id: "KEY-009/16",
        title: "an identity with an octet behind the certificate",
        octets: |made| {
            let certificate = [made.certificate(|_| ()), vec![0]].concat();
            made.of(certificate)
        },
    },
    False {
        id: "KEY-009/17",
        title: "a certificate whose signature does not hold",
        octets: |made| {
            let mut certificate = made.certificate(|_| ());
            if let Some(last) = certificate.iter_mut().rev().nth(40) {
                *last ^= 1;
            }
            made.of(certificate)
        },
    },
    False {
        id: "KEY-009/18",
        title: "a certificate for another realm",
        octets: |made| {
            let certificate = made.alice.certificate().signed(&made.alice.identity, &[0xee; 32]);
            made.of(certificate)
        },
    },
    False {
        id: "KEY-009/19",
        title: "a certificate that another account signed",
        octets: |made| {
            let certificate = made.alice.certificate().signed(&made.bob.identity, &made.realm);
            made.of(certificate)
        },
    },
    False {
        id: "KEY-009/20",
        title: "an expired certificate",
        octets: |made| {
            let certificate = made.certificate(|certificate| certificate.not_after_s = 1_700_000_000);
            made.of(certificate)
        },
    },
    False {
        id: "KEY-009/21",
        title: "a certificate whose device id is not derived",
        octets: |made| {
            let certificate = made.certificate(|certificate| certificate.device.0[3] ^= 1);
            made.of(certificate)
        },
    },
    False {
        id: "KEY-009/22",
        title: "the KeyPackage of another device of the account",
        octets: |made| {
            let mut package = made.package;
            package.identity = made.second.certificate().signed(&made.second.identity, &made.realm);
            package.signature_key = made.second.signature.verifying_key().to_bytes().to_vec();
            package.signed(made.second)
        },
    },
    False {
        id: "KEY-009/23",
        title: "the KeyPackage of another account's device",
        octets: |made| {
            let mut package = made.package;
            package.identity = made.bob.certificate().signed(&made.bob.identity, &made.realm);
            package.signature_key = made.bob.signature.verifying_key().to_bytes().to_vec();
            package.signed(made.bob)
        },
    },
    False {
        id: "KEY-009/24",
        title: "a certificate of this device from another account",
        octets: |made| {
            let identity_key = made.bob.identity.verifying_key().to_bytes();
            let certificate =
                Certificate { identity_key, account: made.bob.account, ..made.alice.certificate() };
            let octets = certificate.signed(&made.bob.identity, &made.realm);
            made.of(octets)
        },
    },
    False {
        id: "KEY-009/25",
        title: "a signature key that is not the certificate's",
        octets: |made| {
            let mut package = made.package;
            package.signature_key = made.second.signature.verifying_key().to_bytes().to_vec();
            package.signed_by(&made.second.signature, &made.second.signature)
        },
    },
];

/// Lines 5 to 7: lifetime, signatures, last resort.
const MEANING: &[False] = &[
    False {
        id: "KEY-009/26",
        title: "a leaf of an update",
        octets: |made| made.bent(|package| package.source = Source::Update),
    },
    False {
        id: "KEY-009/27",
        title: "a leaf of a commit",
        octets: |made| made.bent(|package| package.source = Source::Commit { parent_hash: vec![7; 32] }),
    },
    False {
        id: "KEY-009/28",
        title: "a life that begins in two hours",
        octets: |made| {
            let now_s = made.now_s;
            made.living(now_s + 7_200, now_s + 7_260)
        },
    },
    False {
        id: "KEY-009/29",
        title: "a life that is over",
        octets: |made| {
            let now_s = made.now_s;
            made.living(now_s - 100, now_s - 1)
        },
    },
    False {
        id: "KEY-009/30",
        title: "a life beyond key_package_s_max",
        octets: |made| {
            let (now_s, max_s) = (made.now_s, made.life_max_s);
            made.living(now_s, now_s + max_s + 300)
        },
    },
    False {
        id: "KEY-009/31",
        title: "a life without end",
        octets: |made| {
            let now_s = made.now_s;
            made.living(now_s, u64::MAX)
        },
    },
    False {
        id: "KEY-009/32",
        title: "a leaf whose signature does not hold",
        octets: |made| made.package.with_leaf_bent(made.alice),
    },
    False {
        id: "KEY-009/33",
        title: "a KeyPackage whose signature does not hold",
        octets: |made| {
            made.after(|octets| {
                if let Some(octet) = octets.iter_mut().rev().nth(40) {
                    *octet ^= 1;
                }
            })
        },
    },
    False {
        id: "KEY-009/34",
        title: "a leaf that is signed under another label",
        octets: |made| made.bent(|package| package.leaf_label = "MLS 1.0 KeyPackageTBS"),
    },
    False {
        id: "KEY-009/35",
        title: "a KeyPackage that is signed under another label",
        octets: |made| made.bent(|package| package.package_label = "MLS 1.0 LeafNodeTBS"),
    },
    False {
        id: "KEY-009/36",
        title: "a leaf that another key signed",
        octets: |made| made.package.signed_by(&made.alice.identity, &made.alice.signature),
    },
    False {
        id: "KEY-009/37",
        title: "a KeyPackage that another key signed",
        octets: |made| made.package.signed_by(&made.alice.signature, &made.alice.identity),
    },
    False {
        id: "KEY-009/38",
        title: "one of last resort that is published as another",
        octets: |made| made.bent(|package| package.extensions = LAST_RESORT.to_vec()),
    },
    False {
        id: "KEY-009/39",
        title: "an extension that ends within its data",
        octets: |made| made.bent(|package| package.extensions = vec![0x0a, 0x0a, 5, 1]),
    },
];

/// What comes as `last_resort` and may not.
const LAST: &[False] = &[
    False {
        id: "KEY-009/40",
        title: "a last resort without its extension",
        octets: |made| made.bent(|package| package.extensions = Vec::new()),
    },
    False {
        id: "KEY-009/41",
        title: "a last resort whose extension is another one",
        octets: |made| {
            let other = [&[0x0a, 0x0a][..], &len_prefixed(b"x")].concat();
            made.bent(|package| package.extensions = other)
        },
    },
    False {
        id: "KEY-009/42",
        title: "a last resort of which the leaf's signature does not hold",
        octets: |made| made.package.with_leaf_bent(made.alice),
    },
    False {
        id: "KEY-009/43",
        title: "a last resort that has expired",
        octets: |made| {
            let now_s = made.now_s;
            made.living(now_s - 100, now_s - 1)
        },
    },
];

pub(super) fn cases() -> Vec<Case> {
    let title = |row: &'static False| -> &'static str {
        format!("{} is KEY_PACKAGE_INVALID, and nothing of its frame is stored", row.title).leak()
    };
    let one_time = [FORM, KEYS, MEANING].into_iter().flatten();
    let one_time =
        one_time.map(|row| of_devices(row.id, title(row), &["KEY-009"], move |ctx| one_time_case(ctx, row)));
    let last =
        LAST.iter().map(|row| of_devices(row.id, title(row), &["KEY-009"], move |ctx| last_case(ctx, row)));
    one_time.chain(last).collect()
}

fn one_time_case(ctx: &Ctx, row: &'static False) -> CaseResult {
    refused(ctx, row, Sort::OneTime)
}

fn last_case(ctx: &Ctx, row: &'static False) -> CaseResult {
    refused(ctx, row, Sort::LastResort)
}

#[derive(Clone, Copy)]
enum Sort {
    OneTime,
    LastResort,
}

fn refused(ctx: &Ctx, row: &'static False, sort: Sort) -> CaseResult {
    let [alice, second, bob] = family(ctx)?;
    let (mut session, mut bystander) = (open(ctx, &alice)?, open(ctx, &bob)?);
    let now_s = now_s(&session);
    let new = |name: &str| KeyPackage::new(ctx, &alice, 1, now_s, name);
    let before = [new("before").signed(&alice)];
    stock(&mut session, &before)?;
    let package = match sort {
        Sort::OneTime => new("the one"),
        Sort::LastResort => new("the one").of_last_resort(),
    };
    let (twin, good) = (package.signed(&alice), new("good").signed(&alice));
    let life_max_s = session.welcome().limit("key_package_s_max");
    let realm = ctx.endpoint().realm;
    let made = Made { package, now_s, life_max_s, alice: &alice, second: &second, bob: &bob, realm };
    let bad = (row.octets)(made);
    let frame = |request: u64, octets: Vec<u8>| match sort {
        Sort::OneTime => ask::keys_publish(request, &[good.clone(), octets]),
        Sort::LastResort => ask::keys_publish_last(request, core::slice::from_ref(&good), &octets),
    };
    let seen = session.ask(&frame(900, bad));
    let judged = is_error(Code::KEY_PACKAGE_INVALID, ask::kind::KEYS_PUBLISH, 900, &seen);
    ctx.require("KEY-009", row.title, judged);
    ctx.require("KEY-009", "the stock stays as it was", has(&mut session, &[told(1, &before)])?);
    ctx.require("KEY-009", "nobody hears of it", bystander.is_quiet());
    let seen = session.ask(&frame(901, twin));
    let is_taken = matches!(&seen, crate::peer::Seen::Keys { request: 901, .. });
    ctx.control(
        "without the fault the same frame is taken",
        crate::cases::words::holds(is_taken.into(), "KEYS", &seen),
    )
}
