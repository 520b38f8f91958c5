//! A disk in memory that can lose its power: what was not synchronised is gone, and nothing works from then on.

use std::io;
use std::sync::{Arc, Mutex};

use pinnace_client::{Store, StoreError};
use redb::StorageBackend;

use super::Dice;

#[derive(Clone, Debug, Default)]
pub struct Disk(Arc<Mutex<Platter>>);

#[derive(Debug, Default)]
struct Platter {
    /// What a reader sees.
    seen: Vec<u8>,
    /// What survives for sure.
    synced: Vec<u8>,
    /// What was written since the last synchronisation: each may survive or not.
    loose: Vec<(usize, Vec<u8>)>,
    /// Writes and synchronisations so far.
    steps: u64,
    /// The power fails at this step.
    fails_at: Option<u64>,
}

impl Disk {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn open(&self, seed: u64) -> Store {
        self.try_open(seed).unwrap()
    }

    pub fn try_open(&self, seed: u64) -> Result<Store, StoreError> {
        Store::with_backend(self.clone(), &mut Dice(seed))
    }

    /// The power fails after so many more steps.
    pub fn fail_in(&self, steps: u64) {
        let mut platter = self.0.lock().unwrap();
        platter.fails_at = Some(platter.steps + steps);
    }

    pub fn has_failed(&self) -> bool {
        let platter = self.0.lock().unwrap();
        platter.fails_at.is_some_and(|at| platter.steps >= at)
    }

    /// The same disk after the power came back, apart from whatever still holds the old one. Of what was not synchronised
    /// the dice decide what survived.
    pub fn restarted(&self, dice: &mut Dice) -> Self {
        let platter = self.0.lock().unwrap();
        let mut kept = platter.synced.clone();
        kept.resize(platter.seen.len().max(kept.len()), 0);
        for (start, data) in &platter.loose {
            if dice.roll().is_multiple_of(2) {
                kept[*start..start + data.len()].copy_from_slice(data);
            }
        }
        Self(Arc::new(Mutex::new(Platter { seen: kept.clone(), synced: kept, ..Platter::default() })))
    }

    fn step(&self, change: impl FnOnce(&mut Platter)) -> Result<(), io::Error> {
        let mut platter = self.0.lock().unwrap();
        if platter.fails_at.is_some_and(|at| platter.steps >= at) {
            return Err(power_is_out());
        }
        platter.steps += 1;
        change(&mut platter);
        Ok(())
    }
}

fn power_is_out() -> io::Error {
    io::Error::other("the power is out")
}

impl StorageBackend for Disk {
    fn len(&self) -> Result<u64, io::Error> {
        Ok(self.0.lock().unwrap().seen.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), io::Error> {
        let platter = self.0.lock().unwrap();
        let start = offset as usize;
        out.copy_from_slice(&platter.seen[start..start + out.len()]);
        Ok(())
    }

    fn set_len(&self, len: u64) -> Result<(), io::Error> {
        self.step(|platter| platter.seen.resize(len as usize, 0))
    }

    fn sync_data(&self) -> Result<(), io::Error> {
        self.step(|platter| {
            platter.synced.clone_from(&platter.seen);
            platter.loose.clear();
        })
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), io::Error> {
        let start = offset as usize;
        self.step(|platter| {
            platter.seen[start..start + data.len()].copy_from_slice(data);
            platter.loose.push((start, data.to_vec()));
        })
    }
}
