//! Looking at everything that a store holds, while no server uses it.

use core::ops::ControlFlow;
use std::path::Path;

use pinnace_home::{Damaged, Described, describe};

use crate::OpenError;
use crate::dir::DataDir;
use crate::error::open_error;
use crate::fjall_engine::FjallEngine;

/// Shows `visit` every row of the store in this directory, in the order of the keys, one at a time: accounts, devices
/// with their mailboxes, numbers, and last what is on its way between them. No row is changed, and the directory is held
/// meanwhile.
///
/// A damaged row is shown as such, and the next one follows; where the engine cannot read on, the export ends with its
/// error. `visit` ends it by [`ControlFlow::Break`], whose value is given back.
///
/// ```
/// use core::ops::ControlFlow;
/// use pinnace_store::{Embedded, Options, export};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let scratch = tempfile::tempdir()?;
/// # let dir = scratch.path().join("data");
/// Embedded::open(&dir, Options::default())?.close();
/// let mut row_count = 0;
/// let _ = export(&dir, |_| {
///     row_count += 1;
///     ControlFlow::<()>::Continue(())
/// })?;
/// assert_eq!(row_count, 0);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`OpenError`]: the directory is in use, of another format, not a store's, not readable or damaged. A directory that
/// holds no store is left as it is.
pub fn export<B>(
    dir: &Path,
    mut visit: impl FnMut(Result<Described, Damaged>) -> ControlFlow<B>,
) -> Result<ControlFlow<B>, OpenError> {
    let data_dir = DataDir::open_existing(dir)?;
    let engine = FjallEngine::open(data_dir.path())?;
    for row in engine.all() {
        let (key, row) = row.map_err(|error| open_error(dir, error))?;
        let seen = visit(describe(&key, &row));
        if seen.is_break() {
            return Ok(seen);
        }
    }
    Ok(ControlFlow::Continue(()))
}
