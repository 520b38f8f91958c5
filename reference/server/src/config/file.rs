//! The configuration file: TOML, in which every unknown key is refused.

use core::net::SocketAddr;
use std::fmt;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::{GatewaySettings, LogFormat, Settings};

/// What is wrong with a configuration file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The file.
    pub path: PathBuf,
    /// The faults, in the order of the lines; at least one.
    pub faults: Vec<ConfigFault>,
}

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFault {
    /// The line, from 1; `None` where the fault is one of the whole file.
    pub line: Option<usize>,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, ConfigFault { line, message }) in self.faults.iter().enumerate() {
            let newline = if index == 0 { "" } else { "\n" };
            match line {
                Some(line) => write!(f, "{newline}{}:{line}: {message}", self.path.display())?,
                None => write!(f, "{newline}{}: {message}", self.path.display())?,
            }
        }
        Ok(())
    }
}

impl core::error::Error for ConfigError {}

/// What a key does with its value. The draft of the gateway waits until all its keys are read.
type Setter = fn(&mut Draft, &DeValue<'_>) -> Result<(), String>;

/// The sections, each with its keys. The empty name is the top of the file; `[limits]` is not here, since its keys are
/// those of the specification.
const SECTIONS: &[(&str, &[(&str, Setter)])] = &[
    ("", &[("data", |draft, value| path(value).map(|path| draft.settings.data = Some(path)))]),
    (
        "listen",
        &[
            ("tcp", |draft, value| address(value).map(|address| draft.settings.tcp = address)),
            ("ws", |draft, value| address(value).map(|address| draft.settings.ws = address)),
            ("metrics", |draft, value| address(value).map(|address| draft.settings.metrics = address)),
        ],
    ),
    (
        "keys",
        &[
            ("realm", |draft, value| text(value).map(|realm| draft.settings.keys.realm = Some(realm))),
            ("root", |draft, value| path(value).map(|path| draft.settings.keys.root = Some(path))),
            ("edge", |draft, value| path(value).map(|path| draft.settings.keys.edge = Some(path))),
            ("certificate", |draft, value| {
                path(value).map(|path| draft.settings.keys.certificate = Some(path))
            }),
        ],
    ),
    (
        "gateway",
        &[
            ("kind", |draft, value| text(value).map(|kind| draft.gateway.kind = Some(kind))),
            ("path", |draft, value| path(value).map(|path| draft.gateway.path = Some(path))),
            ("url", |draft, value| text(value).map(|url| draft.gateway.url = Some(url))),
            ("timeout_ms", |draft, value| number(value).map(|ms| draft.gateway.timeout_ms = Some(ms))),
            ("attempts_max", |draft, value| number(value).map(|max| draft.gateway.attempts_max = Some(max))),
        ],
    ),
    (
        "server",
        &[
            ("agent", |draft, value| text(value).map(|agent| draft.settings.agent = agent)),
            ("region", |draft, value| text(value).map(|region| draft.settings.region = region)),
            ("connections_max", |draft, value| number(value).map(|max| draft.settings.connections_max = max)),
        ],
    ),
    (
        "log",
        &[
            ("format", |draft, value| log_format(value).map(|format| draft.settings.log_format = format)),
            ("filter", |draft, value| text(value).map(|filter| draft.settings.log_filter = filter)),
        ],
    ),
];

const LIMITS: &str = "limits";

#[derive(Default)]
struct Draft {
    settings: Settings,
    gateway: GatewayDraft,
}

#[derive(Default)]
struct GatewayDraft {
    kind: Option<String>,
    path: Option<PathBuf>,
    url: Option<String>,
    timeout_ms: Option<u64>,
    attempts_max: Option<u64>,
}

impl Settings {
    /// Reads a configuration file.
    ///
    /// # Errors
    /// Every fault of the file, with its line.
    pub fn from_file(path: &Path) -> Result<Self, ConfigError> {
        let read = std::fs::read_to_string(path)
            .map_err(|error| vec![ConfigFault { line: None, message: error.to_string() }]);
        read.and_then(|text| Self::from_text(&text))
            .map_err(|faults| ConfigError { path: path.to_owned(), faults })
    }

    /// Reads the text of a configuration file.
    fn from_text(text: &str) -> Result<Self, Vec<ConfigFault>> {
        let table = DeTable::parse(text).map_err(|error| {
            let line = error.span().map(|span| line_at(text, span.start));
            vec![ConfigFault { line, message: error.message().to_owned() }]
        })?;
        let mut reader = Reader { text, draft: Draft::default(), faults: Vec::new() };
        reader.read_top(table.get_ref());
        reader.finish()
    }
}

struct Reader<'a> {
    text: &'a str,
    draft: Draft,
    faults: Vec<ConfigFault>,
}

