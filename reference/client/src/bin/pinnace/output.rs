//! What is printed: lines for a person, or JSON lines for a program.

use std::io::{self, Write};

use serde_json::Value;

/// Where the lines of a command go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    form: Form,
}

/// For whom the lines are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// For a person.
    Text,
    /// For a program.
    Json,
}

impl Output {
    pub(crate) const fn new(form: Form) -> Self {
        Self { form }
    }

    /// For whom the lines are.
    pub(crate) const fn form(self) -> Form {
        self.form
    }

    /// One line in the form that was asked for. It has left when this returns.
    pub(crate) fn line(self, text: &str, json: &Value) -> io::Result<()> {
        let mut out = io::stdout().lock();
        match self.form {
            Form::Text => writeln!(out, "{text}")?,
            Form::Json => writeln!(out, "{json}")?,
        }
        out.flush()
    }

    /// What a program is told in any case, and a person only where there is a text.
    pub(crate) fn event(self, text: Option<&str>, json: &Value) -> io::Result<()> {
        match (self.form, text) {
            (Form::Text, None) => Ok(()),
            (Form::Text | Form::Json, text) => self.line(text.unwrap_or_default(), json),
        }
    }

    /// A line for a person only.
    pub(crate) fn note(self, text: &str) {
        if self.form == Form::Text {
            // Without an error stream there is nobody to tell.
            let _ = writeln!(io::stderr(), "{text}");
        }
    }
}

/// Text of a peer for a terminal: nothing in it moves the cursor, sets a colour or turns the direction of writing, and
/// its further lines are indented, so that none passes for a line of this program.
pub(crate) fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\n    "),
            '\t' => out.push(c),
            _ if c.is_control() || breaks_lines_or_turns(c) => out.push('\u{fffd}'),
            _ => out.push(c),
        }
    }
    out
}

/// Separators of lines and paragraphs, and the embeddings, overrides and isolates of bidirectional text.
const fn breaks_lines_or_turns(c: char) -> bool {
    matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_does_not_steer_the_terminal() {
        assert_eq!(printable("a\u{1b}[31mb\rc\td"), "a\u{fffd}[31mb\u{fffd}c\td");
        assert_eq!(printable("a\u{202e}b\u{2066}c\u{2028}d"), "a\u{fffd}b\u{fffd}c\u{fffd}d");
    }

    #[test]
    fn a_line_within_a_text_passes_for_no_line_of_this_program() {
        assert_eq!(printable("a\n00: b\n\nc"), "a\n    00: b\n    \n    c");
    }
}
