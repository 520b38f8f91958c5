//! A disk of its own for a server: an ext4 image on a loop device, in a mount namespace that goes with the lane.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use pinnace_lanes::world::Failure;

/// Tells the lane that it is in its namespace.
const MARK: &str = "PINNACE_LANES_NAMESPACE";

/// Cuts the power of a file system.
const CUT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tools/cut.py");

/// A server's fsync, undone.
const NOSYNC: &str = include_str!("../../../tools/nosync.c");

/// A mounted image.
pub(crate) struct Disk {
    image: PathBuf,
    /// Where it is mounted.
    pub(crate) at: PathBuf,
}

/// Goes on in a mount namespace of its own: what is mounted there is gone with the process, however it ends.
///
/// # Errors
///
/// [`Failure::Skipped`] where a right or a tool is missing.
pub(crate) fn enter_namespace(tools: &[&str]) -> Result<(), Failure> {
    if !rustix::process::geteuid().is_root() {
        return Err(Failure::Skipped("a lane that mounts needs root".to_owned()));
    }
    need(&["unshare", "mount", "umount", "mkfs.ext4"])?;
    need(tools)?;
    if std::env::var_os(MARK).is_some() {
        return Ok(());
    }
    let own = std::env::current_exe().map_err(Failure::io("own program"))?;
    let mut inside = Command::new("unshare");
    inside.args(["--mount", "--propagation", "private", "--"]).arg(own).args(std::env::args_os().skip(1));
    Err(Failure::io("mount namespace")(inside.env(MARK, "1").exec()))
}

/// Skips the lane where one of these is not on the path.
pub(crate) fn need(tools: &[&str]) -> Result<(), Failure> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    match tools.iter().find(|tool| !std::env::split_paths(&path).any(|folder| folder.join(tool).is_file())) {
        None => Ok(()),
        Some(tool) => Err(Failure::Skipped(format!("`{tool}` is not installed"))),
    }
}

impl Disk {
    /// Makes an image of this size, and mounts it within the folder.
    pub(crate) fn new(folder: &Path, size_mib: u64) -> Result<Self, Failure> {
        let disk = Self { image: folder.join("image"), at: folder.join("disk") };
        let file = File::create(&disk.image).map_err(Failure::io("image of a disk"))?;
        file.set_len(size_mib << 20).map_err(Failure::io("image of a disk"))?;
        fs::create_dir(&disk.at).map_err(Failure::io("mount point"))?;
        // No blocks are kept back for root, who fills it here.
        run(Command::new("mkfs.ext4").args(["-q", "-F", "-m", "0"]).arg(&disk.image))?;
        disk.mount().map_err(|failure| Failure::Skipped(format!("no image can be mounted: {failure}")))?;
        Ok(disk)
    }

    fn mount(&self) -> Result<(), Failure> {
        run(Command::new("mount").args(["-o", "loop"]).arg(&self.image).arg(&self.at))
    }

    /// Cuts the power; whatever is not on the disk is gone. Nothing can be read or written until [`Self::restore`].
    pub(crate) fn cut(&self) -> Result<(), Failure> {
        run(Command::new("python3").arg(CUT).arg(&self.at))
    }

    /// Mounts the disk again as it was when the power was cut. Nobody may have a file of it open.
    pub(crate) fn restore(&self) -> Result<(), Failure> {
        run(Command::new("umount").arg(&self.at))?;
        self.mount()
    }

    /// Makes everything durable that is written.
    pub(crate) fn sync(&self) -> Result<(), Failure> {
        run(Command::new("sync").arg("-f").arg(&self.at))
    }

    /// Mounts it anew, `ro` or `rw`; refused while a file is open for writing.
    pub(crate) fn remount(&self, mode: &str) -> Result<(), Failure> {
        run(Command::new("mount").arg("-o").arg(format!("remount,{mode}")).arg(&self.at))
    }

    /// Fills it to the last octet.
    pub(crate) fn fill(&self) -> Result<(), Failure> {
        let what = "filler of a disk";
        let mut file =
            File::options().create(true).append(true).open(self.filler()).map_err(Failure::io(what))?;
        for len in [1 << 20, 4096, 1] {
            let chunk = vec![b'x'; len];
            loop {
                match file.write_all(&chunk) {
                    Ok(()) => {}
                    Err(error) if error.kind() == io::ErrorKind::StorageFull => break,
                    Err(error) => return Err(Failure::io(what)(error)),
                }
            }
        }
        Ok(())
    }

    /// Takes away what filled it.
    pub(crate) fn empty(&self) -> Result<(), Failure> {
        fs::remove_file(self.filler()).map_err(Failure::io("filler of a disk"))
    }

    fn filler(&self) -> PathBuf {
        self.at.join("filler")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // The namespace takes it along where this fails.
        let _ = run(Command::new("umount").arg(&self.at));
    }
}

/// Compiles what makes a server's fsync do nothing, into this folder.
pub(crate) fn nosync(folder: &Path) -> Result<PathBuf, Failure> {
    let (source, object) = (folder.join("nosync.c"), folder.join("nosync.so"));
    fs::write(&source, NOSYNC).map_err(Failure::io("nosync.c"))?;
    run(Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&object).arg(&source))?;
    Ok(object)
}

fn run(command: &mut Command) -> Result<(), Failure> {
    let name = format!("{command:?}");
    let output = command.output().map_err(Failure::io(name.clone()))?;
    if output.status.success() {
        return Ok(());
    }
    Err(Failure::Program(format!("{name}: {}", String::from_utf8_lossy(&output.stderr).trim())))
}
