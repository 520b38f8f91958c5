//! Frames of the profile from devices that may not send them.

use crate::case::{Case, CaseResult};
use crate::cases::words::{of_devices, open, taken, untouched};
use crate::ctx::Ctx;
use crate::peer::account::people;
use crate::peer::directory::{InForce, enlist, offer};
use crate::peer::key_package::KeyPackage;
use crate::peer::{Code, Device, ask, closed_with};

pub(super) fn cases() -> Vec<Case> {
    let strangers = STRANGERS
        .iter()
        .map(|row| of_devices(row.id, row.title, &["DEV-026", "ERR-004"], move |ctx| stranger(ctx, row)));
    [of_devices(
        "DEV-025/1",
        "LINK_OPEN of a registered device is OUT_OF_STATE",
        &["DEV-025", "ERR-004"],
        registered,
    )]
    .into_iter()
    .chain(strangers)
    .collect()
}

fn registered(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let (mut bystander, mut session) = (open(ctx, &bob)?, open(ctx, &alice)?);
    enlist(ctx, &mut session, &[&alice])?;
    taken(ctx, &mut session)?;
    session.say(&[&ask::link_open(9)]);
    let close = session.closing();
    ctx.require("DEV-025", "the session is closed", closed_with(Code::OUT_OF_STATE, &close));
    untouched(ctx, &mut bystander);
    Ok(())
}

/// A frame of the profile that is sound, from a device that nobody registered.
struct Stranger {
    id: &'static str,
    title: &'static str,
    octets: fn(&Ctx, &Device, &Device, u64) -> Vec<u8>,
}

const STRANGERS: &[Stranger] = &[
    Stranger {
        id: "DEV-026/1",
        title: "DEVICE_LIST_PUBLISH of an unregistered device is OUT_OF_STATE",
        octets: |ctx, device, _, _| {
            ask::device_list_publish(9, &InForce::first(ctx, device, &[device]).octets)
        },
    },
    Stranger {
        id: "DEV-026/2",
        title: "DEVICE_LIST_QUERY of an unregistered device is OUT_OF_STATE",
        octets: |_, _, other, _| ask::device_list_query(9, other.account),
    },
    Stranger {
        id: "DEV-026/3",
        title: "LINK_APPROVE of an unregistered device is OUT_OF_STATE",
        octets: |ctx, device, _, _| {
            let certificate = device.certificate().signed(&device.identity, &ctx.endpoint().realm);
            ask::link_approve(9, &certificate, &InForce::first(ctx, device, &[device]).octets)
        },
    },
    Stranger {
        id: "DEV-026/4",
        title: "KEYS_PUBLISH of an unregistered device is OUT_OF_STATE",
        octets: |ctx, device, _, now_s| {
            ask::keys_publish(9, &[KeyPackage::new(ctx, device, 1, now_s, "one").signed(device)])
        },
    },
    Stranger {
        id: "DEV-026/5",
        title: "CLAIM of an unregistered device is OUT_OF_STATE",
        octets: |_, _, other, _| ask::claim(9, other.account, 1),
    },
];

fn stranger(ctx: &Ctx, row: &'static Stranger) -> CaseResult {
    let [bob] = people(ctx, ["bob"])?;
    let mut bystander = open(ctx, &bob)?;
    enlist(ctx, &mut bystander, &[&bob])?;
    let device = Device::new(ctx, "fresh");
    let mut session = open(ctx, &device)?;
    offer(&mut session)?;
    taken(ctx, &mut session)?;
    let now_s = session.welcome().time_ms / 1_000;
    session.say(&[&(row.octets)(ctx, &device, &bob, now_s)]);
    let close = session.closing();
    ctx.require("DEV-026", "the session is closed", closed_with(Code::OUT_OF_STATE, &close));
    untouched(ctx, &mut bystander);
    Ok(())
}
