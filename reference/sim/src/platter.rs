//! A device's disk: blocks in memory under the client's real store. Power that fails loses and tears what was not
//! synchronised, sector by sector.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redb::StorageBackend;

use crate::dice::{Dice, mix};
use crate::files::Stop;

/// What a disk writes at once.
const SECTOR_LEN: usize = 512;

/// A disk. Clones are the same disk.
#[derive(Clone, Debug, Default)]
pub(crate) struct Platter(Arc<Mutex<State>>);

#[derive(Clone, Debug, Default)]
struct State {
    /// What a reader sees.
    octets: Vec<u8>,
    /// Sectors written since the last synchronisation: where, and what was there before.
    loose: Vec<(usize, Vec<u8>)>,
    syncs: Syncs,
    power: Power,
}

/// What synchronising does.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Syncs {
    /// What it says.
    #[default]
    Truly,
    /// Nothing.
    Never,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Power {
    #[default]
    On,
    /// It fails at the next synchronisation.
    FailsAtSync,
    Off,
}

impl Platter {
    /// A disk with the same content, synchronised.
    pub(crate) fn copy(&self) -> Self {
        let octets = self.state().octets.clone();
        Self(Arc::new(Mutex::new(State { octets, ..State::default() })))
    }

    /// From now on synchronising does nothing.
    pub(crate) fn lie(&self) {
        self.state().syncs = Syncs::Never;
    }

    /// The power fails in the next commit.
    pub(crate) fn fail_at_sync(&self) {
        self.state().power = Power::FailsAtSync;
    }

    /// The disk as the next process finds it. Whoever still holds the old one can do nothing with it.
    pub(crate) fn restarted(&self, stop: Stop, dice: &mut Dice) -> Self {
        let mut state = self.state();
        let mut next = State { octets: state.octets.clone(), syncs: state.syncs, ..State::default() };
        let salt = dice.roll();
        if stop == Stop::PowerCut || state.power == Power::Off {
            // The oldest content of a sector is the one that was synchronised. Which sectors made it depends on the
            // place only, not on the order in which the store wrote them.
            for (at, before) in state.loose.iter().rev() {
                let survives = mix(salt ^ u64::try_from(*at).unwrap_or(0)) & 1 == 0;
                if !survives && let Some(sector) = next.octets.get_mut(*at..at.saturating_add(before.len())) {
                    sector.copy_from_slice(before);
                }
            }
        }
        state.power = Power::Off;
        Self(Arc::new(Mutex::new(next)))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn powered(&self) -> Result<MutexGuard<'_, State>, io::Error> {
        let state = self.state();
        if state.power == Power::Off { Err(io::Error::other("the power is out")) } else { Ok(state) }
    }
}

impl StorageBackend for Platter {
    fn len(&self) -> Result<u64, io::Error> {
        Ok(u64::try_from(self.powered()?.octets.len()).unwrap_or(u64::MAX))
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), io::Error> {
        let state = self.powered()?;
        let start = usize::try_from(offset).map_err(io::Error::other)?;
        let octets = state.octets.get(start..start.saturating_add(out.len()));
        out.copy_from_slice(octets.ok_or_else(|| io::Error::other("beyond the end"))?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> Result<(), io::Error> {
        let len = usize::try_from(len).map_err(io::Error::other)?;
        self.powered()?.octets.resize(len, 0);
        Ok(())
    }

    fn sync_data(&self) -> Result<(), io::Error> {
        let mut state = self.powered()?;
        if state.power == Power::FailsAtSync {
            state.power = Power::Off;
            return Err(io::Error::other("the power is out"));
        }
        if state.syncs == Syncs::Truly {
            state.loose.clear();
        }
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), io::Error> {
        let mut state = self.powered()?;
        let mut at = usize::try_from(offset).map_err(io::Error::other)?;
        for sector in data.chunks(SECTOR_LEN) {
            let place = state.octets.get_mut(at..at.saturating_add(sector.len()));
            let place = place.ok_or_else(|| io::Error::other("beyond the end"))?;
            let before = place.to_vec();
            place.copy_from_slice(sector);
            state.loose.push((at, before));
            at = at.saturating_add(sector.len());
        }
        Ok(())
    }
}
