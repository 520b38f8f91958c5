//! What must be true once nothing goes wrong any more and everybody had time.

use std::collections::BTreeSet;

use pinnace_client::Outcome;
use pinnace_home::{Described, MailboxMark, Table, describe};
use pinnace_wire::ReceiptStatus;

use crate::circle::{MEMBERS, Member};
use crate::device::Device;
use crate::engine::is_of;
use crate::ledger::{Fate, Known, Message, Name, Named, Promise, Wants};
use crate::plan::Commits;
use crate::property::Property;
use crate::world::World;

impl World {
    /// Whether nothing is on its way any more.
    pub(crate) fn is_settled(&self) -> bool {
        let is_still = !self.stage.is_anything_under_way() && self.server.is_idle();
        let given = self.stage.plan.messages;
        is_still
            && self.devices.values().all(|device| device.is_settled() && device.given >= given)
            && self.members.values().all(|it| it.is_settled() && it.given >= given.saturating_mul(2))
            && self.mailboxes().is_some_and(|mailboxes| {
                mailboxes.iter().all(|(index, cursor, last)| {
                    let state = self.devices.get(index).and_then(|device| device.state());
                    let member = || self.members.get(index).map(|it| it.disk.cursor());
                    let has = state.map(|state| state.cursor).or_else(member);
                    cursor == last && has == Some(*last)
                })
            })
    }

    /// Of each device: the server's cursor, and the last number in its mailbox.
    fn mailboxes(&self) -> Option<Vec<(usize, MailboxMark, MailboxMark)>> {
        let rows = self.server.rows()?;
        let mut mailboxes = Vec::new();
        for (key, row) in rows.iter() {
            match describe(key, row) {
                Ok(Described::Mailbox { device, cursor, last, .. }) => {
                    mailboxes.extend(self.stage.ledger.index_of(device).map(|index| (index, cursor, last)));
                }
                // An effect on its way.
                Ok(Described::Unfiled { .. }) => return None,
                Ok(
                    Described::Account { .. }
                    | Described::List { .. }
                    | Described::Stock { .. }
                    | Described::Device(_)
                    | Described::Sender { .. }
                    | Described::Item { .. }
                    | Described::Entry { .. }
                    | Described::Placed { .. }
                    | Described::Conversation { .. }
                    | Described::Roster { .. }
                    | Described::Payload { .. }
                    | Described::Binding { .. }
                    | Described::Other,
                )
                | Err(_) => {}
            }
        }
        Some(mailboxes)
    }

    /// What a world that does not settle is stuck with.
    pub(crate) fn unsettled(&self) -> String {
        let states: Vec<String> = self
            .devices
            .values()
            .map(|device| {
                let state = device.state();
                let line = device.line();
                match state {
                    Some(state) => format!(
                        "device {}: {:?}, backlog {}, cursor {}, {line:?}, {:?}",
                        device.index, state.link, state.backlog, state.cursor, state.last_error
                    ),
                    None => format!("device {} is off", device.index),
                }
            })
            .collect();
        let mailboxes = self.mailboxes();
        let members: Vec<String> = self.members.values().map(Member::words).collect();
        let states = [states, members].concat();
        format!("{}; mailboxes {mailboxes:?}; server idle: {}", states.join("; "), self.server.is_idle())
    }

    /// Judges what came of everything.
    pub(crate) fn judge(&mut self) {
        self.look_into_outboxes();
        let messages: Vec<(Name, Message)> =
            self.stage.ledger.messages.iter().map(|(name, message)| (*name, message.clone())).collect();
        for (name, message) in messages {
            self.judge_message(name, &message);
        }
        self.judge_rows();
        if !self.members.is_empty() {
            self.judge_circle();
        }
    }

    /// What a device made durable and could not tell, because it stopped in between, stands in its store.
    fn look_into_outboxes(&mut self) {
        for (name, record) in self.devices.values().flat_map(Device::outbox) {
            if let Some(message) = self.stage.ledger.messages.get_mut(&name) {
                message.outcome = message.outcome.or(record.outcome);
                message.receipt = message.receipt.or(record.receipt);
            }
        }
    }

