//! A device in its groups, by the library mls-rs.

mod elsewhere;
mod keys;
mod making;
mod reading;

use mls_rs::client_builder::{
    BaseConfig, WithCryptoProvider, WithGroupStateStorage, WithIdentityProvider, WithKeyPackageRepo,
    WithMlsRules, WithPskStore,
};
use mls_rs::crypto::SignatureSecretKey;
use mls_rs::identity::SigningIdentity;
use mls_rs::identity::basic::BasicCredential;
use mls_rs::{CipherSuite, CipherSuiteProvider as _, CryptoProvider as _};
use mls_rs_crypto_rustcrypto::RustCryptoProvider;
use zeroize::Zeroizing;

use crate::certificate::{CertificateError, check};
use crate::change::Change;
use crate::credentials::Credentials;
use crate::desk::Desk;
use crate::error::Error;
use crate::event::Event;
use crate::identity::Identity;
use crate::mls::{
    Creation, Group, Joined, KeyPackage, Life, MadeCommit, Mls, Path, Purpose, Request, Standing,
};
use crate::profile::{EPOCH_WINDOW, EPOCH_WINDOW_MAX, KEY_PACKAGE_S_MAX, ORIGIN_EXTENSION, Suite};
use crate::row::{self, View};
use crate::rules::{Breach, Rules};

type Config<'a> = WithMlsRules<
    Rules,
    WithIdentityProvider<
        Credentials,
        WithCryptoProvider<
            RustCryptoProvider,
            WithKeyPackageRepo<Desk<'a>, WithPskStore<Desk<'a>, WithGroupStateStorage<Desk<'a>, BaseConfig>>>,
        >,
    >,
>;
type Client<'a> = mls_rs::Client<Config<'a>>;
type LibraryGroup<'a> = mls_rs::Group<Config<'a>>;

/// A device in its groups. It holds no state but its keys: everything else is in the store.
#[derive(Clone, Debug)]
pub struct Device {
    identity: Identity,
    credentials: Credentials,
    epoch_window: u64,
}

impl Device {
    /// The device with this identity.
    ///
    /// # Errors
    ///
    /// [`Error::Certificate`] when the certificate does not hold in the realm, [`Error::BadSignatureKey`] when the private
    /// key is not the certified one's.
    pub fn new(identity: Identity, credentials: Credentials) -> Result<Self, Error> {
        if let Credentials::Certified { realm } = credentials {
            let certified = check(&realm, &identity.credential).map_err(Error::Certificate)?;
            let seed = identity.private_key.as_slice().try_into().map_err(|_| Error::BadSignatureKey)?;
            let public = ed25519_dalek::SigningKey::from_bytes(seed).verifying_key();
            if public.to_bytes() != certified.signature_key {
                return Err(Error::Certificate(CertificateError::OtherKey));
            }
        }
        Ok(Self { identity, credentials, epoch_window: EPOCH_WINDOW })
    }

    /// The same device, which keeps the secrets of that many past epochs, at most [`EPOCH_WINDOW_MAX`].
    #[must_use]
    pub fn with_epoch_window(self, epochs: u64) -> Self {
        Self { epoch_window: epochs.min(EPOCH_WINDOW_MAX), ..self }
    }

    fn desk<'a>(&self, view: &'a dyn View) -> Desk<'a> {
        Desk::new(view, self.epoch_window)
    }

    fn suites(&self) -> Vec<CipherSuite> {
        match self.credentials {
            Credentials::Certified { .. } => {
                Suite::PROFILE.iter().map(|suite| CipherSuite::from(suite.0)).collect()
            }
            Credentials::Unchecked => RustCryptoProvider::all_supported_cipher_suites(),
        }
    }

    fn crypto(&self) -> RustCryptoProvider {
        RustCryptoProvider::with_enabled_cipher_suites(self.suites())
    }

    /// The private key as the library wants it, and the public one.
    fn signer(&self, suite: CipherSuite) -> Result<(SignatureSecretKey, SigningIdentity), Error> {
        let private = match <&[u8; 32]>::try_from(self.identity.private_key.as_slice()) {
            Ok(seed)
                if suite == CipherSuite::CURVE25519_AES128 || suite == CipherSuite::CURVE25519_CHACHA =>
            {
                let pair = Zeroizing::new(ed25519_dalek::SigningKey::from_bytes(seed).to_keypair_bytes());
                SignatureSecretKey::from(pair.to_vec())
            }
            Ok(_) | Err(_) => SignatureSecretKey::from(self.identity.private_key.to_vec()),
        };
        let provider =
            self.crypto().cipher_suite_provider(suite).ok_or(Error::NotInProfile(Breach::Suite))?;
        let public = provider.signature_key_derive_public(&private).map_err(|_| Error::BadSignatureKey)?;
        let credential = BasicCredential::new(self.identity.credential.clone()).into_credential();
        Ok((private, SigningIdentity::new(credential, public)))
    }

    /// The library's client for one operation.
    fn client<'a>(&self, desk: &Desk<'a>, suite: CipherSuite, make: Make) -> Result<Client<'a>, Error> {
        let (private, identity) = self.signer(suite)?;
        let seconds = core::time::Duration::from_secs(make.life_s);
        Ok(mls_rs::Client::builder()
            .group_state_storage(desk.clone())
            .psk_store(desk.clone())
            .key_package_repo(desk.clone())
            .crypto_provider(self.crypto())
            .identity_provider(self.credentials)
            .mls_rules(Rules { credentials: self.credentials, path: make.path })
            .extension_types([
                mls_rs::extension::ExtensionType::LAST_RESORT_KEY_PACKAGE,
                mls_rs::extension::ExtensionType::from(ORIGIN_EXTENSION),
            ])
            .key_package_lifetime(seconds)
            .signing_identity(identity, private, suite)
            .build())
    }

    /// As [`Self::client`], for what says that the device is there from now on: its certificate has to hold.
    fn client_at<'a>(
        &self,
        desk: &Desk<'a>,
        suite: CipherSuite,
        make: Make,
        now_s: u64,
    ) -> Result<Client<'a>, Error> {
        let client = self.client(desk, suite, make)?;
        let own = client.signing_identity()?.0;
        self.credentials.check_now(own, now_s).map_err(Error::Certificate)?;
        Ok(client)
    }

    /// The group as it is stored; where the device stands in it.
    fn load<'a>(
        &self,
        desk: &Desk<'a>,
        group: &[u8],
        path: Path,
    ) -> Result<(LibraryGroup<'a>, Standing), Error> {
        let standing = desk.record(group)?.ok_or(Error::NoGroup)?.standing;
        // The suite of a stored group is in its state; the client's is for what is made anew.
        let client = self.client(desk, self.first_suite(), Make { path, ..Make::default() })?;
        Ok((client.load_group(group)?, standing))
    }

    /// As [`Self::load`], of a group in which the device is a member.
    fn load_joined<'a>(&self, desk: &Desk<'a>, group: &[u8], path: Path) -> Result<LibraryGroup<'a>, Error> {
        match self.load(desk, group, path)? {
            (group, Standing::Member) => Ok(group),
            (_, Standing::Creating | Standing::Joining) => Err(Error::Unconfirmed),
        }
    }

    /// A suite that the private key fits.
    fn first_suite(&self) -> CipherSuite {
        let fits = |suite: &CipherSuite| self.signer(*suite).is_ok();
        [CipherSuite::CURVE25519_AES128, CipherSuite::P384_AES256]
            .into_iter()
            .find(fits)
            .unwrap_or(CipherSuite::CURVE25519_AES128)
    }
}

