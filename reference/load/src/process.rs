//! Processes that are measured: how they are started, what they use.

use core::time::Duration;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process};
use rustix::thread::{CpuSet, sched_setaffinity};

use crate::Failure;

/// What a child may take to start, and to end.
const PATIENCE: Duration = Duration::from_secs(30);
/// Ticks of /proc a second: fixed on Linux, whatever the kernel's own tick is.
const TICKS_PER_S: f64 = 100.0;

/// Which core a process is held to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Core {
    /// Where the system puts it.
    Any,
    /// This one.
    Only(usize),
}

/// Holds this thread, and the children that it starts, to a core.
pub(crate) fn hold(core: Core) -> Result<(), Failure> {
    let Core::Only(index) = core else { return Ok(()) };
    let mut set = CpuSet::new();
    set.set(index);
    sched_setaffinity(None, &set).map_err(|error| Failure::io("core")(error.into()))
}

/// Lets this process, and the children that it starts, have as many descriptors as the system allows.
pub(crate) fn raise_descriptors() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // Where that is refused, a scenario that needs them says so.
    let _ = setrlimit(Resource::Nofile, limit);
}

/// A process that is measured. It ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Option<Child>,
    pid: u32,
}

impl Process {
    /// Starts a program, and gives the first line that it prints.
    pub(crate) fn start(command: &mut Command) -> Result<(Self, String), Failure> {
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
        let mut child = child.map_err(Failure::io("start of the server"))?;
        let out = child.stdout.take();
        let process = Self { pid: child.id(), child: Some(child) };
        let mut line = String::new();
        if let Some(out) = out {
            BufReader::new(out).read_line(&mut line).map_err(Failure::io("first line of the server"))?;
        }
        if line.is_empty() {
            return Err(Failure::Server("it ended at its start".to_owned()));
        }
        Ok((process, line))
    }

    /// A process that somebody else started.
    pub(crate) const fn attached(pid: u32) -> Self {
        Self { child: None, pid }
    }

    /// What it has used so far.
    pub(crate) fn usage(&self) -> Usage {
        let read =
            |file: &str| std::fs::read_to_string(format!("/proc/{}/{file}", self.pid)).unwrap_or_default();
        let (stat, status, io) = (read("stat"), read("status"), read("io"));
        Usage { cpu_s: cpu_s(&stat), rss_kib: field(&status, "VmRSS:"), written: field(&io, "write_bytes:") }
    }
}

/// What a process has used.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    /// Processor time of all its threads.
    pub(crate) cpu_s: f64,
    /// Memory that it holds.
    pub(crate) rss_kib: f64,
    /// Octets that went to a disk.
    pub(crate) written: f64,
}

fn cpu_s(stat: &str) -> f64 {
    // The name of the program stands in brackets, and may hold blanks.
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    let ticks = fields.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok());
    ticks.sum::<f64>() / TICKS_PER_S
}

fn field(text: &str, name: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|rest| rest.split_whitespace().next()).and_then(|value| value.parse().ok()).unwrap_or(0.0)
}

impl Drop for Process {
    fn drop(&mut self) {
        let Some(child) = &mut self.child else { return };
        if let Some(pid) = i32::try_from(self.pid).ok().and_then(Pid::from_raw) {
            let _ = kill_process(pid, Signal::TERM);
        }
        let since = Instant::now();
        while since.elapsed() < PATIENCE {
            if matches!(child.try_wait(), Ok(Some(_)) | Err(_)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        let _ = child.kill();
        let _ = child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_found_behind_a_name_with_blanks_and_brackets() {
        let stat = "7 (a b) c) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0 20 0 9 0";
        assert_eq!(cpu_s(stat), 2.0);
    }

    #[test]
    fn own_process_uses_memory() {
        let own = Process::attached(std::process::id());
        assert!(own.usage().rss_kib > 0.0);
    }
}
