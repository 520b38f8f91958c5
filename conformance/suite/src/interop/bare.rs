//! The stories without a server: what one device hands over is given to the others at once.

use ed25519_dalek::SigningKey;
use serde_json::{Value, json};

use super::adapter::{Adapter, Identity, text};
use super::fault::{Fault, expect};
use super::matrix::{Cell, Story};
use crate::hex;
use crate::peer::device::{Certificate, NOT_AFTER_S};
use crate::peer::ids::{AccountId, DeviceId};

/// The realm of these devices.
const REALM: [u8; 32] = [9; 32];

/// The authenticated data of a commit.
const DELTA: &[u8] = b"roster delta";

/// The stories; only a device of a member's account may join by itself, so the devices of `linked` have two accounts.
pub(super) fn stories() -> Vec<Story<'static>> {
    let story = |name, accounts: &'static [u8], go: fn(&mut Group) -> Result<(), Fault>| Story {
        name,
        play: Box::new(move |cell| {
            let mut group = Group::new(cell, accounts)?;
            go(&mut group)?;
            Ok(group.epoch_count)
        }),
    };
    vec![
        story("direct", &[1, 2], Group::direct),
        story("linked", &[1, 2, 1], Group::linked),
        story("five", &[1, 2, 3, 4, 5], Group::five),
    ]
}

/// A device, which an account has certified; both are numbered from 1.
fn identity(device: u8, account: u8) -> Identity {
    let seed = [device ^ 0xa5; 32];
    let public = SigningKey::from_bytes(&seed).verifying_key().to_bytes();
    let account_key = SigningKey::from_bytes(&[account; 32]);
    let identity_key = account_key.verifying_key().to_bytes();
    let noise_key = [device; 32];
    let certificate = Certificate {
        version: 1,
        identity_key,
        device: DeviceId::of(&noise_key),
        noise_key,
        signature_key: public,
        account: AccountId::of(&identity_key),
        not_after_s: NOT_AFTER_S,
    };
    Identity { certificate: certificate.signed(&account_key, &REALM), seed, public, realm: REALM }
}

/// A group and who is in it; after each commit all members have to export the same secret.
struct Group {
    devices: Vec<Adapter>,
    members: Vec<usize>,
    suite: u16,
    id: String,
    said_count: usize,
    epoch_count: usize,
}

struct Said {
    message: String,
    content: String,
    aad: String,
}

impl Group {
    fn new(cell: &Cell<'_>, accounts: &[u8]) -> Result<Self, Fault> {
        let devices = accounts.iter().zip(1..).enumerate();
        let devices = devices.map(|(at, (account, device))| {
            Adapter::start(cell.make(at)?, at.saturating_add(1), &identity(device, *account))
        });
        let id = hex::encode(format!("interop cell {:03}", cell.number).as_bytes());
        let devices = devices.collect::<Result<_, _>>()?;
        Ok(Self { devices, members: Vec::new(), suite: cell.suite, id, said_count: 0, epoch_count: 0 })
    }

