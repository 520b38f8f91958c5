//! What an application asks of its client about devices.

use pinnace_wire::{AccountId, DeviceId, MlsSuite};

use super::{AccountDevices, Claimed, DevicesError, LinkCode, LinkOffer, ListChanged};
use crate::client::{Client, Stopped};
use crate::engine::AccountQuestion;
use crate::engine::command::{Command, Reply};

impl Client {
    /// The devices of an account, as its list in force names them: judged, and held to what was seen of the account before.
    /// The first list of an account is taken on trust. Needs a session.
    ///
    /// # Errors
    ///
    /// [`DevicesError`]; nothing of a list that is not believed is used (DEV-018, DEV-019, DEV-024).
    pub async fn account_devices(&self, account: AccountId) -> Result<AccountDevices, DevicesError> {
        self.question(|reply| AccountQuestion::Devices { account, reply }).await
    }

    /// The devices of an account, and a KeyPackage of each of them but this one, taken from the server for good; each is held
    /// against the list (KEY-018). Needs a session.
    ///
    /// # Errors
    ///
    /// [`DevicesError`]; what was taken is lost then.
    pub async fn claim(&self, account: AccountId, suite: MlsSuite) -> Result<Claimed, DevicesError> {
        self.question(|reply| AccountQuestion::Claim { account, suite, reply }).await
    }

    /// Lets this device be linked: what to show to a device of the account, and for how long. The same code comes again until
    /// the device is linked. Needs a session of a device that is not registered.
    ///
    /// # Errors
    ///
    /// [`DevicesError::Registered`], [`DevicesError::Failed`], [`DevicesError::Stopped`].
    pub async fn open_link(&self) -> Result<LinkOffer, DevicesError> {
        self.question(|reply| AccountQuestion::OpenLink { reply }).await
    }

    /// Takes the device that shows this code into the own account, and sends it the account's keys, sealed. May be asked again
    /// after whatever cut it short. Needs a session.
    ///
    /// # Errors
    ///
    /// [`DevicesError`].
    pub async fn approve(&self, code: LinkCode) -> Result<ListChanged, DevicesError> {
        self.question(|reply| AccountQuestion::Approve { code, reply }).await
    }

    /// Leaves a device out of the own account's list, which removes it from the account. Needs a session.
    ///
    /// # Errors
    ///
    /// [`DevicesError`].
    pub async fn remove_device(&self, device: DeviceId) -> Result<ListChanged, DevicesError> {
        self.question(|reply| AccountQuestion::Remove { device, reply }).await
    }

    /// Keeps that the person compared the safety number of an account.
    ///
    /// # Errors
    ///
    /// [`Stopped`].
    pub async fn note_compared(&self, account: AccountId) -> Result<(), Stopped> {
        self.ask(|reply| Command::Account(AccountQuestion::Compared { account, reply })).await
    }

    async fn question<T>(
        &self,
        question: impl FnOnce(Reply<Result<T, DevicesError>>) -> AccountQuestion,
    ) -> Result<T, DevicesError> {
        self.ask(|reply| Command::Account(question(reply))).await.unwrap_or(Err(DevicesError::Stopped))
    }
}
