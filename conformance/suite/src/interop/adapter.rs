//! An MLS device of any make: a process that answers JSON lines. `conformance/peers/README.md` has the requests.

use core::time::Duration;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Instant;

use serde_json::{Value, json};

use super::fault::Fault;
use crate::hex;

/// Longest wait for an answer: more than the slowest make needs on a busy machine.
const ANSWER_WAIT: Duration = Duration::from_secs(60);
/// How long a process has to end once its input has.
const END_WAIT: Duration = Duration::from_secs(2);
/// Pause between two looks at that.
const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// Who made a device, and the command that starts one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Make {
    /// What the matrix calls it.
    pub name: String,
    /// Program and arguments, split at white space.
    pub command: String,
}

impl core::str::FromStr for Make {
    type Err = String;

    /// Reads `NAME=COMMAND`.
    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((name, command)) if !name.is_empty() && !command.trim().is_empty() => {
                Ok(Self { name: name.to_owned(), command: command.to_owned() })
            }
            Some(_) | None => Err("a make is NAME=COMMAND".to_owned()),
        }
    }
}

/// What a device is: its credential, its keys, its realm.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    pub(super) certificate: Vec<u8>,
    pub(super) seed: [u8; 32],
    pub(super) public: [u8; 32],
    pub(super) realm: [u8; 32],
}

/// A device in its process, which ends when its input does.
pub(super) struct Adapter {
    /// Its make and its number.
    pub(super) name: String,
    /// Its certificate in hex: the name by which others remove it.
    pub(super) credential: String,
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
}

impl Adapter {
    /// Starts a device.
    pub(super) fn start(make: &Make, number: usize, identity: &Identity) -> Result<Self, Fault> {
        let name = format!("{} {number}", make.name);
        let fault = |why: String| Fault::device(&name, "its start", why);
        let mut words = make.command.split_whitespace();
        let mut child = Command::new(words.next().unwrap_or_default())
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| fault(format!("{}: {error}", make.command)))?;
        let input = child.stdin.take();
        let output = child.stdout.take().ok_or_else(|| fault("no standard output".to_owned()))?;
        let credential = hex::encode(&identity.certificate);
        let mut adapter = Self { name, credential, child, input, lines: lines_of(output) };
        adapter.ask(json!({
            "do": "identity", "credential": adapter.credential, "seed": hex::encode(&identity.seed),
            "public": hex::encode(&identity.public), "realm": hex::encode(&identity.realm),
        }))?;
        Ok(adapter)
    }

    /// The answer to a request.
    pub(super) fn ask(&mut self, request: Value) -> Result<Value, Fault> {
        let at = request.get("do").and_then(Value::as_str).unwrap_or_default().to_owned();
        self.exchange(&request).map_err(|why| Fault::device(&self.name, &at, why))
    }

    fn exchange(&mut self, request: &Value) -> Result<Value, String> {
        let input = self.input.as_mut().ok_or("its input is closed")?;
        writeln!(input, "{request}").map_err(|error| error.to_string())?;
        let line = self.lines.recv_timeout(ANSWER_WAIT).map_err(|_| "it has ended, or answers nothing")?;
        let answer: Value = serde_json::from_str(&line).map_err(|error| format!("{error}: {line}"))?;
        match answer.get("error") {
            Some(error) => Err(error.to_string()),
            None => Ok(answer),
        }
    }
}

/// The lines of a process, read beside us so that a wait for one can end.
fn lines_of(output: ChildStdout) -> Receiver<String> {
    let (sender, lines) = sync_channel(1);
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

impl Drop for Adapter {
    fn drop(&mut self) {
        self.input = None;
        let began = Instant::now();
        while matches!(self.child.try_wait(), Ok(None)) && began.elapsed() < END_WAIT {
            std::thread::sleep(LOOK_AGAIN);
        }
        // How it ended says nothing about the conversation; one that has ended is not there to be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A field of an answer that holds text.
pub(super) fn text(answer: &Value, field: &str) -> Result<String, Fault> {
    let found = answer.get(field).and_then(Value::as_str);
    found
        .map(str::to_owned)
        .ok_or_else(|| Fault::Answer { field: field.to_owned(), answer: answer.to_string() })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Adapter, Identity, Make};

    fn start(make: &str) -> Result<Adapter, String> {
        let identity = Identity { certificate: vec![1, 2], seed: [3; 32], public: [4; 32], realm: [5; 32] };
        Adapter::start(&make.parse::<Make>()?, 1, &identity).map_err(|fault| fault.to_string())
    }

    #[test]
    fn make_is_a_name_and_a_command() {
        let make: Make = "a b=node x.mjs --y=z".parse().unwrap();
        assert_eq!((make.name.as_str(), make.command.as_str()), ("a b", "node x.mjs --y=z"));
        for bad in ["", "name", "=command", "name= "] {
            assert!(bad.parse::<Make>().is_err(), "{bad}");
        }
    }

    #[test]
    fn request_is_a_line_and_so_is_its_answer() {
        let mut echo = start("echo=cat").unwrap();
        let asked = json!({ "do": "key_package", "suite": 1 });
        assert_eq!(echo.ask(asked.clone()).unwrap(), asked);
        let refused = echo.ask(json!({ "do": "x", "error": "no" })).unwrap_err().to_string();
        assert_eq!(refused, "echo 1 at x: \"no\"");
    }

    #[test]
    fn process_that_is_not_there_or_ends_is_told() {
        assert!(start("none=/nowhere/at/all").is_err_and(|why| why.contains("none 1 at its start")));
        assert!(start("ends=true").is_err_and(|why| why.contains("ends 1 at identity")));
    }
}
