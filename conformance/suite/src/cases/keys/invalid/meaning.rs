//! Lines 5 to 7 of the list: lifetime, signatures, last resort.

use super::False;
use crate::peer::key_package::{KeyPackage, LAST_RESORT, Source};
use crate::peer::octets::len_prefixed;

pub(super) const MEANING: &[False] = &[
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
        id: "KEY-009/44",
        title: "a signature key of small order, under which anything verifies that is not verified strictly",
        octets: |made| {
            // The neutral element, and a signature of it and zero.
            let (mut neutral, mut signature) = ([0; 32], [0; 64]);
            (neutral[0], signature[0]) = (1, 1);
            let identity = made.certificate(|certificate| certificate.signature_key = neutral);
            let package = KeyPackage { identity, signature_key: neutral.to_vec(), ..made.package };
            package.with_signatures(&signature, &signature)
        },
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
pub(super) const LAST: &[False] = &[
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
