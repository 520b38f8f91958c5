//! Child processes in groups of their own, which never outlive the suite.

use core::time::Duration;
use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, Once, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process_group};

/// Lines of standard error that are kept for the report of a crash.
const TAIL_LINES_MAX: usize = 40;
/// Longest line that is kept whole.
const TAIL_LINE_MAX: usize = 400;
/// Lines of standard output that may wait to be read; later ones are dropped.
const STDOUT_LINES_MAX: usize = 64;

/// Pause between two looks at a process that is about to end.
const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// Every running group and the folder it writes to, so that Ctrl-C can end and remove them.
static RUNNING: Mutex<BTreeMap<i32, PathBuf>> = Mutex::new(BTreeMap::new());
static ON_SIGNAL: Once = Once::new();

/// One running process and everything it started.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    group: Option<Pid>,
    exited: Option<ExitStatus>,
    stdout: Receiver<String>,
    tail: Arc<Mutex<Vec<String>>>,
    tail_reader: Option<JoinHandle<()>>,
    // Held open: a target may take the end of its standard input as the end of the suite, SIGKILL included.
    _stdin: Option<ChildStdin>,
}

impl Process {
    /// Starts a command in a new process group.
    pub(crate) fn spawn(mut command: Command, scratch: PathBuf) -> io::Result<Self> {
        end_all_on_signal();
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        let mut child = command.spawn()?;
        let group = Pid::from_raw(i32::try_from(child.id()).unwrap_or(0));
        if let Some(group) = group {
            running.insert(group.as_raw_nonzero().get(), scratch);
        }
        drop(running);
        let (lines, stdout) = sync_channel(STDOUT_LINES_MAX);
        if let Some(pipe) = child.stdout.take() {
            std::thread::spawn(move || forward(pipe, &lines));
        }
        let tail = Arc::new(Mutex::new(Vec::new()));
        let tail_reader = child.stderr.take().map(|pipe| {
            let tail = Arc::clone(&tail);
            std::thread::spawn(move || keep_tail(pipe, &tail))
        });
        let stdin = child.stdin.take();
        Ok(Self { child, group, exited: None, stdout, tail, tail_reader, _stdin: stdin })
    }

    /// The next line of standard output, or `None` when the wait or the output is over.
    pub(crate) fn stdout_line(&self, wait: Duration) -> Option<String> {
        self.stdout.recv_timeout(wait).ok()
    }

    /// How it ended, if it has.
    pub(crate) fn exit_status(&mut self) -> Option<ExitStatus> {
        if self.exited.is_none() {
            self.exited = self.child.try_wait().ok().flatten();
        }
        self.exited
    }

    /// How it ended, if it does within the wait; its last words are read then.
    pub(crate) fn await_end(&mut self, wait: Duration) -> Option<ExitStatus> {
        let began = Instant::now();
        while self.exit_status().is_none() && began.elapsed() < wait {
            std::thread::sleep(LOOK_AGAIN);
        }
        let status = self.exit_status()?;
        // A grandchild that holds standard error open must not hold us.
        let is_read = |reader: &Option<JoinHandle<()>>| reader.as_ref().is_none_or(JoinHandle::is_finished);
        while !is_read(&self.tail_reader) && began.elapsed() < wait {
            std::thread::sleep(LOOK_AGAIN);
        }
        Some(status)
    }

    /// The last lines of its standard error.
    pub(crate) fn stderr_tail(&self) -> Vec<String> {
        self.tail.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sends the signal, waits, and kills what is left of the group.
    pub(crate) fn stop(&mut self, signal: Signal, wait: Duration) {
        if let Some(group) = self.group
            && self.exit_status().is_none()
            && kill_process_group(group, signal).is_ok()
        {
            self.await_end(wait);
        }
        self.kill();
    }

    /// SIGKILL to the whole group, and waits for the end.
    pub(crate) fn kill(&mut self) {
        let Some(group) = self.group.take() else { return };
        // The group's id stays taken while its leader is not waited for, so this cannot hit a stranger.
        if self.exited.is_none() {
            let _ = kill_process_group(group, Signal::KILL);
            self.exited = self.child.wait().ok();
        }
        RUNNING.lock().unwrap_or_else(PoisonError::into_inner).remove(&group.as_raw_nonzero().get());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

fn forward(pipe: impl Read, lines: &SyncSender<String>) {
    // Reads to the end even when nobody listens: a full pipe would stop the target.
    for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
        let _ = lines.try_send(String::from_utf8_lossy(&line).into_owned());
    }
}

fn keep_tail(pipe: impl Read, tail: &Mutex<Vec<String>>) {
    for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
        let text: String = String::from_utf8_lossy(&line).chars().take(TAIL_LINE_MAX).collect();
        let mut tail = tail.lock().unwrap_or_else(PoisonError::into_inner);
        if tail.len() >= TAIL_LINES_MAX {
            tail.remove(0);
        }
        tail.push(text);
    }
}

fn end_all_on_signal() {
    ON_SIGNAL.call_once(|| {
        // Without the handler a Ctrl-C would leave targets behind, no worse; so its absence is not fatal.
        let _ = ctrlc::set_handler(|| {
            let running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
            for (group, scratch) in &*running {
                if let Some(group) = Pid::from_raw(*group) {
                    let _ = kill_process_group(group, Signal::KILL);
                }
                let _ = std::fs::remove_dir_all(scratch);
            }
            std::process::exit(130);
        });
    });
}
