//! The target file: how a target is built, started, told ready and stopped.

use core::fmt;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use crate::toml_fault::{TomlFault, parse, unknown};

/// Every key of a target file, for "did you mean".
const KEYS: &[&str] = &[
    "build",
    "start",
    "env",
    "ready",
    "ready_wait_ms",
    "tcp",
    "ws",
    "realm",
    "code",
    "gateway_log",
    "stop_signal",
    "stop_wait_ms",
    "restart",
    "profiles",
    "timers",
    "faults",
    "list",
    "add",
];

/// A target file as written. Words, values and addresses may hold placeholders: `{root}`, the folder in which
/// commands run; `{target_dir}`, cargo's; `{scratch}`, a folder of the instance's own; `{port}` and `{ws_port}`,
/// free ports, new ones at each start.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetFile {
    /// Run once before the first start. Its output is shown only when it fails.
    #[serde(default)]
    pub build: Vec<String>,
    /// Command and arguments that start the target.
    pub start: Spanned<Vec<String>>,
    /// Added to the environment of both commands.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// How the target tells that it is ready.
    #[serde(default)]
    pub ready: Ready,
    /// Longest wait for that, milliseconds.
    #[serde(default = "ready_wait_ms")]
    pub ready_wait_ms: u64,
    /// TCP carrier, for `ready = "listen"`.
    pub tcp: Option<Spanned<String>>,
    /// WebSocket carrier, for `ready = "listen"`.
    pub ws: Option<Spanned<String>>,
    /// The realm's root key in hex, for `ready = "listen"`.
    pub realm: Option<Spanned<String>>,
    /// A fixed verification code that the target accepts for every number.
    pub code: Option<String>,
    /// File of JSON lines into which the target's gateway writes codes.
    pub gateway_log: Option<String>,
    /// Signal of an orderly stop.
    #[serde(default)]
    pub stop_signal: StopSignal,
    /// Longest wait for an orderly stop before SIGKILL, milliseconds.
    #[serde(default = "stop_wait_ms")]
    pub stop_wait_ms: u64,
    /// Whether cases may start instances of their own, kill them and start them again.
    #[serde(default)]
    pub restart: Restart,
    /// Profiles that the target declares. None declared: every case is tried.
    #[serde(default)]
    pub profiles: Vec<Spanned<String>>,
    /// Limits as this target is configured, by their name in the specification.
    #[serde(default)]
    pub timers: BTreeMap<Spanned<String>, u64>,
    /// The gallery of faults that this target was built with, for `selftest`.
    pub faults: Option<FaultsTable>,
}

/// How a gallery of faults is listed, and how one of them is switched on.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultsTable {
    /// Command that prints the faults as JSON.
    pub list: Vec<String>,
    /// Arguments that are added to `start`; `{fault}` stands for the fault's name.
    pub add: Vec<String>,
}

/// How readiness is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ready {
    /// A line on standard output: `{"ready":{"tcp":"127.0.0.1:1","ws":"...","realm":"hex","gateway_log":"path"}}`.
    #[default]
    StdoutJson,
    /// The address under `tcp` accepts a connection.
    Listen,
}

/// Signal of an orderly stop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum StopSignal {
    /// SIGTERM.
    #[default]
    #[serde(rename = "TERM")]
    Term,
    /// SIGINT.
    #[serde(rename = "INT")]
    Int,
}

/// Whether instances of a case's own are allowed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Restart {
    /// A second instance beside the first can be started, and its data survives a stop.
    #[default]
    Allowed,
    /// Cases that need that are not-testable.
    Refused,
}

const fn ready_wait_ms() -> u64 {
    10_000
}

const fn stop_wait_ms() -> u64 {
    3_000
}

impl TargetFile {
    /// Why no second instance can stand beside the first, if so.
    pub(crate) fn lone(&self) -> Option<&'static str> {
        let is_fixed = self.tcp.as_ref().is_some_and(|address| !address.as_ref().contains("{port}"));
        match (self.restart, self.ready) {
            (Restart::Refused, _) => Some("the target file refuses restarts"),
            (Restart::Allowed, Ready::Listen) if is_fixed => {
                Some("the target file has a fixed port, not {port}")
            }
            (Restart::Allowed, Ready::Listen | Ready::StdoutJson) => None,
        }
    }
}

/// A target file that was found, and the folder in which its commands run.
#[derive(Clone, Debug)]
pub struct Located {
    /// The file.
    pub path: PathBuf,
    /// The folder that `{root}` stands for.
    pub root: PathBuf,
    /// What it says.
    pub file: TargetFile,
}

impl Located {
    /// The same target with one of its faults switched on.
    pub(crate) fn with_fault(&self, name: &str) -> Self {
        let mut located = self.clone();
        let added = self.file.faults.iter().flat_map(|table| &table.add);
        let words = self.file.start.as_ref().iter().cloned();
        let words = words.chain(added.map(|word| word.replace("{fault}", name))).collect();
        located.file.start = Spanned::new(self.file.start.span(), words);
        located
    }

    /// What reports call the target.
    pub(crate) fn name(&self) -> String {
        self.path.file_stem().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
    }
}

/// Why there is no usable target file. Exit code 2.
#[derive(Debug)]
pub enum TargetFault {
    /// No file of that name, or it cannot be read.
    Read {
        /// The file.
        path: PathBuf,
        /// The operating system's error.
        error: io::Error,
        /// Names of the target files beside it.
        known: Vec<String>,
    },
    /// It is not a target file.
    Toml(TomlFault),
}