    fn judge_message(&mut self, name: Name, message: &Message) {
        let ledger = &mut self.stage.ledger;
        let is_taken = message.taken > 0;
        match message.outcome {
            None if message.promise == Promise::Given => {
                ledger.violate(Property::CalmDelivers, format!("{name:?} has no outcome"));
            }
            // It was lost with the device before anybody was told that it is kept.
            None if is_taken => {
                ledger.violate(Property::OneOutcome, format!("{name:?} is taken, and has no outcome"));
            }
            None => {}
            Some(Outcome::Accepted) => {
                // Where the mailbox filled up before it was filed, only a receipt tells.
                let may_fill = self.stage.plan.commits == Commits::Single
                    && self.stage.plan.limits.mailbox_items_max < SMALL_MAILBOX;
                // Which number it had, a crash may have kept from us.
                let may_expire = message.expires_ms <= ledger.server_unix_ms_max;
                let is_silent = message.wants_receipt == Wants::Nothing && (may_fill || may_expire);
                let told = is_taken || is_silent || is_accounted(message, name, ledger.device(message.to));
                if !told {
                    ledger.violate(Property::AcceptedIsKept, format!("{name:?} is gone: {message:?}"));
                }
                // A receipt that was offered too often is given up like any other item.
                let has_receipt = message.receipt.is_some() || lost_a_receipt(ledger.device(name.sender));
                if message.wants_receipt == Wants::Receipt && !has_receipt {
                    ledger.violate(Property::ReceiptTrue, format!("{name:?} has no receipt: {message:?}"));
                }
            }
            Some(outcome @ (Outcome::Refused(_) | Outcome::Voided | Outcome::Unknown(_))) if is_taken => {
                ledger.violate(Property::OneOutcome, format!("{name:?} is taken though {outcome:?}"));
            }
            Some(Outcome::Refused(_) | Outcome::Voided | Outcome::Unknown(_)) => {}
        }
    }

    /// What the conversation of a circle came to.
    fn judge_circle(&mut self) {
        let Some(rows) = self.server.rows() else { return };
        let (mut last_seq, mut roster) = (0, BTreeSet::new());
        for (key, row) in rows.iter() {
            match describe(key, row) {
                Ok(Described::Conversation { last, .. }) => last_seq = last,
                Ok(Described::Roster { devices, .. }) => {
                    roster.extend(devices.iter().filter_map(|device| self.stage.ledger.index_of(*device)));
                }
                Ok(_) | Err(_) => {}
            }
        }
        self.stage.ledger.judge_circle(last_seq, &roster);
    }

    /// What is delivered leaves nothing but counters and outcomes.
    fn judge_rows(&mut self) {
        let Some(rows) = self.server.rows() else { return };
        let is_left = |key: &[u8]| {
            [Table::Item, Table::Due, Table::Payload, Table::Holders]
                .into_iter()
                .any(|table| is_of(key, table))
                || matches!(key.first(), Some(&(OUTBOX | FAN_OUT)))
        };
        // A crash between the last two transactions of an effect leaves its mark to the next effect of that pair.
        let pairs = match self.stage.plan.commits {
            Commits::Grouped => 0,
            Commits::Single if !self.members.is_empty() => MARKS_MAX,
            Commits::Single => self.stage.plan.devices.saturating_mul(self.stage.plan.devices),
        };
        let marks = rows.keys().filter(|key| is_of(key, Table::Applied)).count();
        let left: Vec<&Vec<u8>> = rows.keys().filter(|key| is_left(key)).collect();
        let timers = rows.keys().filter(|key| key.first() == Some(&TIMER)).count();
        if let Some(first) = left.first() {
            let what = format!("{} rows are left, the first is {:?}", left.len(), first.get(18..));
            self.stage.ledger.violate(Property::NothingLeft, what);
        }
        if marks > pairs {
            self.stage.ledger.violate(Property::NothingLeft, format!("{marks} marks are left"));
        }
        if timers
            > self.stage.plan.devices.saturating_add(self.members.len()).saturating_mul(2).saturating_add(4)
        {
            self.stage.ledger.violate(Property::NothingLeft, format!("{timers} timers are left"));
        }
    }
}

/// A mailbox for fewer items than this fills up.
const SMALL_MAILBOX: u64 = 100;

/// What the keys of effects begin with.
const OUTBOX: u8 = 2;

/// What the keys of entries on their way begin with.
const FAN_OUT: u8 = 4;

/// Marks that a circle may leave: between its devices, accounts and the conversation, both ways.
const MARKS_MAX: usize = 4 * MEMBERS + 2 * MEMBERS * MEMBERS;

/// What the keys of timers begin with.
const TIMER: u8 = 3;

/// Whether a receipt may have been among what a device was told to be gone.
fn lost_a_receipt(known: &Known) -> bool {
    known.gaps.iter().any(|seq| !matches!(known.named.get(seq), Some(Named::Message(_))))
}

/// Whether somebody was told that a message was not delivered, or its receiver got it and rejects it.
fn is_accounted(message: &Message, name: Name, to: &Known) -> bool {
    let is_rejected = message.fate == Fate::Rejected;
    let is_in_gap = to
        .named
        .iter()
        .any(|(seq, named)| *named == Named::Message(Some(name)) && (is_rejected || to.gaps.contains(seq)));
    let is_told = message.receipt.is_some_and(|status| status != ReceiptStatus::DELIVERED);
    is_in_gap || is_told
}
