//! What a history tells of each message, and of each inbox.

use std::collections::{BTreeMap, BTreeSet};

use super::anomaly::{Anomaly, Counts, Kind};
use crate::history::{Event, Line};

/// A message: its sender, and the sender's count.
type Name = (String, u64);

/// What is told of one message.
#[derive(Debug, Default)]
struct Story {
    sent: Option<Sent>,
    /// Outcomes that are for ever, with their lines.
    outcomes: Vec<(usize, Outcome)>,
    received: Vec<Seen>,
    receipts: Vec<usize>,
}

#[derive(Debug)]
struct Sent {
    line: usize,
    to: String,
    digest: String,
    may_expire: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Accepted,
    Failed,
}

/// A message in an inbox.
#[derive(Debug)]
struct Seen {
    line: usize,
    device: String,
    digest: String,
}

/// What stands at one place of an inbox.
#[derive(Debug, PartialEq, Eq)]
struct Item {
    from: String,
    message: Option<u64>,
    digest: String,
}

/// Everything that is told.
#[derive(Debug, Default)]
pub(super) struct Stories {
    messages: BTreeMap<Name, Story>,
    /// Per device, in the order of the items: the line that showed each first.
    inboxes: BTreeMap<String, BTreeMap<u64, (usize, Item)>>,
    acked: BTreeSet<(String, u64)>,
    gaps: BTreeMap<(String, u64), usize>,
    anomalies: Vec<Anomaly>,
}

impl Stories {
    /// Takes in the next line.
    pub(super) fn read(&mut self, number: usize, line: &Line) {
        let device = &line.device;
        match &line.event {
            Event::Invoke { message, to, digest, expires_s } => {
                let may_expire = expires_s.is_some();
                let sent = Sent { line: number, to: to.clone(), digest: digest.clone(), may_expire };
                self.on_invoke((device.clone(), *message), sent);
            }
            Event::Ok { message } => self.on_outcome(device, *message, (number, Outcome::Accepted)),
            Event::Fail { message, .. } => self.on_outcome(device, *message, (number, Outcome::Failed)),
            Event::Received { item, from, message, digest } => {
                let seen = Item { from: from.clone(), message: *message, digest: digest.clone() };
                self.on_received(device, *item, (number, seen));
            }
            Event::Acked { item } => {
                let is_shown = self.inboxes.get(device).is_some_and(|inbox| inbox.contains_key(item))
                    || self.gaps.contains_key(&(device.clone(), *item));
                if !is_shown {
                    self.found(
                        Kind::Phantom,
                        format!("{device} took item {item}, which it never saw"),
                        [number],
                    );
                }
                self.acked.insert((device.clone(), *item));
            }
            Event::Receipt { message } => self.story(device, *message).receipts.push(number),
            Event::Gap { item, .. } => {
                self.gaps.entry((device.clone(), *item)).or_insert(number);
            }
            // A number changes when a server lost its state; whether nobody can tell is no outcome.
            Event::Numbered { .. } | Event::Unknown { .. } | Event::Fault { .. } => {}
        }
    }

    fn story(&mut self, device: &str, message: u64) -> &mut Story {
        self.messages.entry((device.to_owned(), message)).or_default()
    }

    fn found(&mut self, kind: Kind, what: String, lines: impl IntoIterator<Item = usize>) {
        self.anomalies.push(Anomaly { kind, what, lines: lines.into_iter().collect() });
    }

    fn on_invoke(&mut self, name: Name, sent: Sent) {
        let story = self.messages.entry(name.clone()).or_default();
        match &story.sent {
            None => story.sent = Some(sent),
            // A client that crashed before its store had the message says it again.
            Some(earlier) if (&earlier.to, &earlier.digest) == (&sent.to, &sent.digest) => {}
            Some(earlier) => {
                let lines = [earlier.line, sent.line];
                self.found(Kind::Disagreeing, format!("{} is two messages", told(&name)), lines);
            }
        }
    }

    fn on_outcome(&mut self, device: &str, message: u64, outcome: (usize, Outcome)) {
        let story = self.story(device, message);
        // Many observations of the same are one.
        if story.outcomes.iter().all(|(_, earlier)| *earlier != outcome.1) {
            story.outcomes.push(outcome);
        }
    }

    fn on_received(&mut self, device: &str, place: u64, (line, item): (usize, Item)) {
        let inbox = self.inboxes.entry(device.to_owned()).or_default();
        if let Some((first, earlier)) = inbox.get(&place) {
            if *earlier != item {
                let first = *first;
                self.found(Kind::Disagreeing, format!("item {place} of {device} changed"), [first, line]);
            }
            return;
        }
        match item.message {
            None => {
                let what = format!("{device} received from {} what nobody sends", item.from);
                self.found(Kind::Phantom, what, [line]);
            }
            Some(message) => {
                let seen = Seen { line, device: device.to_owned(), digest: item.digest.clone() };
                self.story(&item.from, message).received.push(seen);
            }
        }
        self.inboxes.entry(device.to_owned()).or_default().insert(place, (line, item));
    }

