//! Writes `spec/vectors/content/content.json`: `cargo run -p pinnace-content --example content_vectors`.

#[path = "../tests/definition/mod.rs"]
mod definition;
#[path = "../tests/generator/mod.rs"]
mod generator;

fn main() -> std::io::Result<()> {
    // Vectors of other code than the definition's would be none.
    assert!(definition::code().contains("pub struct Content"));
    std::fs::write(definition::spec().join("vectors/content/content.json"), generator::file())
}
