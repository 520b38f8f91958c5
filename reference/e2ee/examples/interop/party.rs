//! A device of any make: requests in JSON, answers in JSON.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use pinnace_session::RealmId;
use pinnace_session::certificate::{DeviceTerms, sign_device};
use pinnace_session::ed25519::SigningKey;
use pinnace_session::noise::PublicKey;
use pinnace_wire::UnixS;
use serde_json::{Value, json};

use crate::ours::Ours;

pub(crate) type Failure = Box<dyn core::error::Error>;

/// The realm of these devices.
pub(crate) const REALM: [u8; 32] = [9; 32];
const YEAR_S: u64 = 31_536_000;

/// Now, in seconds since 1970: the strangers ask the system's clock.
pub(crate) fn now_s() -> Result<u64, Failure> {
    Ok(std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs())
}

/// Who made a device.
#[derive(Clone)]
pub(crate) enum Make {
    Ours,
    Stranger { name: String, command: String },
}

impl Make {
    pub(crate) fn stranger(argument: &str) -> Option<Self> {
        let (name, command) = argument.split_once('=')?;
        Some(Self::Stranger { name: name.to_owned(), command: command.to_owned() })
    }

    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Ours => "ours",
            Self::Stranger { name, .. } => name,
        }
    }

    /// A device, which that account has certified; both are numbered from 1.
    pub(crate) fn device(&self, number: u8, account: u8) -> Result<Party, Failure> {
        let seed = [number ^ 0xa5; 32];
        let public = SigningKey::from_seed(&seed).verifying_key().to_bytes();
        let terms = DeviceTerms {
            noise_key: PublicKey([number; 32]),
            signature_key: public,
            not_after_s: UnixS::new(now_s()?.saturating_add(YEAR_S)).ok_or("a time")?,
        };
        let certificate = sign_device(&SigningKey::from_seed(&[account; 32]), RealmId(REALM), &terms)?;
        let inside = match self {
            Self::Ours => Inside::Ours(Box::default()),
            Self::Stranger { command, .. } => Inside::Stranger(Process::start(command)?),
        };
        let name = format!("{} {number}", self.name());
        let mut party = Party { name, credential: hex(&certificate), inside };
        let (credential, seed, public) = (party.credential.clone(), hex(&seed), hex(&public));
        party.ask(json!({ "do": "identity", "credential": credential, "seed": seed, "public": public }))?;
        Ok(party)
    }
}

enum Inside {
    Ours(Box<Ours>),
    Stranger(Process),
}

/// A device.
pub(crate) struct Party {
    pub(crate) name: String,
    pub(crate) credential: String,
    inside: Inside,
}

impl Party {
    /// The answer, or what is wrong, with who said it.
    pub(crate) fn ask(&mut self, request: Value) -> Result<Value, Failure> {
        let answer = match &mut self.inside {
            Inside::Ours(ours) => ours.answer(&request),
            Inside::Stranger(process) => process.answer(&request),
        };
        let what = request.get("do").cloned().unwrap_or_default();
        answer.map_err(|error| format!("{} at {what}: {error}", self.name).into())
    }
}

/// A peer's process; it ends when its input does.
struct Process {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Process {
    fn start(command: &str) -> Result<Self, Failure> {
        let mut words = command.split_whitespace();
        let program = words.next().ok_or("an empty command")?;
        let mut child = Command::new(program)
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{command}: {error}"))?;
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().ok_or("no output")?);
        Ok(Self { child, input, output })
    }

    fn answer(&mut self, request: &Value) -> Result<Value, Failure> {
        let input = self.input.as_mut().ok_or("its input is closed")?;
        writeln!(input, "{request}")?;
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        let answer: Value = serde_json::from_str(&line).map_err(|_| "it has ended")?;
        match answer.get("error") {
            Some(error) => Err(error.to_string().into()),
            None => Ok(answer),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.input = None;
        // Its exit code says nothing about the conversation.
        let _ = self.child.wait();
    }
}

/// A field of an answer that holds text.
pub(crate) fn text(answer: &Value, field: &str) -> Result<String, Failure> {
    let found = answer.get(field).and_then(Value::as_str);
    Ok(found.ok_or_else(|| format!("no {field} in {answer}"))?.to_owned())
}

pub(crate) fn octets(hex: &str) -> Result<Vec<u8>, Failure> {
    let pairs = hex.as_bytes().chunks(2);
    pairs.map(|pair| Ok(u8::from_str_radix(core::str::from_utf8(pair)?, 16)?)).collect()
}

pub(crate) fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}
