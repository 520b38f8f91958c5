//! The chapters of the text.

/// One chapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chapter {
    /// Path below `spec/`.
    pub file: &'static str,
    /// The embedded text.
    pub text: &'static str,
    /// Prefix of the requirement ids that stand in it; empty when it has none.
    pub prefix: &'static str,
}

macro_rules! chapter {
    ($name:literal, $prefix:literal) => {
        Chapter {
            file: concat!("text/", $name),
            text: include_str!(concat!("../text/", $name)),
            prefix: $prefix,
        }
    };
}

/// All chapters, in reading order.
pub const CHAPTERS: &[Chapter] = &[
    chapter!("introduction.md", ""),
    chapter!("00-invariants.md", "INV"),
    chapter!("01-terms.md", ""),
    chapter!("02-carriers.md", "CAR"),
    chapter!("03-secure-channel.md", "CHN"),
    chapter!("04-framing.md", "FRM"),
    chapter!("05-session.md", "SES"),
    chapter!("06-registration.md", "REG"),
    chapter!("07-delivery.md", "DLV"),
    chapter!("08-errors.md", "ERR"),
    chapter!("09-limits.md", "LIM"),
    chapter!("10-extensibility.md", "EXT"),
    chapter!("11-profiles.md", ""),
    chapter!("12-plain-payload.md", ""),
    chapter!("13-security.md", ""),
    chapter!("14-rationale.md", ""),
    chapter!("15-devices.md", "DEV"),
    chapter!("16-keys.md", "KEY"),
    chapter!("17-conversations.md", "CNV"),
    chapter!("18-content.md", "CNT"),
];

impl Chapter {
    /// The chapter's title: its first heading.
    #[must_use]
    pub fn title(&self) -> &'static str {
        self.text.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or_default()
    }
}