    /// Two devices: both talk, both heal, race, and read what is late and out of order.
    fn direct(&mut self) -> Result<(), Fault> {
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
    fn five(&mut self) -> Result<(), Fault> {
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
    fn linked(&mut self) -> Result<(), Fault> {
        let add = self.ask(1, "key_package", json!({ "last_resort": true }))?;
        self.create_with(0, &[text(&add, "key_package")?], &[1])?;
        self.everybody_talks()?;
        let info = text(&self.ask(1, "group_info", json!({}))?, "group_info")?;
        let request = json!({ "group_info": info, "aad": hex::encode(DELTA) });
        let made = self.ask(2, "external_join", request)?;
        self.members.push(2);
        self.take(2, &made, &[])?;
        self.agree()?;
        self.everybody_talks()?;
        self.race(2, 0)?;
        self.late(1, 2)?;
        self.everybody_talks()
    }

    fn ask(&mut self, device: usize, what: &str, mut request: Value) -> Result<Value, Fault> {
        if let Some(fields) = request.as_object_mut() {
            fields.insert("do".into(), what.into());
            fields.entry("group").or_insert_with(|| self.id.clone().into());
            fields.insert("suite".into(), self.suite.into());
        }
        let device = self.devices.get_mut(device);
        device.ok_or_else(|| Fault::device("nobody", what, "no such device".to_owned()))?.ask(request)
    }

    fn key_packages(&mut self, devices: &[usize]) -> Result<Vec<String>, Fault> {
        devices
            .iter()
            .map(|device| text(&self.ask(*device, "key_package", json!({}))?, "key_package"))
            .collect()
    }

    fn create(&mut self, creator: usize, others: &[usize]) -> Result<(), Fault> {
        let add = self.key_packages(others)?;
        self.create_with(creator, &add, others)
    }

    fn create_with(&mut self, creator: usize, add: &[String], others: &[usize]) -> Result<(), Fault> {
        let made = self.ask(creator, "create", json!({ "add": add, "aad": hex::encode(b"created") }))?;
        self.ask(creator, "confirm", json!({}))?;
        self.members = vec![creator];
        self.welcome(&made, others)?;
        self.agree()
    }

    fn welcome(&mut self, made: &Value, added: &[usize]) -> Result<(), Fault> {
        for device in added {
            self.ask(*device, "join", json!({ "welcome": text(made, "welcome")? }))?;
            self.members.push(*device);
        }
        Ok(())
    }

    /// A commit that is taken: everybody hears it, who is removed as well.
    fn commit(&mut self, committer: usize, add: &[usize], remove: &[usize]) -> Result<(), Fault> {
        let made = self.propose(committer, add, remove)?;
        self.take(committer, &made, remove)?;
        self.welcome(&made, add)?;
        self.agree()
    }

    fn propose(&mut self, committer: usize, add: &[usize], remove: &[usize]) -> Result<Value, Fault> {
        let add = self.key_packages(add)?;
        let credential = |index: &usize| self.devices.get(*index).map(|device| device.credential.clone());
        let remove: Vec<_> = remove.iter().filter_map(credential).collect();
        self.ask(committer, "commit", json!({ "add": add, "remove": remove, "aad": hex::encode(DELTA) }))
    }

    fn take(&mut self, committer: usize, made: &Value, remove: &[usize]) -> Result<(), Fault> {
        let commit = text(made, "commit")?;
        self.ask(committer, "confirm", json!({}))?;
        for device in self.members.clone() {
            if device != committer {
                let heard = self.ask(device, "process", json!({ "message": commit }))?;
                let kind = if remove.contains(&device) { "removed" } else { "commit" };
                expect("kind of what was heard", kind, &text(&heard, "kind")?)?;
                expect("authenticated data", &hex::encode(DELTA), &text(&heard, "aad")?)?;
            }
        }
        self.members.retain(|member| !remove.contains(member));
        Ok(())
    }

    /// Two commit at once; the first wins, the second takes its own back and follows.
    fn race(&mut self, winner: usize, loser: usize) -> Result<(), Fault> {
        let made = self.propose(winner, &[], &[])?;
        self.propose(loser, &[], &[])?;
        self.ask(loser, "discard", json!({}))?;
        self.take(winner, &made, &[])?;
        self.agree()?;
        // And the loser's next one is taken.
        self.commit(loser, &[], &[])
    }

    /// What was said before a commit is read behind it.
    fn late(&mut self, speaker: usize, listener: usize) -> Result<(), Fault> {
        let said = self.say(speaker)?;
        self.commit(listener, &[], &[])?;
        self.hear(listener, &said)
    }

    fn out_of_order(&mut self, speaker: usize, listener: usize) -> Result<(), Fault> {
        let said = [self.say(speaker)?, self.say(speaker)?, self.say(speaker)?];
        said.iter().rev().try_for_each(|said| self.hear(listener, said))
    }

    fn everybody_talks(&mut self) -> Result<(), Fault> {
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

    fn say(&mut self, speaker: usize) -> Result<Said, Fault> {
        self.said_count = self.said_count.saturating_add(1);
        let content = hex::encode(format!("message {} by {speaker}", self.said_count).as_bytes());
        let aad = hex::encode(format!("aad {}", self.said_count).as_bytes());
        let request = json!({ "content": content, "aad": aad });
        let message = text(&self.ask(speaker, "encrypt", request)?, "message")?;
        Ok(Said { message, content, aad })
    }

    fn hear(&mut self, listener: usize, said: &Said) -> Result<(), Fault> {
        let heard = self.ask(listener, "process", json!({ "message": said.message }))?;
        expect("kind of what was heard", "message", &text(&heard, "kind")?)?;
        expect("content", &said.content, &text(&heard, "content")?)?;
        expect("authenticated data", &said.aad, &text(&heard, "aad")?)
    }

    /// All members are in one epoch and export one secret.
    fn agree(&mut self) -> Result<(), Fault> {
        let mut agreed = None;
        for member in self.members.clone() {
            let request = json!({ "label": "interop", "context": hex::encode(b"context"), "len": 32 });
            let secret = self.ask(member, "exporter", request)?;
            expect("what device exports", agreed.get_or_insert_with(|| secret.clone()), &secret)?;
        }
        self.epoch_count = self.epoch_count.saturating_add(1);
        Ok(())
    }
}
