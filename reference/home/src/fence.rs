//! Which sessions may still act.

use crate::row::{self, SenderRow};
use crate::{DeviceId, Fault, Owner, Rows, SessionEpoch, Table, key};
use pinnace_fault as fault;

/// A session of a device: what every operation of it is fenced by.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Session {
    /// The device.
    pub device: DeviceId,
    /// The epoch that its HELLO was given.
    pub epoch: SessionEpoch,
}

impl Session {
    pub(crate) const fn owner(self) -> Owner {
        Owner::Device(self.device)
    }
}

/// What a session is at the time of an operation.
pub(crate) enum Fence {
    /// The newest one of a registered device.
    Open(SenderRow),
    /// A newer one took its place: the operation is dropped without an outcome (SES-016).
    Fenced,
    /// Its device was removed (REG-022).
    Gone,
}

/// Asks whether a session may act.
pub(crate) fn fence<V: Rows>(view: &V, session: Session) -> Result<Fence, Fault<V::Error>> {
    let sender: Option<SenderRow> = row::get(view, Table::Sender, &key::row(session.owner(), Table::Sender))?;
    Ok(match sender {
        Some(sender) if !sender.is_registered => Fence::Gone,
        Some(sender) if sender.epoch == session.epoch.value() || fault::session::OLDER_UNFENCED.is_on() => {
            Fence::Open(sender)
        }
        Some(_) => Fence::Fenced,
        None => Fence::Gone,
    })
}
