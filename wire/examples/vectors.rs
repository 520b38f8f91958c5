//! Writes `spec/vectors`: `cargo run -p pinnace-wire --example vectors`.

#[path = "../tests/generator/mod.rs"]
mod generator;

fn main() -> std::io::Result<()> {
    for (name, content) in generator::files() {
        std::fs::write(generator::folder().join(name), content)?;
    }
    Ok(())
}
