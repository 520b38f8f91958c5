//! The golden vectors of `spec/vectors`, for the examples of the text.

use core::error::Error;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Octets of every vector whose id ends in `/golden` and whose octets are written out.
pub(crate) fn read(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>, Box<dyn Error>> {
    let mut golden = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let file: serde_json::Value = serde_json::from_str(&fs::read_to_string(&path)?)?;
        let vectors = file.get("vectors").and_then(serde_json::Value::as_array);
        for vector in vectors.into_iter().flatten() {
            let text = |key| vector.get(key).and_then(serde_json::Value::as_str);
            if let (Some(id), Some(hex)) = (text("id").filter(|id| id.ends_with("/golden")), text("hex")) {
                golden.insert(id.to_owned(), octets(hex).ok_or_else(|| format!("{id} is not hexadecimal"))?);
            }
        }
    }
    Ok(golden)
}

fn octets(hex: &str) -> Option<Vec<u8>> {
    let pair = |at: usize| u8::from_str_radix(hex.get(at..at.checked_add(2)?)?, 16).ok();
    (0..hex.len()).step_by(2).map(pair).collect()
}
