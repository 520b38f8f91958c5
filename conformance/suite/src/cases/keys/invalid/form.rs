//! Line 1 of the list: the octets.

use super::False;

pub(super) const FORM: &[False] = &[
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
