//! Writes the generated parts of the text anew: `cargo run -p pinnace-spec --example tables`.

use core::error::Error;
use std::fs;
use std::path::Path;

use pinnace_spec::{CHAPTERS, spec, tables};

#[path = "../tests/golden/mod.rs"]
mod golden;

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let golden = golden::read(&root.join("vectors"))?;
    for chapter in CHAPTERS {
        let path = root.join(chapter.file);
        let old = fs::read_to_string(&path)?;
        let new = tables::rewrite(spec()?, &|id| golden.get(id).cloned(), chapter.file, &old)?;
        if new != old {
            fs::write(&path, new)?;
        }
    }
    Ok(())
}
