//! Effects that come late: what an owner saw of another one was advice, and the effect looks again.

use pinnace_home::memory::{Committed, Transaction};
use pinnace_home::{
    ClientSeq, Described, EnrolDone, Receipts, Replace, Rules, SendDone, SendRequest, Step, Table,
    account_id, apply, describe, device, devices, enrol, forget, pending, send, settle,
};

use crate::script::{Play, device_of, enrol_request, key_of, number_of, quick_rules};

/// A server whose effects wait until they are asked for.
struct Late {
    rows: Committed,
    rules: Rules,
    now_ms: u64,
}

impl Late {
    fn after(play: &Play, rules: Rules) -> Self {
        Self { rows: play.world.rows().clone(), rules, now_ms: play.world.now_ms }
    }

    fn run<T, E: core::fmt::Debug>(
        &mut self,
        run: impl FnOnce(&mut Transaction<'_>, &Rules, u64) -> Result<Step<T>, E>,
    ) -> T {
        let mut transaction = Transaction::new(&self.rows);
        let step = run(&mut transaction, &self.rules, self.now_ms).unwrap();
        let changes = transaction.into_changes();
        self.rows.apply(changes);
        step.answer
    }

    fn certify(&mut self, name: char, number: char, account: char) -> EnrolDone {
        let request = enrol_request(name, number_of(number), account_id(&key_of(account)));
        self.run(|view, rules, now| enrol(view, rules, now, &request))
    }

    /// Applies what is on its way, and what follows from it.
    fn catch_up(&mut self) {
        while let Some(effect) = pending(&self.rows, 1).unwrap().pop() {
            self.run(|view, rules, now| apply(view, rules, now, &effect));
            let plain = || Step { answer: (), events: Vec::new() };
            self.run(|view, _, _| {
                settle(view, &effect);
                Ok::<_, ()>(plain())
            });
            self.run(|view, _, _| forget(view, &effect).map(|()| plain()));
        }
    }

    /// How many devices each account has.
    fn device_counts(&self) -> Vec<usize> {
        let counts = self.rows.0.iter().filter_map(|(key, row)| {
            let Ok(Described::Account { device_count, .. }) = describe(key, row) else { return None };
            Some(device_count)
        });
        counts.collect()
    }
}

#[test]
fn of_two_that_saw_the_last_place_of_an_account_one_gets_it() {
    let rules = Rules { devices_per_account_max: 2, ..quick_rules() };
    let mut play = Play::new(rules.clone(), "a");
    for name in ['b', 'c'] {
        play.verify(name, number_of('a'), Replace::Refuse);
    }
    let mut late = Late::after(&play, rules);
    for name in ['b', 'c'] {
        assert!(matches!(late.certify(name, 'a', 'a'), EnrolDone::Registered { .. }), "{name}");
    }
    late.catch_up();
    let of_account: Vec<_> =
        devices(&late.rows, device_of('a')).unwrap().into_iter().map(|entry| entry.device).collect();
    assert_eq!(of_account, [device_of('a'), device_of('b')]);
    assert_eq!(device(&late.rows, &key_of('c')), Ok(None));
}

#[test]
fn a_device_that_joined_two_accounts_stays_in_the_first_and_leaves_the_other() {
    let mut play = Play::new(quick_rules(), "");
    for number in ['x', 'y'] {
        play.verify('b', number_of(number), Replace::Refuse);
    }
    let mut late = Late::after(&play, quick_rules());
    for (number, account) in [('x', 'c'), ('y', 'd')] {
        assert!(matches!(late.certify('b', number, account), EnrolDone::Registered { .. }), "{account}");
    }
    late.catch_up();
    let record = device(&late.rows, &key_of('b')).unwrap().unwrap();
    let of_account = devices(&late.rows, device_of('b')).unwrap();
    assert_eq!(of_account.len(), 1, "{:?}", record.account);
    let mut counts = late.device_counts();
    counts.sort_unstable();
    assert_eq!(counts, [0, 1]);
}

#[test]
fn a_message_on_its_way_is_told_from_outside_with_its_payload() {
    let play = Play::new(quick_rules(), "ab");
    let mut late = Late::after(&play, quick_rules());
    let (session, client_seq) = (play.session('a'), ClientSeq::new(1).unwrap());
    let request = SendRequest {
        session,
        client_seq,
        to: device_of('b'),
        class: None,
        expires_in_s: None,
        receipts: Receipts::Wanted,
        payload: b"ahoy".to_vec(),
    };
    let done = late.run(|view, rules, now| send(view, rules, now, &request));
    assert_eq!(done, SendDone::Outcome(pinnace_home::Outcome::Accepted));
    let unfiled = || {
        let described = late.rows.0.iter().map(|(key, row)| describe(key, row).unwrap());
        described.filter(|described| matches!(described, Described::Unfiled { .. })).collect::<Vec<_>>()
    };
    let (from, to, payload) = (device_of('a'), device_of('b'), b"ahoy".to_vec());
    assert_eq!(unfiled(), [Described::Unfiled { from, client_seq, to, payload }]);
    late.catch_up();
    let is_item = |(key, row): (&Vec<u8>, &Vec<u8>)| matches!(describe(key, row), Ok(Described::Item { .. }));
    assert!(late.rows.0.iter().any(is_item), "it lies in the mailbox");
    let left = late
        .rows
        .0
        .keys()
        .filter(|key| matches!(describe(key, &[]), Err(damaged) if damaged.table == Some(Table::Outbox)));
    assert_eq!(left.count(), 0);
}
