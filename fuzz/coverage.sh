#!/usr/bin/env bash
# How much of the codec the committed corpora reach, in regions: prints a line for each file of wire/src and the total.
# Needs llvm-profdata and llvm-cov of the major version that `rustc -vV` names; set LLVM_BIN to their folder.
set -euo pipefail
cd "$(dirname "$0")/.."
bin="${LLVM_BIN:-$(rustc --print sysroot)/lib/rustlib/$(rustc -vV | sed -n 's/host: //p')/bin}"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}/coverage" CARGO_INCREMENTAL=0
# Names uncompressed, since not every llvm-cov can read compressed ones.
export RUSTFLAGS="-C instrument-coverage -C llvm-args=-enable-name-compression=false"
profiles="$CARGO_TARGET_DIR/profiles"
rm -rf "$profiles"
LLVM_PROFILE_FILE="$CARGO_TARGET_DIR/build/%p.profraw" cargo build --quiet -p pinnace-fuzz-targets --example replay
for corpus in fuzz/corpus/*; do
  LLVM_PROFILE_FILE="$profiles/%p.profraw" "$CARGO_TARGET_DIR/debug/examples/replay" "${corpus##*/}" "$corpus" 2>/dev/null
done
"$bin/llvm-profdata" merge -sparse "$profiles"/*.profraw -o "$profiles/all.profdata"
"$bin/llvm-cov" "${1:-report}" "$CARGO_TARGET_DIR/debug/examples/replay" -instr-profile "$profiles/all.profdata" \
  -sources wire/src "${@:2}"
