//! Who acts in an account: a session is a device's, what it asks for belongs to an account.

use crate::row::{self, AccountRow, DeviceRecord, SenderRow};
use crate::{AccountId, Fault, Owner, Rows, Session, Table, key};
use pinnace_fault as fault;

/// What a session is when it asks for something that is an account's.
pub(crate) enum Asker {
    /// The newest session of a registered device of this account.
    Of(AccountId),
    /// A newer one took its place (SES-016).
    Fenced,
    /// Its device was removed (REG-022).
    Gone,
}

/// The same at its own account.
pub(crate) enum Seat {
    /// The device is one of the account's.
    Taken(AccountId, AccountRow),
    /// See [`Asker::Fenced`].
    Fenced,
    /// See [`Asker::Gone`].
    Gone,
}

/// Asks whose session this is. The device is another owner: what is seen is advice.
pub(crate) fn asker<V: Rows>(view: &V, session: Session) -> Result<Asker, Fault<V::Error>> {
    let owner = session.owner();
    let sender: Option<SenderRow> = row::peek(view, Table::Sender, &key::row(owner, Table::Sender))?;
    let Some(sender) = sender.filter(|sender| sender.is_registered) else {
        return Ok(Asker::Gone);
    };
    if sender.epoch != session.epoch.value() && !fault::session::OLDER_UNFENCED.is_on() {
        return Ok(Asker::Fenced);
    }
    let record: Option<DeviceRecord> = row::peek(view, Table::Device, &key::row(owner, Table::Device))?;
    Ok(record.map_or(Asker::Gone, |record| Asker::Of(record.account)))
}

/// Finds the session's place in its account, which alone knows who belongs to it.
pub(crate) fn seat<V: Rows>(view: &V, session: Session) -> Result<Seat, Fault<V::Error>> {
    let account = match asker(view, session)? {
        Asker::Of(account) => account,
        Asker::Fenced => return Ok(Seat::Fenced),
        Asker::Gone => return Ok(Seat::Gone),
    };
    let row: Option<AccountRow> =
        row::get(view, Table::Account, &key::row(Owner::Account(account), Table::Account))?;
    Ok(match row {
        Some(row) if row.has(session.device) => Seat::Taken(account, row),
        Some(_) | None => Seat::Gone,
    })
}
