//! Items of the mailbox as they arrive: each is taken once (DLV-049).

use pinnace_wire::{Class, Count, Deliver, Gap, KeysLow, Receipt};

use super::ClientSession;
use super::event::{ClientEvent, ReceivedItem};
use crate::breach::Breach;
use crate::credit::Budget;
use crate::delivered::Offer;

impl ClientSession {
    pub(super) fn on_deliver(&mut self, deliver: &Deliver<'_>, cost: Budget) -> Result<(), Breach> {
        self.exchange.grant.spend(cost)?;
        let Deliver { mailbox_seq, class, .. } = *deliver;
        let source = self.exchange.heard.device(deliver.alias).ok_or(Breach::AliasUnbound)?;
        if self.exchange.delivered.judge(mailbox_seq) == Offer::Again {
            self.exchange.delivered.in_turn_again(mailbox_seq);
            self.give_back(cost);
            return Ok(());
        }
        let may_overtake = class == Some(Class::CALL) && self.exchange.delivered.room_ahead().is_ok();
        if may_overtake {
            self.exchange.delivered.overtaking(mailbox_seq);
        } else {
            self.exchange.delivered.in_turn(mailbox_seq, 1);
        }
        let payload = deliver.payload.to_vec();
        self.take(ReceivedItem::Message { mailbox_seq, source, class, payload }, cost);
        Ok(())
    }

    pub(super) fn on_receipt(&mut self, receipt: &Receipt<'_>, cost: Budget) -> Result<(), Breach> {
        self.exchange.grant.spend(cost)?;
        let Receipt { mailbox_seq, status, .. } = *receipt;
        let device = self.exchange.heard.device(receipt.alias).ok_or(Breach::AliasUnbound)?;
        if self.exchange.delivered.judge(mailbox_seq) == Offer::Again {
            self.give_back(cost);
            return Ok(());
        }
        self.exchange.delivered.in_turn(mailbox_seq, 1);
        let ranges = receipt.ranges.iter().collect();
        self.take(ReceivedItem::Receipt { mailbox_seq, device, status, ranges }, cost);
        Ok(())
    }

    pub(super) fn on_keys_low(&mut self, keys_low: KeysLow, cost: Budget) -> Result<(), Breach> {
        self.exchange.grant.spend(cost)?;
        let KeysLow { mailbox_seq, suite, one_time_count } = keys_low;
        if self.exchange.delivered.judge(mailbox_seq) == Offer::Again {
            self.give_back(cost);
            return Ok(());
        }
        self.exchange.delivered.in_turn(mailbox_seq, 1);
        self.take(ReceivedItem::KeysLow { mailbox_seq, suite, one_time_count }, cost);
        Ok(())
    }

    pub(super) fn on_gap(&mut self, gap: &Gap, cost: Budget) -> Result<(), Breach> {
        self.exchange.grant.spend(cost)?;
        let Gap { mailbox_seq, count, reason } = *gap;
        let rest = self.exchange.delivered.rest_of(mailbox_seq, count.value());
        self.exchange.delivered.in_turn(mailbox_seq, count.value());
        match rest.and_then(|(first, count)| Some((first, Count::new(count)?))) {
            Some((mailbox_seq, count)) => self.take(ReceivedItem::Gap { mailbox_seq, count, reason }, cost),
            None => self.give_back(cost),
        }
        Ok(())
    }

    pub(super) fn take(&mut self, item: ReceivedItem, cost: Budget) {
        self.events.push_back((ClientEvent::Item(item), cost));
    }
}
