//! `pinnaced faults` and `--fault`: the gallery that proves the conformance suite.

use pinnace_fault::{all, named};
use serde_json::json;

use crate::args::Faults;
use crate::failure::Failure;

/// A fault's name, if the gallery has it.
pub(crate) fn known(name: &str) -> Result<String, String> {
    match named(name) {
        Some(_) => Ok(name.to_owned()),
        None => Err("no fault has this name; `pinnaced faults` lists them".to_owned()),
    }
}

/// Switches a fault on for the rest of the process.
pub(crate) fn switch_on(name: Option<&str>) {
    if let Some(fault) = name.and_then(named) {
        fault.switch_on();
    }
}

pub(crate) fn list(args: &Faults) -> Result<(), Failure> {
    if args.json {
        let faults: Vec<_> = all()
            .map(|fault| {
                json!({
                    "name": fault.name,
                    "requirements": fault.requirements,
                    "kind": fault.kind,
                    "what": fault.what,
                })
            })
            .collect();
        anstream::println!("{}", json!({ "faults": faults }));
        return Ok(());
    }
    for fault in all() {
        anstream::println!("{}  {}  {}", fault.name, fault.requirements.join(" "), fault.what);
    }
    Ok(())
}