impl fmt::Display for TargetFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read { path, error, known } if known.is_empty() => {
                write!(f, "target file {}: {error}", path.display())
            }
            Self::Read { path, error, known } => {
                write!(f, "target file {}: {error}; known targets: {}", path.display(), known.join(", "))
            }
            Self::Toml(fault) => fault.fmt(f),
        }
    }
}

/// Finds and reads a target: a path (with a slash or `.toml`), or the name of a file in the nearest
/// `conformance/targets` folder above the current one.
///
/// # Errors
/// [`TargetFault`]; the message names the line.
pub fn locate(name: &str) -> Result<Located, TargetFault> {
    let here = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
    let named = Path::new(name);
    let (path, root) = if name.contains('/') || named.extension().is_some_and(|ext| ext == "toml") {
        let path = here.join(named);
        let root = path.parent().map_or_else(|| here.clone(), Path::to_path_buf);
        (path, root)
    } else {
        let file = format!("conformance/targets/{name}.toml");
        let root =
            here.ancestors().find(|folder| folder.join("conformance/targets").is_dir()).unwrap_or(&here);
        (root.join(file), root.to_path_buf())
    };
    let text = std::fs::read_to_string(&path).map_err(|error| TargetFault::Read {
        known: neighbours(&path),
        path: path.clone(),
        error,
    })?;
    let file = read(&path, &text).map_err(TargetFault::Toml)?;
    Ok(Located { path, root, file })
}

/// Reads the text of a target file.
///
/// # Errors
/// [`TomlFault`], with the line.
pub fn read(path: &Path, text: &str) -> Result<TargetFile, TomlFault> {
    let file: TargetFile = parse(path, text, KEYS)?;
    if file.start.as_ref().is_empty() {
        return Err(TomlFault::at(path, text, file.start.span(), "`start` needs a command"));
    }
    if let Some((word, message)) = unknown_word(&file) {
        return Err(TomlFault::at(path, text, word.span(), &message));
    }
    match file.ready {
        Ready::StdoutJson => Ok(file),
        Ready::Listen => match (&file.tcp, &file.realm) {
            (Some(_), Some(_)) => Ok(file),
            (None, _) | (_, None) => {
                let span = file.start.span();
                Err(TomlFault::at(path, text, span, "`ready = \"listen\"` needs `tcp` and `realm`"))
            }
        },
    }
}

/// A profile or a timer that the specification does not name, and what to say of it.
fn unknown_word(file: &TargetFile) -> Option<(&Spanned<String>, String)> {
    // A specification that cannot be read fails elsewhere, and louder.
    let profiles: Vec<&str> =
        pinnace_spec::profiles().ok()?.entries.iter().map(|entry| &*entry.name).collect();
    let limits: Vec<&str> = pinnace_spec::limits().ok()?.entries.iter().map(|entry| &*entry.name).collect();
    let profile = file.profiles.iter().find(|word| !profiles.contains(&word.as_ref().as_str()));
    let timer = file.timers.keys().find(|word| !limits.contains(&word.as_ref().as_str()));
    let profile = profile.map(|word| (word, unknown("profile", word.as_ref(), &profiles)));
    profile.or_else(|| timer.map(|word| (word, unknown("timer", word.as_ref(), &limits))))
}

fn neighbours(path: &Path) -> Vec<String> {
    let entries = path.parent().and_then(|folder| std::fs::read_dir(folder).ok());
    let mut names: Vec<String> = entries
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.strip_suffix(".toml").map(str::to_owned))
        .collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Ready, read};

    #[track_caller]
    fn refused(text: &str, message: &str) {
        assert_eq!(read(Path::new("t.toml"), text).unwrap_err().to_string(), message);
    }

    #[test]
    fn unknown_key_is_named_with_its_line_and_a_guess() {
        refused(
            "start = [\"x\"]\nstop_signl = \"TERM\"\n",
            "t.toml:2: unknown key `stop_signl`; did you mean `stop_signal`?",
        );
        refused("start = [\"x\"]\n\nzebra = 1\n", "t.toml:3: unknown key `zebra`");
    }

    #[test]
    fn wrong_values_are_named_with_their_line() {
        refused("\nstart = []\n", "t.toml:2: `start` needs a command");
        refused(
            "start = [\"x\"]\nready = \"listen\"\n",
            "t.toml:1: `ready = \"listen\"` needs `tcp` and `realm`",
        );
        refused(
            "start = [\"x\"]\nprofiles = [\"core\",\n\"cor\"]\n",
            "t.toml:3: unknown profile `cor`; did you mean `core`?",
        );
        refused(
            "start = [\"x\"]\n[timers]\nidle_ms = 1\nidel_ms = 1\n",
            "t.toml:4: unknown timer `idel_ms`; did you mean `idle_ms`?",
        );
        refused("start = 5\n", "t.toml:1: invalid type: integer `5`, expected a sequence");
        refused("start = [\"x\"\n", "t.toml:1: unclosed array, expected `]`");
    }

    #[test]
    fn reference_target_file_is_read() {
        let text = include_str!("../../../targets/reference.toml");
        let file = read(Path::new("reference.toml"), text).unwrap();
        assert_eq!(file.ready, Ready::StdoutJson);
    }
}