/// What a client is made for.
#[derive(Clone, Copy)]
struct Make {
    path: Path,
    life_s: u64,
}

impl Default for Make {
    fn default() -> Self {
        Self { path: Path::Always, life_s: KEY_PACKAGE_S_MAX }
    }
}

impl Mls for Device {
    fn key_packages(&self, suite: Suite, count: usize, life: Life) -> Result<Change<Vec<KeyPackage>>, Error> {
        keys::one_time(self, suite, count, life)
    }

    fn last_resort(&self, suite: Suite, life: Life) -> Result<Change<KeyPackage>, Error> {
        keys::last_resort(self, suite, life)
    }

    fn forget_key_package(&self, reference: &[u8]) -> Change<()> {
        Change::new(vec![crate::change::Write { key: row::key_package(reference), value: None }], ())
    }

    fn create(
        &self,
        view: &dyn View,
        creation: &Creation<'_>,
        now_s: u64,
    ) -> Result<Change<MadeCommit>, Error> {
        making::create(self, view, creation, now_s)
    }

    fn join(&self, view: &dyn View, welcome: &[u8]) -> Result<Change<Joined>, Error> {
        reading::join(self, view, welcome, None)
    }

    fn external_join(
        &self,
        view: &dyn View,
        group_info: &[u8],
        aad: &[u8],
        now_s: u64,
    ) -> Result<Change<MadeCommit>, Error> {
        making::external_join(self, view, group_info, aad, now_s)
    }

    fn encrypt(
        &self,
        view: &dyn View,
        group: &[u8],
        content: &[u8],
        aad: &[u8],
    ) -> Result<Change<Vec<u8>>, Error> {
        making::encrypt(self, view, group, content, aad)
    }

    fn commit(
        &self,
        view: &dyn View,
        group: &[u8],
        request: &Request<'_>,
        now_s: u64,
    ) -> Result<Change<MadeCommit>, Error> {
        making::commit(self, view, group, request, now_s)
    }

    fn confirm(&self, view: &dyn View, group: &[u8]) -> Result<Change<Event>, Error> {
        reading::confirm(self, view, group)
    }

    fn discard(&self, view: &dyn View, group: &[u8]) -> Result<Change<()>, Error> {
        making::discard(self, view, group)
    }

    fn process(&self, view: &dyn View, group: &[u8], message: &[u8]) -> Result<Change<Event>, Error> {
        reading::process(self, view, group, message)
    }

    fn forget(&self, view: &dyn View, group: &[u8]) -> Result<Change<()>, Error> {
        let desk = self.desk(view);
        desk.forget(group)?;
        Ok(desk.into_change(()))
    }

    fn group(&self, view: &dyn View, group: &[u8]) -> Result<Group, Error> {
        reading::group(self, view, group)
    }

    fn group_info(&self, view: &dyn View, group: &[u8]) -> Result<Vec<u8>, Error> {
        let group = self.load_joined(&self.desk(view), group, Path::Always)?;
        Ok(group.group_info_message_allowing_ext_commit(true)?.to_bytes()?)
    }

    fn exporter(
        &self,
        view: &dyn View,
        group: &[u8],
        purpose: Purpose<'_>,
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        let group = self.load_joined(&self.desk(view), group, Path::Always)?;
        let secret = group.export_secret(purpose.label.as_bytes(), purpose.context, purpose.len)?;
        Ok(Zeroizing::new(secret.as_bytes().to_vec()))
    }
}
