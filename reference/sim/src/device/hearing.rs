//! What a device hears of its engine and finds in its store, for the judge.

use pinnace_client::engine::News;
use pinnace_client::store::{Batch, Write};
use pinnace_client::{Content, InboxItem, Store};
use pinnace_wire::GapReason;
use tokio::sync::oneshot::error::TryRecvError;

use super::Device;
use crate::ledger::{Fate, Name, Promise};
use crate::property::Property;
use crate::stage::Stage;

impl Device {
    /// Hears what the engine tells the application.
    pub(super) fn tell(&mut self, stage: &mut Stage) {
        let Some(process) = &mut self.process else { return };
        for news in process.engine.take_news() {
            match news {
                News::Answer(answer) => answer(),
                News::Event(event) => on_news(self.index, &process.store, event, stage),
            }
        }
        process.replies.retain_mut(|(name, reply)| match reply.try_recv() {
            Ok(answer) => {
                if let (Ok(_), Some(message)) = (answer, stage.ledger.messages.get_mut(name)) {
                    message.promise = Promise::Given;
                }
                false
            }
            Err(TryRecvError::Empty) => true,
            Err(TryRecvError::Closed) => false,
        });
    }

    /// What became durable in the inbox.
    pub(super) fn look_into_inbox(&mut self, stage: &mut Stage) {
        let Some(process) = &self.process else { return };
        while let Ok(Some((number, item))) = process.store.item_after(self.filed) {
            self.filed = number;
            let seq = item.mailbox_seq.value();
            match item.content {
                Content::Message { payload, .. } => {
                    let name = Name::of(&payload);
                    stage.trace.say(stage.now_ms, format_args!("device {} takes {name:?}", self.index));
                    stage.ledger.on_taken(self.index, seq, name);
                }
                // Its devices are in no conversation.
                Content::Said { .. } => {}
                Content::Gap { count, reason } => {
                    let seqs = seq..=seq.saturating_add(count.saturating_sub(1));
                    stage.ledger.on_gap(self.index, seqs.clone());
                    if reason == GapReason::EXPIRED {
                        stage.ledger.on_expired_gap(self.index, seqs);
                    }
                }
            }
        }
    }
}

/// The counter that a batch makes durable.
pub(super) fn counter_of(batch: &Batch) -> Option<u64> {
    let counter =
        |write: &Write| if let Write::HelloCounter(counter) = write { Some(*counter) } else { None };
    batch.writes.iter().rev().find_map(counter)
}

/// Whether the application is about to fail over an item that this batch files.
pub(super) fn holds_poison(batch: &Batch) -> bool {
    let payload = |write: &Write| {
        let Write::File { item: InboxItem { content: Content::Message { payload, .. }, .. }, .. } = write
        else {
            return false;
        };
        Fate::is_poison(payload)
    };
    batch.writes.iter().any(payload)
}

/// A HELLO is about to leave.
pub(crate) fn on_counter(index: usize, counter: u64, stage: &mut Stage) {
    let before = core::mem::replace(&mut stage.ledger.device(index).counter_sent, counter);
    if counter <= before {
        let what = format!("device {index} uses counter {counter} after {before}");
        stage.ledger.violate(Property::HelloOnce, what);
    }
}

/// What the engine tells whoever listens.
pub(super) fn on_news(index: usize, store: &Store, event: pinnace_client::Event, stage: &mut Stage) {
    let name_of = |seq: u64| store.message(seq).ok().flatten().and_then(|record| Name::of(&record.payload));
    match event {
        pinnace_client::Event::Outcome { id, outcome } => {
            stage.trace.say(stage.now_ms, format_args!("device {index} hears {id} {outcome:?}"));
            if let Some(name) = name_of(id.0.value()) {
                stage.ledger.on_outcome(name, id.0.value(), outcome);
            }
        }
        pinnace_client::Event::Receipt { ranges, status, .. } => {
            for range in ranges {
                let first = range.first.value();
                for seq in first..first.saturating_add(range.count.value()) {
                    if let Some(name) = name_of(seq) {
                        stage.ledger.on_receipt(name, status);
                    }
                }
            }
        }
        pinnace_client::Event::Renumbered { shift } => {
            let what = format!("device {index} had to go back by {shift}");
            stage.ledger.violate(Property::AcceptedIsKept, what);
        }
        pinnace_client::Event::Arrived { .. }
        | pinnace_client::Event::Conversation(_)
        | pinnace_client::Event::KeysLow { .. }
        | pinnace_client::Event::DevicesRefused { .. }
        | pinnace_client::Event::Ephemeral { .. } => {}
    }
}

/// The planted mistake of a client that mixes up its outbox.
pub(super) fn swap_last(store: &Store, numbered: u64, settled: u64) {
    let (Some(before), true) = (numbered.checked_sub(1), numbered > settled.saturating_add(1)) else {
        return;
    };
    let (Ok(Some(low)), Ok(Some(high))) = (store.message(before), store.message(numbered)) else { return };
    let writes =
        vec![Write::Number { seq: before, record: high }, Write::Number { seq: numbered, record: low }];
    // A store that does not work is found out at the next step.
    let _ = store.commit(Batch { writes });
}
