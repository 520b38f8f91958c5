//! Who the server is: the realm, the edge's static key, and the certificate that binds them.

mod key_file;

use core::fmt;
use std::path::{Path, PathBuf};

use pinnace_session::RealmId;
use pinnace_session::certificate::{EdgeCertificateError, EdgeTerms, Trust, sign_edge};
use pinnace_session::ed25519::SigningKey;
use pinnace_session::noise::{PublicKey, StaticSecret};
use pinnace_wire::{EdgeCertificate, UnixS};

use crate::config::KeySettings;
use crate::hex;
pub use key_file::KeyFileError;

const ROOT: &str = "realm-root.key";
const EDGE: &str = "edge.key";

/// A server's keys.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The realm; its id is the first root's public key.
    pub realm: RealmId,
    /// The static key that handshakes authenticate.
    pub edge: StaticSecret,
    /// Where the certificate comes from.
    pub authority: Authority,
}

/// Where an edge's certificate comes from.
#[derive(Clone, Debug)]
pub enum Authority {
    /// The root key is here: the server certifies itself, for a while, again and again.
    Root(SigningKey),
    /// It was made elsewhere.
    Certificate(Vec<u8>),
}

/// How long a certificate that the server makes is valid.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Validity {
    /// The present, seconds since 1970.
    pub(crate) now_s: u64,
    /// Its whole life, in seconds.
    pub(crate) life_s: u64,
}

impl Identity {
    /// New keys that only memory knows.
    ///
    /// # Errors
    /// [`IdentityError::Random`].
    pub fn ephemeral() -> Result<Self, IdentityError> {
        Ok(Self::of_root(SigningKey::from_seed(&random()?), StaticSecret::from_bytes(random()?)))
    }

    /// The keys in a folder; they are made where they are missing. For development: the root key lies beside the edge's.
    ///
    /// # Errors
    /// [`IdentityError::KeyFile`], [`IdentityError::Random`].
    pub fn persistent(folder: &Path) -> Result<Self, IdentityError> {
        let root = SigningKey::from_seed(&key_file::read_or_create(&folder.join(ROOT), random)?);
        let edge = StaticSecret::from_bytes(key_file::read_or_create(&folder.join(EDGE), random)?);
        Ok(Self::of_root(root, edge))
    }

    /// The keys that a configuration names.
    ///
    /// # Errors
    /// [`IdentityError`]: a missing setting, a file that cannot be read or that others may read, a certificate that does
    /// not hold for these keys now.
    pub fn load(keys: &KeySettings, now_s: u64) -> Result<Self, IdentityError> {
        let edge = keys.edge.as_ref().ok_or(IdentityError::Missing("[keys] edge"))?;
        let edge = StaticSecret::from_bytes(key_file::read_secret(edge)?);
        let realm = keys.realm.as_deref().map(realm_id).transpose()?;
        match (&keys.root, &keys.certificate) {
            (Some(root), None) => {
                let identity = Self::of_root(SigningKey::from_seed(&key_file::read_secret(root)?), edge);
                Ok(Self { realm: realm.unwrap_or(identity.realm), ..identity })
            }
            (None, Some(path)) => {
                let realm = realm.ok_or(IdentityError::Missing("[keys] realm"))?;
                let certificate = key_file::read_octets(path)?;
                check_certificate(realm, &certificate, edge.public(), now_s)?;
                Ok(Self { realm, edge, authority: Authority::Certificate(certificate) })
            }
            (Some(_), Some(_)) => Err(IdentityError::TwoAuthorities),
            (None, None) => Err(IdentityError::Missing("[keys] root or [keys] certificate")),
        }
    }

    fn of_root(root: SigningKey, edge: StaticSecret) -> Self {
        let realm = RealmId(root.verifying_key().to_bytes());
        Self { realm, edge, authority: Authority::Root(root) }
    }

    /// The certificate to show from now on.
    pub(crate) fn certificate(&self, region: &str, validity: Validity) -> Result<Vec<u8>, IdentityError> {
        match &self.authority {
            Authority::Root(root) => certify(root, self.realm, self.edge.public(), region, validity),
            Authority::Certificate(certificate) => Ok(certificate.clone()),
        }
    }
}

/// Creates a realm: its secret root key, in a new file.
///
/// # Errors
/// [`IdentityError::Random`], [`IdentityError::KeyFile`], also where the file is there already.
pub fn create_realm(path: &Path) -> Result<RealmId, IdentityError> {
    let root = SigningKey::from_seed(&key_file::create_secret(path, random()?)?);
    Ok(RealmId(root.verifying_key().to_bytes()))
}

/// Creates an edge's secret key in a new file, and tells the public half.
///
/// # Errors
/// As [`create_realm`].
pub fn create_edge(path: &Path) -> Result<PublicKey, IdentityError> {
    Ok(*StaticSecret::from_bytes(key_file::create_secret(path, random()?)?).public())
}

