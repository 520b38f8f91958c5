//! Writes the seeds of every target into `fuzz/seeds/TARGET`, what is kept for good into its corpus, and the dictionary.

use std::fs;
use std::path::Path;

use pinnace_fuzz_targets::{TARGETS, dictionary, seeds};

fn main() -> std::io::Result<()> {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    fs::write(fuzz.join("pinnace.dict"), dictionary::dictionary())?;
    for (name, _) in TARGETS {
        let folder = fuzz.join("seeds").join(name);
        fs::create_dir_all(&folder)?;
        for (index, seed) in seeds::seeds(name).iter().enumerate() {
            fs::write(folder.join(format!("{index:04}")), seed)?;
        }
        for (kept, octets) in seeds::kept(name) {
            fs::write(fuzz.join("corpus").join(name).join(kept), octets)?;
        }
    }
    Ok(())
}
