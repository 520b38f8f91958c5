//! Who may be in a conversation. Devices and accounts are other owners: what is seen of them is advice, and an account that
//! saw a device go answers when it hears that the device came in.

use crate::list::peek_in_force;
use crate::row::{self, ConversationRow, DeviceRecord};
use crate::{AccountId, ConversationKind, DeviceId, Fault, Owner, Rows, Table, key};
use pinnace_fault::conversations as planted;

/// The account of a registered device.
pub(super) fn account_of<V: Rows>(view: &V, device: DeviceId) -> Result<Option<AccountId>, Fault<V::Error>> {
    let key = key::row(Owner::Device(device), Table::Device);
    let record: Option<DeviceRecord> = row::peek(view, Table::Device, &key)?;
    Ok(record.map(|record| record.account))
}

/// The account of a device that its account's list names.
fn linked<V: Rows>(view: &V, device: DeviceId) -> Result<Option<AccountId>, Fault<V::Error>> {
    let Some(account) = account_of(view, device)? else { return Ok(None) };
    let list = peek_in_force(view, account)?;
    Ok(list.filter(|list| list.devices.contains(&device)).map(|_| account))
}

impl ConversationRow {
    /// The account of a device that may begin this conversation: its account's list names it, and the account is a party; of a
    /// group, the first.
    pub(super) fn creator<V: Rows>(
        &self,
        view: &V,
        device: DeviceId,
    ) -> Result<Option<AccountId>, Fault<V::Error>> {
        let is_creator = |account: &AccountId| match self.kind {
            ConversationKind::OwnDevices | ConversationKind::Direct => {
                [self.first, self.second].contains(account) || planted::ORIGIN_PARTIES_UNCHECKED.is_on()
            }
            ConversationKind::Group => *account == self.first || planted::ORIGIN_CREATOR_UNCHECKED.is_on(),
        };
        let account = if planted::ORIGIN_UNLISTED_TAKEN.is_on() {
            account_of(view, device)?
        } else {
            linked(view, device)?
        };
        Ok(account.filter(is_creator))
    }

    /// The account of a device that may be in this conversation.
    pub(super) fn insider<V: Rows>(
        &self,
        view: &V,
        device: DeviceId,
    ) -> Result<Option<AccountId>, Fault<V::Error>> {
        let is_party = |account: &AccountId| match self.kind {
            ConversationKind::OwnDevices | ConversationKind::Direct => {
                [self.first, self.second].contains(account) || planted::THIRD_ACCOUNT_TAKEN.is_on()
            }
            ConversationKind::Group => true,
        };
        let account =
            if planted::UNLISTED_TAKEN.is_on() { account_of(view, device)? } else { linked(view, device)? };
        Ok(account.filter(is_party))
    }
}
