//! Colour on terminals.

use crate::verdict::Verdict;

/// Whether colour is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paint {
    /// ANSI escapes.
    Colour,
    /// Text only.
    Plain,
}

/// The few styles in use: the terminal's own palette, so that they fit light and dark.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ink {
    Good,
    Bad,
    Doubt,
    Faint,
    Strong,
}

impl Paint {
    /// Text in a style.
    pub(crate) fn with(self, ink: Ink, text: &str) -> String {
        let code = match ink {
            Ink::Good => "32",
            Ink::Bad => "1;31",
            Ink::Doubt => "33",
            Ink::Faint => "2",
            Ink::Strong => "1",
        };
        match self {
            Self::Colour => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            Self::Plain => text.to_owned(),
        }
    }
}

/// The style of a verdict.
pub(crate) const fn ink(verdict: Verdict) -> Ink {
    match verdict {
        Verdict::Pass => Ink::Good,
        Verdict::Fail | Verdict::UnexpectedPass | Verdict::HarnessError => Ink::Bad,
        Verdict::Warn | Verdict::KnownFail | Verdict::Inconclusive => Ink::Doubt,
        Verdict::Unsupported | Verdict::NotTestable => Ink::Faint,
    }
}
