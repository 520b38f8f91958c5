//! Random histories of conversations with crashes, against a small model of what was promised.
//!
//! Promises: a number has one outcome, that of the model; each device hears exactly what the model says, in order, once, or a
//! GAP where its mailbox was full; what nobody holds is gone; nothing stays on its way.

use std::collections::{BTreeMap, BTreeSet};

use pinnace_home::memory::Crashed;
use pinnace_home::{
    AckRequest, CommitRequest, GapReason, Item, MailboxMark, MailboxSeq, NackRequest, Origin, PostRequest,
    Rules, SendDone, Table, ack, describe, nack,
};
use proptest::prelude::*;

use crate::directory::list;
use crate::script::{Do, Name, Play, device_of, done_words, quick_rules};
use crate::talk::{group, try_commit, try_post};

/// Two devices of one account, three of others.
const NAMES: [Name; 5] = ['a', 'b', 'x', 'y', 'z'];

const EPOCH_WINDOW: u64 = 1;

/// What happens next. Devices are places in `NAMES`, sets of them are bits.
#[derive(Clone, Debug)]
enum Act {
    Post {
        from: usize,
        of: usize,
        back: u64,
    },
    Commit {
        from: usize,
        of: usize,
        back: u64,
        added: u8,
        removed: u8,
    },
    External {
        from: usize,
        of: usize,
    },
    /// The number that has no outcome is tried again, or the last one.
    Again(usize),
    Ack {
        device: usize,
        share: u64,
    },
    Nack {
        device: usize,
        above: u64,
    },
    /// `b` is left out of its account's list, or a new list says the same.
    Publish(u64),
    Wait(u64),
    Sweep,
    CrashAfter(usize),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let (device, of) = (0..NAMES.len(), 0..2_usize);
    let act = prop_oneof![
        6 => (device.clone(), of.clone(), 0..3_u64).prop_map(|(from, of, back)| Act::Post { from, of, back }),
        5 => (device.clone(), of.clone(), prop_oneof![4 => Just(0), 1 => 1..3_u64], any::<u8>(), any::<u8>()).prop_map(|(from, of, back, added, removed)| Act::Commit { from, of, back, added, removed }),
        1 => (device.clone(), of).prop_map(|(from, of)| Act::External { from, of }),
        3 => device.clone().prop_map(Act::Again),
        3 => (device.clone(), 0..5_u64).prop_map(|(device, share)| Act::Ack { device, share }),
        1 => (device, 0..4_u64).prop_map(|(device, above)| Act::Nack { device, above }),
        1 => (0..8_u64).prop_map(Act::Publish),
        1 => (1..6_000_u64).prop_map(Act::Wait),
        1 => Just(Act::Sweep),
        4 => (0..24_usize).prop_map(Act::CrashAfter),
    ];
    prop::collection::vec(act, 1..100)
}

/// A conversation as it has to be.
#[derive(Clone, Debug)]
struct Model {
    epoch: u64,
    last: u64,
    /// Each device with the epoch that it came in with.
    roster: BTreeMap<Name, u64>,
    left: BTreeSet<Name>,
}

/// What a device asked for and has no outcome of.
#[derive(Clone, Debug)]
enum Asked {
    Post(PostRequest, usize),
    Commit(CommitRequest, usize, Delta),
}

#[derive(Clone, Debug)]
struct Delta {
    epoch: u64,
    added: Vec<Name>,
    removed: Vec<Name>,
    is_external: bool,
}

/// What one device hears of one entry.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Heard {
    of: usize,
    seq: u64,
    text: String,
}

struct History {
    play: Play,
    talks: [Origin; 2],
    models: [Option<Model>; 2],
    /// By device: what it asked last, whether that has an outcome, and the refusal that may have been decided.
    asked: BTreeMap<Name, (Asked, bool, Option<String>)>,
    next: BTreeMap<Name, u64>,
    heard: BTreeMap<Name, Vec<Heard>>,
    listed: BTreeSet<Name>,
    list_version: u64,
    last_list: Vec<u8>,
}

impl History {
    fn new() -> Self {
        let rules = Rules {
            retention_s: 20,
            mailbox_items_max: 12,
            redelivery_max: 3,
            epoch_window: EPOCH_WINDOW,
            ..quick_rules()
        };
        let mut play = Play::new(rules, "axyz");
        play.join('b', 'a');
        let last_list = play.first_list('a', "ab").octets;
        for name in "xyz".chars() {
            let _ = play.first_list(name, &name.to_string());
        }
        Self {
            play,
            talks: [group('a', 1), group('x', 2)],
            models: [None, None],
            asked: BTreeMap::new(),
            next: NAMES.map(|name| (name, 1)).into(),
            heard: NAMES.map(|name| (name, Vec::new())).into(),
            listed: NAMES.into(),
            list_version: 1,
            last_list,
        }
    }

