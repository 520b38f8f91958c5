//! What the key directory lacks of this device.

use pinnace_e2ee::Suite;
use pinnace_session::{KeyStock, Resort};
use pinnace_wire::HasLastResort;

use super::package::KeptPackage;

/// One-time KeyPackages of a suite that are left at the server when its stock is filled. More than the server's mark for
/// KEYS_LOW; few enough that making them takes no time.
const STOCK_LEN: usize = 32;

/// The stock is filled when it is at half or below, so that not every session leaves a few.
const STOCK_LEN_LOW: usize = STOCK_LEN / 2;

/// What a KeyPackage lives less than it might, so that a clock that is ahead does not make it live too long: one part in so many.
const LIFE_SHARE: u64 = 30;

/// With one part in so many of its life left, a KeyPackage is replaced.
const RENEW_SHARE: u64 = 6;

/// A Welcome may come so long after the life of its KeyPackage, in seconds: as long as a mailbox keeps it.
const WELCOME_S_MAX: u64 = 2_592_000;

/// What is to be made of one suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Need {
    pub(crate) suite: Suite,
    /// How many one-time KeyPackages.
    pub(crate) one_time: usize,
    /// Whether one of last resort.
    pub(crate) resort: Resort,
}

/// How long a new KeyPackage lives, in seconds, where the server takes at most this.
pub(crate) fn life_s(key_package_s_max: u64) -> u64 {
    let max_s = key_package_s_max.min(pinnace_e2ee::KEY_PACKAGE_S_MAX);
    max_s.saturating_sub(max_s / LIFE_SHARE)
}

/// Whether a KeyPackage was made and the server is not known to have it, and it is worth having.
pub(crate) fn is_waiting(package: &KeptPackage, now_s: u64) -> bool {
    !package.is_published && package.not_after_s > now_s
}

/// Whether nothing that uses the KeyPackage can still come.
pub(crate) const fn is_forgotten(package: &KeptPackage, now_s: u64) -> bool {
    package.not_after_s.saturating_add(WELCOME_S_MAX) < now_s
}

