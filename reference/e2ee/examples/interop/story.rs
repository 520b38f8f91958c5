//! What the devices live through; after each commit all members have to export the same secret.

use serde_json::{Value, json};

use crate::party::{Failure, Party, hex, text};

/// A group and who is in it.
pub(crate) struct Story {
    parties: Vec<Party>,
    members: Vec<usize>,
    suite: u16,
    group: String,
    said: usize,
    epochs: usize,
}

impl Story {
    pub(crate) fn new(parties: Vec<Party>, suite: u16, group: &[u8]) -> Self {
        Self { parties, members: Vec::new(), suite, group: hex(group), said: 0, epochs: 0 }
    }

    /// In how many epochs all members exported the same secret.
    pub(crate) const fn epochs_agreed(&self) -> usize {
        self.epochs
    }

    /// Two devices: both talk, both heal, race, and read what is late and out of order.
    pub(crate) fn direct(&mut self) -> Result<(), Failure> {
        self.create(0, &[1])?;
        self.everybody_talks()?;
        self.late(0, 1)?;
        self.late(1, 0)?;
        self.race(0, 1)?;
        self.race(1, 0)?;
        self.out_of_order(0, 1)?;
        self.out_of_order(1, 0)?;
        self.everybody_talks()
    }

    /// Five devices: three start, two are added by others, all heal, two race, one is removed.
    pub(crate) fn five(&mut self) -> Result<(), Failure> {
        self.create(0, &[1, 2])?;
        self.everybody_talks()?;
        self.commit(1, &[3], &[])?;
        self.everybody_talks()?;
        self.commit(2, &[4], &[])?;
        self.everybody_talks()?;
        for committer in 0..5 {
            self.commit(committer, &[], &[])?;
            self.everybody_talks()?;
        }
        self.race(4, 0)?;
        self.commit(1, &[], &[3])?;
        self.everybody_talks()?;
        self.late(2, 4)?;
        self.commit(0, &[3], &[2])?;
        self.everybody_talks()?;
        self.out_of_order(3, 1)
    }

    /// A direct conversation that a second device of the first account joins by a commit of its own; the other account was
    /// added by a last-resort KeyPackage.
    pub(crate) fn linked(&mut self) -> Result<(), Failure> {
        let add = self.ask(1, "key_package", json!({ "last_resort": true }))?;
        self.create_with(0, &[text(&add, "key_package")?], &[1])?;
        self.everybody_talks()?;
        let info = text(&self.ask(1, "group_info", json!({}))?, "group_info")?;
        let request = json!({ "group_info": info, "aad": hex(b"roster delta") });
        let made = self.ask(2, "external_join", request)?;
        self.members.push(2);
        self.take(2, &made, &[])?;
        self.agree()?;
        self.everybody_talks()?;
        self.race(2, 0)?;
        self.late(1, 2)?;
        self.everybody_talks()
    }

    fn ask(&mut self, party: usize, what: &str, mut request: Value) -> Result<Value, Failure> {
        let fields = request.as_object_mut().ok_or("no request")?;
        fields.insert("do".into(), what.into());
        fields.entry("group").or_insert_with(|| self.group.clone().into());
        fields.insert("suite".into(), self.suite.into());
        self.parties.get_mut(party).ok_or("no such device")?.ask(request)
    }

    fn key_packages(&mut self, devices: &[usize]) -> Result<Vec<String>, Failure> {
        devices
            .iter()
            .map(|device| text(&self.ask(*device, "key_package", json!({}))?, "key_package"))
            .collect()
    }

    fn create(&mut self, creator: usize, others: &[usize]) -> Result<(), Failure> {
        let add = self.key_packages(others)?;
        self.create_with(creator, &add, others)
    }

    fn create_with(&mut self, creator: usize, add: &[String], others: &[usize]) -> Result<(), Failure> {
        let made = self.ask(creator, "create", json!({ "add": add, "aad": hex(b"created") }))?;
        self.ask(creator, "confirm", json!({}))?;
        self.members = vec![creator];
        self.welcome(&made, others)?;
        self.agree()
    }

    fn welcome(&mut self, made: &Value, added: &[usize]) -> Result<(), Failure> {
        for device in added {
            self.ask(*device, "join", json!({ "welcome": text(made, "welcome")? }))?;
            self.members.push(*device);
        }
        Ok(())
    }

