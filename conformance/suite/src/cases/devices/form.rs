//! Lists and KeyPackages of bad form: the grammar of their frame is broken, whatever they mean.

use crate::case::{Case, CaseResult};
use crate::cases::words::{of_devices, open, taken, untouched};
use crate::ctx::Ctx;
use crate::peer::account::people;
use crate::peer::directory::{InForce, enlist};
use crate::peer::octets::{frame, len_prefixed, varint, wide_varint};
use crate::peer::{Code, Device, ask, closed_with};

/// A frame of bad form.
struct Formless {
    id: &'static str,
    title: &'static str,
    judges: &'static [&'static str],
    code: Code,
    octets: fn(&Made<'_>) -> Vec<u8>,
}

/// What it is made of: a list that would follow, as octets.
struct Made<'a> {
    list: Vec<u8>,
    alice: &'a Device,
    realm: [u8; 32],
}

/// Where a list has its version and the time of its writer, both small, before and behind a digest.
const VERSION_AT: usize = 33;
/// Octets of a signature, the last field.
const SIGNATURE_LEN: usize = 64;

impl Made<'_> {
    fn published(&self, bend: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
        let mut octets = self.list.clone();
        bend(&mut octets);
        ask::device_list_publish(9, &octets)
    }

    /// A list of so many devices that nobody has; its signature says nothing of them.
    fn naming(&self, count: u8) -> Vec<u8> {
        let ids = (0..count).flat_map(|index| [index; 16]);
        let front = self.list.get(..VERSION_AT).unwrap_or_default();
        let signature = [0; SIGNATURE_LEN];
        [front, &[2], &[0; 32], &[7], &varint(count.into()), &ids.collect::<Vec<u8>>(), &signature].concat()
    }
}

const FORMLESS: &[Formless] = &[
    Formless {
        id: "FRM-021/20",
        title: "a device list of version 2 is MALFORMED, not LIST_INVALID",
        judges: &["FRM-021", "ERR-004"],
        code: Code::MALFORMED,
        octets: |made| made.published(|octets| octets.iter_mut().take(1).for_each(|version| *version = 2)),
    },
    Formless {
        id: "FRM-004/22",
        title: "a device list that ends within its signature is MALFORMED, not LIST_INVALID",
        judges: &["FRM-004", "ERR-004"],
        code: Code::MALFORMED,
        octets: |made| made.published(|octets| octets.truncate(octets.len().saturating_sub(1))),
    },
    Formless {
        id: "FRM-005/22",
        title: "an octet behind a device list is MALFORMED, not LIST_INVALID",
        judges: &["FRM-005", "ERR-004"],
        code: Code::MALFORMED,
        octets: |made| made.published(|octets| octets.push(0)),
    },
    Formless {
        id: "FRM-002/21",
        title: "a number of a device list that is not in its shortest form is MALFORMED, not LIST_INVALID",
        judges: &["FRM-002", "ERR-004"],
        code: Code::MALFORMED,
        octets: |made| made.published(|octets| drop(octets.splice(VERSION_AT..=VERSION_AT, wide_varint(2)))),
    },
    Formless {
        id: "FRM-011/40",
        title: "a device list of 65 devices is LIMIT_EXCEEDED, not LIST_INVALID",
        judges: &["FRM-011", "ERR-004"],
        code: Code::LIMIT_EXCEEDED,
        octets: |made| ask::device_list_publish(9, &made.naming(65)),
    },
    Formless {
        id: "FRM-011/41",
        title: "17 KeyPackages in one frame are LIMIT_EXCEEDED",
        judges: &["FRM-011", "ERR-004"],
        code: Code::LIMIT_EXCEEDED,
        octets: |_| ask::keys_publish(9, &vec![vec![1]; 17]),
    },
    Formless {
        id: "FRM-011/42",
        title: "a KeyPackage of 3,073 octets is LIMIT_EXCEEDED, not KEY_PACKAGE_INVALID",
        judges: &["FRM-011", "ERR-004"],
        code: Code::LIMIT_EXCEEDED,
        octets: |_| ask::keys_publish(9, &[vec![1; 3_073]]),
    },
    Formless {
        id: "FRM-011/43",
        title: "a last resort of 3,073 octets is LIMIT_EXCEEDED, not KEY_PACKAGE_INVALID",
        judges: &["FRM-011", "ERR-004"],
        code: Code::LIMIT_EXCEEDED,
        octets: |_| ask::keys_publish_last(9, &[], &[1; 3_073]),
    },
    Formless {
        id: "FRM-011/44",
        title: "a claim of the suite 65,536 is LIMIT_EXCEEDED",
        judges: &["FRM-011", "ERR-004"],
        code: Code::LIMIT_EXCEEDED,
        octets: |made| {
            let body = [&[9][..], &made.alice.account.0, &varint(65_536)].concat();
            frame(ask::kind::CLAIM, &body)
        },
    },
    Formless {
        id: "FRM-021/21",
        title: "a certificate of version 2 in an approval is MALFORMED, not CERTIFICATE_INVALID",
        judges: &["FRM-021", "ERR-004"],
        code: Code::MALFORMED,
        octets: |made| {
            let mut certificate = made.alice.certificate();
            certificate.version = 2;
            let octets = certificate.signed(&made.alice.identity, &made.realm);
            let body = [varint(9), len_prefixed(&octets), len_prefixed(&made.list)].concat();
            frame(ask::kind::LINK_APPROVE, &body)
        },
    },
];

pub(super) fn cases() -> Vec<Case> {
    FORMLESS
        .iter()
        .map(|row| of_devices(row.id, row.title, row.judges, move |ctx| formless(ctx, row)))
        .collect()
}

fn formless(ctx: &Ctx, row: &'static Formless) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let (mut bystander, mut session) = (open(ctx, &bob)?, open(ctx, &alice)?);
    let list: InForce = enlist(ctx, &mut session, &[&alice])?;
    let next = list.next(ctx, &alice, &[&alice]);
    taken(ctx, &mut session)?;
    let made = Made { list: next.octets, alice: &alice, realm: ctx.endpoint().realm };
    session.say(&[&(row.octets)(&made)]);
    let close = session.closing();
    let main = row.judges.first().copied().unwrap_or_default();
    ctx.require(main, row.title, closed_with(row.code, &close));
    let mut again = open(ctx, &alice)?;
    ctx.require(main, "the list in force stays", super::still(&mut again, &list.octets));
    untouched(ctx, &mut bystander);
    Ok(())
}