/// What is to be made, suite by suite.
pub(crate) fn needs(
    packages: &[KeptPackage],
    stocks: &[KeyStock],
    now_s: u64,
    (life_s, stock_len_max): (u64, usize),
) -> Vec<Need> {
    let fresh = |package: &&KeptPackage| package.not_after_s > now_s.saturating_add(life_s / RENEW_SHARE);
    let need = |suite: Suite| {
        let ours = || packages.iter().filter(|package| package.suite == suite.0).filter(fresh);
        let stock = stocks.iter().find(|stock| stock.suite.value() == u64::from(suite.0));
        let there =
            stock.map_or(0, |stock| usize::try_from(stock.one_time_count.value()).unwrap_or(usize::MAX));
        // What the server has beyond what is fresh here will not last.
        let lasting = there.min(ours().filter(|package| package.resort == Resort::OneTime).count());
        let room = stock_len_max.saturating_sub(there);
        let lacking = STOCK_LEN.saturating_sub(lasting).min(room);
        let is_low = lasting <= STOCK_LEN_LOW.min(stock_len_max / 2);
        let has_resort = stock.is_some_and(|stock| stock.last_resort == HasLastResort::Yes)
            && ours().any(|package| package.resort == Resort::Last);
        Need {
            suite,
            one_time: if is_low { lacking } else { 0 },
            resort: if has_resort { Resort::OneTime } else { Resort::Last },
        }
    };
    let needs = Suite::PROFILE.into_iter().map(need);
    needs.filter(|need| need.one_time > 0 || need.resort == Resort::Last).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use pinnace_wire::{MlsSuite, OneTimeCount};

    const NOW_S: u64 = 1_900_000_000;
    const LIFE_S: u64 = 6_000_000;

    fn package(suite: Suite, resort: Resort, left_s: u64) -> KeptPackage {
        KeptPackage {
            reference: [0; 16],
            mls_reference: Vec::new(),
            suite: suite.0,
            resort,
            not_after_s: NOW_S + left_s,
            is_published: true,
        }
    }

    fn stock(suite: Suite, count: u64, last_resort: HasLastResort) -> KeyStock {
        KeyStock {
            suite: MlsSuite::new(suite.0.into()).unwrap(),
            one_time_count: OneTimeCount::new(count).unwrap(),
            set_digest: [0; 32],
            last_resort,
        }
    }

    /// The first suite is full but for what is said; of the second one nothing lacks.
    #[track_caller]
    fn check(fresh: usize, old: usize, stocked: (u64, HasLastResort), expected: Option<(usize, Resort)>) {
        let one = |left_s| package(Suite::AES_128, Resort::OneTime, left_s);
        let mut packages: Vec<KeptPackage> = (0..fresh).map(|_| one(LIFE_S)).collect();
        packages.extend((0..old).map(|_| one(LIFE_S / 6)));
        packages.extend((0..STOCK_LEN).map(|_| package(Suite::CHACHA_20, Resort::OneTime, LIFE_S)));
        packages.extend(Suite::PROFILE.map(|suite| package(suite, Resort::Last, LIFE_S)));
        let stocks = [
            stock(Suite::AES_128, stocked.0, stocked.1),
            stock(Suite::CHACHA_20, STOCK_LEN as u64, HasLastResort::Yes),
        ];
        let expected: Vec<Need> = expected
            .map(|(one_time, resort)| Need { suite: Suite::AES_128, one_time, resort })
            .into_iter()
            .collect();
        assert_eq!(needs(&packages, &stocks, NOW_S, (LIFE_S, 100)), expected);
    }

    #[test]
    fn a_stock_is_filled_when_it_is_at_half() {
        check(32, 0, (32, HasLastResort::Yes), None);
        check(32, 0, (17, HasLastResort::Yes), None);
        check(32, 0, (16, HasLastResort::Yes), Some((16, Resort::OneTime)));
        check(32, 0, (0, HasLastResort::Yes), Some((32, Resort::OneTime)));
        check(32, 0, (32, HasLastResort::No), Some((0, Resort::Last)));
    }

    #[test]
    fn what_nears_its_end_is_no_stock() {
        check(0, 32, (32, HasLastResort::Yes), Some((32, Resort::OneTime)));
        check(0, 32, (90, HasLastResort::Yes), Some((10, Resort::OneTime)));
        check(32, 32, (64, HasLastResort::Yes), None);
    }

    #[test]
    fn of_a_new_device_everything_lacks() {
        let expected = Suite::PROFILE.map(|suite| Need { suite, one_time: STOCK_LEN, resort: Resort::Last });
        assert_eq!(needs(&[], &[], NOW_S, (LIFE_S, 100)), expected);
        assert_eq!(needs(&[], &[], NOW_S, (LIFE_S, 5))[0].one_time, 5);
    }

    #[test]
    fn a_last_resort_that_nears_its_end_is_replaced() {
        let mut packages: Vec<KeptPackage> =
            (0..STOCK_LEN).map(|_| package(Suite::AES_128, Resort::OneTime, LIFE_S)).collect();
        packages.push(package(Suite::AES_128, Resort::Last, LIFE_S / 6));
        let stocks = [stock(Suite::AES_128, 32, HasLastResort::Yes)];
        let found = needs(&packages, &stocks, NOW_S, (LIFE_S, 100));
        assert_eq!(found[0], Need { suite: Suite::AES_128, one_time: 0, resort: Resort::Last });
    }

    #[test]
    fn private_parts_outlive_what_may_still_come() {
        let package = package(Suite::AES_128, Resort::OneTime, 0);
        assert!(!is_forgotten(&package, NOW_S + WELCOME_S_MAX));
        assert!(is_forgotten(&package, NOW_S + WELCOME_S_MAX + 1));
    }
}