impl Reader<'_> {
    fn read_top(&mut self, top: &DeTable<'_>) {
        for (key, value) in top {
            let (name, offset) = (key.get_ref().as_ref(), key.span().start);
            let Some(table) = value.get_ref().as_table() else {
                self.read_key(section("").unwrap_or_default(), name, offset, value.get_ref());
                continue;
            };
            if name == LIMITS {
                self.read_limits(table);
            } else if let Some(keys) = section(name) {
                for (key, value) in table {
                    self.read_key(keys, key.get_ref().as_ref(), key.span().start, value.get_ref());
                }
            } else {
                self.unknown("section", name, offset, section_names());
            }
        }
    }

    fn read_key(&mut self, keys: &[(&'static str, Setter)], name: &str, offset: usize, value: &DeValue<'_>) {
        match keys.iter().find(|(known, _)| *known == name) {
            Some((_, set)) => {
                if let Err(message) = set(&mut self.draft, value) {
                    self.fault(offset, format!("{name}: {message}"));
                }
            }
            None => self.unknown("key", name, offset, keys.iter().map(|(known, _)| *known)),
        }
    }

    fn read_limits(&mut self, table: &DeTable<'_>) {
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            let set = number(value.get_ref())
                .map_err(|message| format!("{name}: {message}"))
                .and_then(|value| self.draft.settings.limits.set(name, value).map_err(|e| e.to_string()));
            if let Err(message) = set {
                self.fault(key.span().start, message);
            }
        }
    }

    fn unknown(&mut self, what: &str, name: &str, offset: usize, known: impl Iterator<Item = &'static str>) {
        let message = match super::nearest(name, known) {
            Some(nearest) => format!("unknown {what} `{name}`; did you mean `{nearest}`?"),
            None => format!("unknown {what} `{name}`"),
        };
        self.fault(offset, message);
    }

    fn fault(&mut self, offset: usize, message: String) {
        self.faults.push(ConfigFault { line: Some(line_at(self.text, offset)), message });
    }

    fn finish(mut self) -> Result<Settings, Vec<ConfigFault>> {
        match core::mem::take(&mut self.draft.gateway).finish() {
            Ok(gateway) => self.draft.settings.gateway = gateway,
            Err(message) => self.faults.push(ConfigFault { line: None, message }),
        }
        if self.faults.is_empty() {
            return Ok(self.draft.settings);
        }
        self.faults.sort_by_key(|fault| fault.line);
        Err(self.faults)
    }
}

impl GatewayDraft {
    fn finish(self) -> Result<Option<GatewaySettings>, String> {
        let Some(kind) = self.kind else {
            let begun = self.path.is_some() || self.url.is_some();
            return if begun { Err("[gateway] lacks `kind`: log or webhook".to_owned()) } else { Ok(None) };
        };
        match kind.as_str() {
            "log" => {
                let path = self.path.ok_or("[gateway] of kind log lacks `path`")?;
                Ok(Some(GatewaySettings::Log { path }))
            }
            "webhook" => {
                let url = self.url.ok_or("[gateway] of kind webhook lacks `url`")?;
                Ok(Some(GatewaySettings::Webhook {
                    url,
                    timeout_ms: self.timeout_ms.unwrap_or(5_000),
                    attempts_max: self.attempts_max.unwrap_or(3),
                }))
            }
            other => Err(format!("[gateway] kind is `{other}`; it is log or webhook")),
        }
    }
}

