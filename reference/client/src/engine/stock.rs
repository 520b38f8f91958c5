//! The KeyPackages of this device: private parts are durable before the public ones leave (KEY-020).

use pinnace_e2ee::{Credentials, Device, Identity, Life, Mls as _};
use pinnace_session::{KeyStock, Resort};
use pinnace_wire::ErrorCode;

use super::Engine;
use super::asking::{Asked, Wish};
use crate::devices::DevicesError;
use crate::identity::{
    KeptPackage, Need, Published, Reference, is_forgotten, is_waiting, life_s, needs, reference,
};
use crate::store::{DeviceWrite, Write};

/// One-time KeyPackages of one KEYS_PUBLISH at most.
const FRAME_COUNT_MAX: usize = 16;

impl Engine {
    /// This device in its groups. `None` when its certificate cannot be made, beyond the end of time.
    pub(super) fn mls(&mut self) -> Option<Device> {
        let certificate = self.certificate()?;
        let identity = Identity::new(&certificate, self.keys.signature.expose_seed());
        Device::new(identity, Credentials::Certified { realm: self.setting.realm.0 }).ok()
    }

    /// Asks what the server has of this device.
    pub(super) fn ask_stock(&mut self) {
        self.questions.wish(Wish::Keys(Vec::new()), Asked::Stock(Vec::new()));
    }

    /// The server has few KeyPackages left.
    pub(super) fn on_keys_low(&mut self) {
        // Else the upkeep asks anyway, or is at it.
        if self.upkeep.published == Published::Keys {
            self.upkeep.published = Published::List;
            self.ask_stock();
        }
    }

    /// The octets of KeyPackages that are to leave.
    pub(super) fn packages(&self, references: &[Reference]) -> Vec<(Vec<u8>, Resort)> {
        let octets = |reference: &Reference| {
            let kept = self.upkeep.packages.iter().find(|package| package.reference == *reference)?;
            // Durable in the turn in which it was wished for; where the store does not read, nothing leaves.
            Some((self.store.package(*reference).ok().flatten()?, kept.resort))
        };
        references.iter().filter_map(octets).collect()
    }

    /// The server told its stock, after it took these KeyPackages.
    pub(super) fn on_stock(&mut self, left: &[Reference], stocks: &[KeyStock]) {
        self.note_published(left);
        let now_s = self.time.unix_ms / 1000;
        let waiting = self.waiting(now_s);
        if !waiting.is_empty() {
            return self.publish_keys(waiting);
        }
        let life_s = life_s(self.session.key_package_s_max);
        let stock_len_max = usize::try_from(self.session.key_packages_max).unwrap_or(usize::MAX);
        let next = needs(&self.upkeep.packages, stocks, now_s, (life_s, stock_len_max)).into_iter().next();
        match next {
            None => {
                self.forget_packages(now_s);
                self.upkeep.published = Published::Keys;
            }
            Some(need) => match self.make(need, Life { now_s, for_s: life_s }) {
                Some(()) => self.publish_keys(self.waiting(now_s)),
                None => self.upkeep.published = Published::Refused,
            },
        }
    }

    /// The server did not take these KeyPackages.
    pub(super) fn on_stock_refused(&mut self, left: &[Reference], error: DevicesError) {
        match error.code() {
            Some(ErrorCode::Unavailable) => {}
            Some(ErrorCode::KeyPackageInvalid) => {
                // They would be refused again. Their private parts stay: an answer before this one may have been lost.
                self.note_published(left);
                self.upkeep.published = Published::Refused;
            }
            Some(_) | None => self.upkeep.published = Published::Refused,
        }
    }

    fn publish_keys(&mut self, references: Vec<Reference>) {
        if self.may_publish() {
            self.questions.wish(Wish::Keys(references.clone()), Asked::Stock(references));
        } else {
            self.upkeep.published = Published::Refused;
        }
    }

    fn note_published(&mut self, references: &[Reference]) {
        if references.is_empty() {
            return;
        }
        for package in &mut self.upkeep.packages {
            package.is_published |= references.contains(&package.reference);
        }
        self.batch.writes.push(Write::Device(DeviceWrite::Published(references.to_vec())));
    }

    /// What fits one frame of what was made and did not leave.
    fn waiting(&self, now_s: u64) -> Vec<Reference> {
        let of = |resort, count_max| {
            let waiting = self.upkeep.packages.iter().filter(move |package| package.resort == resort);
            waiting.filter(|package| is_waiting(package, now_s)).map(|it| it.reference).take(count_max)
        };
        of(Resort::OneTime, FRAME_COUNT_MAX).chain(of(Resort::Last, 1)).collect()
    }

    /// Makes what is needed.
    fn make(&mut self, need: Need, life: Life) -> Option<()> {
        let device = self.mls()?;
        let one_time = device.key_packages(need.suite, need.one_time, life).ok()?;
        for package in self.take_rows(one_time) {
            self.keep_package(package, Resort::OneTime, need);
        }
        if need.resort == Resort::Last {
            let last = device.last_resort(need.suite, life).ok()?;
            let last = self.take_rows(last);
            self.keep_package(last, Resort::Last, need);
        }
        Some(())
    }

    /// The rows of a change are written with this turn; what came of it may leave in the next step, which is behind that.
    pub(super) fn take_rows<T>(&mut self, change: pinnace_e2ee::Change<T>) -> T {
        let writes = &mut self.batch.writes;
        let taken = change.commit(|rows, _| {
            writes.extend(rows.iter().cloned().map(|row| Write::Device(DeviceWrite::Row(row))));
            Ok::<(), core::convert::Infallible>(())
        });
        let Ok(result) = taken;
        result
    }

    fn keep_package(&mut self, package: pinnace_e2ee::KeyPackage, resort: Resort, need: Need) {
        let kept = KeptPackage {
            reference: reference(&package.octets),
            mls_reference: package.reference,
            suite: need.suite.0,
            resort,
            not_after_s: package.not_after_s,
            is_published: false,
        };
        self.upkeep.packages.push(kept.clone());
        self.batch.writes.push(Write::Device(DeviceWrite::Package(kept, package.octets)));
    }

    /// Private parts for which nothing can still come are forgotten.
    fn forget_packages(&mut self, now_s: u64) {
        let (over, kept): (Vec<_>, Vec<_>) =
            self.upkeep.packages.drain(..).partition(|package| is_forgotten(package, now_s));
        self.upkeep.packages = kept;
        if over.is_empty() {
            return;
        }
        let Some(device) = self.mls() else { return };
        for package in over {
            self.batch.writes.push(Write::Device(DeviceWrite::Forget(package.reference)));
            self.take_rows(device.forget_key_package(&package.mls_reference));
        }
    }
}
