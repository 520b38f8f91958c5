//! Device lists that do not hold.

use super::{family, still};
use crate::case::{Case, CaseResult};
use crate::cases::words::{is_error, of_devices, open};
use crate::ctx::Ctx;
use crate::peer::directory::{enlist, relist};
use crate::peer::list::DeviceList;
use crate::peer::{Code, Device, ask};

/// A list that does not hold.
struct False {
    id: &'static str,
    title: &'static str,
    judges: &'static [&'static str],
    octets: fn(&Made<'_>) -> Vec<u8>,
}

/// What such a list is made of: a successor that would hold, and who is there.
struct Made<'a> {
    list: DeviceList,
    alice: &'a Device,
    bob: &'a Device,
    realm: [u8; 32],
}

impl Made<'_> {
    fn bent(&self, bend: impl FnOnce(&mut DeviceList)) -> Vec<u8> {
        let mut list = self.list.clone();
        bend(&mut list);
        list.signed(&self.alice.identity, &self.realm)
    }

    fn changed(&self, from_the_end: usize) -> Vec<u8> {
        let mut octets = self.list.signed(&self.alice.identity, &self.realm);
        if let Some(octet) = octets.iter_mut().rev().nth(from_the_end) {
            *octet ^= 1;
        }
        octets
    }
}

const FALSE: &[False] = &[
    False {
        id: "DEV-004/1",
        title: "a signature with one bit changed is LIST_INVALID",
        judges: &["DEV-004"],
        octets: |made| made.changed(40),
    },
    False {
        id: "DEV-004/2",
        title: "a list with one bit of a device changed is LIST_INVALID",
        judges: &["DEV-004"],
        // The devices end where the signature begins.
        octets: |made| made.changed(64),
    },
    False {
        id: "DEV-004/3",
        title: "a signature under another label is LIST_INVALID",
        judges: &["DEV-004"],
        octets: |made| made.list.signed_as("pinnace/1 device certificate", &made.alice.identity, &made.realm),
    },
    False {
        id: "DEV-004/4",
        title: "a signature for another realm is LIST_INVALID",
        judges: &["DEV-004"],
        octets: |made| made.list.signed(&made.alice.identity, &[0xee; 32]),
    },
    False {
        id: "DEV-004/5",
        title: "a signature of another key is LIST_INVALID",
        judges: &["DEV-004"],
        octets: |made| made.list.signed(&made.alice.signature, &made.realm),
    },
    False {
        id: "DEV-004/6",
        title: "a signature of zeros is LIST_INVALID",
        judges: &["DEV-004"],
        octets: |made| {
            let mut octets = made.list.signed(&made.alice.identity, &made.realm);
            octets.iter_mut().rev().take(64).for_each(|octet| *octet = 0);
            octets
        },
    },
    False {
        id: "DEV-004/7",
        title: "a list that does not hold is LIST_INVALID, also when it is stale",
        judges: &["DEV-004"],
        octets: |made| {
            let list = DeviceList { list_version: 9, ..made.list.clone() };
            list.signed(&made.bob.identity, &made.realm)
        },
    },
    False {
        id: "DEV-005/1",
        title: "another account's list is LIST_INVALID",
        judges: &["DEV-005"],
        octets: |made| DeviceList::first(made.bob, &[made.bob]).signed(&made.bob.identity, &made.realm),
    },
    False {
        id: "DEV-005/2",
        title: "a list of the account's devices under another identity key is LIST_INVALID",
        judges: &["DEV-005"],
        octets: |made| {
            let identity_key = made.bob.identity.verifying_key().to_bytes();
            let list = DeviceList { identity_key, ..made.list.clone() };
            list.signed(&made.bob.identity, &made.realm)
        },
    },
    False {
        id: "DEV-006/1",
        title: "devices out of order are LIST_INVALID",
        judges: &["DEV-006"],
        octets: |made| made.bent(|list| list.devices.reverse()),
    },
    False {
        id: "DEV-006/2",
        title: "a device twice is LIST_INVALID",
        judges: &["DEV-006"],
        octets: |made| {
            made.bent(|list| {
                let last = list.devices.last().copied();
                list.devices.extend(last);
            })
        },
    },
    False {
        id: "DEV-007/1",
        title: "a device that nobody registered is LIST_INVALID",
        judges: &["DEV-007"],
        octets: |made| {
            made.bent(|list| {
                list.devices.push(crate::peer::DeviceId([0xff; 16]));
            })
        },
    },
    False {
        id: "DEV-007/2",
        title: "a device of another account is LIST_INVALID",
        judges: &["DEV-007"],
        octets: |made| {
            made.bent(|list| {
                list.devices.push(made.bob.id);
                list.devices.sort_unstable();
            })
        },
    },
    False {
        id: "DEV-007/3",
        title: "a list of another account's device alone is LIST_INVALID",
        judges: &["DEV-007"],
        octets: |made| made.bent(|list| list.devices = vec![made.bob.id]),
    },
];

pub(super) fn cases() -> Vec<Case> {
    FALSE.iter().map(|row| of_devices(row.id, row.title, row.judges, move |ctx| refused(ctx, row))).collect()
}

fn refused(ctx: &Ctx, row: &'static False) -> CaseResult {
    let [alice, second, bob] = family(ctx)?;
    let (mut session, mut stranger) = (open(ctx, &alice)?, open(ctx, &bob)?);
    let mut sibling = open(ctx, &second)?;
    let theirs = enlist(ctx, &mut stranger, &[&bob])?;
    let list = enlist(ctx, &mut session, &[&alice, &second])?;
    let next = list.next(ctx, &alice, &[&alice, &second]);
    let realm = ctx.endpoint().realm;
    let made = Made { list: next.list, alice: &alice, bob: &bob, realm };
    let octets = (row.octets)(&made);
    let main = row.judges.first().copied().unwrap_or_default();
    let seen = session.ask(&ask::device_list_publish(9, &octets));
    let judged = is_error(Code::LIST_INVALID, ask::kind::DEVICE_LIST_PUBLISH, 9, &seen);
    ctx.require(main, row.title, judged);
    ctx.require(main, "the list in force stays", still(&mut session, &list.octets));
    ctx.require(main, "the other account's stays", still(&mut stranger, &theirs.octets));
    ctx.require(main, "no other device hears of it", sibling.is_quiet());
    ctx.require(main, "nor does another account", stranger.is_quiet());
    // The twin: what the false one was made from is taken.
    relist(ctx, &mut session, &list, &[&alice, &second])?;
    Ok(())
}
