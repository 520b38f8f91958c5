//! The MLS working group's passive-client vectors, played through the public API.

use std::path::Path;

use pinnace_e2ee::{Credentials, Device, Event, Identity, Memory, Mls as _, Suite};
use serde::Deserialize;

/// The suites whose primitives the library has: both of the profile, and those on P-256 and P-384.
const SUITES: [u16; 4] = [1, 2, 3, 7];

type Failure = Box<dyn core::error::Error>;

#[derive(Deserialize)]
struct Case {
    cipher_suite: u16,
    external_psks: Vec<SharedKey>,
    key_package: String,
    signature_priv: String,
    encryption_priv: String,
    init_priv: String,
    welcome: String,
    ratchet_tree: Option<String>,
    initial_epoch_authenticator: String,
    epochs: Vec<Epoch>,
}

#[derive(Deserialize)]
struct SharedKey {
    psk_id: String,
    psk: String,
}

#[derive(Deserialize)]
struct Epoch {
    proposals: Vec<String>,
    commit: String,
    epoch_authenticator: String,
}

/// What became of the cases of a file.
#[derive(Default)]
pub(crate) struct Tally {
    /// Cases in which every authenticator was the vector's.
    pub(crate) passed: usize,
    /// Cases of suites that the library does not have.
    pub(crate) other_suite: usize,
    /// Why the others failed.
    pub(crate) failures: Vec<String>,
}

/// Plays each case of a file.
///
/// # Errors
///
/// When the file cannot be read or is no list of cases.
pub(crate) fn play_file(path: &Path) -> Result<Tally, Failure> {
    let cases: Vec<Case> = serde_json::from_slice(&std::fs::read(path)?)?;
    let mut tally = Tally::default();
    for (index, case) in cases.iter().enumerate() {
        if !SUITES.contains(&case.cipher_suite) {
            tally.other_suite = tally.other_suite.saturating_add(1);
            continue;
        }
        match play(case) {
            Ok(()) => tally.passed = tally.passed.saturating_add(1),
            Err(error) => tally.failures.push(format!("case {index}, suite {}: {error}", case.cipher_suite)),
        }
    }
    Ok(tally)
}

fn play(case: &Case) -> Result<(), Failure> {
    let identity = Identity::new(b"passive", &octets(&case.signature_priv)?);
    let device = Device::new(identity, Credentials::Unchecked)?;
    let mut store = Memory::default();
    let key_package = octets(&case.key_package)?;
    // An `MLSMessage` around the bare structure.
    let bare = key_package.strip_prefix(&[0, 1, 0, 5]).ok_or("no KeyPackage")?;
    store.take(device.import_key_package(
        bare,
        &octets(&case.init_priv)?,
        &octets(&case.encryption_priv)?,
    )?);
    for key in &case.external_psks {
        store.take(device.import_shared_key(&octets(&key.psk_id)?, &octets(&key.psk)?));
    }
    let welcome = octets(&case.welcome)?;
    let joined = store.take(match &case.ratchet_tree {
        Some(tree) => device.join_with_tree(&store, &welcome, &octets(tree)?)?,
        None => device.join(&store, &welcome)?,
    });
    let group = device.group(&store, &joined.group)?;
    equal(&group.epoch_authenticator, &case.initial_epoch_authenticator)?;
    equal_suite(group.suite, case.cipher_suite)?;
    for epoch in &case.epochs {
        play_epoch(&device, &mut store, &joined.group, epoch)?;
    }
    Ok(())
}

fn play_epoch(device: &Device, store: &mut Memory, group: &[u8], epoch: &Epoch) -> Result<(), Failure> {
    for proposal in &epoch.proposals {
        let event = store.take(device.process(store, group, &octets(proposal)?)?);
        if event != Event::Proposed {
            return Err("a proposal was taken for something else".into());
        }
    }
    let event = store.take(device.process(store, group, &octets(&epoch.commit)?)?);
    if !matches!(event, Event::Committed(_)) {
        return Err("a commit was taken for something else".into());
    }
    equal(&device.group(store, group)?.epoch_authenticator, &epoch.epoch_authenticator)
}

fn equal(found: &[u8], expected: &str) -> Result<(), Failure> {
    if found == octets(expected)? { Ok(()) } else { Err("another epoch authenticator".into()) }
}

fn equal_suite(found: Suite, expected: u16) -> Result<(), Failure> {
    if found == Suite(expected) { Ok(()) } else { Err("another suite".into()) }
}

fn octets(hex: &str) -> Result<Vec<u8>, Failure> {
    let pairs = hex.as_bytes().chunks(2);
    pairs.map(|pair| Ok(u8::from_str_radix(core::str::from_utf8(pair)?, 16)?)).collect()
}
