//! The sessions of a device on this edge, and which of them have to end.

use alloc::vec::Vec;

use pinnace_fault as fault;
use pinnace_home::{AccountId, SessionEpoch};

use crate::End;

/// What is here of one device; `S` is how a session is reached. After each change comes [`Self::settle`].
///
/// A newer session of a device is attached beside the older one and takes its place when it is confirmed (SES-014).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Here<S> {
    /// HELLOs that the store has not answered. What they did there is not known here yet.
    greetings: usize,
    /// The newest session that was confirmed.
    confirmed: Option<SessionEpoch>,
    sessions: Vec<Attached<S>>,
    /// Sessions in which the device is not registered.
    waiting: Vec<S>,
    /// The account that the device was linked to while HELLOs or sessions of it were here.
    linked: Option<AccountId>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Attached<S> {
    epoch: SessionEpoch,
    reach: S,
    /// A newer session is in the store: what this one sends has no effect any more (SES-016).
    fenced: bool,
}

impl<S> Default for Here<S> {
    fn default() -> Self {
        Self { greetings: 0, confirmed: None, sessions: Vec::new(), waiting: Vec::new(), linked: None }
    }
}

impl<S> Here<S> {
    /// A HELLO goes to the store. Whoever finds itself fenced off meanwhile waits for what comes of it.
    pub const fn greet(&mut self) {
        self.greetings = self.greetings.saturating_add(1);
    }

    /// That HELLO was answered; its session, if there is one, is attached.
    pub const fn greeted(&mut self) {
        self.greetings = self.greetings.saturating_sub(1);
    }

    /// A session that the store made. It hears of what is filed from now on.
    pub fn attach(&mut self, epoch: SessionEpoch, reach: S) {
        // Two HELLOs may race so that the older session comes here last.
        let fenced = self.sessions.iter().any(|other| other.epoch > epoch);
        for older in self.sessions.iter_mut().filter(|other| other.epoch < epoch) {
            older.fenced = true;
        }
        self.sessions.push(Attached { epoch, reach, fenced });
    }

    /// A session in which the device is not registered, as the store saw it. Tells the account that it was linked to since.
    pub fn wait(&mut self, reach: S) -> Option<AccountId> {
        self.waiting.push(reach);
        self.linked
    }

    /// The device was linked to an account: its waiting sessions are told, and those whose HELLO is under way are by
    /// [`Self::wait`].
    pub fn link(&mut self, account: AccountId) -> impl Iterator<Item = &S> {
        self.linked = Some(account);
        self.waiting.iter()
    }

    /// The device was removed: what linked it is over.
    pub const fn unlink(&mut self) {
        self.linked = None;
    }

    /// The session is confirmed: older ones end (SES-015).
    pub fn confirm(&mut self, epoch: SessionEpoch) {
        self.confirmed = self.confirmed.max(Some(epoch));
    }

    /// The store holds a newer session than this one, which goes on until that one is confirmed (SES-014) or gone (SES-046).
    pub fn fence(&mut self, epoch: SessionEpoch) {
        for own in self.sessions.iter_mut().filter(|session| session.epoch == epoch) {
            own.fenced = true;
        }
    }

    /// The session is over.
    pub fn leave(&mut self, epoch: SessionEpoch) {
        self.sessions.retain(|session| session.epoch != epoch);
    }

    /// The sessions, and how each is reached.
    pub fn sessions(&self) -> impl DoubleEndedIterator<Item = (SessionEpoch, &S)> {
        self.sessions.iter().map(|session| (session.epoch, &session.reach))
    }

    /// The session that is confirmed: what is fleeting goes to it alone, and waits for none to be (DLV-043, CNV-027).
    #[must_use]
    pub fn confirmed(&self) -> Option<&S> {
        let confirmed = self.confirmed?;
        self.sessions.iter().find(|session| session.epoch == confirmed).map(|session| &session.reach)
    }

    /// Whether nothing of the device is here.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.greetings == 0 && self.sessions.is_empty() && self.waiting.is_empty()
    }
}

impl<S: PartialEq> Here<S> {
    /// The session in which the device was not registered is over.
    pub fn wait_no_more(&mut self, reach: &S) {
        self.waiting.retain(|waiting| waiting != reach);
    }
}

impl<S: Clone> Here<S> {
    /// The sessions that have to end now, each with its reason: those older than a confirmed one, which leave (SES-015), and
    /// the newest one where it is fenced off and no HELLO is under way: the one that fenced it is gone, and nobody else would
    /// tell its client (SES-046).
    #[must_use]
    pub fn settle(&mut self) -> Vec<(S, End)> {
        let confirmed = self.confirmed;
        let is_over =
            |session: &mut Attached<S>| confirmed.is_some_and(|confirmed| session.epoch < confirmed);
        let taken = self.sessions.extract_if(.., is_over);
        let mut ended: Vec<(S, End)> = taken.map(|session| (session.reach, End::TakenOver)).collect();
        let newest = self.sessions.iter().max_by_key(|session| session.epoch);
        if let Some(newest) = newest.filter(|newest| self.greetings == 0 && newest.fenced)
            && !fault::session::FENCED_LIVES_ON.is_on()
        {
            ended.push((newest.reach.clone(), End::Abandoned));
        }
        ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: AccountId = AccountId::new([4; 16]);

    #[test]
    fn a_session_is_none_to_talk_to_before_it_is_confirmed() {
        let [older, newer] = [1, 2].map(|epoch| SessionEpoch::new(epoch).unwrap());
        let mut here = Here::default();
        here.attach(older, "older");
        assert_eq!(here.confirmed(), None);
        here.confirm(older);
        here.attach(newer, "newer");
        assert_eq!(here.confirmed(), Some(&"older"));
        here.confirm(newer);
        assert_eq!(here.settle(), [("older", End::TakenOver)]);
        assert_eq!(here.confirmed(), Some(&"newer"));
        here.leave(newer);
        assert_eq!(here.confirmed(), None);
    }

    #[test]
    fn waiting_session_learns_that_it_was_linked_whatever_came_first() {
        let mut here = Here::default();
        here.greet();
        assert_eq!(here.wait("before"), None);
        assert_eq!(here.link(ACCOUNT).collect::<Vec<_>>(), [&"before"]);
        assert_eq!(here.wait("its HELLO was under way"), Some(ACCOUNT));
        here.unlink();
        assert_eq!(here.wait("removed since"), None);
        here.greeted();
        for reach in ["before", "its HELLO was under way", "removed since"] {
            assert!(!here.is_empty());
            here.wait_no_more(&reach);
        }
        assert!(here.is_empty());
    }
}