fn section(name: &str) -> Option<&'static [(&'static str, Setter)]> {
    SECTIONS.iter().find(|(known, _)| *known == name).map(|(_, keys)| *keys)
}

fn section_names() -> impl Iterator<Item = &'static str> {
    SECTIONS.iter().map(|(name, _)| *name).chain([LIMITS])
}

/// The line of an octet of the text, from 1.
fn line_at(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().get(..offset).unwrap_or_default();
    before.iter().filter(|octet| **octet == b'\n').count().saturating_add(1)
}

fn text(value: &DeValue<'_>) -> Result<String, String> {
    value.as_str().map(str::to_owned).ok_or_else(|| wrong_type("text in quotes", value))
}

fn path(value: &DeValue<'_>) -> Result<PathBuf, String> {
    text(value).map(PathBuf::from)
}

fn number(value: &DeValue<'_>) -> Result<u64, String> {
    let integer = value.as_integer().ok_or_else(|| wrong_type("a whole number", value))?;
    u64::from_str_radix(integer.as_str(), integer.radix())
        .map_err(|_| format!("{} is not a whole number from 0 to {}", integer.as_str(), u64::MAX))
}

fn address(value: &DeValue<'_>) -> Result<Option<SocketAddr>, String> {
    parse_address(&text(value)?)
}

fn log_format(value: &DeValue<'_>) -> Result<LogFormat, String> {
    match text(value)?.as_str() {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        other => Err(format!("`{other}` is neither `text` nor `json`")),
    }
}

/// An address to listen on, or `off`.
///
/// # Errors
/// What is wrong with the text.
pub fn parse_address(text: &str) -> Result<Option<SocketAddr>, String> {
    if text == "off" {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| format!("`{text}` is neither an address with a port nor `off`"))
}

fn wrong_type(wanted: &str, found: &DeValue<'_>) -> String {
    format!("{wanted} is needed, not {}", found.type_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, faults: &[(Option<usize>, &str)]) {
        let found = Settings::from_text(text).err().unwrap_or_default();
        let found: Vec<_> = found.iter().map(|fault| (fault.line, fault.message.as_str())).collect();
        assert_eq!(found, faults);
    }

    #[test]
    fn every_fault_is_told_with_its_line() {
        check(
            "dat = \"x\"\n[listen]\ntpc = \"127.0.0.1:1\"\nws = 5\n[limts]\n[limits]\nidel_ms = 100\nconfirm_ms = 1\n",
            &[
                (Some(1), "unknown key `dat`; did you mean `data`?"),
                (Some(3), "unknown key `tpc`; did you mean `tcp`?"),
                (Some(4), "ws: text in quotes is needed, not integer"),
                (Some(5), "unknown section `limts`; did you mean `limits`?"),
                (Some(7), "no limit is named `idel_ms`; did you mean `idle_ms`?"),
                (Some(8), "confirm_ms = 1 is outside its range, 50 to 60000"),
            ],
        );
        check("data = \"x\"\n[listen\n", &[(Some(2), "unclosed table, expected `]`")]);
        check("[gateway]\nkind = \"pigeon\"", &[(None, "[gateway] kind is `pigeon`; it is log or webhook")]);
        check("[gateway]\nkind = \"webhook\"", &[(None, "[gateway] of kind webhook lacks `url`")]);
    }

    #[test]
    fn shown_settings_are_a_file_that_makes_them() {
        let text = "data = \"/var/lib/pinnace\"\n[listen]\ntcp = \"[::1]:1\"\nws = \"off\"\n\
            [keys]\nroot = \"/r\"\nedge = \"/e\"\n[gateway]\nkind = \"log\"\npath = \"/g\"\n[limits]\nidle_ms = 0x64\n";
        let settings = Settings::from_text(text).unwrap();
        assert_eq!(settings.ws, None);
        assert_eq!(settings.limits.value(&pinnace_wire::limits::IDLE_MS), 100);
        assert_eq!(
            settings.limits.rules(),
            Settings::from_text(&settings.to_string()).unwrap().limits.rules()
        );
        let again = Settings::from_text(&settings.to_string()).unwrap();
        assert_eq!((again.to_string(), again.gateway), (settings.to_string(), settings.gateway));
    }
}
