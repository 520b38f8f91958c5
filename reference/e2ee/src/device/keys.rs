//! KeyPackages: made here, and read when somebody is added.

use mls_rs::error::MlsError;
use mls_rs::extension::recommended::LastResortKeyPackageExt;
use mls_rs::time::MlsTime;
use mls_rs::{CipherSuite, CryptoProvider as _, ExtensionList, MlsMessage};

use super::{Client, Device, Make};
use crate::change::{Change, Write};
use crate::credentials::Credentials;
use crate::desk::Desk;
use crate::error::Error;
use crate::mls::{KeyPackage, Life, Path};
use crate::profile::{KEY_PACKAGE_S_MAX, LIFETIME_SLACK_S, Suite};
use crate::row::{Unavailable, View};
use crate::rules::Breach;

/// The head of an `MLSMessage` that holds a KeyPackage: version mls10, wire format `mls_key_package`.
const HEAD: [u8; 4] = [0, 1, 0, 5];

/// Making a KeyPackage reads nothing.
struct Nothing;

impl View for Nothing {
    fn load(&self, _: &[u8]) -> Result<Option<zeroize::Zeroizing<Vec<u8>>>, Unavailable> {
        Ok(None)
    }
}

pub(super) fn one_time(
    device: &Device,
    suite: Suite,
    count: usize,
    life: Life,
) -> Result<Change<Vec<KeyPackage>>, Error> {
    let desk = device.desk(&Nothing);
    let client = maker(device, &desk, suite, life)?;
    let made = (0..count).map(|_| make(device, &client, life, ExtensionList::new()));
    let made = made.collect::<Result<_, _>>()?;
    Ok(desk.into_change(made))
}

pub(super) fn last_resort(device: &Device, suite: Suite, life: Life) -> Result<Change<KeyPackage>, Error> {
    let desk = device.desk(&Nothing);
    let client = maker(device, &desk, suite, life)?;
    let mut extensions = ExtensionList::new();
    extensions.set_from(LastResortKeyPackageExt).map_err(MlsError::from)?;
    let made = make(device, &client, life, extensions)?;
    Ok(desk.into_change(made))
}

fn maker<'a>(device: &Device, desk: &Desk<'a>, suite: Suite, life: Life) -> Result<Client<'a>, Error> {
    if life.for_s > KEY_PACKAGE_S_MAX {
        return Err(Error::LivesTooLong { max_s: KEY_PACKAGE_S_MAX });
    }
    let life_s = life.for_s.saturating_add(LIFETIME_SLACK_S);
    device.client_at(desk, CipherSuite::from(suite.0), Make { path: Path::Always, life_s }, life.now_s)
}

fn make(
    device: &Device,
    client: &Client<'_>,
    life: Life,
    extensions: ExtensionList,
) -> Result<KeyPackage, Error> {
    let not_before = MlsTime::from(life.now_s.saturating_sub(LIFETIME_SLACK_S));
    let message = client.generate_key_package_message(extensions, ExtensionList::new(), Some(not_before))?;
    let suite = message.cipher_suite().ok_or(Error::Malformed)?;
    let provider = device.crypto().cipher_suite_provider(suite).ok_or(Error::NotInProfile(Breach::Suite))?;
    let reference = message.key_package_reference(&provider)?.ok_or(Error::Malformed)?;
    let octets = message.to_bytes()?.strip_prefix(&HEAD).ok_or(Error::Malformed)?.to_vec();
    Ok(KeyPackage {
        octets,
        reference: reference.to_vec(),
        not_after_s: life.now_s.saturating_add(life.for_s),
    })
}

/// The message that the library wants for the bare structure, once its certificate holds and its life is within its
/// bound.
pub(super) fn message(device: &Device, octets: &[u8], now_s: u64) -> Result<MlsMessage, Error> {
    let message = MlsMessage::from_bytes(&[HEAD.as_slice(), octets].concat())?;
    let key_package = message.as_key_package().ok_or(Error::Malformed)?;
    device.credentials.check_now(key_package.signing_identity(), now_s).map_err(Error::Certificate)?;
    let expiration = key_package.expiration()?;
    let latest_s = now_s.saturating_add(KEY_PACKAGE_S_MAX).saturating_add(LIFETIME_SLACK_S);
    if device.credentials != Credentials::Unchecked && expiration.seconds_since_epoch() > latest_s {
        return Err(Error::NotInProfile(Breach::LivesTooLong));
    }
    Ok(message)
}

/// The rows of a KeyPackage that was made elsewhere.
pub(super) fn rows(writes: Vec<Write>) -> Change<()> {
    Change::new(writes, ())
}
