//! What happened in a world, as a digest and, if asked for, as text.

use core::fmt::{self, Write as _};

/// A running digest over every line; equal digests mean the same story.
#[derive(Debug)]
pub(crate) struct Trace {
    digest: u64,
    lines: Option<Vec<String>>,
}

/// Whether a trace keeps its text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keep {
    /// Only the digest.
    Digest,
    /// Every line.
    Lines,
}

/// FNV-1a, 64 bits.
struct Digest(u64);

impl fmt::Write for Digest {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 = fnv(self.0, text.as_bytes());
        Ok(())
    }
}

/// The digest of nothing.
pub(crate) const FNV_START: u64 = 0xcbf2_9ce4_8422_2325;

/// Goes on with a digest.
pub(crate) fn fnv(start: u64, octets: &[u8]) -> u64 {
    octets.iter().fold(start, |digest, octet| (digest ^ u64::from(*octet)).wrapping_mul(0x0100_0000_01b3))
}

impl Trace {
    pub(crate) fn new(keep: Keep) -> Self {
        Self { digest: FNV_START, lines: (keep == Keep::Lines).then(Vec::new) }
    }

    /// Takes down a line.
    pub(crate) fn say(&mut self, now_ms: u64, line: fmt::Arguments<'_>) {
        let mut digest = Digest(self.digest);
        // Writing into a digest cannot fail.
        let _ = writeln!(digest, "{now_ms} {line}");
        self.digest = digest.0;
        if let Some(lines) = &mut self.lines {
            lines.push(format!("{now_ms:>9} {line}"));
        }
    }

    pub(crate) const fn digest(&self) -> u64 {
        self.digest
    }

    pub(crate) fn into_lines(self) -> Vec<String> {
        self.lines.unwrap_or_default()
    }
}
