//! Pieces of a commit and of its Welcome that came before their COMMIT (CNV-031, CNV-032).

use alloc::vec::Vec;
use core::cmp::Ordering;

use pinnace_fault::conversations as planted;
use pinnace_wire::{ClientSeq, Stage, StagePart};

/// What was staged for one number. Bounded by stage_len_max.
#[derive(Debug, Default)]
pub(crate) struct Staged {
    owner: Option<ClientSeq>,
    commit: Vec<u8>,
    welcome: Vec<u8>,
}

/// The piece does not follow those before it, or there are too many octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StageInvalid;

impl Staged {
    /// Adds a piece. One for another number drops what was staged; so does one that does not fit.
    pub(crate) fn add(&mut self, stage: &Stage<'_>, len_max: u64) -> Result<(), StageInvalid> {
        if self.owner != Some(stage.client_seq) {
            let kept = core::mem::take(self);
            let is_kept = planted::STAGE_OTHER_NUMBER_KEPT.is_on();
            *self = Self { owner: Some(stage.client_seq), ..if is_kept { kept } else { Self::default() } };
        }
        let len = self.commit.len().saturating_add(self.welcome.len()).saturating_add(stage.data.len());
        let part = match stage.part {
            StagePart::Welcome if !planted::STAGED_PARTS_MIXED.is_on() => &mut self.welcome,
            StagePart::Commit | StagePart::Welcome => &mut self.commit,
        };
        let follows = match u64::try_from(part.len()).unwrap_or(u64::MAX).cmp(&stage.offset.value()) {
            Ordering::Equal => true,
            Ordering::Less => planted::STAGE_HOLE_TAKEN.is_on(),
            Ordering::Greater => planted::STAGE_OVERLAP_TAKEN.is_on(),
        };
        let is_over = u64::try_from(len).map_or(true, |len| len > len_max);
        if !follows || is_over && !planted::STAGE_UNLIMITED.is_on() {
            if !planted::STAGE_INVALID_KEPT.is_on() {
                *self = Self::default();
            }
            return Err(StageInvalid);
        }
        part.extend_from_slice(stage.data);
        Ok(())
    }

    /// Commit and Welcome of a COMMIT: what was staged under its number, then its own octets. Nothing stays staged.
    pub(crate) fn finish(
        &mut self,
        client_seq: ClientSeq,
        (commit, welcome): (&[u8], &[u8]),
    ) -> (Vec<u8>, Vec<u8>) {
        let staged = core::mem::take(self);
        if planted::STAGE_OUTLIVES_COMMIT.is_on() {
            let owner = ClientSeq::new(client_seq.value().saturating_add(1));
            *self = Self { owner, commit: staged.commit.clone(), welcome: staged.welcome.clone() };
        }
        let mut whole = if staged.owner == Some(client_seq) && !planted::STAGED_UNUSED.is_on() {
            (staged.commit, staged.welcome)
        } else {
            Default::default()
        };
        if planted::STAGED_BEHIND.is_on() {
            return ([commit, whole.0.as_slice()].concat(), [welcome, whole.1.as_slice()].concat());
        }
        whole.0.extend_from_slice(commit);
        whole.1.extend_from_slice(welcome);
        whole
    }
}

#[cfg(test)]
mod tests {
    use pinnace_wire::StageOffset;

    use super::*;

    fn number(value: u64) -> ClientSeq {
        ClientSeq::new(value).unwrap()
    }

    fn piece(owner: u64, part: StagePart, offset: u64, data: &[u8]) -> Stage<'_> {
        Stage { client_seq: number(owner), part, offset: StageOffset::new(offset).unwrap(), data }
    }

    #[test]
    fn pieces_go_before_the_octets_of_their_commit() {
        let mut staged = Staged::default();
        staged.add(&piece(4, StagePart::Welcome, 0, b"w1"), 8).unwrap();
        staged.add(&piece(4, StagePart::Commit, 0, b"c1"), 8).unwrap();
        staged.add(&piece(4, StagePart::Welcome, 2, b"w2"), 8).unwrap();
        assert_eq!(staged.finish(number(4), (b"c", b"w")), (b"c1c".to_vec(), b"w1w2w".to_vec()));
        assert_eq!(staged.finish(number(4), (b"c", b"")), (b"c".to_vec(), Vec::new()));
    }

    #[test]
    fn another_number_drops_what_was_staged() {
        let mut staged = Staged::default();
        staged.add(&piece(4, StagePart::Commit, 0, b"c1"), 8).unwrap();
        assert_eq!(staged.finish(number(5), (b"c", b"")).0, b"c");
        assert_eq!(staged.finish(number(4), (b"c", b"")).0, b"c");
        staged.add(&piece(4, StagePart::Commit, 0, b"c1"), 8).unwrap();
        staged.add(&piece(5, StagePart::Commit, 0, b"d"), 8).unwrap();
        assert_eq!(staged.finish(number(5), (b"c", b"")).0, b"dc");
    }

    #[test]
    fn what_does_not_follow_drops_all() {
        for (offset, data) in [(1, b"x".as_slice()), (3, b"x"), (2, b"much more")] {
            let mut staged = Staged::default();
            staged.add(&piece(4, StagePart::Commit, 0, b"c1"), 8).unwrap();
            assert_eq!(staged.add(&piece(4, StagePart::Commit, offset, data), 8), Err(StageInvalid));
            assert_eq!(staged.finish(number(4), (b"c", b"")).0, b"c");
        }
    }
}