    /// Every anomaly, in no order.
    pub(super) fn anomalies(&self) -> Vec<Anomaly> {
        let mut found = self.anomalies.clone();
        for (name, story) in &self.messages {
            story.judge(name, &mut found);
        }
        for (device, inbox) in &self.inboxes {
            judge_order(device, inbox, &mut found);
        }
        let may_expire =
            self.messages.values().any(|story| story.sent.as_ref().is_some_and(|s| s.may_expire));
        if !may_expire {
            found.extend(self.gaps.iter().map(|((device, item), line)| Anomaly {
                kind: Kind::Lost,
                what: format!("item {item} of {device} is a gap"),
                lines: vec![*line],
            }));
        }
        found
    }

    /// How many of each there are.
    pub(super) fn counts(&self) -> Counts {
        let stories = || self.messages.values();
        let having = |outcome| stories().filter(|story| story.line_of(outcome).is_some()).count();
        Counts {
            sent: stories().filter(|story| story.sent.is_some()).count(),
            accepted: having(Outcome::Accepted),
            failed: having(Outcome::Failed),
            open: stories().filter(|story| story.sent.is_some() && story.outcomes.is_empty()).count(),
            received: stories().filter(|story| !story.received.is_empty()).count(),
            acked: self.acked.len(),
            receipts: stories().filter(|story| !story.receipts.is_empty()).count(),
            gaps: self.gaps.len(),
            ..Counts::default()
        }
    }
}

fn told((sender, message): &Name) -> String {
    format!("message {message} of {sender}")
}

impl Story {
    fn line_of(&self, outcome: Outcome) -> Option<usize> {
        self.outcomes.iter().find(|(_, found)| *found == outcome).map(|(line, _)| *line)
    }

    fn judge(&self, name: &Name, found: &mut Vec<Anomaly>) {
        let mut say = |kind, what: &str, lines: Vec<usize>| {
            found.push(Anomaly { kind, what: format!("{} {what}", told(name)), lines });
        };
        let (accepted, failed) = (self.line_of(Outcome::Accepted), self.line_of(Outcome::Failed));
        let first = self.received.first();
        let Some(sent) = &self.sent else {
            let lines = self.received.iter().map(|seen| seen.line);
            let told = self.outcomes.iter().map(|(line, _)| *line);
            return say(
                Kind::Phantom,
                "was never sent",
                lines.chain(told).chain(self.receipts.clone()).collect(),
            );
        };
        if let (Some(ok), Some(fail)) = (accepted, failed) {
            say(Kind::Disagreeing, "has two outcomes", vec![ok, fail]);
        }
        if let (Some(fail), Some(seen)) = (failed, first) {
            say(Kind::Aborted, "failed, and was received", vec![fail, seen.line]);
        }
        if let (Some(fail), Some(receipt)) = (failed, self.receipts.first()) {
            say(Kind::Disagreeing, "failed, and has a receipt", vec![fail, *receipt]);
        }
        let kept = accepted.filter(|_| !sent.may_expire);
        if let (None, Some(promise)) = (first, kept.or_else(|| self.receipts.first().copied())) {
            say(Kind::Lost, "was promised, and never received", vec![sent.line, promise]);
        }
        for seen in &self.received {
            if seen.device != sent.to {
                say(Kind::Phantom, "was received by another device", vec![sent.line, seen.line]);
            } else if seen.line < sent.line {
                say(Kind::Phantom, "was received before it was sent", vec![seen.line, sent.line]);
            }
            if seen.digest != sent.digest {
                say(Kind::Disagreeing, "has another payload at its receiver", vec![sent.line, seen.line]);
            }
        }
        if self.received.len() > 1 {
            say(
                Kind::Doubled,
                "was received more than once",
                self.received.iter().map(|seen| seen.line).collect(),
            );
        }
    }
}

/// What one sender sent stands in an inbox in the order in which it was sent.
fn judge_order(device: &str, inbox: &BTreeMap<u64, (usize, Item)>, found: &mut Vec<Anomaly>) {
    let mut latest: BTreeMap<&str, (u64, usize)> = BTreeMap::new();
    for (line, item) in inbox.values() {
        let Some(message) = item.message else { continue };
        match latest.get(item.from.as_str()) {
            Some((later, later_line)) if message < *later => found.push(Anomaly {
                kind: Kind::OutOfOrder,
                what: format!(
                    "{} came to {device} behind message {later}",
                    told(&(item.from.clone(), message))
                ),
                lines: vec![*later_line, *line],
            }),
            Some(_) | None => {
                latest.insert(&item.from, (message, *line));
            }
        }
    }
}