    fn act(&mut self, act: &Act) {
        match *act {
            Act::Post { from, of, back } => {
                let epoch = self.epoch(of).saturating_sub(back);
                let (name, talk) = (NAMES[from], self.talks[of]);
                let request = self.play.post_request(name, self.next[&name], &talk, epoch);
                self.ask(name, Asked::Post(request, of));
            }
            Act::Commit { from, of, back, added, removed } => {
                let set =
                    |bits: u8| NAMES.iter().enumerate().filter(move |(index, _)| bits >> index & 1 == 1);
                let known =
                    |name: &Name| self.models[of].as_ref().is_some_and(|it| it.roster.contains_key(name));
                // Most deltas fit; the highest bit makes one that may not.
                let is_wild = added & 128 != 0;
                let added: Vec<Name> =
                    set(added).map(|(_, name)| *name).filter(|name| is_wild || !known(name)).collect();
                let removed = set(removed & removed >> 2).map(|(_, name)| *name);
                let removed: Vec<Name> = removed.filter(|name| !added.contains(name)).collect();
                let epoch = self.epoch(of).saturating_sub(back);
                self.commit(NAMES[from], of, Delta { epoch, added, removed, is_external: false });
            }
            Act::External { from, of } => {
                let delta = Delta {
                    epoch: self.epoch(of),
                    added: vec![NAMES[from]],
                    removed: vec![],
                    is_external: true,
                };
                self.commit(NAMES[from], of, delta);
            }
            Act::Again(device) => self.again(NAMES[device]),
            Act::Ack { device, share } => self.ack(NAMES[device], share),
            Act::Nack { device, above } => {
                let name = NAMES[device];
                let seq = self.filed(name).len() as u64;
                if let Some(mailbox_seq) = MailboxSeq::new(seq.saturating_sub(above)) {
                    let request = NackRequest { session: self.play.session(name), mailbox_seq, reason: 1 };
                    let _ = self.play.world.run(|view, _, now| nack(view, now, request));
                }
            }
            Act::Publish(0) => {
                self.listed.remove(&'b');
                self.publish();
            }
            Act::Publish(_) => self.publish(),
            Act::Wait(ms) => self.play.world.now_ms += ms,
            Act::Sweep => self.play.world.sweep(),
            Act::CrashAfter(count) => self.play.world.crash_after = Some(count),
        }
    }

    fn epoch(&self, of: usize) -> u64 {
        self.models[of].as_ref().map_or(0, |model| model.epoch)
    }

    fn commit(&mut self, name: Name, of: usize, delta: Delta) {
        let (seq, talk) = (self.next[&name], self.talks[of]);
        let text = |names: &[Name]| names.iter().collect::<String>();
        let request = if delta.is_external {
            self.play.external_request(name, seq, &talk, delta.epoch)
        } else {
            let (added, removed) = (text(&delta.added), text(&delta.removed));
            self.play.commit_request(name, seq, &talk, (delta.epoch, &added, &removed))
        };
        self.ask(name, Asked::Commit(request, of, delta));
    }

    /// Asks, unless an earlier number has no outcome: a client tries that first.
    fn ask(&mut self, name: Name, asked: Asked) {
        if self.asked.get(&name).is_some_and(|(_, is_told, _)| !is_told) {
            return self.again(name);
        }
        let expected = self.judge(name, &asked);
        self.run(name, asked, &[expected]);
    }

    /// The same once more: with an outcome it is answered alike. What was cut off was decided before the crash, or is now.
    fn again(&mut self, name: Name) {
        let Some((asked, is_told, decided)) = self.asked.get(&name).cloned() else { return };
        let mut expected: Vec<String> = decided.into_iter().collect();
        if !is_told {
            expected.push(self.judge(name, &asked));
        }
        self.run(name, asked, &expected);
    }

