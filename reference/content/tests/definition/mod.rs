//! The definition of the specification, and the code that follows from it.
#![expect(clippy::unwrap_used, reason = "a test says what is missing by failing")]

use std::path::{Path, PathBuf};

use prost_reflect::prost_types::FileDescriptorSet;

/// The folder `spec`.
pub(crate) fn spec() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../spec")
}

/// `spec/proto/content.proto`, compiled.
pub(crate) fn descriptors() -> FileDescriptorSet {
    protox::compile(["content.proto"], [spec().join("proto")]).unwrap()
}

/// What stands in `src/proto.rs`.
pub(crate) fn code() -> String {
    let mut config = prost_build::Config::new();
    config.btree_map(["."]);
    let module = prost_build::Module::from_protobuf_package_name("pinnace.content.v1");
    let mut request = descriptors();
    // Comments are for whoever reads the definition.
    request.file.iter_mut().for_each(|file| file.source_code_info = None);
    let files =
        config.generate(request.file.into_iter().map(|file| (module.clone(), file)).collect()).unwrap();
    let [code]: [String; 1] = files.into_values().collect::<Vec<_>>().try_into().unwrap();
    format!(
        "//! Generated from `spec/proto/content.proto` by `cargo run -p pinnace-content --example content_code`.\n\n{code}"
    )
}
