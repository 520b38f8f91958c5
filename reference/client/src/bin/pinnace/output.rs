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

    /// One line in the form that was asked for. It has left when this returns.
    pub(crate) fn line(self, text: &str, json: &Value) -> io::Result<()> {
        let mut out = io::stdout().lock();
        match self.form {
            Form::Text => writeln!(out, "{text}")?,
            Form::Json => writeln!(out, "{json}")?,
        }
        out.flush()
    }

    /// A line for a person only.
    pub(crate) fn note(self, text: &str) {
        if self.form == Form::Text {
            // Without an error stream there is nobody to tell.
            let _ = writeln!(io::stderr(), "{text}");
        }
    }
}

/// Text of a peer as one line of a terminal: nothing in it moves the cursor or sets a colour.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' && c != '\t' { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_does_not_steer_the_terminal() {
        assert_eq!(printable("a\u{1b}[31mb\rc\td"), "a\u{fffd}[31mb\u{fffd}c\td");
    }
}