    fn run(&mut self, name: Name, asked: Asked, expected: &[String]) {
        let of = match &asked {
            Asked::Post(_, of) | Asked::Commit(_, of, _) => *of,
        };
        let is_gone = name == 'b' && !self.listed.contains(&'b');
        let done = match &asked {
            Asked::Post(request, _) => try_post(&mut self.play.world, request),
            Asked::Commit(request, _, _) => try_commit(&mut self.play.world, request),
        };
        let before = self.models[of].as_ref().map_or(0, |model| model.last);
        let last = self.play.state(&self.talks[of]).map_or(0, |state| state.last);
        if last != before {
            assert_eq!(last, before + 1);
            assert_eq!(expected.last().map(String::as_str), Some("accepted"), "{name}: {asked:?}");
            self.accept(name, &asked, of);
        }
        let told = match done {
            Ok(SendDone::Gone) => {
                assert!(is_gone);
                true
            }
            Ok(done) => {
                let words = done_words(done);
                assert!(expected.contains(&words), "{name}: {words}, not {expected:?}: {asked:?}");
                true
            }
            Err(Crashed) => false,
        };
        let decided = match (told, last != before) {
            (true, _) => Some(done_words(done.unwrap())),
            (false, true) => Some("accepted".into()),
            // Perhaps it was refused; perhaps it was not decided.
            (false, false) => {
                expected.first().cloned().filter(|word| word != "accepted" || expected.len() > 1)
            }
        };
        // What was told once stays so, whatever a crash takes of its repetition.
        let was_told = !self.is_new(name, &asked);
        let decided = if was_told { expected.first().cloned() } else { decided };
        if told && !was_told {
            *self.next.get_mut(&name).unwrap() += 1;
        }
        self.asked.insert(name, (asked, told || was_told, decided));
    }

    fn is_new(&self, name: Name, asked: &Asked) -> bool {
        let seq = match asked {
            Asked::Post(request, _) => request.client_seq,
            Asked::Commit(request, _, _) => request.client_seq,
        };
        seq.value() == self.next[&name]
    }

    /// What the conversation has to say to this, now.
    fn judge(&self, name: Name, asked: &Asked) -> String {
        match asked {
            Asked::Post(request, of) => self.judge_post(name, request.envelope.unwrap().epoch, *of),
            Asked::Commit(_, of, delta) => self.judge_commit(name, *of, delta),
        }
        .into()
    }

