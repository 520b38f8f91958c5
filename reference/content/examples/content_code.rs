//! Writes `src/proto.rs`: `cargo run -p pinnace-content --example content_code`.

#[path = "../tests/definition/mod.rs"]
mod definition;

fn main() -> std::io::Result<()> {
    std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/src/proto.rs"), definition::code())
}
