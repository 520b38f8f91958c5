//! Lines 2 to 4 of the list: keys and credential.

use super::False;
use crate::peer::device::Certificate;

pub(super) const KEYS: &[False] = &[
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
