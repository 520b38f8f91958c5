//! KeyPackages that do not hold: each line of the list in chapter 16, broken one at a time.

mod credential;
mod form;
mod meaning;

use credential::KEYS;
use form::FORM;
use meaning::{LAST, MEANING};

use super::{has, now_s, told};
use crate::case::{Case, CaseResult};
use crate::cases::devices::family;
use crate::cases::words::{is_error, of_devices, open};
use crate::ctx::Ctx;
use crate::peer::device::Certificate;
use crate::peer::directory::stock;
use crate::peer::key_package::{KeyPackage, Source};
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
    ctx.require("KEY-009", "the stock stays as it was", has(&mut session, &[told(1, &before)]));
    ctx.require("KEY-009", "nobody hears of it", bystander.is_quiet());
    let seen = session.ask(&frame(901, twin));
    let is_taken = matches!(&seen, crate::peer::Seen::Keys { request: 901, .. });
    ctx.control(
        "without the fault the same frame is taken",
        crate::cases::words::holds(is_taken.into(), "KEYS", &seen),
    )
}
