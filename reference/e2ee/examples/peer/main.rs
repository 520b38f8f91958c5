//! Our device behind JSON lines, as the strangers of `conformance/peers` are: one request a line on standard input, one answer a
//! line on standard output. `conformance/peers/README.md` has the requests.

mod device;

use std::io::{BufRead as _, Write as _};

use serde_json::{Value, json};

type Failure = Box<dyn core::error::Error>;

fn main() -> Result<(), Failure> {
    let mut device = device::Peer::default();
    for line in std::io::stdin().lock().lines() {
        let request: Value = serde_json::from_str(&line?)?;
        let answer = device.answer(&request).unwrap_or_else(|error| json!({ "error": error.to_string() }));
        writeln!(std::io::stdout().lock(), "{answer}")?;
    }
    Ok(())
}