/// Certifies an edge with the root key in a file, and writes the certificate into another.
///
/// # Errors
/// [`IdentityError::KeyFile`].
pub fn certify_edge(order: &EdgeOrder<'_>, now_s: u64) -> Result<(), IdentityError> {
    let root = SigningKey::from_seed(&key_file::read_secret(order.root)?);
    let realm = order.realm.unwrap_or_else(|| RealmId(root.verifying_key().to_bytes()));
    let validity = Validity { now_s, life_s: order.life_s };
    let certificate = certify(&root, realm, &order.edge, order.region, validity)?;
    Ok(key_file::write_octets(order.out, &certificate)?)
}

/// What [`certify_edge`] makes.
#[derive(Clone, Copy, Debug)]
pub struct EdgeOrder<'a> {
    /// The file of the secret root key.
    pub root: &'a Path,
    /// The realm, where the root is not its first.
    pub realm: Option<RealmId>,
    /// The public key of the edge.
    pub edge: PublicKey,
    /// The region.
    pub region: &'a str,
    /// The life of the certificate in seconds; at most 90 days are of use.
    pub life_s: u64,
    /// Where the certificate goes.
    pub out: &'a Path,
}

/// The realm id that 64 hexadecimal digits stand for.
///
/// # Errors
/// [`IdentityError::Realm`].
pub fn realm_id(text: &str) -> Result<RealmId, IdentityError> {
    hex::decode_32(text).map(RealmId).ok_or_else(|| IdentityError::Realm(text.to_owned()))
}

fn certify(
    root: &SigningKey,
    realm: RealmId,
    edge: &PublicKey,
    region: &str,
    validity: Validity,
) -> Result<Vec<u8>, IdentityError> {
    // Clients whose clocks are slow see a certificate that began a little earlier.
    let not_before_s = validity.now_s.saturating_sub((validity.life_s / 10).min(300));
    let not_after_s = not_before_s.saturating_add(validity.life_s);
    let span = UnixS::new(not_before_s).zip(UnixS::new(not_after_s));
    let (not_before_s, not_after_s) = span.ok_or(IdentityError::Terms)?;
    let terms = EdgeTerms { edge_key: *edge, region, not_before_s, not_after_s };
    sign_edge(root, realm, &terms).map_err(|_| IdentityError::Terms)
}

fn check_certificate(
    realm: RealmId,
    octets: &[u8],
    edge: &PublicKey,
    now_s: u64,
) -> Result<(), IdentityError> {
    let refused = |error: &dyn fmt::Display| IdentityError::Certificate(error.to_string());
    let certificate = EdgeCertificate::decode(octets).map_err(|error| refused(&error))?;
    // A root that is not the realm's first is not known here: clients judge the signature.
    let trust = Trust::genesis(realm);
    match trust.check_edge(&certificate, edge, now_s) {
        Ok(_) | Err(EdgeCertificateError::UnknownRoot) => Ok(()),
        Err(error) => Err(refused(&error)),
    }
}

fn random() -> Result<[u8; 32], IdentityError> {
    let mut octets = [0; 32];
    getrandom::fill(&mut octets).map_err(IdentityError::Random)?;
    Ok(octets)
}

/// Why there is no identity.
#[derive(Debug)]
pub enum IdentityError {
    /// A setting is missing.
    Missing(&'static str),
    /// Root and certificate are both named.
    TwoAuthorities,
    /// Not the id of a realm.
    Realm(String),
    /// A file with a key.
    KeyFile(KeyFileError),
    /// The certificate does not hold for this edge key, in this realm, now.
    Certificate(String),
    /// The region is too long, or the time beyond all calendars.
    Terms,
    /// The system gave no randomness.
    Random(getrandom::Error),
}

impl From<KeyFileError> for IdentityError {
    fn from(error: KeyFileError) -> Self {
        Self::KeyFile(error)
    }
}

impl fmt::Display for IdentityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(setting) => write!(f, "{setting} is not set"),
            Self::TwoAuthorities => {
                f.write_str("[keys] names both root and certificate; one of them is enough")
            }
            Self::Realm(text) => write!(f, "`{text}` is no realm id: 64 hexadecimal digits"),
            Self::KeyFile(error) => error.fmt(f),
            Self::Certificate(error) => write!(f, "edge certificate: {error}"),
            Self::Terms => {
                f.write_str("edge certificate: the region is too long, or its time beyond all calendars")
            }
            Self::Random(error) => write!(f, "no randomness: {error}"),
        }
    }
}

impl core::error::Error for IdentityError {}

/// The path of the secret root key that [`Identity::persistent`] keeps.
#[must_use]
pub fn root_path(folder: &Path) -> PathBuf {
    folder.join(ROOT)
}
