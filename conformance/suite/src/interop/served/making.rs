//! Commits as adapters make them, before the server has seen them.

use serde_json::json;

use super::scene::{Scene, octets};
use crate::hex;
use crate::interop::adapter::text;
use crate::interop::fault::{Fault, expect};
use crate::peer::mls::Delta;

/// How a commit comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// It creates the conversation.
    Creates,
    /// A member makes it.
    Goes,
    /// Its maker joins by it.
    Joins,
}

/// A commit that was made and is not taken yet.
pub(super) struct Made {
    pub(super) by: usize,
    pub(super) way: Way,
    pub(super) added: Vec<usize>,
    pub(super) removed: Vec<usize>,
    pub(super) aad: Vec<u8>,
    pub(super) commit: Vec<u8>,
    pub(super) welcome: Vec<u8>,
    pub(super) client_seq: u64,
}

impl Scene<'_> {
    /// An adapter makes a commit.
    pub(super) fn make(
        &mut self,
        by: usize,
        way: Way,
        [added, removed]: [&[usize]; 2],
    ) -> Result<Made, Fault> {
        let key_packages = if added.is_empty() { Vec::new() } else { self.claim(by, added)? };
        let last_resorts = key_packages.iter().filter(|claimed| claimed.is_last_resort).count();
        expect("last resorts, as long as there is stock", &0, &last_resorts)?;
        let key_packages: Vec<String> =
            key_packages.iter().map(|claimed| hex::encode(&claimed.octets)).collect();
        self.make_with(by, way, [added, removed], &key_packages)
    }

    /// The same with KeyPackages that were claimed before.
    pub(super) fn make_with(
        &mut self,
        by: usize,
        way: Way,
        [added, removed]: [&[usize]; 2],
        add: &[String],
    ) -> Result<Made, Fault> {
        let aad = Delta::of(&self.ids(added), &self.ids(removed)).octets();
        let credential = |seat: &usize| self.seats.get(*seat).map(|seat| seat.adapter.credential.clone());
        let remove: Vec<String> = removed.iter().filter_map(credential).collect();
        let what = if way == Way::Creates { "create" } else { "commit" };
        let request = json!({ "suite": self.suite, "add": add, "remove": remove, "aad": hex::encode(&aad) });
        let group = self.group();
        let answer = self.seat(by)?.ask(&group, what, request)?;
        let (added, removed) = (added.to_vec(), removed.to_vec());
        let welcome = if added.is_empty() { Vec::new() } else { octets(&text(&answer, "welcome")?)? };
        let commit = octets(&text(&answer, "commit")?)?;
        Ok(Made { by, way, added, removed, aad, commit, welcome, client_seq: 0 })
    }

    /// A device makes the commit by which it joins, from a GroupInfo that it was given.
    pub(super) fn make_external(&mut self, by: usize, group_info: &[u8]) -> Result<Made, Fault> {
        let aad = Delta::of(&self.ids(&[by]), &[]).octets();
        let is_back = self.roster.contains_key(&by);
        let request =
            json!({ "group_info": hex::encode(group_info), "aad": hex::encode(&aad), "resync": is_back });
        let group = self.group();
        let epoch = self.talk.epoch.get();
        let seat = self.seat(by)?;
        seat.epoch = epoch;
        let commit = octets(&text(&seat.ask(&group, "external_join", request)?, "commit")?)?;
        let (added, removed, welcome) = (vec![by], Vec::new(), Vec::new());
        Ok(Made { by, way: Way::Joins, added, removed, aad, commit, welcome, client_seq: 0 })
    }
}