    fn judge_post(&self, name: Name, epoch: u64, of: usize) -> &'static str {
        let Some(model) = &self.models[of] else { return "NoConversation" };
        let Some(joined) = model.roster.get(&name) else { return "NoConversation" };
        if epoch < *joined || model.epoch < epoch || epoch + EPOCH_WINDOW < model.epoch {
            return "StaleEpoch";
        }
        "accepted"
    }

    fn judge_commit(&self, name: Name, of: usize, delta: &Delta) -> &'static str {
        let fresh = Model { epoch: 0, last: 0, roster: [(name, 0)].into(), left: BTreeSet::new() };
        let is_creators = if of == 0 { ['a', 'b'].contains(&name) } else { name == 'x' };
        let model = match &self.models[of] {
            Some(model) => model,
            None if delta.is_external || delta.epoch != 0 => return "NoConversation",
            None if !is_creators || !self.listed.contains(&name) => return "OriginInvalid",
            None => &fresh,
        };
        let is_in = model.roster.contains_key(&name);
        let sibling = match name {
            'a' => Some('b'),
            'b' => Some('a'),
            _ => None,
        };
        // One that is in comes in anew.
        let may_come = delta.is_external && sibling.is_some_and(|it| model.roster.contains_key(&it));
        if !is_in && !may_come {
            let is_first = !delta.is_external && delta.epoch == 0;
            let is_own = is_creators && self.listed.contains(&name);
            return if is_first && !is_own { "OriginInvalid" } else { "NoConversation" };
        }
        if delta.epoch != model.epoch {
            return "StaleEpoch";
        }
        let can_go = |it: &Name| *it != name && (model.roster.contains_key(it) || model.left.contains(it));
        let is_new = |it: &Name| delta.is_external || !model.roster.contains_key(it);
        if !delta.added.iter().all(is_new) || !delta.removed.iter().all(can_go) {
            return "EnvelopeInvalid";
        }
        if delta.added.iter().any(|it| !self.listed.contains(it)) {
            return "Outsider";
        }
        "accepted"
    }

    /// Does in the model what was accepted.
    fn accept(&mut self, name: Name, asked: &Asked, of: usize) {
        let fresh = Model { epoch: 0, last: 0, roster: [(name, 0)].into(), left: BTreeSet::new() };
        let model = self.models[of].get_or_insert(fresh);
        model.last += 1;
        let seq = model.last;
        let mut hear = |to: Name, text: &str| {
            self.heard.get_mut(&to).unwrap().push(Heard { of, seq, text: text.into() });
        };
        match asked {
            Asked::Post(request, _) => {
                let epoch = request.envelope.unwrap().epoch;
                let text = String::from_utf8(request.payload.clone()).unwrap();
                let others = model.roster.iter().filter(|(to, joined)| **to != name && **joined <= epoch);
                others.for_each(|(to, _)| hear(*to, &text));
                hear(name, "");
            }
            Asked::Commit(request, _, delta) => {
                let (commit, welcome) = (request.commit.clone(), request.welcome.clone());
                let [commit, welcome] = [commit, welcome].map(|octets| String::from_utf8(octets).unwrap());
                model.roster.keys().filter(|to| **to != name).for_each(|to| hear(*to, &commit));
                delta.added.iter().filter(|to| **to != name).for_each(|to| hear(*to, &welcome));
                hear(name, "");
                model.epoch += 1;
                for it in &delta.removed {
                    model.roster.remove(it);
                    model.left.remove(it);
                }
                for it in &delta.added {
                    model.roster.insert(*it, model.epoch);
                    model.left.remove(it);
                }
            }
        }
    }

    /// The account of `a` puts its next list into force.
    fn publish(&mut self) {
        let has_b = self.listed.contains(&'b');
        let next = list('a', self.list_version + 1, &self.last_list, if has_b { "ab" } else { "a" });
        while self.play.try_publish('a', &next).is_err() {}
        (self.list_version, self.last_list) = (self.list_version + 1, next.octets.clone());
        for (of, model) in self.models.iter_mut().enumerate() {
            let Some(model) = model else { continue };
            if !has_b && model.roster.remove(&'b').is_some() {
                model.left.insert('b');
            }
            let is_party = model.roster.contains_key(&'a') || model.roster.contains_key(&'b');
            if is_party {
                model.last += 1;
                let text = String::from_utf8(next.octets.clone()).unwrap();
                for name in model.roster.keys() {
                    let heard = Heard { of, seq: model.last, text: text.clone() };
                    self.heard.get_mut(name).unwrap().push(heard);
                }
            }
        }
    }

    fn filed(&self, name: Name) -> Vec<&Item> {
        let filed = self.play.world.filed.iter();
        filed.filter(|(device, _)| *device == device_of(name)).map(|(_, item)| item).collect()
    }

    fn ack(&mut self, name: Name, share: u64) {
        let cursor =
            MailboxMark::new(self.filed(name).len() as u64 * share / 4).unwrap_or(MailboxMark::NOTHING);
        let cursor = cursor.min(MailboxMark::new(self.filed(name).len() as u64).unwrap());
        let mut request = AckRequest { session: self.play.session(name), cursor, ranges: Vec::new() };
        let _ = self.play.world.run(|view, _, now| ack(view, now, &mut request));
    }

    /// Brings everything to its end, and looks at all that was filed.
    fn settle(mut self) {
        self.play.world.crash_after = None;
        for name in NAMES {
            if self.asked.get(&name).is_some_and(|(_, is_told, _)| !is_told) {
                self.again(name);
            }
        }
        for (of, model) in self.models.iter().enumerate() {
            let state = self.play.state(&self.talks[of]);
            let expected = model.as_ref().map(|model| {
                let names: String = model.roster.keys().collect();
                (model.epoch, model.last, crate::directory::sorted(&names))
            });
            assert_eq!(state.map(|state| (state.epoch, state.last, state.devices)), expected);
        }
        for (key, row) in &self.play.world.rows().0 {
            assert!(describe(key, row).is_ok(), "{key:?} {row:?}");
        }
        for name in NAMES {
            self.heard_as_expected(name);
            self.ack(name, 4);
        }
        self.play.world.sweep();
        let left = [Table::Outbox, Table::FanOut, Table::Payload, Table::Holders, Table::Item];
        for table in left {
            assert_eq!(self.play.world.rows_in_table(table), 0, "{table:?}");
        }
    }

    fn heard_as_expected(&mut self, name: Name) {
        let (filed, expected) = (self.filed(name), &self.heard[&name]);
        let is_gone = name == 'b' && !self.listed.contains(&'b');
        assert!(filed.len() == expected.len() || is_gone, "{name}: {filed:?}, not {expected:?}");
        // The order of two conversations is nobody's promise.
        let mut left = [0, 1].map(|of| expected.iter().filter(move |heard| heard.of == of));
        for (index, item) in filed.iter().enumerate() {
            assert_eq!(item.mailbox_seq().value(), index as u64 + 1);
            match item {
                Item::Entry(entry) => {
                    let of = self.talks.iter().position(|talk| talk.id == entry.conversation).unwrap();
                    let seq = entry.conversation_seq.value();
                    let expected = left[of].find(|heard| heard.seq == seq).unwrap();
                    assert_eq!(String::from_utf8_lossy(&entry.payload), expected.text, "{name}");
                }
                Item::Gap(gap) => assert_eq!(gap.reason, GapReason::Quota),
                Item::Message(_) | Item::Receipt(_) | Item::KeysLow(_) => panic!("{name} got {item:?}"),
            }
        }
        let words = self.play.act(Do::Read(name, 0));
        assert!(!words.contains("Purged"), "{name}: {words}");
    }
}

proptest! {
    #[test]
    fn whatever_happens_everybody_hears_what_the_model_says(acts in acts()) {
        let mut history = History::new();
        for act in &acts {
            history.act(act);
        }
        history.settle();
    }
}