    /// A commit that the server takes: everybody hears it, who is removed as well.
    fn commit(&mut self, committer: usize, add: &[usize], remove: &[usize]) -> Result<(), Failure> {
        let made = self.propose(committer, add, remove)?;
        self.take(committer, &made, remove)?;
        self.welcome(&made, add)?;
        self.agree()
    }

    fn propose(&mut self, committer: usize, add: &[usize], remove: &[usize]) -> Result<Value, Failure> {
        let add = self.key_packages(add)?;
        let credential = |index: &usize| self.parties.get(*index).map(|party| party.credential.clone());
        let remove: Vec<_> = remove.iter().filter_map(credential).collect();
        self.ask(committer, "commit", json!({ "add": add, "remove": remove, "aad": hex(b"roster delta") }))
    }

    fn take(&mut self, committer: usize, made: &Value, remove: &[usize]) -> Result<(), Failure> {
        let commit = text(made, "commit")?;
        self.ask(committer, "confirm", json!({}))?;
        for device in self.members.clone() {
            if device != committer {
                let heard = self.ask(device, "process", json!({ "message": commit }))?;
                let kind = if remove.contains(&device) { "removed" } else { "commit" };
                expect(&heard, "kind", kind)?;
                expect(&heard, "aad", &hex(b"roster delta"))?;
            }
        }
        self.members.retain(|member| !remove.contains(member));
        Ok(())
    }

    /// Two commit at once; the first wins, the second takes its own back and follows.
    fn race(&mut self, winner: usize, loser: usize) -> Result<(), Failure> {
        let made = self.propose(winner, &[], &[])?;
        self.propose(loser, &[], &[])?;
        self.ask(loser, "discard", json!({}))?;
        self.take(winner, &made, &[])?;
        self.agree()?;
        // And the loser's next one is taken.
        self.commit(loser, &[], &[])
    }

    /// What was said before a commit is read behind it.
    fn late(&mut self, speaker: usize, listener: usize) -> Result<(), Failure> {
        let said = self.say(speaker)?;
        self.commit(listener, &[], &[])?;
        self.hear(listener, &said)
    }

    fn out_of_order(&mut self, speaker: usize, listener: usize) -> Result<(), Failure> {
        let said = [self.say(speaker)?, self.say(speaker)?, self.say(speaker)?];
        said.iter().rev().try_for_each(|said| self.hear(listener, said))
    }

    fn everybody_talks(&mut self) -> Result<(), Failure> {
        for speaker in self.members.clone() {
            let said = self.say(speaker)?;
            for listener in self.members.clone() {
                if listener != speaker {
                    self.hear(listener, &said)?;
                }
            }
        }
        Ok(())
    }

    fn say(&mut self, speaker: usize) -> Result<Said, Failure> {
        self.said = self.said.saturating_add(1);
        let content = hex(format!("message {} by {speaker}", self.said).as_bytes());
        let aad = hex(format!("aad {}", self.said).as_bytes());
        let request = json!({ "content": content, "aad": aad });
        let message = text(&self.ask(speaker, "encrypt", request)?, "message")?;
        Ok(Said { message, content, aad })
    }

    fn hear(&mut self, listener: usize, said: &Said) -> Result<(), Failure> {
        let heard = self.ask(listener, "process", json!({ "message": said.message }))?;
        expect(&heard, "kind", "message")?;
        expect(&heard, "content", &said.content)?;
        expect(&heard, "aad", &said.aad)
    }

    /// All members are in one epoch and export one secret.
    fn agree(&mut self) -> Result<(), Failure> {
        let mut agreed = None;
        for member in self.members.clone() {
            let request = json!({ "label": "interop", "context": hex(b"context"), "len": 32 });
            let secret = self.ask(member, "exporter", request)?;
            match &agreed {
                None => agreed = Some(secret),
                Some(agreed) if *agreed == secret => {}
                Some(agreed) => return Err(format!("device {member} exports {secret}, not {agreed}").into()),
            }
        }
        self.epochs = self.epochs.saturating_add(1);
        Ok(())
    }
}

struct Said {
    message: String,
    content: String,
    aad: String,
}

fn expect(answer: &Value, field: &str, expected: &str) -> Result<(), Failure> {
    let found = text(answer, field)?;
    if found == expected { Ok(()) } else { Err(format!("{field} is {found}, not {expected}").into()) }
}
