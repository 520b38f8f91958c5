//! What the application of a device of a circle wants.

use pinnace_wire::RequestId;

use super::link::Life;
use super::member::{Member, SUITE};
use super::{Ask, MEMBERS, What, list};
use crate::ledger::Name;
use crate::stage::Stage;

impl Member {
    /// The application asks for something, or lets it be.
    pub(crate) fn wish(&mut self, stage: &mut Stage) {
        if self.process.is_none() {
            return;
        }
        self.given = self.given.saturating_add(1);
        if stage.dice.happens(200) && self.disk.leaving.is_none() {
            self.disk.left = self.disk.left.saturating_add(1);
            self.disk.leaving = Some(self.disk.left);
        } else if stage.dice.happens(200) {
            self.claim(stage);
        } else if stage.dice.happens(60) && self.disk.listing.is_none() {
            self.list(stage);
        } else if stage.dice.happens(100) {
            let conversation = self.conversation;
            // Whoever cannot whisper now does not; nobody has to hear it.
            let _ = self.link().map(|link| link.session.whisper(conversation, b"typing"));
        } else if let Some(ask) = self.ask(stage) {
            self.disk.seq = self.disk.seq.saturating_add(1);
            let name = Name { sender: self.index, nonce: self.disk.seq };
            stage.trace.say(stage.now_ms, format_args!("member {} asks {name:?} {ask:?}", self.index));
            stage.ledger.circle.asks.insert(name, ask.clone());
            self.disk.open.insert(self.disk.seq, ask);
        }
        self.turn(stage);
    }

    /// The next list of its account, which says the same.
    fn list(&mut self, stage: &mut Stage) {
        let next = list::next(self.realm, &self.person, self.index, Some(&self.disk.list));
        let Some((list, name)) = next.and_then(|list| Some((list.clone(), list::name(&list)?))) else {
            return;
        };
        let ask = Ask { what: What::List, epoch: u64::MAX, filler_len: 0 };
        stage.ledger.circle.asks.insert(name, ask);
        self.disk.listing = Some(list);
    }

    /// Something to ask of the conversation, as the device knows it.
    fn ask(&self, stage: &mut Stage) -> Option<Ask> {
        let others = |is_in: bool| -> Vec<usize> {
            (0..MEMBERS).filter(|it| *it != self.index && self.disk.roster.contains(it) == is_in).collect()
        };
        let has_commit = self.disk.open.values().any(Ask::is_commit);
        let filler_len = if stage.dice.happens(300) { 3_000 } else { 0 };
        let Some(epoch) = self.disk.epoch else {
            // The first device begins the conversation, once.
            let is_first = self.index == 0 && self.disk.seq == 0;
            let first = stage.dice.pick(&others(false)).filter(|_| is_first)?;
            let what = What::Change { added: vec![first], removed: Vec::new() };
            return Some(Ask { what, epoch: 0, filler_len });
        };
        let (joiner, leaver) = (stage.dice.pick(&others(false)), stage.dice.pick(&others(true)));
        let change = stage.dice.below(1_000);
        let what = match (joiner, leaver) {
            (Some(joiner), _) if change < 300 && !has_commit => {
                What::Change { added: vec![joiner], removed: Vec::new() }
            }
            (_, Some(leaver)) if (300..450).contains(&change) && !has_commit => {
                What::Change { added: Vec::new(), removed: vec![leaver] }
            }
            _ if (450..520).contains(&change) && !has_commit => What::Return,
            _ => What::Say,
        };
        Some(Ask { what, epoch, filler_len })
    }

    fn claim(&mut self, stage: &mut Stage) {
        let others: Vec<usize> = (0..MEMBERS).filter(|it| *it != self.index).collect();
        let account = stage.dice.pick(&others).and_then(|it| stage.ledger.accounts.get(&it).copied());
        if let (Some(account), Some(link)) = (account, self.link())
            && link.life == Life::Open
        {
            link.requests = link.requests.saturating_add(1);
            if let Some(request) = RequestId::new(link.requests) {
                // Whoever cannot ask now does not.
                let _ = link.session.claim(request, account, SUITE);
            }
        }
    }
}
