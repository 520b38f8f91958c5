//! Opens the store, and makes it on first use.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

use redb::{Builder, Database, ReadableDatabase, StorageBackend};

use super::devices;
use super::{CACHE_LEN, INBOX, META, OUTBOX, PARTS, Store, StoreError, TRANSFERS, meta};
use crate::keys::Keys;
use crate::random::Random;

/// The name of the file in the home directory.
const FILE_NAME: &str = "device.redb";

impl Store {
    /// Opens the store in this home directory, and makes both where they are missing; new keys come from `random`.
    ///
    /// # Errors
    ///
    /// [`StoreError::InUse`] while another process has it open, [`StoreError::Exposed`] when others may read it,
    /// [`StoreError::Io`], [`StoreError::Engine`] and [`StoreError::Damaged`].
    pub fn open(home: &Path, random: &mut dyn Random) -> Result<Self, StoreError> {
        let path = home.join(FILE_NAME);
        let at = |error| StoreError::Io { path: path.clone(), error };
        make_home(home).map_err(|error| StoreError::Io { path: home.to_owned(), error })?;
        make_file(&path).map_err(at)?;
        if is_exposed(&path).map_err(at)? {
            return Err(StoreError::Exposed { path });
        }
        // The name of a new file must survive a loss of power as well as what stands in it.
        File::open(home).and_then(|home| home.sync_all()).map_err(at)?;
        let database = builder().create(&path)?;
        Self::prepare(database, random)
    }

    /// The same over any storage, such as one in memory.
    ///
    /// # Errors
    ///
    /// [`StoreError::Engine`] and [`StoreError::Damaged`].
    pub fn with_backend(backend: impl StorageBackend, random: &mut dyn Random) -> Result<Self, StoreError> {
        Self::prepare(builder().create_with_backend(backend)?, random)
    }

    fn prepare(database: Database, random: &mut dyn Random) -> Result<Self, StoreError> {
        if !is_prepared(&database)? {
            let transaction = database.begin_write()?;
            {
                let mut table = transaction.open_table(META)?;
                table.insert(meta::KEYS, Keys::generate(random).to_bytes().as_slice())?;
                table.insert(meta::FORM, meta::FORM_1)?;
                transaction.open_table(OUTBOX)?;
                transaction.open_table(INBOX)?;
                transaction.open_table(PARTS)?;
                transaction.open_table(TRANSFERS)?;
                devices::prepare(&transaction)?;
            }
            transaction.commit()?;
        } else if !devices::is_prepared(&database)? {
            // The store of an older version.
            let transaction = database.begin_write()?;
            devices::prepare(&transaction)?;
            transaction.commit()?;
        }
        Ok(Self { database })
    }
}

fn builder() -> Builder {
    let mut builder = Database::builder();
    builder.set_cache_size(CACHE_LEN);
    builder
}

fn is_prepared(database: &Database) -> Result<bool, StoreError> {
    let table = match database.begin_read()?.open_table(META) {
        Ok(table) => table,
        Err(redb::TableError::TableDoesNotExist(_)) => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    let form = table.get(meta::FORM)?;
    match form.map(|form| form.value() == meta::FORM_1) {
        None => Ok(false),
        Some(true) => Ok(true),
        Some(false) => Err(StoreError::Damaged { place: meta::FORM }),
    }
}

#[cfg(unix)]
fn make_home(home: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(home)
}

#[cfg(unix)]
fn make_file(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path).map(drop)
}

#[cfg(unix)]
fn is_exposed(path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    Ok(fs::metadata(path)?.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn make_home(home: &Path) -> io::Result<()> {
    fs::create_dir_all(home)
}

#[cfg(not(unix))]
fn make_file(path: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).create(true).truncate(false).open(path).map(drop)
}

/// Elsewhere the home directory of the user is the guard.
#[cfg(not(unix))]
fn is_exposed(_path: &Path) -> io::Result<bool> {
    Ok(false)
}
